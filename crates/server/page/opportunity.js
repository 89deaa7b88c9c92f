// One opportunity, from why now to what people did. It is brought up to date in place: the focus stays, and so do edits.

import { optional, request } from "./api.js";
import { heldWords } from "./account.js";
import { approve, dismiss, handOver, move, snooze, take } from "./decide.js";
import { $, button, make, part, say, swap } from "./dom.js";
import { Draft } from "./draft.js";
import { bars } from "./inbox.js";
import { forget } from "./kept.js";
import { markdown } from "./markdown.js";
import { gate, score } from "./score.js";
import { changes } from "./revisions.js";
import { day, input, many, money, plain, time, timeLeft, titled } from "./words.js";

const shown = { id: null, whole: null, draft: null, asked: 0, refresh };

/** The opportunity that is open, for keys. */
export const opened = () => (shown.whole ? shown : null);

/** Opens one; nothing where there is no id. */
export async function open(id) {
  if (shown.id === id) return;
  Object.assign(shown, { id, whole: null, draft: null, at: {}, texts: new Map() });
  $("one").hidden = !id;
  swap($("one"));
  if (!id) return;
  $("one").setAttribute("aria-busy", "true");
  await refresh();
  if (shown.id !== id) return;
  $("one").removeAttribute("aria-busy");
  $("one").scrollTop = 0;
}

/** Asks anew, and shows what differs. */
export async function refresh() {
  const { id } = shown;
  if (!id) return;
  const own = ++shown.asked;
  const path = `/opportunities/${encodeURIComponent(id)}`;
  try {
    const whole = await request(path);
    if (own !== shown.asked || shown.id !== id) return;
    const before = shown.whole;
    shown.whole = whole;
    if (!before) frame();
    show();
    const isRevised = before?.opportunity.revision !== whole.opportunity.revision;
    const isDecided = before?.decisions.length !== whole.decisions.length;
    await Promise.all([
      ...(isRevised ? [redraft(path), revisions(path), record()] : []),
      ...(isRevised || isDecided ? [heldBack()] : []),
    ]);
  } catch (error) {
    if (shown.id !== id || error.status === 0) return;
    if (error.status === 404) {
      // What was erased is gone from here too.
      forget(`draft.${id}.`);
      Object.assign(shown, { whole: null, draft: null });
      swap($("one"), make("p", {}, "There is no such opportunity, or no longer: its account may have been erased."));
    }
    say(error.message);
  }
}

/** Places for all that is shown, filled each on its own. */
function frame() {
  const at = (name) => (shown.at[name] = make("div", { class: `at-${name}` }));
  swap($("one"),
    at("head"), actions(), at("held"),
    at("why"), at("draft"), at("score"), at("gate"), at("record"), at("changes"),
    at("brief"), at("history"));
}

function actions() {
  return make("div", { class: "actions", role: "toolbar", "aria-label": "Decide" },
    button("Approve", "a", () => approve(shown), { class: "main" }),
    button("Hand over", "h", () => handOver(shown)),
    button("Snooze", "s", () => snooze(shown)),
    button("Dismiss", "d", () => dismiss(shown)),
    button("Move stage", "m", () => move(shown)),
    button("Edit draft", "e", editDraft));
}

/** Goes to the draft. */
export function editDraft() {
  if (shown.draft) shown.draft.focus();
  else say("There is no draft here.");
}

/** Does one of the things that keys stand for. */
export function act(name) {
  if (!shown.whole) return;
  if (document.body.classList.contains("only-sees")) {
    say("Your role is to see, and not to decide.");
    return;
  }
  const does = { approve, handOver, snooze, dismiss, move };
  does[name](shown);
}

/** Copies the brief. */
export const copyBrief = () => shown.whole && take(shown.whole.opportunity.brief, "The brief is in your clipboard.");

/** Takes back what was edited. */
export const undoEdits = () => shown.draft?.reset();

