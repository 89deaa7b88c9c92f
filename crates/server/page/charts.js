// Bars, drawn; the same numbers stand in the table below each.

import { make, svg, table } from "./dom.js";
import { percent } from "./words.js";

const LABEL = 120;
const VALUE = 120;
const LINE = 26;

/** A bar a line: `[name, value, words]`, the longest being the most. */
export function bars(id, title, lines) {
  const most = Math.max(...lines.map(([, value]) => value ?? 0), 1);
  const width = 560;
  const room = width - LABEL - VALUE;
  return svg("svg", { class: "chart", viewBox: `0 0 ${width} ${lines.length * LINE + 4}`, role: "img", "aria-labelledby": id },
    svg("title", { id }, `${title}: ${lines.map(([name, , words]) => `${name} ${words}`).join("; ")}`),
    lines.map(([name, value, words], at) => [
      svg("text", { class: "label", x: 0, y: at * LINE + 17 }, name),
      svg("rect", { class: "track", x: LABEL, y: at * LINE + 6, width: room, height: 14, rx: 3 }),
      svg("rect", { class: "fill", x: LABEL, y: at * LINE + 6, width: Math.max(value ? 2 : 0, (value ?? 0) / most * room), height: 14, rx: 3 }),
      svg("text", { class: "value", x: LABEL + room + 10, y: at * LINE + 17 }, words),
    ]));
}

/** Two percentages a line, around the mark of 100: what was kept, and what was kept and gained. */
export function retention(id, title, lines) {
  const most = Math.max(...lines.map(([, nrr, grr]) => Math.max(nrr ?? 0, grr ?? 0)), 100) * 1.04;
  const width = 560;
  const room = width - LABEL - VALUE;
  const x = (value) => LABEL + (value ?? 0) / most * room;
  return svg("svg", { class: "chart", viewBox: `0 0 ${width} ${lines.length * 38 + 22}`, role: "img", "aria-labelledby": id },
    svg("title", { id }, `${title}: ${lines.map(([name, nrr, grr]) => `${name} NRR ${percent(nrr)}, GRR ${percent(grr)}`).join("; ")}`),
    svg("line", { class: "hundred", x1: x(100), x2: x(100), y1: 14, y2: lines.length * 38 + 18 }),
    svg("text", { class: "tick", x: x(100), y: 10, "text-anchor": "middle" }, "100 %"),
    lines.map(([name, nrr, grr], at) => [
      svg("text", { class: "label", x: 0, y: at * 38 + 36 }, name),
      svg("rect", { class: "fill", x: LABEL, y: at * 38 + 20, width: x(nrr) - LABEL, height: 10, rx: 2 }),
      svg("rect", { class: "second", x: LABEL, y: at * 38 + 32, width: x(grr) - LABEL, height: 10, rx: 2 }),
      svg("text", { class: "value", x: LABEL + room + 10, y: at * 38 + 29 }, `NRR ${percent(nrr)}`),
      svg("text", { class: "value", x: LABEL + room + 10, y: at * 38 + 43 }, `GRR ${percent(grr)}`),
    ]));
}

/** A picture with its table. */
export function withTable(picture, caption, columns, rows) {
  return make("figure", {}, picture, make("details", { "data-key": `table ${caption}` }, make("summary", {}, "As a table"), table(caption, columns, rows)));
}
