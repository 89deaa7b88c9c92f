// Today: what is worth an interruption, what is due, what is new, what came back; the rest as counts. To copy into a mail or a chat.

import { optional } from "./api.js";
import { take } from "./decide.js";
import { button, make, say, swap } from "./dom.js";
import { row } from "./inbox.js";
import { keep, kept } from "./kept.js";
import { day, many } from "./words.js";

const LISTS = [
  ["interrupt", "Worth an interruption", "High urgency, opened or revised within the last day."],
  ["due", "Due", "The date to act by has passed, or is within two business days."],
  ["fresh", "New", "Opened within the last day."],
  ["back", "Back", "A snooze that ended within the last day."],
];

const state = { view: null, text: "", markdown: "" };

/** Shows the day. */
export async function show(view) {
  Object.assign(state, { view, text: "" });
  const owner = make("input", { name: "owner", list: "owners", autocomplete: "off", placeholder: "everybody", value: kept("owner") ?? "", "data-key": "owner" });
  state.owner = owner;
  let typed;
  owner.addEventListener("input", () => {
    clearTimeout(typed);
    typed = setTimeout(() => {
      keep("owner", owner.value || null);
      refresh();
    }, 200);
  });
  state.list = make("div");
  swap(view, make("div", { class: "title" }, make("h2", {}, "Today"), make("label", { class: "inline" }, "of ", owner),
    button("Copy as Markdown", "c", copyDay)), state.list);
  await refresh();
}

/** Copies the day. */
export const copyDay = () => (state.markdown ? take(state.markdown, "The day is in your clipboard.") : undefined);

/** Asks anew, and shows what differs. */
export async function refresh() {
  const asked = state.owner.value;
  let digest;
  try {
    digest = await optional(`/digest${asked ? `?owner=${encodeURIComponent(asked)}` : ""}`);
  } catch (error) {
    if (error.status !== 0) say(error.message);
    return;
  }
  if (asked !== state.owner.value) return;
  if (digest.missing) return swap(state.list, make("p", { class: "notice" }, `The day can’t be shown: ${digest.missing}`));
  state.markdown = digest.markdown;
  const { as_of: _, markdown: __, ...what } = digest;
  const text = JSON.stringify(what);
  if (text === state.text) return undefined;
  state.text = text;
  const filled = LISTS.filter(([name]) => digest[name]?.length > 0);
  return swap(state.list, make("p", { class: "note" }, day(digest.as_of)),
    filled.length === 0 && make("p", { class: "quiet-day" }, "Nothing that can’t wait. Nobody is to be asked today."),
    filled.map(([name, title, words]) => make("section", { class: "part", "aria-labelledby": `day-${name}` },
      make("h3", { id: `day-${name}` }, title), make("p", { class: "note" }, words),
      make("ol", { class: "rows" }, digest[name].map(row)),
      digest.more?.[name] > 0 && make("p", { class: "note" }, `And ${digest.more[name]} more.`))),
    make("p", { class: "note" }, `${many(digest.working, "more is", "more are")} being worked on; ${digest.later} can wait.`));
}
