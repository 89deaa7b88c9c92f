// The report of a period: funnel, close rates, revenue kept and gained. As pictures, and the same numbers as tables.

import { answer, optional } from "./api.js";
import { bars, retention, withTable } from "./charts.js";
import { download } from "./clipboard.js";
import { make, part, say, swap, table } from "./dom.js";
import { day, many, money, number, percent, plain, titled } from "./words.js";

const AGAIN_MS = 2_000;
const state = { view: null, text: "", asked: 0 };

/** Shows it. */
export async function show(view) {
  Object.assign(state, { view, text: "" });
  const date = (name) => make("input", { type: "date", name, "data-key": name });
  const segment = make("select", { name: "segment", "data-key": "segment" }, make("option", { value: "" }, "all"),
    ["enterprise", "mid_market", "smb"].map((name) => make("option", { value: name }, titled(name))));
  state.form = make("form", { class: "asking", onchange: () => refresh(), onsubmit: (event) => event.preventDefault() },
    make("label", {}, "From", date("from")), make("label", {}, "To", date("to")), make("label", {}, "Segment", segment),
    make("button", { type: "button", onclick: () => save("csv") }, "CSV"), make("button", { type: "button", onclick: () => save("json") }, "JSON"));
  state.list = make("div", { "aria-live": "off" });
  swap(view, make("h2", {}, "Report"), state.form, state.list);
  await refresh();
}

function query() {
  const asked = Object.fromEntries([...new FormData(state.form)].filter(([, value]) => value));
  for (const name of ["from", "to"]) if (asked[name]) asked[name] = `${asked[name]}T00:00:00Z`;
  return new URLSearchParams(asked).toString();
}

/** Takes it away as a file: a plain link could carry no token. */
async function save(kind) {
  try {
    const got = await answer(kind === "csv" ? `/report.csv?${query()}` : `/report?${query()}`, { headers: { Accept: "*/*" } });
    download(`springtide-report.${kind}`, await got.text());
  } catch (error) {
    say(error.message);
  }
}

/** Asks anew, and shows what differs; asks again while it is being made. */
export async function refresh() {
  const own = ++state.asked;
  const asked = query();
  let got;
  try {
    got = await optional(`/report${asked ? `?${asked}` : ""}`);
  } catch (error) {
    if (error.status !== 0) swap(state.list, make("p", { class: "notice" }, error.message));
    return;
  }
  if (own !== state.asked || !state.list.isConnected) return;
  if (got.missing) {
    swap(state.list, make("p", { class: "notice", role: "status" }, got.again ? `It is being made: ${got.missing}` : `The report can’t be shown: ${got.missing}`));
    state.text = "";
    if (got.again) setTimeout(() => own === state.asked && state.list.isConnected && refresh(), Math.max(AGAIN_MS, got.again * 1_000));
    return;
  }
  const text = JSON.stringify(got.report);
  if (text === state.text) return;
  state.text = text;
  swap(state.list, told(got.report, got.left_out));
}

function told(one, leftOut) {
  return [
    make("p", { class: "note" }, `From ${day(one.from)} up to ${day(one.to)}: ${many(one.accounts, "account")}${one.segments?.length > 0 ? ` of ${one.segments.map(plain).join(", ")}` : ""}.`),
    one.warnings?.length > 0 && warned(one.warnings.map((warning) => warning.words)),
    part("funnel", "Funnel", funnel(one.funnel)),
    part("motions", "Close rate by motion", motions(one.motions)),
    one.revenue.map((revenue) => part(`revenue-${revenue.currency}`, `Revenue in ${revenue.currency}`, revenueOf(revenue))),
    part("pace", "Pace and cost", pace(one)),
    part("gaps", "What the figures leave out", table("Gaps", ["What", ["How many"]],
      Object.entries({ ...one.gaps, ...leftOut }).map(([name, count]) => [titled(name), number(count, 0)]))),
  ];
}

/** What hides behind good figures; the first few, and the rest behind a count. */
function warned(all) {
  const list = (words) => make("ul", {}, words.map((one) => make("li", {}, one)));
  const rest = all.slice(3);
  return make("div", { class: "notice" }, make("p", {}, make("strong", {}, "Mind the gap between NRR and GRR")), list(all.slice(0, 3)),
    rest.length > 0 && make("details", { "data-key": "warnings" }, make("summary", {}, `${many(rest.length, "more", "more")}`), list(rest)));
}

