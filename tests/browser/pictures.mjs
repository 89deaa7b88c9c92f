// Pictures of the page for the README, light and dark, into a folder: `pictures.mjs ADDRESS FOLDER NAME…`.

import { join } from "node:path";
import { api, assert, story, until } from "./kit.mjs";

const [folder, ...names] = process.argv.slice(3);
/** Nobody waits for a README. */
const LARGEST_BYTES = 250_000;

const VIEWS = {
  async opportunity(page) {
    const { items } = await api("/opportunities?account=northwind");
    const { opportunity_id: id } = items.find((one) => one.play === "seat-expansion" && one.urgency === "high");
    await page.goto(`${page.url().split("#")[0]}#/o/${id}`);
    await page.locator("#draft-propose").waitFor();
  },
  async account(page) {
    await page.goto(`${page.url().split("#")[0]}#/a/northwind`);
    await page.locator(".timeline .mark").first().waitFor();
  },
  async report(page) {
    await until("the report is made", () => api("/report").catch(() => null));
    await page.goto(`${page.url().split("#")[0]}#/report`);
    await page.getByLabel("From").fill("2024-01-01");
    await page.getByLabel("To", { exact: true }).fill("2024-03-01");
    await page.getByText("From 1 January 2024 up to 1 March 2024").waitFor();
  },
};

await story(async ({ open, browser }) => {
  for (const name of names) {
    for (const scheme of ["light", "dark"]) {
      const context = await browser.newContext({ colorScheme: scheme, viewport: { width: 1280, height: 820 }, reducedMotion: "reduce" });
      const page = await open("/", { context });
      await page.locator("#rows a").first().waitFor();
      await VIEWS[name](page);
      // No focus ring, no banner that just passed.
      await page.evaluate(() => document.activeElement?.blur());
      const picture = await page.screenshot({ path: join(folder, `${name}-${scheme}.png`) });
      assert.ok(picture.length < LARGEST_BYTES, `${name}-${scheme}.png has ${picture.length} bytes`);
      await context.close();
    }
  }
});
