// What a person decides about an opportunity. Each decision is asked for in a dialog that says what will happen, and written
// once; whoever decided meanwhile is shown first. Nothing is ever sent.

import { Failure, request } from "./api.js";
import { ask, choice, tick } from "./ask.js";
import { copy, download, fileName } from "./clipboard.js";
import { button, make, say } from "./dom.js";
import { day, plain } from "./words.js";

/** The stages after the first, as deals pass through them. */
const STAGES = ["discovery", "proposal", "negotiation", "closed_won", "closed_lost"];
const REASONS = ["not now", "no budget", "wrong contact", "already talking", "not a fit"];
const OWN = "own";

const inDays = (days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

function note(label = "A note") {
  return make("label", {}, label, make("textarea", { name: "reason", rows: 2, maxlength: 1000 }));
}

/** What will be written, in words. */
function writes(stage, more = "") {
  return make("li", {}, "Writes the decision ", make("strong", {}, plain(stage)), `${more}, in your name. Others see it at once.`);
}

const promises = (...lines) => make("ul", { class: "promises", "aria-label": "What happens" }, ...lines,
  make("li", {}, "Sends nothing to anybody."));

/** Approves the draft as it stands. */
export async function approve(shown) {
  const { opportunity: one } = shown.whole;
  const draft = shown.draft;
  const given = await ask({
    title: `Approve for ${one.account_name}`, yes: draft ? "Approve" : "Qualify", wide: Boolean(draft),
    fields: [
      promises(draft && make("li", {}, "Copies or downloads the message below, as ticked."), writes("qualified")),
      draft && make("div", { class: "preview", tabindex: 0, role: "group", "aria-label": "The message" },
        draft.subject && make("p", {}, make("strong", {}, draft.subject)), make("pre", {}, draft.text)),
      draft && make("div", { class: "ticks-row" }, tick("copy", "Copy it", true), tick("md", "Download .md", false), tick("txt", "Download .txt", false)),
      note(),
    ],
  });
  if (!given) return;
  const done = await write(shown, { stage: "qualified", reason: given.reason });
  if (!done || !draft) return;
  const text = `${[draft.subject, draft.text].filter(Boolean).join("\n\n")}\n`;
  if (given.md) download(fileName(one.account_name, "message", "md"), `# ${text}`);
  if (given.txt) download(fileName(one.account_name, "message", "txt"), text);
  if (given.copy) await take(text, `${one.account_name}: qualified. The message is in your clipboard.`);
}

/** Hands it over to somebody, with the brief. */
export async function handOver(shown) {
  const { opportunity: one } = shown.whole;
  const given = await ask({
    title: `Hand over ${one.account_name}`, yes: "Hand over",
    fields: [
      make("label", {}, "To whom?", make("input", { name: "to", required: true, maxlength: 200, autocomplete: "off", list: "owners" })),
      promises(make("li", {}, "Copies or downloads the brief, as ticked."), writes("qualified", " with the reason “handed over to …”")),
      make("div", { class: "ticks-row" }, tick("copy", "Copy the brief", true), tick("md", "Download .md", false)),
    ],
    check: (said) => (said.to.trim() ? "" : "Say to whom."),
  });
  if (!given) return;
  const to = given.to.trim();
  if (!await write(shown, { stage: "qualified", reason: `handed over to ${to}` })) return;
  if (given.md) download(fileName(one.account_name, "brief", "md"), one.brief);
  if (given.copy) await take(one.brief, `Handed over to ${to}. The brief is in your clipboard.`);
}

/** Puts it away until a day. */
export async function snooze(shown) {
  const name = shown.whole.opportunity.account_name;
  const until = make("input", { name: "until", type: "date", required: true, min: inDays(1), value: inDays(7) });
  const soon = [["Tomorrow", 1], ["In a week", 7], ["In two weeks", 14], ["In a month", 30]].map(([text, days]) =>
    make("button", { type: "button", onclick: () => { until.value = inDays(days); } }, text));
  const given = await ask({
    title: `Snooze ${name}`, yes: "Snooze",
    fields: [
      make("label", {}, "Until", until), make("div", { class: "buttons", role: "group", "aria-label": "Days to choose" }, soon), note(),
      promises(writes("snoozed"), make("li", {}, "Until then this play opens nothing new for the account.")),
    ],
  });
  if (given) await write(shown, { stage: "snoozed", until: `${given.until}T00:00:00Z`, reason: given.reason }, `snoozed until ${day(given.until)}`);
}

/** Turns it down, and says why: the rules may learn from it. */
export async function dismiss(shown) {
  const name = shown.whole.opportunity.account_name;
  const given = await ask({
    title: `Dismiss ${name}`, yes: "Dismiss",
    fields: [
      choice("Why? The rules may learn from it.", "why", [...REASONS.map((reason) => [reason, titled(reason)]), [OWN, "In my own words:"]], REASONS[0]),
      make("label", {}, "In my own words", make("textarea", {
        name: "reason", rows: 2, maxlength: 1000,
        oninput: (event) => { event.target.form.elements.why.value = event.target.value ? OWN : REASONS[0]; },
      })),
      promises(writes("dismissed"), make("li", {}, "For some time this play opens nothing new for the account.")),
    ],
    check: (said) => (said.why === OWN && !said.reason.trim() ? "Say why, in a few words." : ""),
  });
  if (given) await write(shown, { stage: "dismissed", reason: given.why === OWN ? given.reason : given.why });
}

const titled = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** Moves it on to a later stage. */
export async function move(shown) {
  const { opportunity: one } = shown.whole;
  const number = (name, label) => make("label", {}, label, make("input", { name, type: "number", min: 0, step: "any", inputmode: "decimal" }));
  const closing = make("div", { hidden: true }, number("amount", `Yearly amount, in ${one.currency}`), number("cost", `What winning it cost, in ${one.currency}`));
  const stages = choice("To which stage?", "stage", STAGES.map((stage) => [stage, titled(plain(stage))]), STAGES[0]);
  stages.addEventListener("change", (event) => { closing.hidden = !event.target.value.startsWith("closed"); });
  const given = await ask({
    title: `Move ${one.account_name} on`, yes: "Move on",
    fields: [stages, closing, note("A note, or the reason"), promises(make("li", {}, "Writes the stage as a decision, in your name."))],
  });
  if (!given) return;
  const isClosed = given.stage.startsWith("closed");
  const amount = (text) => (isClosed && text ? Number(text) : undefined);
  await write(shown, { stage: given.stage, reason: given.reason, amount: amount(given.amount), cost: amount(given.cost) });
}

/** Takes a text away, or offers to try again. */
export async function take(text, said) {
  if (await copy(text)) return say(said);
  return say("This browser did not let it be copied just now. ", button("Copy it", "", () => take(text, said)));
}

/** Writes a decision, once however often it has to be sent; whether it is written. */
async function write(shown, decision, words = plain(decision.stage)) {
  const { opportunity: one, decisions } = shown.whole;
  const key = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
  const body = JSON.stringify({ ...decision, reason: decision.reason?.trim() || undefined, after: decisions.at(-1)?.event_id ?? "" });
  const options = { method: "POST", headers: { "Content-Type": "application/json", "Idempotency-Key": key }, body };
  try {
    await patiently(() => request(`/opportunities/${one.opportunity_id}/decisions`, options));
  } catch (error) {
    await shown.refresh();
    say(told(error, one, shown));
    return false;
  }
  await shown.refresh();
  say(`${one.account_name}: ${words}.`);
  return true;
}

/** A server that does not answer for a moment is asked again with the same key, so nothing is written twice. */
async function patiently(send, tries = 3) {
  try {
    return await send();
  } catch (error) {
    if (!(error instanceof Failure) || ![0, 503].includes(error.status) || tries <= 1) throw error;
    await new Promise((resolve) => { setTimeout(resolve, (error.again ?? 1) * 1_000); });
    return patiently(send, tries - 1);
  }
}

function told(error, one, shown) {
  if (error.status === 409) {
    const last = shown.whole.decisions.at(-1);
    const who = last ? `${last.actor ?? "Somebody"} decided meanwhile: ${plain(last.stage)}. ` : "";
    return `${one.account_name}: nothing was written. ${who}Look again, then decide.`;
  }
  return error.status === 0 ? "The server does not answer: whether it was written is not known. Look again when it is back." : error.message;
}
