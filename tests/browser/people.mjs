// Two people decide at once: the second is told who was first and what, nothing of theirs is written, and then they decide anew.
// Somebody who may only see is offered nothing to decide.

import { api, assert, openRow, says, story } from "./kit.mjs";

const [ann, bob, eve] = process.argv.slice(3);

await story(async ({ open }) => {
  const one = await open("/", { token: ann, refusals: [409, 503] });
  const other = await open("/", { token: bob, refusals: [409, 503] });
  const id = await openRow(one, "Tessera Analytics");
  await openRow(other, "Tessera Analytics");
  // Both have the question before them.
  await one.keyboard.press("d");
  await other.keyboard.press("a");
  await one.getByRole("dialog").getByLabel("Already talking").check();
  await other.getByRole("dialog").waitFor();
  await one.getByRole("dialog").getByRole("button", { name: "Dismiss" }).click();
  await says(one, "Tessera Analytics: dismissed");
  await other.getByRole("dialog").locator("button.main").click();
  await says(other, "nothing was written. ann decided meanwhile: dismissed");
  await other.locator("#one .history").filter({ hasText: "dismissed by ann" }).waitFor();
  const decisions = async () => (await api(`/opportunities/${id}`, ann)).decisions.map(({ stage, actor }) => [stage, actor]);
  assert.deepEqual(await decisions(), [["dismissed", "ann"]]);
  await other.keyboard.press("a");
  await other.getByRole("dialog").locator("button.main").click();
  await says(other, "Tessera Analytics: qualified");
  assert.deepEqual(await decisions(), [["dismissed", "ann"], ["qualified", "bob"]]);
  // The first sees it by itself.
  await one.locator("#one .history").filter({ hasText: "qualified by bob" }).waitFor();

  // Without a token one is asked, once, and a wrong one is asked for again.
  const third = await open("/", { refusals: [401, 503] });
  const dialog = third.getByRole("dialog");
  await dialog.getByLabel("Your token").fill("0123456789abcdef-nobody");
  await dialog.getByRole("button", { name: "Go on" }).click();
  await dialog.getByText("does not know this token").waitFor();
  await dialog.getByLabel("Your token").fill(eve);
  await dialog.getByRole("button", { name: "Go on" }).click();
  await third.locator("#rows a").first().waitFor();
  await third.getByText("eve, to see only").waitFor();
  await openRow(third, "Helio Robotics");
  assert.ok(await third.getByRole("button", { name: "Approve" }).isHidden());
  await third.keyboard.press("d");
  await says(third, "Your role is to see");

  // Whoever does not say who they are is asked once, and can say it later.
  const fourth = await open("/", { refusals: [401, 503] });
  await fourth.getByRole("dialog").waitFor();
  await fourth.keyboard.press("Escape");
  await fourth.getByRole("button", { name: "Say who you are" }).click();
  await fourth.getByRole("dialog").getByLabel("Your token").fill(eve);
  await fourth.keyboard.press("Enter");
  await fourth.locator("#rows a").first().waitFor();
});
