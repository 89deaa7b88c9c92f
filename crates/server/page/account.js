// One account: who it is, how it changed, its timeline drawn, what holds plays back, its opportunities, and why or why not.

import { optional } from "./api.js";
import { make, part, say, swap, table } from "./dom.js";
import { row } from "./inbox.js";
import { timeline } from "./timeline.js";
import { why } from "./why.js";
import { day, many, money, number, plain, time, titled } from "./words.js";

const state = { id: null, whole: null, text: "", at: null, days: 90, play: "" };

/** Shows an account. */
export async function show(view, id) {
  Object.assign(state, { id, whole: null, text: "", view, at: null, play: "" });
  swap(view, make("p", { class: "note", role: "status" }, "Asking for the account…"));
  await refresh(id);
}

/** Asks anew, and shows what differs. */
export async function refresh(id) {
  let whole;
  try {
    whole = await optional(`/accounts/${encodeURIComponent(id)}`);
  } catch (error) {
    if (error.status !== 0) say(error.message);
    return;
  }
  if (state.id !== id) return;
  if (whole.missing) {
    if (!state.whole) swap(state.view, make("h2", {}, id), make("p", { class: "notice" }, `The account can’t be shown: ${whole.missing}`));
    return;
  }
  const text = JSON.stringify({ ...whole, as_of: "" });
  if (text === state.text) return;
  const first = !state.whole;
  Object.assign(state, { whole, text });
  if (first) frame();
  fill();
}

function frame() {
  const at = (state.at = Object.fromEntries(["head", "timeline", "held", "opportunities", "why", "profile", "versions"].map((name) => [name, make("div")])));
  swap(state.view, at.head, at.timeline, at.held, at.opportunities, at.why, at.profile, at.versions);
  swap(at.why, part("why-not", "Why, and why not", why(state.id, state.whole)));
}

function fill() {
  const { whole, at } = state;
  const now = whole.profiles.at(-1);
  swap(at.head, make("h2", {}, now?.name ?? whole.account_id),
    make("p", { class: "facts" }, make("span", {}, make("code", {}, whole.account_id)), make("span", {}, `as of ${time(whole.as_of)}`),
      whole.known_from && make("span", {}, `whole from ${day(whole.known_from)} on`),
      whole.answered_by && whole.answered_by !== "here" && make("span", {}, `answered by ${whole.answered_by}`)),
    !now && make("p", { class: "notice" }, "There is no profile yet, and without one no play is active."));
  draw();
  swap(at.held, part("held", "What each play does now", plays(whole.plays)));
  swap(at.opportunities, part("its", many(whole.opportunities.length, "opportunity", "opportunities"),
    whole.opportunities.length > 0 ? make("ol", { class: "rows" }, whole.opportunities.map(row)) : make("p", { class: "note" }, "None.")));
  swap(at.profile, now && part("profile", "Profile", profile(now)));
  swap(at.versions, part("versions", "Profile over time", versions(whole.profiles)));
}

function draw() {
  const spans = [30, 90, 180, 365];
  const pick = make("label", { class: "inline" }, "Show ", make("select", { "data-key": "span", onchange: (event) => {
    state.days = Number(event.target.value);
    draw();
  } }, spans.map((days) => make("option", { value: days, selected: days === state.days }, `${days} days`))));
  const plays = state.whole.plays.filter((one) => one.openings?.length > 0).map((one) => one.play);
  const of = make("label", { class: "inline" }, "Openings of ", make("select", { "data-key": "of", onchange: (event) => {
    state.play = event.target.value;
    draw();
  } }, make("option", { value: "" }, "every play"), plays.map((play) => make("option", { value: play, selected: play === state.play }, titled(play)))));
  const drawn = { ...state.whole, plays: state.whole.plays.filter((one) => !state.play || one.play === state.play) };
  swap(state.at.timeline, part("timeline", "Timeline", make("div", { class: "asking" }, pick, plays.length > 1 && of),
    timeline(drawn, state.days, state.at.timeline.clientWidth)));
}

