// The same without a mouse: through the list, into one, every decision, the draft, and back; the focus is always somewhere sensible.

import { api, assert, clipboard, says, story } from "./kit.mjs";

const decisions = async (id) => (await api(`/opportunities/${id}`)).decisions;
const focused = (page) => page.evaluate(() => {
  const one = document.activeElement;
  return one?.dataset.id ?? one?.id ?? one?.tagName;
});

await story(async ({ open }) => {
  const page = await open("/");
  const key = (name) => page.keyboard.press(name);
  const dialog = page.getByRole("dialog");
  await page.locator("#rows a").nth(9).waitFor();
  await key("+");
  await page.locator("#rows a").nth(21).waitFor();
  const ids = await page.locator("#rows a").evaluateAll((all) => all.map((one) => one.dataset.id));

  // Search, find, go.
  await key("/");
  await page.keyboard.type("tessera");
  await page.getByText("1 opportunity", { exact: true }).waitFor();
  await key("Escape");
  await key("/");
  await key("Control+a");
  await key("Delete");
  await page.getByText("22 opportunities").waitFor();
  await key("Escape");

  // Up and down.
  await key("j");
  assert.equal(await focused(page), ids[0]);
  await key("j");
  await key("k");
  await key("k");
  assert.equal(await focused(page), ids[0], "it ends at the first");
  await key("Enter");
  await page.locator("#one h2").waitFor();
  assert.ok(page.url().endsWith(ids[0]));
  await key("j");
  await page.waitForURL(`**/${ids[1]}`);
  assert.equal(await focused(page), ids[1], "the focus stays in the list");
  await key("Escape");
  await page.waitForURL("**/#/");
  assert.equal(await focused(page), ids[1], "back to where one was");

  // All keys.
  await key("?");
  await dialog.getByText("Approve", { exact: true }).waitFor();
  await key("Escape");
  await dialog.waitFor({ state: "detached" });

  const onto = async (at) => {
    await page.goto(`${page.url().split("#")[0]}#/o/${ids[at]}`);
    await page.locator(`#rows a[data-id="${ids[at]}"][aria-current]`).waitFor({ state: "attached" });
    await page.locator("#one h2").waitFor();
    await page.locator("#one .at-history h3").waitFor();
  };

  // Dismiss by arrow keys.
  await onto(2);
  await key("d");
  await dialog.waitFor();
  await key("ArrowDown");
  await key("ArrowDown");
  await key("Control+Enter");
  await says(page, ": dismissed");
  assert.equal((await decisions(ids[2]))[0].reason, "wrong contact");

  // Snooze as proposed; cancelled first.
  await onto(3);
  await key("s");
  await dialog.waitFor();
  await key("Escape");
  await dialog.waitFor({ state: "detached" });
  assert.deepEqual(await decisions(ids[3]), []);
  await key("s");
  await dialog.waitFor();
  await key("Control+Enter");
  await says(page, "snoozed until");
  assert.equal((await decisions(ids[3]))[0].stage, "snoozed");

  // Hand over.
  await onto(4);
  await key("h");
  await dialog.waitFor();
  await page.keyboard.type("Bo");
  await key("Enter");
  await says(page, "Handed over to Bo.");
  assert.equal((await decisions(ids[4]))[0].reason, "handed over to Bo");

  // Move on.
  await onto(5);
  await key("m");
  await dialog.waitFor();
  await key("ArrowDown");
  await key("Enter");
  await says(page, ": proposal");
  assert.equal((await decisions(ids[5]))[0].stage, "proposal");

  // The brief.
  await onto(6);
  await key("c");
  await says(page, "The brief is in your clipboard");
  assert.match(await clipboard(page), /^# /);

  // Approve.
  await key("a");
  await dialog.waitFor();
  await key("Control+Enter");
  await says(page, ": qualified");
  assert.equal((await decisions(ids[6]))[0].stage, "qualified");

  // To the account and back, and to the other views.
  await key("t");
  await page.waitForURL("**/#/a/**");
  await key("Escape");
  await page.waitForURL(`**/#/o/${ids[6]}`);
  for (const [letter, path, title] of [["t", "today", "Today"], ["p", "plays", "Plays"], ["r", "report", "Report"]]) {
    await key("g");
    await key(letter);
    await page.waitForURL(`**/#/${path}`);
    await page.getByRole("heading", { name: title, exact: true }).waitFor();
    assert.equal(await focused(page), "view");
    if (path === "today") {
      await page.locator("#view .row").nth(1).waitFor();
      await key("j");
      assert.ok(ids.includes(await focused(page)), "lists are stepped through wherever they are");
    }
  }
  await key("g");
  await key("i");
  await page.waitForURL("**/#/");
});