function funnel(one) {
  const name = (stage) => titled(stage.stage);
  return withTable(
    bars("funnel-picture", "Funnel", one.stages.map((stage) => [name(stage), stage.opportunities,
      `${number(stage.opportunities, 0)}${stage.of_previous_percent === null ? "" : `  (${stage.of_previous_percent.toFixed(0)} %)`}`])),
    "Funnel", ["Stage", ["Opportunities"], ["Of the stage before"], ["Of all"]],
    one.stages.map((stage) => [name(stage), number(stage.opportunities, 0), percent(stage.of_previous_percent), percent(stage.of_signals_percent)]));
}

function motions(all) {
  if (all.length === 0) return make("p", { class: "note" }, "Nothing ended within the period.");
  return withTable(
    bars("motions-picture", "Close rate", all.map((one) => [titled(one.motion), one.close_rate_percent, `${percent(one.close_rate_percent)} of ${one.won + one.lost}`])),
    "Close rate by motion", ["Motion", ["Won"], ["Lost"], ["Dismissed"], ["Close rate"], ["Sold a year"]],
    all.map((one) => [titled(one.motion), number(one.won, 0), number(one.lost, 0), number(one.dismissed, 0), percent(one.close_rate_percent),
      one.sales.map((sale) => money(sale.yearly_amount, sale.currency)).join(", ") || "–"]));
}

function revenueOf(one) {
  const { currency, total } = one;
  const columns = ["", ["Accounts"], ["Start MRR"], ["Expansion"], ["Contraction"], ["Churn"], ["NRR"], ["GRR"]];
  const line = (name, kept) => [name, number(kept.accounts, 0), money(kept.start_mrr, currency), money(kept.expansion_mrr, currency),
    money(kept.contraction_mrr, currency), money(kept.churned_mrr, currency), percent(kept.nrr_percent), percent(kept.grr_percent)];
  const figures = [
    ["Expansion MRR", money(total.expansion_mrr, currency)], ["Expansion rate", percent(total.expansion_rate_percent)],
    ["NRR", percent(total.nrr_percent)], ["GRR", percent(total.grr_percent)],
    ["Of new MRR, expansion", percent(one.expansion_share_percent)], ["MRR at the end", money(one.end_mrr, currency)],
  ];
  const picture = (what, lines) => retention(`${what}-${currency}`, `NRR and GRR by ${what}`, lines);
  const known = one.cohorts.filter((each) => each.nrr_percent !== null);
  const cohorts = known.slice(-12);
  return [
    make("dl", { class: "figures" }, figures.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value)))),
    make("h4", {}, "By segment"),
    withTable(picture("segment", one.segments.map((each) => [titled(each.segment), each.nrr_percent, each.grr_percent])),
      `By segment, ${currency}`, columns, [...one.segments.map((each) => line(titled(each.segment), each)), line("All", total)]),
    known.length > 0 && [make("h4", {}, cohorts.length < known.length ? "By cohort, the last twelve" : "By cohort"),
      withTable(picture("cohort", cohorts.map((each) => [each.cohort, each.nrr_percent, each.grr_percent])),
        `By cohort, ${currency}`, columns, one.cohorts.map((each) => line(each.cohort, each)))],
  ];
}

function pace(one) {
  const first = one.first_touch;
  const rows = [
    ["First touch in time", percent(first.in_time_percent)],
    ["In time, late, overdue, waiting", [first.in_time, first.late, first.overdue, first.waiting].map((count) => number(count, 0)).join(", ")],
    ["Median hours to the first touch", number(first.median_hours, 1)],
    ["Median days from sign-up to the first expansion", number(one.time_to_expand.median_days, 0)],
    ...one.acquisition.map((each) => [`Cost of an expansion, ${each.currency}`, money(each.expansion_cac, each.currency)]),
    ["Health before and after an expansion", `${number(one.health.mean_before, 1)} → ${number(one.health.mean_after, 1)}`],
  ];
  return table("Pace and cost", ["What", ["Figure"]], rows);
}
