// The draft: five labelled parts with what each rests on; edits are kept by opportunity and revision, and taken back; approving
// takes the message as it stands to the clipboard and to files. Nothing is sent.

import { readFile } from "node:fs/promises";
import { api, assert, clipboard, openRow, says, story } from "./kit.mjs";

await story(async ({ open }) => {
  const page = await open("/");
  const written = [];
  page.on("request", (request) => request.method() !== "GET" && written.push(`${request.method()} ${new URL(request.url()).pathname}`));
  const id = await openRow(page, "Helio Robotics", "Seat expansion");
  const draft = await api(`/opportunities/${id}/draft`);
  assert.deepEqual(draft.parts.map((one) => one.label), ["Connect", "Present", "Quantify", "Prove", "Propose"]);
  const field = (label) => page.locator("#one").getByLabel(label, { exact: true });
  for (const part of draft.parts) {
    assert.equal(await field(part.label).inputValue(), part.text);
    for (const fact of part.facts) await page.locator(`#draft-${part.part}-rests`).getByText(String(fact.value), { exact: true }).first().waitFor();
    for (const line of part.left_out) await page.locator(`#draft-${part.part}-rests`).getByText(line).waitFor();
  }

  // Edits stay, here and for this one alone.
  await field("Connect").fill("Hello Ida,");
  await field("Prove").fill("You asked us in May.");
  await page.getByText("2 parts edited, kept in this browser.").waitFor();
  await page.reload();
  await page.locator("#draft-connect").waitFor();
  assert.equal(await field("Connect").inputValue(), "Hello Ida,");
  await openRow(page, "Tessera Analytics");
  await page.locator("#draft-connect").waitFor();
  assert.notEqual(await field("Connect").inputValue(), "Hello Ida,");
  await openRow(page, "Helio Robotics", "Seat expansion");
  await page.locator("#draft-connect").waitFor();
  await page.getByRole("button", { name: "Reset Prove" }).click();
  assert.equal(await field("Prove").inputValue(), draft.parts[3].text);
  await page.getByText("1 part edited, kept in this browser.").waitFor();

  // What comes in while somebody writes takes nothing from them: not the words, not the cursor.
  await page.keyboard.press("Escape");
  await page.keyboard.press("e");
  await page.keyboard.press("End");
  await page.keyboard.type(" today");
  const decided = await fetch(`${page.url().split("/#")[0]}/api/v1/opportunities/${id}/decisions`, {
    method: "POST", headers: { "Content-Type": "application/json", "Idempotency-Key": "elsewhere" }, body: JSON.stringify({ stage: "discovery" }),
  });
  assert.equal(decided.status, 201);
  await page.locator("#one .history").filter({ hasText: "discovery by local" }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), "draft-subject");
  assert.match(await field("Subject").inputValue(), / today$/);

  // Approve: exactly what is shown, in the clipboard and as files.
  await page.keyboard.press("Escape");
  await page.keyboard.press("a");
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("group", { name: "The message" }).getByText("Hello Ida,").waitFor();
  await dialog.getByLabel("Download .md").check();
  await dialog.getByLabel("Download .txt").check();
  const files = [];
  page.on("download", (file) => files.push(file));
  await dialog.getByRole("button", { name: "Approve" }).click();
  await says(page, "Helio Robotics: qualified. The message is in your clipboard.");
  const message = await clipboard(page);
  const parts = await Promise.all(draft.parts.map((one) => field(one.label).inputValue()));
  assert.equal(message, `${await field("Subject").inputValue()}\n\n${parts.map((one) => one.trim()).filter(Boolean).join("\n\n")}\n`);
  while (files.length < 2) files.push(await page.waitForEvent("download"));
  const texts = new Map(await Promise.all(files.map(async (file) => [file.suggestedFilename(), await readFile(await file.path(), "utf8")])));
  assert.deepEqual([...texts.keys()].sort(), ["Helio-Robotics-message.md", "Helio-Robotics-message.txt"]);
  assert.equal(texts.get("Helio-Robotics-message.txt"), message);
  assert.equal(texts.get("Helio-Robotics-message.md"), `# ${message}`);
  assert.deepEqual(written, [`POST /api/v1/opportunities/${id}/decisions`], "one decision, and nothing else was written or sent");

  // Back to what the server wrote.
  await page.keyboard.press("u");
  assert.equal(await field("Connect").inputValue(), draft.parts[0].text);
});
