// An account, an owner, a reason and a draft that are markup: everywhere they are text, and nothing of them runs.

import { api, assert, openRow, says, story } from "./kit.mjs";

const NAME = "<img src=x onerror=\"document.title='hacked'\"><script>document.title='hacked'</script>";

/** Nothing of it became an element, and nothing ran. */
async function unharmed(page, where) {
  assert.equal(await page.locator("img, script:not([src])").count(), 0, where);
  assert.match(await page.title(), /^(\(\d+\) )?Springtide$/, where);
}

await story(async ({ open }) => {
  // Nobody is called so.
  const page = await open("/", { refusals: [404, 503] });
  const id = await openRow(page, NAME);
  await unharmed(page, "the opportunity");
  for (const part of ["h2", ".properties", ".brief"]) {
    await page.locator(`#one ${part}`).filter({ hasText: "<img src=x" }).first().waitFor({ state: "attached" });
  }
  await page.getByText("Read it").click();
  await unharmed(page, "the brief");
  await page.locator("#rows .facts").filter({ hasText: NAME }).waitFor();

  // A reason, read back; a name to hand over to.
  await page.keyboard.press("h");
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("heading", { name: NAME }).waitFor();
  await dialog.getByLabel("To whom?").fill(NAME);
  await unharmed(page, "the dialog");
  await dialog.getByRole("button", { name: "Hand over" }).click();
  await says(page, NAME);
  await page.locator("#one .history").filter({ hasText: `handed over to ${NAME}` }).waitFor();
  assert.equal((await api(`/opportunities/${id}`)).decisions[0].reason, `handed over to ${NAME}`);
  await unharmed(page, "the decisions");

  // A draft, kept here, and shown before it is approved.
  const draft = page.locator("#draft-connect");
  await draft.fill(NAME);
  await page.reload();
  await draft.waitFor();
  assert.equal(await draft.inputValue(), NAME);
  await page.keyboard.press("a");
  await dialog.getByRole("group", { name: "The message" }).locator("pre").filter({ hasText: NAME }).waitFor();
  await unharmed(page, "the message");
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });

  // A filter, kept here too.
  await page.getByText("Filter").click();
  await page.getByLabel("Owner").fill(NAME);
  await page.getByText("1 opportunity", { exact: true }).waitFor();
  await page.reload();
  await page.getByText("1 opportunity", { exact: true }).waitFor();
  await unharmed(page, "the filter");

  // An address that is markup, and the other views.
  const { account_id: account } = (await api(`/opportunities/${id}`)).summary;
  for (const path of [`#/a/${encodeURIComponent(account)}`, `#/a/${encodeURIComponent(NAME)}`, "#/today", "#/plays", "#/report", `#/o/${encodeURIComponent(NAME)}`]) {
    await page.goto(`${page.url().split("#")[0]}${path}`);
    await page.locator("#view h2:visible, #rows a:visible").first().waitFor();
    await unharmed(page, path);
  }
});
