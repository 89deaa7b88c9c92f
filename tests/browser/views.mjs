// Today, plays and the report: what the server says of them, by mouse and as files.

import { readFile } from "node:fs/promises";
import { api, assert, clipboard, says, story, until } from "./kit.mjs";

await story(async ({ open }) => {
  const page = await open("/#/today");
  const digest = await api("/digest");
  const view = page.locator("#view");
  for (const list of ["interrupt", "due", "fresh", "back"]) {
    for (const one of digest[list]) await view.locator(`a[data-id="${one.opportunity_id}"]`).first().waitFor();
  }
  assert.ok(digest.interrupt.length + digest.due.length > 0, "there is something to do");
  await page.getByRole("button", { name: "Copy as Markdown" }).click();
  await says(page, "The day is in your clipboard");
  assert.equal((await clipboard(page)).split("\n")[0], digest.markdown.split("\n")[0]);
  await view.getByLabel("of").fill("Chiara Romano");
  await view.locator(".row").filter({ hasText: "Ann Keller" }).first().waitFor({ state: "detached" });
  await view.locator(".row").first().click();
  await page.locator("#one h2").waitFor();

  // Plays.
  await page.getByRole("link", { name: "Plays" }).click();
  const { items } = await api("/plays");
  for (const play of items) await view.locator("code", { hasText: play.product[0] ?? play.business[0] }).first().waitFor();
  assert.ok(items.length >= 7);
  await view.getByText("Fewer than 20 outcomes: no suggestion.").first().waitFor();

  // The report, once it is made; the same numbers as picture, as table, and as files.
  await page.getByRole("link", { name: "Report" }).click();
  await view.getByRole("heading", { name: "Funnel" }).waitFor();
  const { report } = await until("the report is made", () => api("/report").catch(() => null));
  await view.getByRole("img", { name: `Funnel: Signal ${report.funnel.stages[0].opportunities}` }).waitFor();
  await view.locator("figure", { has: page.getByRole("img", { name: /^Funnel/ }) }).getByText("As a table").click();
  await view.getByRole("group", { name: "Funnel, a table" }).getByRole("row", { name: /^Signal/ }).waitFor();
  for (const { currency } of report.revenue) await view.getByRole("heading", { name: `Revenue in ${currency}` }).waitFor();
  await view.getByRole("combobox", { name: "Segment" }).selectOption("smb");
  const small = (await api("/report?segment=smb")).report;
  await view.getByText(`${small.accounts} accounts of smb`).waitFor();
  for (const [name, begins] of [["CSV", "section,"], ["JSON", "{"]]) {
    const downloading = page.waitForEvent("download");
    await view.getByRole("button", { name, exact: true }).click();
    const text = await readFile(await (await downloading).path(), "utf8");
    assert.ok(text.startsWith(begins), text.slice(0, 80));
  }
});
