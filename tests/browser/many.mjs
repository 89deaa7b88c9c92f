// Five thousand open opportunities: the first paint and a filter each need little of the browser, measured by its own accounts
// of script and of all its work, not by a clock that others slow down.

import { address, assert, story } from "./kit.mjs";

const BUDGET_MS = 200;
const MANY = 5_000;

await story(async ({ open, browser }) => {
  const context = await browser.newContext({ viewport: { width: 1360, height: 900 }, reducedMotion: "reduce" });
  const blank = await context.newPage();
  const page = await open("/", { context });
  await blank.close();
  await page.getByText(`${MANY.toLocaleString("en")} opportunities`).waitFor();
  const devtools = await context.newCDPSession(page);
  await devtools.send("Performance.enable", { timeDomain: "threadTicks" });
  const used = async () => {
    const { metrics } = await devtools.send("Performance.getMetrics");
    const of = (name) => metrics.find((one) => one.name === name).value * 1_000;
    return { script: of("ScriptDuration"), task: of("TaskDuration"), nodes: metrics.find((one) => one.name === "Nodes").value };
  };
  const measured = async (what, does) => {
    const before = await used();
    await does();
    const after = await used();
    const script = after.script - before.script;
    process.stdout.write(`${what}: ${script.toFixed(1)} ms of script, ${(after.task - before.task).toFixed(1)} ms of all work\n`);
    assert.ok(script < BUDGET_MS, `${what} needs ${script.toFixed(0)} ms of script, over ${BUDGET_MS}`);
  };
  const rows = page.locator("#rows li");
  await measured("the first paint", async () => {
    await page.goto(`http://${address}/?again`);
    await rows.nth(9).waitFor();
    await page.getByText(`${MANY.toLocaleString("en")} opportunities`).waitFor();
  });
  assert.equal(await rows.count(), 10);
  await measured("a filter", async () => {
    await page.getByRole("searchbox", { name: "Search" }).fill("company 4321");
    await page.getByText("1 opportunity", { exact: true }).waitFor();
  });
  await page.getByRole("searchbox", { name: "Search" }).fill("");
  await page.getByText(`${MANY.toLocaleString("en")} opportunities`).waitFor();
  await measured("a hundred more", async () => {
    await page.getByRole("button", { name: "Show 100 more" }).click();
    await rows.nth(99).waitFor();
  });
});
