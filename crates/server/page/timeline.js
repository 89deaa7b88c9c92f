// An account's time, drawn: use against limits, when the gate held, signals by family in lanes, the window of each opening, its
// date to act by, changes of the profile, and decisions. The same is there as a table, and by keyboard.

import { changed } from "./account.js";
import { make, svg, table } from "./dom.js";
import { day, number, plain, shortDay, time, titled } from "./words.js";

const DAY_MS = 86_400_000;
const LANES = ["product", "business", "engagement"];
const LEFT = 108;
const CHART = 84;
const DOT = 6;
/** Of so many meters lines are drawn at most, and of so many gates bars. */
const METERS = 3;
const GATES = 3;

/** The picture, what is chosen in it, and the same as a table. */
export function timeline(whole, days, width) {
  const end = Math.max(...[whole.as_of, ...openings(whole).map((one) => one.act_by)].filter(Boolean).map(Date.parse)) + 2 * DAY_MS;
  const from = Date.parse(whole.as_of) - days * DAY_MS;
  const wide = Math.max(300, width || 800);
  const x = (text) => LEFT + ((typeof text === "number" ? text : Date.parse(text)) - from) / (end - from) * (wide - LEFT - 12);
  const within = (text) => Date.parse(text) >= from && Date.parse(text) <= end;
  const items = moments(whole).filter((one) => within(one.at));
  const chosen = make("p", { class: "chosen", role: "status" }, items.length > 0 ? "Choose a mark to read it: Tab to the picture, then ← and →." : "Nothing happened in these days.");
  const picture = draw({ whole, x, wide, from, end, within, items, chosen });
  return [picture, chosen, legend(), asTable(items, whole)];
}

const openings = (whole) => (whole.plays ?? []).flatMap((play) => (play.openings ?? []).map((one) => ({ ...one, play: play.play })));

/** All that has a mark, oldest first. */
function moments(whole) {
  const signals = (whole.signals ?? []).map((one) => ({
    at: one.occurred_at, lane: one.family, urgency: one.urgency, kind: `${one.family} signal`, name: one.detector, words: one.summary,
  }));
  const profiles = (whole.profiles ?? []).map((one, at, all) => ({
    at: one.occurred_at, lane: "profile", kind: "profile", name: "profile", words: at === 0 ? "first known" : changed(all[at - 1], one),
  })).filter((one) => one.words !== "told again, the same");
  const outcomes = (whole.outcomes ?? []).map((one) => ({
    at: one.occurred_at, lane: "decisions", kind: "decision", name: plain(one.stage),
    words: `${titled(one.play)}: ${plain(one.stage)}${one.actor ? ` by ${one.actor}` : ""}${one.reason ? `, “${one.reason}”` : ""}`,
  }));
  return [...signals, ...profiles, ...outcomes].sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
}

function draw({ whole, x, wide, from, end, within, items, chosen }) {
  let top = 20;
  const charts = (whole.usage ?? []).filter((one) => one.readings.length > 1).slice(0, METERS).map((one) => {
    const drawn = usage(one, x, within, top, wide);
    top += CHART + 18;
    return drawn;
  });
  const lanes = [];
  const marks = [];
  const bars = (whole.gates ?? []).slice(0, GATES).map((one) => {
    const drawn = gate(one, { x, from, top, wide, many: whole.gates.length > 1 });
    top += 26;
    return drawn;
  });
  for (const lane of [...LANES, "profile", "decisions"]) {
    const own = items.filter((one) => one.lane === lane);
    const rows = stacked(own, x);
    const height = Math.max(1, ...rows.map((row) => row + 1)) * 14 + 12;
    lanes.push(svg("line", { class: "rule", x1: 0, x2: wide, y1: top, y2: top }),
      svg("text", { class: "label", x: 0, y: top + height / 2 + 4 }, titled(lane)));
    own.forEach((one, at) => marks.push({ one, node: mark(one, x(one.at), top + 13 + rows[at] * 14) }));
    top += height;
  }
  marks.sort((a, b) => Date.parse(a.one.at) - Date.parse(b.one.at));
  steps(marks, chosen);
  const height = top + 26;
  return svg("svg", { class: "timeline", width: wide, height, viewBox: `0 0 ${wide} ${height}`, role: "group", "aria-labelledby": "timeline-name timeline-words" },
    svg("title", { id: "timeline-name" }, "Timeline"),
    svg("desc", { id: "timeline-words" }, `${items.length} marks from ${day(from)} to ${day(end)}. The table below has the same.`),
    forgotten(whole, x, from, top),
    openings(whole).filter((one) => within(one.opened_at)).map((one) => opening(one, x, top)),
    axis(from, end, x, top), svg("g", { "aria-hidden": "true" }, lanes), charts, bars,
    svg("line", { class: "now", x1: x(whole.as_of), x2: x(whole.as_of), y1: 16, y2: top }),
    svg("text", { class: "tick", x: x(whole.as_of), y: 11, "text-anchor": "middle" }, "now"),
    marks.map(({ node }) => node));
}

