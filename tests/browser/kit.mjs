// What the page's stories stand on: a real browser, people with tokens, and an end that fails where the page said an error,
// asked another host, or did not do what was expected.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const require = createRequire(`${process.env.SPRINGTIDE_BROWSER}/`);
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

/** Where the server is: `HOST:PORT`. */
export const address = process.argv[2];
const BASE = `http://${address}`;
/** Longer than anything here takes on a slow, busy machine. */
const DEADLINE_MS = 90_000;
const WIDE = { width: 1360, height: 900 };
export const PHONE = { width: 360, height: 740 };

/** What the page is refused in the course of things: what is not there yet. */
const REFUSALS = [503];

const FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--disable-lcd-text"];

export { assert };

/** Says something to whoever started this, who may act on it. */
export const tell = (word) => process.stderr.write(`${word}\n`);

/** Asks the API directly. */
export async function api(path, token) {
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  const response = await fetch(`${BASE}/api/v1${path}`, { headers });
  assert.ok(response.ok, `${path}: ${response.status} ${await response.clone().text()}`);
  return response.json();
}

/** Waits until an answer of the API is as it should be, and returns it. */
export async function until(what, ask) {
  const deadline = Date.now() + DEADLINE_MS;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    assert.ok(Date.now() < deadline, `waited in vain until ${what}`);
    await new Promise((resolve) => { setTimeout(resolve, 50); });
  }
}

/** Tells a story; `open(path, options)` opens a page of a person of their own. */
export async function story(tells) {
  const browser = await chromium.launch({ executablePath: process.env.SPRINGTIDE_CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });
  const wrong = [];
  const pages = [];
  const open = async (path, { token, scheme = "light", size = WIDE, refusals = REFUSALS, away = false, context } = {}) => {
    const own = context ?? await browser.newContext({ colorScheme: scheme, viewport: size, acceptDownloads: true, reducedMotion: "reduce" });
    if (!context) await own.grantPermissions(["clipboard-read", "clipboard-write"], { origin: BASE });
    const page = await own.newPage();
    page.setDefaultTimeout(DEADLINE_MS);
    pages.push(page);
    page.on("console", (message) => {
      const at = message.location().url;
      // A browser reports every refusal as an error; those that the page tells in words are none.
      const isRefusal = at.startsWith(`${BASE}/api/v1/`) && refusals.some((status) => message.text().includes(`status of ${status} `));
      const isAway = away && message.text().includes("net::ERR_");
      if (message.type() === "error" && !isRefusal && !isAway) wrong.push(`the console: ${message.text()} (${at})`);
    });
    page.on("pageerror", (error) => wrong.push(`the page: ${error.stack}`));
    page.on("request", (request) => {
      const url = new URL(request.url());
      if (!["data:", "blob:"].includes(url.protocol) && url.host !== address) wrong.push(`asked another host: ${request.url()}`);
    });
    if (token) await page.addInitScript((given) => sessionStorage.setItem("token", given), token);
    await page.goto(`${BASE}${path}`);
    return page;
  };
  try {
    await tells({ open, browser });
    assert.deepEqual(wrong, []);
  } catch (error) {
    process.stdout.write(`${error.stack}\n`);
    for (const page of pages) await describe(page);
    for (const one of wrong) process.stdout.write(`besides: ${one}\n`);
    process.exitCode = 1;
  } finally {
    await browser.close();
  }
}

/** The page's state in words. */
async function describe(page) {
  if (page.isClosed()) return;
  const state = await page.locator("body").ariaSnapshot({ timeout: 5_000 }).catch((error) => `can't be told: ${error}`);
  process.stdout.write(`\n--- ${page.url()}, “${await page.title().catch(() => "")}”\n${state.slice(0, 5_000)}\n`);
}

/** The row of an account in the list. */
export const row = (page, name, play) => page.locator("#rows a").filter({ hasText: name }).filter({ hasText: play ?? "" }).first();

/** Opens one of the list, and waits until it is there. */
export async function openRow(page, name, play) {
  await row(page, name, play).click();
  await page.locator("#one h2").filter({ hasText: name }).waitFor();
  return page.url().split("/").at(-1);
}

/** Waits until the page says something. */
export const says = (page, text) => page.locator("#told.shown").filter({ hasText: text }).waitFor();

/** What is in the clipboard. */
export const clipboard = (page) => page.evaluate(() => navigator.clipboard.readText());

/** Fails where people with disabilities could not use what is shown. */
export async function accessible(page, what) {
  // The page's own policy forbids scripts of others; this goes past it as the developer tools do.
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  const said = violations.map((one) => `${one.id}: ${one.nodes.map((node) => `${node.html.slice(0, 200)} ${node.failureSummary}`).join("\n  ")}`);
  assert.deepEqual(said, [], `${what} by axe`);
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(wider <= 0, `${what} is ${wider} pixels wider than the window`);
}
