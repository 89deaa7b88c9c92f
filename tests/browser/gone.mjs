// The server goes, and comes back: it is said clearly, nothing is lost, and the page recovers by itself. Whoever started this
// stops and starts it when told.

import { api, assert, openRow, says, story, tell } from "./kit.mjs";

await story(async ({ open }) => {
  const page = await open("/", { away: true });
  const id = await openRow(page, "Tessera Analytics");
  const gone = page.locator("#gone");
  assert.ok(await gone.isHidden());
  await page.locator("#rows a").first().focus();
  const focused = await page.evaluate(() => document.activeElement.dataset.id);
  tell("now: stop");
  await gone.filter({ hasText: "may be old" }).waitFor();
  // What was there stays, to be read.
  await page.locator("#one h2").filter({ hasText: "Tessera Analytics" }).waitFor();
  assert.ok(await page.locator("#rows li").count() >= 10);
  tell("now: start");
  await gone.waitFor({ state: "hidden" });
  assert.equal(await page.evaluate(() => document.activeElement.dataset.id), focused, "the focus is where it was");
  await page.keyboard.press("a");
  await page.getByRole("dialog").locator("button.main").click();
  await says(page, "Tessera Analytics: qualified");
  assert.equal((await api(`/opportunities/${id}`)).decisions.length, 1);
});