/** The days of which not all is remembered. */
function forgotten(whole, x, from, bottom) {
  if (!whole.known_from || Date.parse(whole.known_from) <= from) return null;
  const words = `Before ${day(whole.known_from)} not all is remembered`;
  return svg("g", { role: "img", "aria-label": words }, svg("title", {}, words),
    svg("rect", { class: "forgotten", x: LEFT, y: 16, width: x(whole.known_from) - LEFT, height: bottom - 16 }));
}

/** In which row each mark of a lane goes, so that none covers another. */
function stacked(items, x) {
  const free = [];
  return items.map((one) => {
    const at = x(one.at);
    let row = free.findIndex((until) => until <= at);
    // What finds no room is drawn over the last.
    if (row < 0) row = Math.min(free.length, 3);
    free[row] = at + DOT * 2 + 1;
    return row;
  });
}

function mark(one, x, y) {
  const shape = one.lane === "decisions" ? svg("rect", { x: x - 5, y: y - 5, width: 10, height: 10, rx: 2 })
    : one.urgency === "high" ? svg("path", { d: `M${x} ${y - DOT - 1}l${DOT + 1} ${DOT + 1}l${-DOT - 1} ${DOT + 1}l${-DOT - 1} ${-DOT - 1}z` })
      : svg("circle", { cx: x, cy: y, r: one.urgency === "low" ? 3.5 : 5 });
  return svg("g", { class: `mark ${one.lane}`, role: "button", "aria-label": label(one), "aria-pressed": "false", tabindex: -1, "data-key": `${one.at} ${one.name}` },
    svg("title", {}, label(one)), svg("circle", { class: "near", cx: x, cy: y, r: 9 }), shape);
}

const label = (one) => `${time(one.at)}: ${one.kind}, ${one.words}${one.urgency ? ` (${plain(one.name)}, ${one.urgency} urgency)` : ""}`;

/** One mark can be tabbed to; arrows go from one to the next. */
function steps(marks, chosen) {
  const choose = (at, focus) => {
    const to = marks[Math.min(Math.max(at, 0), marks.length - 1)];
    for (const { node } of marks) {
      node.setAttribute("tabindex", node === to.node ? 0 : -1);
      node.setAttribute("aria-pressed", String(node === to.node));
    }
    chosen.textContent = label(to.one);
    if (focus) to.node.focus();
  };
  marks.at(-1)?.node.setAttribute("tabindex", 0);
  marks.forEach(({ node }, at) => {
    node.addEventListener("click", () => choose(at, true));
    node.addEventListener("focus", () => choose(at, false));
    node.addEventListener("keydown", (event) => {
      const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: marks.length - 1, Enter: at, " ": at }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      choose(to, true);
    });
  });
}

/** Where an opportunity opened: the window that made it, and by when to act. */
function opening(one, x, bottom) {
  const [left, right] = [Math.max(LEFT, x(one.window_from)), x(one.opened_at)];
  const words = `${titled(one.play)} opened ${day(one.opened_at)}; window from ${day(one.window_from)}; act by ${day(one.act_by)}`;
  return svg("g", { class: "opening", role: "img", "aria-label": words }, svg("title", {}, words),
    svg("rect", { class: "window", x: left, y: 16, width: Math.max(2, right - left), height: bottom - 16 }),
    svg("line", { class: "opened", x1: right, x2: right, y1: 16, y2: bottom }),
    svg("line", { class: "act", x1: x(one.act_by), x2: x(one.act_by), y1: 16, y2: bottom }));
}

function axis(from, end, x, bottom) {
  const span = (end - from) / DAY_MS;
  const step = (x(end) - x(from)) / span * 7 > 64 ? 7 : span > 200 ? 61 : 30;
  const ticks = [];
  for (let at = Math.ceil(from / DAY_MS) * DAY_MS; at < end - step * DAY_MS / 3; at += step * DAY_MS) {
    ticks.push(svg("line", { class: "grid", x1: x(at), x2: x(at), y1: 16, y2: bottom }),
      svg("text", { class: "tick", x: x(at), y: bottom + 16, "text-anchor": "middle" }, shortDay(at)));
  }
  return svg("g", { "aria-hidden": "true" }, ticks);
}