let resizes;
addEventListener("resize", () => {
  clearTimeout(resizes);
  resizes = setTimeout(() => state.at?.timeline.isConnected && draw(), 150);
});

/** Shows or hides the timeline as a table. */
export function toggleTable() {
  const shown = state.at?.timeline.querySelector("details");
  if (!shown) return;
  shown.open = !shown.open;
  shown.querySelector("summary").focus();
}

/** Goes to where one asks why. */
export const focusWhy = () => state.at?.why.querySelector("input")?.focus();

const LABELS = { mrr: "MRR", seats_licensed: "Seats", price_per_seat: "Price a seat", health_score: "Health" };

/** What a profile says, as pairs of words. */
function facts(one) {
  const dates = ["signed_up_at", "first_value_at", "renewal_at", "last_expansion_at"];
  const pairs = [["Segment", plain(one.segment)], ["MRR", money(one.mrr, one.currency)]];
  const add = (name, value) => value !== null && value !== undefined && value !== "" && pairs.push([LABELS[name] ?? titled(name.replace(/_at$/, "")), value]);
  for (const name of ["plan", "industry", "health_score", "champion", "seats_licensed", "price_per_seat"]) {
    add(name, typeof one[name] === "number" ? number(one[name]) : one[name] && plain(one[name]));
  }
  for (const name of dates) add(name, one[name] && day(one[name]));
  for (const [meter, limit] of Object.entries(one.limits ?? {})) pairs.push([`Limit of ${plain(meter)}`, number(limit)]);
  for (const [role, name] of Object.entries(one.owners ?? {})) pairs.push([titled(role), name]);
  for (const name of ["products", "buyer_departments", "domains"]) add(name, (one[name] ?? []).map(plain).join(", "));
  for (const [system, id] of Object.entries(one.external_ids ?? {})) pairs.push([titled(system), id]);
  return pairs;
}

function profile(one) {
  return make("dl", { class: "properties" }, facts(one).map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value))));
}

function versions(profiles) {
  if (profiles.length === 0) return make("p", { class: "note" }, "None.");
  const lines = profiles.map((one, at) => [day(one.occurred_at), at === 0 ? "the first that is known" : changed(profiles[at - 1], one)]);
  return table("Profile over time", ["As of", "What changed"], lines.reverse());
}

/** What differs between two profiles. */
export function changed(before, now) {
  const old = new Map(facts(before));
  const told = facts(now).filter(([name, value]) => old.get(name) !== value)
    .map(([name, value]) => `${name} ${old.has(name) ? `${old.get(name)} → ` : ""}${value}`);
  const names = new Set(facts(now).map(([name]) => name));
  for (const [name] of old) if (!names.has(name)) told.push(`${name} no longer known`);
  return told.join("; ") || "told again, the same";
}

const VERDICTS = { opened: "opens now", revised: "gains a reason now", open: "is open", not_open: "is not open" };

function plays(all) {
  if (all.length === 0) return make("p", { class: "note" }, "There are no plays.");
  return make("ul", { class: "plays" }, all.map((one) => make("li", {},
    make("p", {}, make("strong", {}, titled(one.play)), ` ${VERDICTS[one.verdict] ?? plain(one.verdict)}`,
      one.opened_at ? `, last opened ${day(one.opened_at)}` : ""),
    one.nearest_miss && make("p", { class: "note" }, `Nearest miss: ${one.nearest_miss}`),
    (one.held_back ?? []).map((held) => make("p", { class: "held" }, make("strong", {}, "Held back. "), heldWords(held))))));
}

const HOLDS = {
  cooldown: "Cooldown", dismissed: "Dismissed", snoozed: "Snoozed", in_progress: "Somebody is at it", after_expansion: "Expanded of late",
  unless: "Something speaks against it",
};

/** What holds a play back, and until when. */
export function heldWords({ by, found, text, until }) {
  const words = `${HOLDS[by] ?? titled(by)}: ${found ?? text}`;
  return until && !words.includes(day(until)) ? `${words}, until ${day(until)}` : words;
}
