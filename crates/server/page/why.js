// Why an account did or did not open each play at an instant: each condition with what it found, and the nearest miss.

import { request } from "./api.js";
import { make, swap } from "./dom.js";
import { held } from "./score.js";
import { day, input, plain, time, titled } from "./words.js";

const VERDICTS = { opened: "opened at this instant", revised: "gained a reason at this instant", open: "was open", not_open: "was not open" };

/** A form that asks, and a place for the answer. */
export function why(id, whole) {
  const told = make("div", { class: "explained", role: "status" });
  const at = make("input", { type: "datetime-local", name: "at", step: 1, required: true, value: whole.as_of.slice(0, 19), "aria-describedby": "why-utc" });
  const play = make("select", { name: "play" }, make("option", { value: "" }, "every play"),
    (whole.plays ?? []).map((one) => make("option", { value: one.play }, titled(one.play))));
  const form = make("form", { class: "asking", onsubmit: async (event) => {
    event.preventDefault();
    swap(told, make("p", { class: "note" }, "Asking…"));
    try {
      const query = new URLSearchParams({ at: `${at.value.length === 16 ? `${at.value}:00` : at.value}Z`, ...(play.value && { play: play.value }) });
      swap(told, explained(await request(`/accounts/${encodeURIComponent(id)}/explanation?${query}`)));
    } catch (error) {
      swap(told, make("p", { class: "notice" }, error.message));
    }
  } },
  make("label", {}, "At (UTC)", at), make("label", {}, "Play", play), make("button", { type: "submit" }, "Ask why"));
  return [make("p", { class: "note", id: "why-utc" }, whole.known_from ? `Any instant from ${time(whole.known_from)} on.` : "Any instant, in UTC."), form, told];
}

function explained(answer) {
  return [
    make("p", { class: "note" }, `As of ${time(answer.at)}, by rules ${answer.rules_version ?? "?"}.`),
    answer.plays.map((one) => make("details", { "data-key": `why ${one.play}`, open: answer.plays.length === 1 || one.verdict !== "not_open" },
      make("summary", {}, make("strong", {}, titled(one.play)), ` ${VERDICTS[one.verdict] ?? plain(one.verdict)}`),
      make("ul", { class: "ticks" }, one.conditions.map(condition)),
      one.nearest_miss && make("p", { class: "note" }, `Nearest miss: ${one.nearest_miss}`))),
  ];
}

function condition(one) {
  return make("li", {}, held(one.held), make("span", {}, one.text),
    one.found && make("span", { class: "note" }, one.found),
    one.value !== null && one.value !== undefined && make("span", { class: "note" }, `it was ${input(one.value)}`),
    one.miss && make("span", { class: "note" }, one.miss),
    one.until && make("span", { class: "note" }, `until ${day(one.until)}`),
    one.detectors?.length > 0 && make("ul", { class: "ticks" }, one.detectors.map(detector)));
}

function detector(one) {
  return make("li", {}, held(Boolean(one.signals)), make("code", {}, one.detector),
    make("span", { class: "note" }, one.signals ? `${one.signals.summary}, ${time(one.signals.latest)}` : one.near?.text ?? "no signal in the window"));
}