/** Use and limit of one meter, as lines. */
function usage(one, x, within, top, wide) {
  const readings = one.readings.filter((reading) => within(reading.at));
  if (readings.length === 0) return null;
  const most = Math.max(...readings.map((reading) => Math.max(reading.used, reading.limit ?? 0)), 1) * 1.08;
  const y = (value) => top + CHART - value / most * CHART;
  const line = (values) => values.map(([at, value], index) => `${index ? "L" : "M"}${x(at).toFixed(1)} ${y(value).toFixed(1)}`).join("");
  const used = line(readings.map((reading) => [reading.at, reading.used]));
  // A limit holds until another is told.
  const limited = readings.filter((reading) => reading.limit !== null && reading.limit !== undefined);
  const limits = limited.flatMap((reading, at) => (at > 0 ? [[reading.at, limited[at - 1].limit], [reading.at, reading.limit]] : [[reading.at, reading.limit]]));
  const last = readings.at(-1);
  const name = plain(one.meter ?? one.unit);
  const words = `${titled(name)}: ${number(last.used)} used${last.limit ? ` of ${number(last.limit)}, ${Math.round(last.used / last.limit * 100)} %` : ""} on ${day(last.at)}`;
  return svg("g", { role: "img", "aria-label": words }, svg("title", {}, words),
    svg("line", { class: "rule", x1: LEFT, x2: wide, y1: top + CHART, y2: top + CHART }),
    svg("text", { class: "label", x: 0, y: top + 14 }, titled(name)),
    svg("text", { class: "tick", x: 0, y: top + 30 }, last.limit ? `${Math.round(last.used / last.limit * 100)} % of ${number(last.limit, 0)}` : number(last.used)),
    limits.length > 0 && svg("path", { class: "limit", d: line(limits) }),
    svg("path", { class: "under", d: `${used}L${x(last.at).toFixed(1)} ${top + CHART}L${x(readings[0].at).toFixed(1)} ${top + CHART}z` }),
    svg("path", { class: "used", d: used }));
}

/** When a gate held. */
function gate(one, { x, from, top, wide, many }) {
  const held = one.held.filter((stretch) => Date.parse(stretch.to) > from);
  const words = `${gateName(one, many)}, ${one.gate}: ${held.length > 0 ? `held ${held.map(stretched).join(", and ")}` : "did not hold"}`;
  return svg("g", { role: "img", "aria-label": words }, svg("title", {}, words),
    svg("line", { class: "rule", x1: 0, x2: wide, y1: top, y2: top }),
    svg("text", { class: "label", x: 0, y: top + 17 }, many ? titled(one.plays[0] ?? "gate") : "Gate held"),
    held.map(({ from: begin, to }) => {
      const left = Math.max(LEFT, x(begin));
      return svg("rect", { class: "gate", x: left, y: top + 9, width: Math.max(1, x(to) - left), height: 8, rx: 2 });
    }));
}

const stretched = ({ from, to }) => `from ${day(from)} to ${day(to)}`;
const gateName = (one, many) => (many ? `Gate of ${one.plays.map(titled).join(", ")}` : "Gate");

function legend() {
  const item = (name, shape, words) => make("li", {}, svg("svg", { class: "timeline sample", width: 18, height: 14, viewBox: "0 0 18 14", "aria-hidden": "true" }, svg("g", { class: name }, shape)), words);
  return make("ul", { class: "legend", "aria-label": "What the marks mean" },
    item("mark product", svg("path", { d: "M9 1l6 6l-6 6l-6 -6z" }), "high urgency"),
    item("mark product", svg("circle", { cx: 9, cy: 7, r: 5 }), "medium"),
    item("mark product", svg("circle", { cx: 9, cy: 7, r: 3.5 }), "low"),
    item("", svg("path", { class: "used", d: "M0 9L18 5" }), "used"),
    item("", svg("path", { class: "limit", d: "M0 7L18 7" }), "limit"),
    item("", svg("rect", { class: "window", width: 18, height: 14 }), "the window of an opening"),
    item("", svg("rect", { class: "forgotten", width: 18, height: 14 }), "not all is remembered"),
    item("", svg("line", { class: "act", x1: 9, x2: 9, y1: 0, y2: 14 }), "act by"));
}

function asTable(items, whole) {
  const opened = openings(whole).map((one) => ({
    at: one.opened_at, kind: "opening", name: one.play,
    words: `${titled(one.play)} opened by ${(one.detectors ?? []).join(", ")}; window from ${time(one.window_from)}; act by ${day(one.act_by)}`,
  }));
  const gates = (whole.gates ?? []).flatMap((one) => one.held.map((stretch) => ({
    at: stretch.from, kind: "gate", name: gateName(one, whole.gates.length > 1), words: `${one.gate} held ${stretched(stretch)}`,
  })));
  const all = [...items, ...opened, ...gates].sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
  const readings = (whole.usage ?? []).flatMap((one) => one.readings.slice(-10).map((reading) => [
    day(reading.at), titled(one.meter ?? one.unit), number(reading.used), number(reading.limit)]));
  return make("details", { "data-key": "as-table" }, make("summary", {}, "The same as a table"),
    table("Timeline", ["When", "What", "Name", "Urgency", "Words"], all.map((one) => [time(one.at), one.kind, plain(one.name), one.urgency ?? "", one.words])),
    readings.length > 0 && table("Use, the last ten readings of each meter", ["When", "Meter", ["Used"], ["Limit"]], readings));
}
