// What happens elsewhere comes by itself, and takes nothing from whoever is writing: not the focus, not the words. Only what is
// of high urgency interrupts, quietly. Whoever started this feeds more when told.

import { assert, openRow, story, tell } from "./kit.mjs";

await story(async ({ open }) => {
  const page = await open("/");
  await openRow(page, "Tessera Analytics");
  const field = page.locator("#draft-connect");
  await field.fill("Hello Ida, ");
  await field.press("End");
  assert.ok(await page.locator("#urgent").evaluate((one) => one.textContent === ""));
  assert.equal(await page.title(), "Springtide");
  tell("now: feed");

  // The interruption.
  const urgent = page.locator("#urgent").filter({ hasText: "Newcomer Optics" });
  await urgent.waitFor();
  assert.equal(await page.title(), "(1) Springtide");
  assert.equal(await page.locator("#urgent").getByText("Tessera").count(), 0, "what is open before one's eyes is no interruption");
  await page.getByText("23 opportunities").waitFor();

  // The one that is open, in place.
  await page.locator("#one .evidence").filter({ hasText: "champion" }).waitFor();
  await page.locator("#one .at-changes").filter({ hasText: "2 revisions" }).filter({ hasText: "new reason" }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), "draft-connect", "the focus stays");
  await page.keyboard.type("good morning");
  assert.equal(await field.inputValue(), "Hello Ida, good morning");
  await page.getByText("Revision 2 is there. Your edits are of revision 1.").waitFor();
  await page.getByRole("button", { name: "Take the new draft" }).click();
  assert.notEqual(await field.inputValue(), "Hello Ida, good morning");

  // To it, and it is seen.
  await urgent.getByRole("link").click();
  await page.locator("#one h2").filter({ hasText: "Newcomer Optics" }).waitFor();
  assert.equal(await page.title(), "Springtide");
  assert.ok(await page.locator("#urgent").isHidden());
});
