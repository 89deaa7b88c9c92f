// The inbox: ranked, few at first and the best, the rest behind a count; filters, whose last state this browser remembers.

import { request } from "./api.js";
import { $, make, say, svg, swap } from "./dom.js";
import { keep, kept } from "./kept.js";
import { brief, many, money, number, timeLeft, titled } from "./words.js";

/** So many are shown at first. */
const FEW = 10;
const MANY = 100;
/** What the server gives at most at once. */
const MOST = 500;
const TYPING_MS = 150;

const state = { rows: [], total: 0, wanted: FEW, open: null, asked: 0, owners: new Set(), shown: "" };

/** Shows it and listens to its fields. */
export function begin() {
  const form = $("asked");
  const before = kept("filter") ?? {};
  for (const name of ["owner", "urgency", "standing", "sort"]) if (before[name]) form.elements[name].value = before[name];
  let typed;
  form.addEventListener("input", () => {
    clearTimeout(typed);
    state.wanted = FEW;
    typed = setTimeout(load, TYPING_MS);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  $("more").addEventListener("click", more);
  return load();
}

/** Shows more of them. */
export function more() {
  if ($("more").hidden) return;
  const first = state.rows.length;
  state.wanted = first < FEW * 2 ? MANY : first + MANY;
  load().then(() => links()[first]?.focus());
}

/** Everybody's and back to those of one owner. */
export function toggleOwner() {
  const field = $("asked").elements.owner;
  const mine = field.value || kept("owner") || "";
  if (field.value) keep("owner", field.value);
  field.value = field.value ? "" : mine;
  if (!mine) return focusFilters("owner");
  state.wanted = FEW;
  return load();
}

/** Opens the filters and goes to one. */
export function focusFilters(name = "owner") {
  $("filters").open = true;
  $("asked").elements[name].focus();
}

function asked() {
  return Object.fromEntries([...new FormData($("asked"))].filter(([, value]) => value));
}

function remember(filter) {
  const { text: _, ...lasting } = filter;
  keep("filter", lasting);
  if (filter.owner) keep("owner", filter.owner);
  const said = Object.entries(lasting).map(([, value]) => titled(value));
  $("filtered").textContent = said.length > 0 ? `: ${said.join(", ")}` : "";
}

/** Asks for the list anew, and shows what differs. */
export async function load() {
  const own = ++state.asked;
  const filter = asked();
  remember(filter);
  try {
    const rows = [];
    let [total, next] = [0, null];
    do {
      const query = new URLSearchParams({ ...filter, limit: Math.min(state.wanted - rows.length, MOST), ...(next && { after: next }) });
      const page = await request(`/opportunities?${query}`);
      if (own !== state.asked) return;
      rows.push(...page.items);
      [total, next] = [page.total, page.next];
    } while (next && rows.length < state.wanted);
    Object.assign(state, { rows, total });
    show();
  } catch (error) {
    if (own === state.asked && error.status !== 0) say(error.message);
  }
}

function show() {
  const rest = state.total - state.rows.length;
  const any = Object.keys(asked()).length > 0;
  $("count").textContent = state.total > 0 ? many(state.total, "opportunity", "opportunities")
    : any ? "Nothing matches." : "Nothing here. Nobody is to be asked today.";
  if (!any) $("waiting").textContent = number(state.total, 0);
  // Seconds go by without anything new to see.
  const shown = JSON.stringify(state.rows.map((one) => ({ ...one, rank: 0, seconds_left: brief(one.seconds_left) })));
  if (shown !== state.shown) swap($("rows"), state.rows.map(row));
  state.shown = shown;
  mark(state.open);
  $("more").hidden = rest <= 0;
  $("more").replaceChildren(`Show ${many(Math.min(rest, MANY), "more", "more")} of ${number(rest, 0)}`, make("kbd", { "aria-hidden": "true" }, "+"));
  for (const one of state.rows) if (one.owner) state.owners.add(one.owner);
  if ($("owners").childElementCount !== state.owners.size) {
    $("owners").replaceChildren(...[...state.owners].sort().map((owner) => make("option", { value: owner })));
  }
}

/** One of a list, here and where else there are lists. */
export function row(one) {
  const late = one.seconds_left < 0;
  return make("li", {}, make("a", {
    href: `#/o/${one.opportunity_id}`, class: "row", "data-id": one.opportunity_id, "data-key": one.opportunity_id,
  },
  bars(one.urgency),
  make("span", { class: "what" },
    make("span", { class: "name" }, one.account_name),
    make("span", { class: "why" }, reason(one)),
    make("span", { class: "facts" },
      make("span", {}, titled(one.play)),
      one.yearly_value !== null && make("span", {}, `${money(one.yearly_value, one.currency)} a year`),
      make("span", {}, one.owner ?? `no owner (${titled(one.role)})`),
      one.standing !== "new" && make("span", { class: "standing" }, one.standing === "working" ? "in work" : one.standing))),
  make("span", { class: "numbers" },
    make("span", { class: "score" }, make("span", { class: "unseen" }, "score "), one.score.toFixed(1)),
    make("span", { class: late ? "left late" : "left", title: timeLeft(one.seconds_left) },
      brief(one.seconds_left), make("span", { class: "unseen" }, late ? "" : " left")))));
}

/** What was seen: of the headline what comes before the account, which stands above it. */
function reason(one) {
  const end = one.headline.indexOf(`: ${one.account_name} is ready`);
  return end > 0 ? one.headline.slice(0, end) : one.headline;
}

/** How urgent, by shape and in words. */
export function bars(urgency) {
  const level = { low: 1, medium: 2, high: 3 }[urgency] ?? 0;
  return make("span", { class: `bars ${urgency === "high" ? "high" : ""}` },
    svg("svg", { width: 14, height: 14, viewBox: "0 0 14 14", "aria-hidden": "true" }, [0, 1, 2].map((at) => svg("rect", {
      x: 1 + at * 4.5, y: 9 - at * 3.5, width: 3, height: 4 + at * 3.5, rx: 1, fill: "currentColor", opacity: at < level ? 1 : 0.25,
    }))), make("span", { class: "unseen" }, `${urgency} urgency`));
}

const links = () => [...document.querySelectorAll($("inbox").hidden ? "#view .row" : "#rows .row")];

/** Marks the one that is open. */
export function mark(id) {
  state.open = id;
  for (const one of links()) {
    if (one.dataset.id === id) one.setAttribute("aria-current", "true");
    else one.removeAttribute("aria-current");
  }
}

/** Goes to the next or the one before; opens it where one is open. */
export function step(by) {
  const all = links();
  const focused = all.indexOf(document.activeElement?.closest(".row"));
  const at = focused >= 0 ? focused : all.findIndex((one) => one.dataset.id === state.open);
  const to = all[at < 0 ? 0 : Math.min(Math.max(at + by, 0), all.length - 1)];
  if (!to) return;
  to.focus();
  to.scrollIntoView({ block: "nearest" });
  if (state.open) location.hash = `/o/${to.dataset.id}`;
}

/** Puts the focus on one of them, or on the list. */
export function focusOn(id) {
  (links().find((one) => one.dataset.id === id) ?? $("inbox")).focus();
}
