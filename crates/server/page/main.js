// Begins, follows the address, and brings keys, views and live updates together.

import { optional, link } from "./api.js";
import * as account from "./account.js";
import * as digest from "./digest.js";
import { $, make, say, swap } from "./dom.js";
import * as inbox from "./inbox.js";
import * as keys from "./keys.js";
import { follow } from "./live.js";
import * as opportunity from "./opportunity.js";
import * as plays from "./plays.js";
import * as report from "./report.js";

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const VIEWS = { today: digest, plays, report, a: account };
const TITLE = "Springtide";
/** Changes that come at once are looked at once. */
const GATHER_MS = 250;

let at = { view: "inbox", id: null };
let urgent = new Map();

function where() {
  const text = decodeURIComponent(location.hash.slice(1));
  // As addresses were before there were views.
  if (ID.test(text)) return { view: "inbox", id: text };
  const [, view, ...rest] = location.hash.slice(1).split("/");
  const id = decodeURIComponent(rest.join("/"));
  if (view === "o" && ID.test(id)) return { view: "inbox", id };
  if (view === "a" && id) return { view: "a", id };
  return view in VIEWS && view !== "a" ? { view, id: null } : { view: "inbox", id: null };
}

async function go() {
  const before = at;
  at = where();
  const isInbox = at.view === "inbox";
  $("content").className = isInbox ? (at.id ? "two" : "one") : "view";
  $("inbox").hidden = !isInbox;
  $("view").hidden = isInbox;
  for (const one of document.querySelectorAll("nav a")) {
    if (one.dataset.view === at.view) one.setAttribute("aria-current", "page");
    else one.removeAttribute("aria-current");
  }
  inbox.mark(at.id);
  if (at.id && isInbox) seen(at.id);
  const opening = opportunity.open(isInbox ? at.id : null);
  if (!isInbox) {
    swap($("view"));
    $("view").focus({ preventScroll: true });
    await VIEWS[at.view].show($("view"), at.id);
  } else if (at.id && (!document.activeElement?.closest("#rows") || matchMedia("(max-width: 60rem)").matches)) {
    await opening;
    $("one").focus({ preventScroll: true });
  } else if (!at.id && before.view !== "inbox") {
    $("inbox").focus({ preventScroll: true });
  }
  await opening;
}

/** Asks all that is shown anew. */
async function look() {
  await Promise.all([inbox.load(), opportunity.refresh(), at.view !== "inbox" && VIEWS[at.view].refresh?.(at.id)]);
}

let gathers = null;
let more = false;

/** Looks, and once more for what changed meanwhile: never twice at once. */
async function gather() {
  while (more) {
    await new Promise((resolve) => { setTimeout(resolve, GATHER_MS); });
    more = false;
    await look();
  }
  gathers = null;
}

function changed(change) {
  if (change.urgency === "high" && ["opened", "revised"].includes(change.kind) && change.opportunity_id !== at.id) {
    urgent.set(change.opportunity_id, change);
    showUrgent();
  }
  if (["decided", "withdrawn", "erased"].includes(change.kind)) seen(change.opportunity_id);
  more = true;
  gathers ??= gather();
}

/** What is worth an interruption, and only that. */
function showUrgent() {
  const latest = [...urgent.values()].at(-1);
  document.title = urgent.size > 0 ? `(${urgent.size}) ${TITLE}` : TITLE;
  if (!latest) return swap($("urgent"));
  const rest = urgent.size > 1 ? ` And ${urgent.size - 1} more.` : "";
  return swap($("urgent"), make("strong", {}, "High urgency: "),
    make("a", { href: `#/o/${latest.opportunity_id}`, "data-key": "urgent" }, latest.headline ?? latest.account_name), rest,
    make("button", { type: "button", class: "quiet", "data-key": "urgent-off", onclick: () => { urgent = new Map(); showUrgent(); } }, "Put away"));
}

function seen(id) {
  if (urgent.delete(id)) showUrgent();
}

function back() {
  // As the address says: a quick hand is ahead of what is shown.
  const { view, id } = where();
  if (view === "a" && history.length > 1) return history.back();
  location.hash = "/";
  if (id && view === "inbox") inbox.focusOn(id);
  return undefined;
}

const isInbox = () => where().view === "inbox";
const isOpen = () => isInbox() && opportunity.opened();
const KEYS = [
  ["j", "Next in the list", () => inbox.step(1)],
  ["k", "The one before", () => inbox.step(-1)],
  ["Enter", "Open", () => document.activeElement?.click(), () => document.activeElement?.matches("a, button, summary")],
  ["Escape", "Back", back],
  ["a", "Approve", () => opportunity.act("approve"), isOpen],
  ["e", "Edit the draft", () => opportunity.editDraft(), isOpen],
  ["u", "Undo edits of the draft", () => opportunity.undoEdits(), isOpen],
  ["h", "Hand over", () => opportunity.act("handOver"), isOpen],
  ["s", "Snooze", () => opportunity.act("snooze"), isOpen],
  ["d", "Dismiss, with a reason", () => opportunity.act("dismiss"), isOpen],
  ["m", "Move to a stage", () => opportunity.act("move"), isOpen],
  ["c", "Copy the brief, or the day", () => (at.view === "today" ? digest.copyDay() : opportunity.copyBrief()), () => isOpen() || at.view === "today"],
  ["t", "The account’s timeline", () => { location.hash = `/a/${encodeURIComponent(opportunity.opened().whole.opportunity.account_id)}`; }, isOpen],
  ["/", "Search", () => { location.hash = isInbox() ? location.hash : "/"; $("asked").elements.text.focus(); }],
  ["f", "Filter", () => inbox.focusFilters(), isInbox],
  ["w", "One owner’s, or everybody’s", () => inbox.toggleOwner(), isInbox],
  ["+", "Show more", () => inbox.more(), isInbox],
  ["v", "The timeline as a table", () => account.toggleTable(), () => at.view === "a"],
  ["y", "Why, and why not", () => account.focusWhy(), () => at.view === "a"],
  ["g i", "Go to the inbox", () => { location.hash = "/"; }],
  ["g t", "Go to today", () => { location.hash = "/today"; }],
  ["g p", "Go to plays", () => { location.hash = "/plays"; }],
  ["g r", "Go to the report", () => { location.hash = "/report"; }],
  ["?", "Show all keys", () => keys.help(KEYS)],
];

function gone() {
  $("gone").hidden = false;
  $("gone").textContent = "The server does not answer: what you see may be old. It is asked again, and this goes away by itself.";
}

async function begin() {
  keys.listen(KEYS);
  $("help").addEventListener("click", () => keys.help(KEYS));
  document.querySelector(".skip").addEventListener("click", (event) => {
    event.preventDefault();
    $("content").focus();
  });
  link.addEventListener("gone", gone);
  link.addEventListener("back", () => {
    $("gone").hidden = true;
    look();
  });
  addEventListener("hashchange", go);
  await inbox.begin();
  const [me] = await Promise.all([optional("/me").catch(() => ({ missing: "" })), go()]);
  if (!me.missing) {
    $("me").textContent = me.role === "view" ? `${me.name}, to see only` : me.name;
    document.body.classList.toggle("only-sees", me.role === "view");
  }
  await follow(changed, look);
}

begin().catch((error) => say(error.message));
