// An account: its timeline drawn and as a table, by mouse and by keyboard; what holds plays back; why, and why not. First a real
// one; then one with everything in it, hostile words too, that only the page is told of.

import { accessible, api, assert, PHONE, story } from "./kit.mjs";

const HOSTILE = "<img src=x onerror=\"document.title='hacked'\">";
const at = (days) => new Date(Date.UTC(2026, 2, 31) + days * 86_400_000).toISOString();

const profile = (days, rest) => ({
  occurred_at: at(days), event_id: `p${days}`, name: HOSTILE, domains: ["a.example"], segment: "smb", mrr: 900, currency: "EUR", limits: { calls: 100 },
  products: ["core"], buyer_departments: ["operations"], owners: { customer_success: "Ann" }, external_ids: { salesforce: "001" }, ...rest,
});
const signal = (days, family, detector, urgency, summary) => ({ occurred_at: at(days), family, detector, urgency, event_id: `s${days}`, summary, value: null, against: null });

const ACCOUNT = {
  account_id: "a/b", as_of: at(0), known_from: at(-60), answered_by: "here",
  profiles: [profile(-120), profile(-20, { mrr: 1_200, champion: "strong" })],
  signals: [
    signal(-40, "business", "office", "low", "Opened an office in Graz"), signal(-6, "product", "seats_90", "high", "46 of 50 seats in use"),
    signal(-5, "business", "hiring_surge", "high", HOSTILE), signal(-3, "engagement", "promoter", "medium", "NPS response of 10"),
  ],
  usage: [{ meter: null, unit: "seats", readings: [[-70, 30, 40], [-30, 36, 50], [-6, 46, 50]].map(([days, used, limit]) => ({ at: at(days), used, limit })) },
    { meter: "calls", unit: "calls", readings: [[-50, 10, null], [-2, 80, 100]].map(([days, used, limit]) => ({ at: at(days), used, limit })) }],
  plays: [
    { play: "seat-expansion", motion: "seat", verdict: "open", opened_at: at(-5), nearest_miss: null, window_from: at(-5),
      held_back: [{ by: "cooldown", text: "it opened less than 30 days ago", found: null, until: at(25) }],
      openings: [{ opportunity_id: null, opened_at: at(-5), last_evidence_at: at(-3), window_from: at(-10), window_to: at(0), act_by: at(2), detectors: ["seats_90", "hiring_surge"] }] },
    { play: "add-on", motion: "add_on", verdict: "not_open", opened_at: null, nearest_miss: "2 of 3 within 7 days", window_from: at(-5), held_back: [], openings: [] },
  ],
  gates: [{ gate: "profile.health_score > 60", plays: ["seat-expansion", "add-on"], held: [{ from: at(-20), to: at(0) }, { from: at(-90), to: at(-50) }].reverse() }],
  outcomes: [{ event_id: "o", occurred_at: at(-1), opportunity_id: "x", play: "seat-expansion", stage: "snoozed", until: at(9), reason: HOSTILE, actor: "ann", amount: null, cost: null }],
  opportunities: [],
};
const EXPLAINED = {
  account_id: "a/b", at: at(0), clock: at(0), rules_version: "r1", profile: {},
  plays: [{ play: "add-on", verdict: "not_open", opened_at: null, added_evidence: [], instant: false, nearest_miss: "2 of 3 within 7 days", conditions: [
    { condition: "profile", text: "the account has a profile", held: true, found: "as of 11 March 2026", value: null, until: null, miss: null, detectors: [] },
    { condition: "product", text: "a product signal within 5 days", held: false, found: null, value: 2, until: null, miss: "one more is needed", detectors: [
      { detector: "gate_hits", family: "product", signals: null, before: null, near: { text: "2 of 3 within 7 days", value: 2, needed: 3, short: 1 } }] }] }],
};

