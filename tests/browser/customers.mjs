// Customers with a story each, as JSON lines with `_topic`, up to now: `node customers.mjs` prints them. The first is the
// richest; most open one opportunity or two. `node customers.mjs later` prints what happens after that: a newcomer is at its
// limit, and one that is known has a reason more.

const DAY = 86_400_000;
const now = Date.now();
const at = (days) => new Date(now - days * DAY).toISOString();
const lines = [];
let count = 0;

function tell(topic, account, days, rest) {
  count += 1;
  lines.push({ _topic: topic, event_id: `${account}-${count}`, account_id: account, occurred_at: at(days), ...rest });
}

const usage = (account, days, type, rest) => tell("product-usage", account, days, { type, ...rest });
const news = (account, days, type, rest) => tell("business-signals", account, days, { type, ...rest });
const voice = (account, days, type, rest) => tell("engagement-signals", account, days, { type, ...rest });

function profile(account, days, name, segment, rest = {}) {
  tell("account-profiles", account, days, {
    name, segment, currency: "EUR", mrr: 4_200, seats_licensed: 50, price_per_seat: 84, plan: "business", industry: "manufacturing",
    health_score: 82, champion: "strong", signed_up_at: at(700), first_value_at: at(660), renewal_at: at(-140), last_expansion_at: at(400),
    products: ["core", "analytics"], buyer_departments: ["engineering", "operations"], domains: [`${account}.example`],
    limits: { api_calls: 100_000 }, owners: { customer_success: "Ann Keller", account_management: "Bo Lindqvist", cross_sell: "Chiara Romano" },
    external_ids: { salesforce: `001${account.slice(0, 6).toUpperCase()}` }, ...rest,
  });
}

const seats = (account, days, used, licensed) => usage(account, days, "seat_snapshot", { seats_used: used, ...(licensed && { seats_licensed: licensed }) });
const calls = (account, days, used, limit) => usage(account, days, "meter_reading", { meter: "api_calls", used, limit });

/** Everything happens to the first: three months of growth, hiring, a promoter, a new office. */
function first() {
  const account = "northwind";
  profile(account, 120, "Northwind Instruments", "mid_market", { mrr: 3_600, health_score: 74, seats_licensed: 40, champion: "moderate" });
  profile(account, 62, "Northwind Instruments", "mid_market", { mrr: 3_900, health_score: 79, seats_licensed: 45, champion: "moderate" });
  profile(account, 20, "Northwind Instruments", "mid_market", { mrr: 4_200, health_score: 86, seats_licensed: 50 });
  for (let days = 88; days > 1; days -= 2) {
    const grown = (88 - days) / 88;
    seats(account, days + 0.3, Math.round(27 + grown * 17 + (days % 3)), days > 62 ? 40 : days > 20 ? 45 : 50);
    calls(account, days + 0.1, Math.round(48_000 + grown * 30_000 + (days % 5) * 900), 100_000);
  }
  voice(account, 47.5, "nps_response", { score: 9, respondent: "ops lead" });
  news(account, 41, "news_published", { sentiment: "positive", headline: "Northwind wins a rail contract" });
  usage(account, 33, "feature_used", { feature: "workflow_builder", user_id: "u3" });
  news(account, 3.4, "job_posted", { posting_id: "n-1", title: "Field engineer", department: "engineering" });
  news(account, 2.7, "job_posted", { posting_id: "n-2", title: "Test engineer", department: "engineering" });
  news(account, 2.1, "job_posted", { posting_id: "n-3", title: "Controls engineer", department: "engineering" });
  seats(account, 1.6, 46, 50);
  voice(account, 1.2, "nps_response", { score: 10, respondent: "head of engineering" });
  news(account, 0.4, "office_opened", { location: "Gdańsk" });
}

const hiring = (account, days) => [0.9, 0.5, 0.1].forEach((more, number) =>
  news(account, days + more, "job_posted", { posting_id: `${account}-${number}`, title: "Analyst", department: "operations" }));