function fill(name, ...children) {
  const made = make("div", {}, ...children);
  const text = made.innerHTML;
  // What does not differ is left alone, with the focus in it.
  if (shown.texts.get(name) === text) return;
  shown.texts.set(name, text);
  swap(shown.at[name], [...made.childNodes]);
}

function show() {
  const { opportunity: one, summary, decisions } = shown.whole;
  fill("head", head(one, summary));
  fill("why", part("why", "Why now", evidence(one.evidence)));
  fill("score", part("score", `Score ${one.score.toFixed(1)}`, score(one)));
  fill("gate", part("gate", "What had to hold", gate(one.gate)));
  fill("brief", part("brief", "Handoff brief", make("details", { "data-key": "brief" },
    make("summary", {}, "Read it"), make("div", { class: "brief" }, markdown(one.brief, 4))),
  make("div", { class: "buttons" }, button("Copy the brief", "c", copyBrief))));
  fill("history", part("history", "What people did", history(decisions)));
}

function head(one, summary) {
  const account = make("a", { href: `#/a/${encodeURIComponent(one.account_id)}`, "data-key": "account", "aria-keyshortcuts": "t" }, one.account_name);
  const facts = [
    ["Account", account],
    ["Play", `${titled(one.play)}${one.trigger === "single" ? ", single trigger" : ""}`],
    ["Worth", one.yearly_value === null ? "not known" : `${money(one.yearly_value, one.currency)} a year`],
    ["Urgency", [bars(one.urgency), plain(one.urgency)]],
    ["Act by", make("span", { class: summary.seconds_left < 0 ? "late" : null }, `${day(one.act_by)}, ${timeLeft(summary.seconds_left)}`)],
    ["Goes to", one.route.owner ? `${one.route.owner}, ${plain(one.route.role)}` : `nobody yet (${plain(one.route.role)})`],
    ["Segment", plain(one.segment)],
    ["Standing", summary.standing === "working" ? "in work" : summary.standing],
  ];
  return [
    make("h2", {}, one.headline),
    one.status === "withdrawn" && make("p", { class: "notice" }, "Withdrawn: what came in later says that it was none."),
    make("dl", { class: "properties" }, facts.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value)))),
  ];
}

function evidence(lines) {
  return make("ul", { class: "evidence" }, lines.map((line) => make("li", {},
    make("span", { class: `family ${line.family}` }, line.family),
    make("div", {},
      make("p", { class: "summary" }, line.summary),
      make("div", { class: "facts" },
        make("span", {}, time(line.occurred_at)),
        line.since !== line.occurred_at && make("span", {}, `since ${day(line.since)}`),
        make("span", {}, line.detector), make("span", {}, `${line.urgency} urgency`), values(line))))));
}

/** The event behind it, and what it said. */
function values(line) {
  const name = line.event_id ? ["Event ", make("code", {}, line.event_id)] : "By the calendar";
  const told = Object.entries(line.values ?? {}).filter(([key]) => key !== "type");
  return make("details", { class: "event", "data-key": `event ${line.detector}` }, make("summary", {}, name),
    make("dl", {}, told.map(([key, value]) => make("div", {}, make("dt", {}, plain(key)), make("dd", {}, valueOf(value))))));
}

const valueOf = (value) => (/^\d{4}-\d\d-\d\dT/.test(value) ? day(value) : input(typeof value === "object" ? JSON.stringify(value) : value));

function history(decisions) {
  if (decisions.length === 0) return make("p", { class: "note" }, "Nobody has done anything yet.");
  return make("ol", { class: "history" }, decisions.map((one) => make("li", {},
    make("span", {}, `${time(one.occurred_at)}: `), make("strong", {}, plain(one.stage)),
    one.until ? ` until ${day(one.until)}` : "", one.actor ? ` by ${one.actor}` : "",
    one.amount !== undefined ? `, ${input(one.amount)} a year` : "", one.cost !== undefined ? `, cost ${input(one.cost)}` : "",
    one.reason ? `: “${one.reason}”` : "")));
}