/** One as the server has it. */
async function real(open) {
  const page = await open("/#/a/northwind");
  const view = page.locator("#view");
  const account = await api("/accounts/northwind");
  await view.getByRole("heading", { name: "Northwind Instruments" }).waitFor();
  await view.getByRole("img", { name: /^Seats: 46 used of 50, 92 %/ }).waitFor({ state: "attached" });
  await view.getByRole("img", { name: /^Gate, profile.health_score > 60 .*: held from/ }).waitFor({ state: "attached" });
  await view.getByRole("button", { name: /46 of 50 seats in use/ }).first().click();
  await view.locator(".chosen").filter({ hasText: "46 of 50 seats in use" }).waitFor();
  await view.getByText("What each play does now").waitFor();
  for (const play of account.plays) for (const held of play.held_back) await view.locator(".held").filter({ hasText: held.found ?? held.text }).first().waitFor();
  await view.getByRole("combobox", { name: "Play" }).selectOption("cross-sell");
  await view.getByRole("button", { name: "Ask why" }).click();
  await view.getByText("Cross sell was not open").waitFor();
  assert.ok(await view.locator(".explained .no").count() > 0, "what did not hold is crossed");
  await view.locator(".rows .row").filter({ hasText: "3 jobs posted" }).click();
  await page.locator("#one h2").filter({ hasText: "Northwind Instruments" }).waitFor();
  await page.close();
  // Where nobody knows it: words.
  const unknown = await open("/#/a/nobody", { refusals: [404, 503] });
  await unknown.getByText("The account can’t be shown").waitFor();
  await unknown.close();
}

await story(async ({ open }) => {
  await real(open);
  for (const [scheme, size] of [["light", undefined], ["dark", undefined], ["light", PHONE]]) {
    const page = await open("/#/today", { scheme, ...(size && { size }) });
    const asked = [];
    await page.route(/\/api\/v1\/accounts\//, (route) => {
      asked.push(route.request().url());
      return route.fulfill({ json: route.request().url().includes("/explanation") ? EXPLAINED : ACCOUNT });
    });
    await page.goto(`${page.url().split("#")[0]}#/a/${encodeURIComponent("a/b")}`);
    const view = page.locator("#view");
    await view.getByRole("heading", { name: HOSTILE }).waitFor();
    assert.ok(asked[0].endsWith("/accounts/a%2Fb"), asked[0]);

    // By mouse.
    const marks = view.locator(".mark[role=button]");
    assert.equal(await marks.count(), 6, "four signals, a profile that changed, a decision");
    await view.getByRole("img", { name: /Seat expansion opened 26 March 2026; window from 21 March 2026; act by 2 April 2026/ }).waitFor({ state: "attached" });
    await view.getByRole("img", { name: /Seats: 46 used of 50, 92 %/ }).waitFor({ state: "attached" });
    await view.getByRole("img", { name: /^Gate, profile.health_score > 60: held from 31 December 2025 to 9 February 2026, and from 11 March 2026 to/ }).waitFor({ state: "attached" });
    await view.getByRole("button", { name: /46 of 50 seats in use/ }).click();
    const chosen = view.locator(".chosen");
    await chosen.filter({ hasText: "product signal, 46 of 50 seats in use (seats 90, high urgency)" }).waitFor();

    // By keyboard, to both ends.
    await page.keyboard.press("ArrowRight");
    await chosen.filter({ hasText: HOSTILE }).waitFor();
    await page.keyboard.press("ArrowRight");
    await chosen.filter({ hasText: "NPS response of 10" }).waitFor();
    await page.keyboard.press("End");
    await chosen.filter({ hasText: "Seat expansion: snoozed by ann" }).waitFor();
    await page.keyboard.press("Home");
    await page.keyboard.press("ArrowLeft");
    await chosen.filter({ hasText: "Opened an office in Graz" }).waitFor();

    // The same as a table; what holds back; how the profile changed.
    await page.keyboard.press("v");
    const rows = view.getByRole("group", { name: "Timeline, a table" }).locator("tbody tr");
    assert.equal(await rows.count(), 9, "and the opening, and when the gate held");
    await view.getByText("it opened less than 30 days ago, until 25 April 2026").waitFor();
    await view.getByText("Nearest miss: 2 of 3 within 7 days").first().waitFor();
    await view.getByRole("group", { name: "Profile over time, a table" }).getByText("MRR EUR 900 → EUR 1,200; Champion strong").waitFor();

    // Why not.
    await page.keyboard.press("y");
    await view.getByLabel("At (UTC)").fill("2026-03-30T12:00:05");
    await view.getByRole("button", { name: "Ask why" }).click();
    await view.getByText("Add on was not open").waitFor();
    await view.getByText("one more is needed").waitFor();
    assert.match(asked.at(-1), /explanation\?at=2026-03-30T12%3A00%3A05Z$/);
    await accessible(page, `the account, ${scheme}`);
    assert.equal(await page.locator("img").count(), 0);
    assert.equal(await page.title(), "Springtide");
    await page.close();
  }
});