function others() {
  profile("helio", 200, "Helio Robotics", "enterprise", { mrr: 18_400, seats_licensed: 220, health_score: 91, renewal_at: at(-48) });
  hiring("helio", 0.6);
  seats("helio", 0.3, 209, 220);
  profile("larkfield", 200, "Larkfield Health", "mid_market", { mrr: 6_100, health_score: 77, industry: "health" });
  calls("larkfield", 1.1, 93_400, 100_000);
  news("larkfield", 0.8, "competitor_researched", { competitor: "Basalt" });
  profile("quayside", 200, "Quayside Logistics", "smb", { mrr: 920, seats_licensed: 12, champion: "weak", health_score: 71, industry: "logistics" });
  seats("quayside", 3.1, 11, 12);
  news("quayside", 2.4, "funding_raised", { round: "B", amount_usd: 14_000_000 });
  profile("tessera", 200, "Tessera Analytics", "mid_market", { mrr: 7_800, health_score: 88, industry: "software" });
  usage("tessera", 2.2, "feature_used", { feature: "forecasting", user_id: "u1" });
  news("tessera", 1.4, "intent_surge", { topic: "data quality", score: 84 });
  profile("bramble", 200, "Bramble & Finch", "smb", { mrr: 640, champion: "none", health_score: 69, industry: "retail" });
  calls("bramble", 4.2, 84_000, 100_000);
  profile("ostara", 200, "Ostara Energy", "enterprise", { mrr: 24_900, seats_licensed: 400, health_score: 83, industry: "energy", renewal_at: at(-31) });
  usage("ostara", 1.9, "integration_connected", { integration: "scada" });
  news("ostara", 0.7, "tech_stack_changed", { technology: "Kafka", change: "adopted" });
  profile("pinecrest", 200, "Pinecrest Software", "mid_market", { mrr: 5_300, currency: "USD", industry: "software" });
  calls("pinecrest", 5.8, 88_000, 100_000);
  news("pinecrest", 5.1, "earnings_guidance", { direction: "raised" });
  profile("meridian", 200, "Meridian Foods", "mid_market", { mrr: 3_050, health_score: 73, industry: "food" });
  usage("meridian", 3.6, "milestone_reached", { milestone: "1000th order" });
  news("meridian", 3.2, "office_opened", { location: "Lyon" });
  profile("calloway", 200, "Calloway Legal", "smb", { mrr: 1_450, seats_licensed: 20, industry: "legal" });
  seats("calloway", 6.4, 19, 20);
  news("calloway", 5.9, "executive_hired", { title: "VP Operations", seniority: "vp", department: "operations" });
  profile("aster", 200, "Aster Biotech", "enterprise", { mrr: 15_200, currency: "USD", health_score: 94, industry: "biotech" });
  calls("aster", 0.9, 96_100, 100_000);
  news("aster", 0.5, "funding_raised", { round: "C", amount_usd: 80_000_000 });
  profile("fjordline", 200, "Fjordline Shipping", "mid_market", { mrr: 4_700, renewal_at: at(-72), industry: "logistics" });
  // An account that stays out, for its health.
  profile("copperleaf", 200, "Copperleaf Studio", "smb", { mrr: 380, health_score: 41 });
  calls("copperleaf", 1.3, 99_000, 100_000);
}

function later() {
  profile("newcomer", 0.002, "Newcomer Optics", "mid_market");
  calls("newcomer", 0.001, 97_000, 100_000);
  voice("tessera", 0.001, "champion_active", { contact: "Ida Holm", strength: "strong" });
}

if (process.argv[2] === "later") {
  later();
} else {
  first();
  others();
}
const ranked = lines.sort((one, other) => one.occurred_at.localeCompare(other.occurred_at));
process.stdout.write(`${ranked.map((line) => JSON.stringify(line)).join("\n")}\n`);