// What comes from elsewhere, and may not be there

async function redraft(path) {
  const { id, whole } = shown;
  const written = await optional(`${path}/draft`);
  if (shown.id !== id) return;
  const fresh = () => {
    shown.draft = new Draft(written, whole.opportunity.revision);
    swap(shown.at.draft, part("draft", "Draft message", shown.draft.element));
    shown.draft.told();
  };
  if (written.missing) {
    if (!shown.draft) swap(shown.at.draft, part("draft", "Draft message", make("p", { class: "note" }, `There is none: ${written.missing}`)));
  } else if (shown.draft && (shown.draft.isEdited || shown.draft.element.contains(document.activeElement))) {
    shown.draft.offer(whole.opportunity.revision, fresh);
  } else {
    fresh();
  }
}

async function revisions(path) {
  const { id, whole } = shown;
  if (whole.opportunity.revision < 2) return;
  const all = await optional(`${path}/revisions`);
  if (shown.id !== id) return;
  const what = all.missing ? make("p", { class: "note" }, `They can’t be shown: ${all.missing}`) : changes(all.items, whole.opportunity);
  fill("changes", part("changes", many(whole.opportunity.revision, "revision"), what));
}

async function heldBack() {
  const { id, whole: { opportunity: one, decisions, summary } } = shown;
  const account = await optional(`/accounts/${encodeURIComponent(one.account_id)}`);
  if (shown.id !== id) return;
  const play = account.plays?.find((each) => each.play === one.play);
  // That this one is open is no news.
  const reasons = (play?.held_back ?? []).filter((each) => each.by !== "cooldown").map(heldWords);
  const last = decisions.at(-1);
  if (reasons.length === 0 && ["snoozed", "dismissed"].includes(summary.standing) && last) {
    reasons.push(heldWords({ by: last.stage, text: [last.actor && `by ${last.actor}`, last.reason].filter(Boolean).join(", "), until: last.until }));
  }
  fill("held", reasons.length > 0 && make("div", { class: "notice" },
    make("p", {}, make("strong", {}, `${titled(one.play)} opens nothing new for this account now:`)),
    make("ul", {}, reasons.map((words) => make("li", {}, words)))));
}

async function record() {
  const { id, whole: { opportunity: one } } = shown;
  const plays = await optional("/plays");
  if (shown.id !== id || plays.missing) return;
  const play = plays.items.find((each) => each.play === one.play);
  fill("record", play && part("record", "How this play does", recordOf(play)));
}

/** How a play has done, and what might be tuned. */
export function recordOf({ record: done }) {
  if (!done) return make("p", { class: "note" }, "Its record is not worked out yet.");
  const ended = done.won + done.lost + done.dismissed;
  const words = done.precision_percent === null ? "Nothing has ended yet"
    : `${done.precision_percent.toFixed(0)} % of ${many(ended, "outcome")} were won`;
  const reasons = (list) => (list ?? []).map((each) => `${each.reason ?? "no reason given"} (${each.count})`).join(", ");
  return [
    make("p", {}, `${words}: ${many(done.won, "won", "won")}, ${done.lost} lost, ${done.dismissed} dismissed, in the last twelve months.`),
    done.dismissed_by_reason?.length > 0 && make("p", { class: "note" }, `Dismissed: ${reasons(done.dismissed_by_reason)}.`),
    done.lost_by_reason?.length > 0 && make("p", { class: "note" }, `Lost: ${reasons(done.lost_by_reason)}.`),
    done.suggestion ? make("div", { class: "notice" }, make("p", {}, make("strong", {}, "Suggestion: "), done.suggestion.words),
      make("ul", {}, done.suggestion.evidence.map((each) => make("li", {}, `${plain(each.measure)}: ${input(each.value)}`))))
      : make("p", { class: "note" }, ended < 20 ? "Fewer than 20 outcomes: no suggestion." : "Nothing stands out: no suggestion."),
  ];
}
