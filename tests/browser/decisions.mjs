// Every decision by mouse, each on an opportunity of its own: what the dialog promises happens, and nothing else.

import { readFile } from "node:fs/promises";
import { api, assert, clipboard, openRow, says, story, until } from "./kit.mjs";

const whole = (id) => api(`/opportunities/${id}`);

await story(async ({ open }) => {
  const page = await open("/");
  await page.getByText("22 opportunities").waitFor();
  assert.equal(await page.locator("#rows li").count(), 10, "few at first");
  await page.getByRole("button", { name: "Show 12 more" }).click();
  await page.locator("#rows li").nth(21).waitFor();

  // What it shows, and how the score is made.
  await openRow(page, "Northwind Instruments", "46 of 50 seats");
  const one = page.locator("#one");
  for (const part of ["Why now", "46 of 50 seats in use (92 %)", "Opened an office in Gdańsk", "What had to hold", "Draft message", "Handoff brief", "Nobody has done anything yet"]) {
    await one.getByText(part).first().waitFor();
  }
  const points = await one.getByRole("group", { name: /^The score’s parts/ }).locator("tbody tr").evaluateAll((rows) =>
    rows.map((each) => [...each.querySelectorAll(".number")].map((cell) => Number(cell.textContent.replace(/[^0-9.]/g, "")))));
  const sum = points.reduce((all, [point, weight]) => all + point * weight, 0);
  assert.ok(Math.abs(sum - 81.6) < 0.1, `a person comes to ${sum}`);
  await one.getByText("Read it").click();
  await one.locator(".brief strong", { hasText: "Outreach." }).waitFor();
  assert.equal(await one.locator(".brief").getByText("**").count(), 0, "bold is bold");

  // Filters, and this browser remembers whose.
  await page.getByRole("searchbox", { name: "Search" }).fill("tessera");
  await page.getByText("1 opportunity", { exact: true }).waitFor();
  await page.getByRole("searchbox", { name: "Search" }).fill("");
  await page.getByText("Filter").click();
  await page.getByLabel("Owner").fill("Chiara Romano");
  await page.getByText("3 opportunities").waitFor();
  await page.reload();
  await page.getByText("3 opportunities").waitFor();
  await page.getByText("Filter").click();
  await page.getByLabel("Owner").fill("");
  await page.getByText("22 opportunities").waitFor();
  await page.getByRole("button", { name: "Show 12 more" }).click();

  // Approve.
  let id = await openRow(page, "Tessera Analytics");
  await page.getByRole("button", { name: "Approve" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("Sends nothing to anybody").waitFor();
  await dialog.getByText("Writes the decision qualified").waitFor();
  await dialog.getByRole("button", { name: "Cancel" }).click();
  assert.equal((await whole(id)).decisions.length, 0, "cancelled is cancelled");
  await page.getByRole("button", { name: "Approve" }).click();
  await dialog.getByLabel("A note").fill("They asked for it");
  await dialog.locator("button.main").click();
  await says(page, "Tessera Analytics: qualified");
  const { decisions: [first], summary } = await whole(id);
  assert.deepEqual([first.stage, first.reason, summary.standing], ["qualified", "They asked for it", "working"]);
  await page.locator("#one").getByText("qualified by local").waitFor();

  // Snooze.
  id = await openRow(page, "Larkfield Health", "Tier upgrade");
  await page.getByRole("button", { name: "Snooze" }).click();
  await dialog.getByRole("button", { name: "In two weeks" }).click();
  const until14 = await dialog.getByLabel("Until").inputValue();
  assert.equal(until14, new Date(Date.now() + 14 * 86_400_000).toISOString().slice(0, 10));
  await dialog.getByRole("button", { name: "Snooze", exact: true }).click();
  await says(page, "snoozed until");
  const snoozed = await whole(id);
  assert.equal(snoozed.decisions[0].until, `${until14}T00:00:00.000Z`);
  await page.locator(".at-held").getByText("opens nothing new for this account").waitFor();
  await page.locator("#rows a", { hasText: "Larkfield Health" }).filter({ hasText: "Tier upgrade" }).waitFor({ state: "detached" });

  // Dismiss, by a reason to pick, and by own words.
  id = await openRow(page, "Bramble & Finch");
  await page.getByRole("button", { name: "Dismiss" }).click();
  await dialog.getByLabel("No budget").check();
  await dialog.getByRole("button", { name: "Dismiss" }).click();
  await says(page, "Bramble & Finch: dismissed");
  assert.equal((await whole(id)).decisions[0].reason, "no budget");
  id = await openRow(page, "Meridian Foods");
  await page.getByRole("button", { name: "Dismiss" }).click();
  await dialog.getByLabel("In my own words:").check();
  await dialog.getByRole("button", { name: "Dismiss" }).click();
  await dialog.getByText("Say why, in a few words.").waitFor();
  await dialog.getByRole("textbox").fill("They move to Lyon first");
  await dialog.getByRole("button", { name: "Dismiss" }).click();
  await says(page, "Meridian Foods: dismissed");
  assert.equal((await whole(id)).decisions[0].reason, "They move to Lyon first");

  // Hand over, with the brief in the clipboard and as a file.
  id = await openRow(page, "Ostara Energy", "Cross sell");
  await page.getByRole("button", { name: "Hand over" }).click();
  await dialog.getByLabel("To whom?").fill("Bo Lindqvist");
  await dialog.getByLabel("Download .md").check();
  const downloading = page.waitForEvent("download");
  await dialog.getByRole("button", { name: "Hand over" }).click();
  const file = await downloading;
  assert.equal(file.suggestedFilename(), "Ostara-Energy-brief.md");
  await says(page, "Handed over to Bo Lindqvist. The brief is in your clipboard.");
  const handed = await whole(id);
  assert.equal(await readFile(await file.path(), "utf8"), handed.opportunity.brief);
  assert.equal(await clipboard(page), handed.opportunity.brief);
  assert.equal(handed.decisions[0].reason, "handed over to Bo Lindqvist");

  // Move on, to the end.
  id = await openRow(page, "Helio Robotics", "Seat expansion");
  for (const stage of ["Discovery", "Closed won"]) {
    await page.getByRole("button", { name: "Move stage" }).click();
    await dialog.getByLabel(stage).check();
    if (stage === "Closed won") {
      await dialog.getByLabel("Yearly amount, in EUR").fill("40000");
      await dialog.getByLabel("What winning it cost, in EUR").fill("1200");
    }
    await dialog.getByRole("button", { name: "Move on" }).click();
    await says(page, `Helio Robotics: ${stage.toLowerCase()}`);
  }
  const won = await until("it is won", async () => {
    const found = await whole(id);
    return found.summary.standing === "won" && found;
  });
  assert.deepEqual([won.decisions[1].amount, won.decisions[1].cost], [40_000, 1_200]);
});
