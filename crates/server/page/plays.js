// The plays: what each looks at, its gate, how it has done, and what might be tuned. Nothing is changed by itself.

import { optional } from "./api.js";
import { make, part, say, swap } from "./dom.js";
import { recordOf } from "./opportunity.js";
import { many, plain, titled } from "./words.js";

const state = { view: null, text: "" };

/** Shows them. */
export async function show(view) {
  Object.assign(state, { view, text: "" });
  state.list = make("div");
  swap(view, make("h2", {}, "Plays"), state.list);
  await refresh();
}

/** Asks anew, and shows what differs. */
export async function refresh() {
  let all;
  try {
    all = await optional("/plays");
  } catch (error) {
    if (error.status !== 0) say(error.message);
    return;
  }
  if (all.missing) return swap(state.list, make("p", { class: "notice" }, `The plays can’t be shown: ${all.missing}`));
  const text = JSON.stringify(all.items);
  if (text === state.text) return undefined;
  state.text = text;
  return swap(state.list, all.items.map((one) => part(`play-${one.play}`, titled(one.play), looks(one), recordOf(one))));
}

function looks(one) {
  const names = (list) => (list?.length > 0 ? list.map((name, at) => [at > 0 && ", ", make("code", {}, name)]) : "nothing");
  const facts = [
    ["Sells", `${plain(one.motion)}, ${one.trigger === "single" ? "a single trigger" : "by convergence"}`],
    ["Product", names(one.product)], ["Business", names(one.business)],
    one.boost?.length > 0 && ["Boosted by", names(one.boost)], one.unless?.length > 0 && ["Unless", names(one.unless)],
    ["Within", plain(one.window)], ["Act within", plain(one.act_within)], ["Again after", many(one.cooldown_days, "day")],
    ["Gate", make("code", {}, one.gate)],
  ].filter(Boolean);
  return make("dl", { class: "properties wide" }, facts.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value))));
}
