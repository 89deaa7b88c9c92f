// A score taken apart so that a person can work it out again, and the conditions that had to hold.

import { make, svg, table } from "./dom.js";
import { input, number, plain } from "./words.js";

const FROM = {
  potential: (value) => `${input(value)} a year`,
  health: (value) => `${input(value)} of 100`,
  timing: (value) => (typeof value === "number" ? `${input(value)} days to renewal` : input(value)),
};

/** Each part: what it looked at, its points, its weight, what it makes; and the sum. */
export function score(one) {
  const sum = one.score_parts.reduce((all, part) => all + part.weight * part.points, 0);
  const rows = one.score_parts.map((part) => [
    plain(part.name), part.input === null ? input(null) : (FROM[part.name] ?? input)(part.input),
    [bar(part.points), part.points.toFixed(1)], `× ${part.weight.toFixed(2)}`, (part.weight * part.points).toFixed(2),
  ]);
  return [
    table("The score’s parts", ["Part", "From", ["Points"], ["Weight"], ["Makes"]], rows,
      ["Together", "", "", "", number(sum, 2)]),
    make("p", { class: "note" }, `Points are 0 to 100. ${number(sum, 4)}, rounded to one digit, is ${one.score.toFixed(1)}.`),
  ];
}

function bar(points) {
  return svg("svg", { class: "bar", width: 80, height: 6, viewBox: "0 0 80 6", "aria-hidden": "true" },
    svg("rect", { class: "track", width: 80, height: 6, rx: 3 }),
    svg("rect", { class: "fill", width: Math.max(0, Math.min(80, points * 0.8)), height: 6, rx: 3 }));
}

/** What had to hold when it opened, each with what it found. */
export function gate(conditions) {
  if (conditions.length === 0) return make("p", {}, "Nothing.");
  return make("ul", { class: "ticks" }, conditions.map((one) => make("li", {}, held(one.held),
    make("code", {}, one.condition), one.value !== null && make("span", { class: "note" }, `it was ${input(one.value)}`))));
}

/** A tick or a cross, for eyes and ears. */
export function held(yes) {
  return make("span", { class: yes ? "yes" : "no" }, make("span", { "aria-hidden": "true" }, yes ? "✓" : "✗"),
    make("span", { class: "unseen" }, yes ? "held: " : "did not hold: "));
}
