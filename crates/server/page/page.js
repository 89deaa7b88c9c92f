// The inbox. Everything that comes from elsewhere is set as text, never as markup; nothing is sent but what a person decides.

const API = "/api/v1/opportunities";
/** So many are shown at first: few, the best first, the rest behind a count. */
const FEW = 10;
const MANY = 100;
/** How often what others did is looked for. */
const LOOK_MS = 15_000;

const $ = (id) => document.getElementById(id);
const state = { rows: [], total: 0, next: null, open: null, whole: null, limit: FEW };

/** An element with attributes and children; texts become text. */
function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

function say(text) {
  $("told").textContent = text;
}

async function request(path, options = {}) {
  const headers = { Accept: "application/json", ...options.headers };
  const token = sessionStorage.getItem("token");
  if (token) headers.Authorization = `Bearer ${token}`;
  let response;
  try {
    response = await fetch(path, { ...options, headers });
  } catch {
    throw new Error("The server does not answer. What you see may be old; it is asked again.");
  }
  if (response.status === 401 && await askForToken()) return request(path, options);
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(body.reason ?? `The server says ${response.status}.`);
  return body;
}

let asking = null;

/** Whoever needs one while it is asked for waits for the same answer. */
function askForToken() {
  asking ??= ask("Who are you?", "Go on", [make("label", {}, "Your token", make("input", {
    name: "token", type: "password", required: true, autocomplete: "current-password",
  }))]).then((given) => {
    asking = null;
    if (given) sessionStorage.setItem("token", given.token);
    return Boolean(given);
  });
  return asking;
}

/** Asks in a dialog; the fields' values, or nothing where it was cancelled. */
function ask(title, yes, fields) {
  const dialog = $("ask");
  $("ask-title").textContent = title;
  $("ask-fields").replaceChildren(...fields);
  dialog.querySelector("button.main").textContent = yes;
  dialog.returnValue = "";
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      const given = Object.fromEntries(new FormData(dialog.querySelector("form")));
      resolve(dialog.returnValue === "yes" ? given : null);
    }, { once: true });
    dialog.showModal();
  });
}

// The list

function asked() {
  const query = new URLSearchParams();
  for (const [name, value] of new FormData($("asked"))) if (value) query.set(name, value);
  query.set("limit", state.limit);
  return query;
}

let lists = 0;

async function list() {
  const own = ++lists;
  try {
    const page = await request(`${API}?${asked()}`);
    if (own !== lists) return;
    Object.assign(state, { rows: page.items, total: page.total });
    say("");
    showList();
  } catch (error) {
    if (own === lists) say(error.message);
  }
}

function showList() {
  const rest = state.total - state.rows.length;
  $("count").textContent = state.total === 0 ? "Nothing here. Nobody is to be asked today." : `${state.total} in all`;
  const focused = document.activeElement?.closest("#rows a")?.dataset.id;
  $("rows").replaceChildren(...state.rows.map(row));
  if (focused) $("rows").querySelector(`a[data-id="${focused}"]`)?.focus();
  $("more").hidden = rest <= 0;
  $("more").textContent = `Show ${Math.min(rest, MANY)} more`;
  const owners = [...new Set(state.rows.map((one) => one.owner).filter(Boolean))].sort();
  $("owners").replaceChildren(...owners.map((owner) => make("option", { value: owner })));
}

function row(one) {
  return make("li", {}, make("a", {
    href: `#${one.opportunity_id}`, "data-id": one.opportunity_id, "aria-current": String(one.opportunity_id === state.open),
  },
  make("span", { class: "top" }, make("span", {}, one.account_name), make("span", {}, one.score.toFixed(1))),
  make("span", { class: "why" }, one.headline),
  make("span", { class: "facts" },
    make("span", { class: one.urgency === "high" ? "high" : null }, `${one.urgency} urgency`),
    make("span", {}, timeLeft(one.seconds_left)),
    make("span", {}, one.owner ?? `no owner (${one.role})`),
    one.standing !== "new" && make("span", {}, one.standing))));
}

/** Time left in words, the largest unit alone. */
function timeLeft(seconds) {
  const size = Math.abs(seconds);
  const [count, unit] = size < 5_400 ? [size / 60, "minute"] : size < 129_600 ? [size / 3_600, "hour"] : [size / 86_400, "day"];
  const whole = Math.max(1, Math.round(count));
  const words = `${whole} ${unit}${whole === 1 ? "" : "s"}`;
  return seconds < 0 ? `${words} past its date` : `${words} left`;
}

// One opportunity

async function open(id) {
  state.open = id;
  markOpen();
  if (!id) return;
  try {
    const whole = await request(`${API}/${encodeURIComponent(id)}`);
    if (state.open !== id) return;
    state.whole = whole;
    showOne();
  } catch (error) {
    say(error.message);
  }
}

function markOpen() {
  document.querySelector("main").classList.toggle("open", Boolean(state.open));
  $("one").hidden = !state.open;
  for (const link of document.querySelectorAll("#rows a")) link.setAttribute("aria-current", String(link.dataset.id === state.open));
  if (!state.open) $("one").replaceChildren();
}

function showOne() {
  const { opportunity: one, summary, decisions } = state.whole;
  const amount = `${Math.round(one.yearly_value).toLocaleString("en")} ${one.currency} a year`;
  $("one").replaceChildren(
    make("h2", {}, one.headline),
    make("p", { class: "facts" },
      make("span", {}, one.account_name), make("span", {}, one.play), make("span", {}, amount),
      make("span", { class: one.urgency === "high" ? "high" : null }, `${one.urgency} urgency`),
      make("span", {}, `act by ${day(one.act_by)}, ${timeLeft(summary.seconds_left)}`),
      make("span", {}, one.route.owner ?? `no owner (${one.route.role})`), make("span", {}, `standing: ${summary.standing}`)),
    make("p", { class: "buttons" },
      make("button", { type: "button", class: "main", onclick: () => decide("qualified") }, "Qualify"),
      make("button", { type: "button", onclick: () => decide("snoozed") }, "Snooze…"),
      make("button", { type: "button", onclick: () => decide("dismissed") }, "Dismiss…"),
      make("button", { type: "button", onclick: moveOn }, "Move on…"),
      make("button", { type: "button", onclick: close }, "Back to the list")),
    make("h3", {}, "Why now"), evidence(one.evidence),
    make("h3", {}, `Score ${one.score.toFixed(1)}`), score(one.score_parts),
    make("h3", {}, "What had to hold"), gate(one.gate),
    make("h3", {}, "Handoff brief"), make("pre", {}, one.brief),
    make("p", { class: "buttons" }, make("button", { type: "button", onclick: copyBrief }, "Copy the brief")),
    make("h3", {}, "What people did"), history(decisions));
}

function day(text) {
  return new Date(text).toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
}

function evidence(lines) {
  return make("ul", { class: "plain" }, lines.map((line) => make("li", {}, line.summary,
    make("span", { class: "facts" }, make("span", {}, line.family), make("span", {}, line.detector), make("span", {}, day(line.occurred_at)),
      line.event_id && make("span", {}, `event ${line.event_id}`)))));
}

/** Taken apart so that a person can work it out again. */
function score(parts) {
  const number = (value, digits) => make("td", { class: "number" }, value.toFixed(digits));
  const sum = parts.reduce((all, part) => all + part.weight * part.points, 0);
  const head = ["Part", "From", "Points", "Weight", "Makes"];
  return make("table", {},
    make("thead", {}, make("tr", {}, head.map((name, at) => make("th", { scope: "col", class: at > 1 ? "number" : null }, name)))),
    make("tbody", {}, parts.map((part) => make("tr", {},
      make("td", {}, part.name), make("td", {}, input(part.input)),
      number(part.points, 1), number(part.weight, 2), number(part.weight * part.points, 2)))),
    make("tfoot", {}, make("tr", {}, make("td", { colspan: 4 }, "Together"), number(sum, 1))));
}

function input(value) {
  if (value === null) return "nothing known";
  return typeof value === "number" ? value.toLocaleString("en", { maximumFractionDigits: 2 }) : String(value);
}

function gate(conditions) {
  if (conditions.length === 0) return make("p", {}, "Nothing.");
  return make("ul", { class: "plain" }, conditions.map((one) =>
    make("li", {}, `${one.held ? "✓" : "✗"} ${one.condition}`, one.value === null ? "" : ` (it was ${input(one.value)})`)));
}

function history(decisions) {
  if (decisions.length === 0) return make("p", {}, "Nobody has done anything yet.");
  return make("ul", { class: "plain" }, decisions.map((one) => make("li", {},
    `${day(one.occurred_at)}: ${one.stage}`, one.until ? ` until ${day(one.until)}` : "", one.actor ? ` by ${one.actor}` : "",
    one.reason ? `, “${one.reason}”` : "")));
}

async function copyBrief() {
  try {
    await navigator.clipboard.writeText(state.whole.opportunity.brief);
    say("The brief is in your clipboard.");
  } catch {
    say("This browser lets nothing be copied from here; mark the text.");
  }
}

// Deciding

const inDays = (days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
const reason = (needed) => make("label", {}, needed ? "Why? The rules may learn from it." : "A note",
  make("textarea", { name: "reason", rows: 3, maxlength: 1000, required: needed }));

async function decide(stage) {
  if (!state.whole) return;
  const name = state.whole.opportunity.account_name;
  const questions = {
    snoozed: [`Snooze ${name}`, "Snooze", [make("label", {}, "Until", make("input", {
      name: "until", type: "date", required: true, min: inDays(1), value: inDays(7),
    })), reason(false)]],
    dismissed: [`Dismiss ${name}`, "Dismiss", [reason(true)]],
    closed_won: [`${name} is won`, "Won", [make("label", {}, "Yearly amount", make("input", {
      name: "amount", type: "number", min: 0, step: "any",
    })), reason(false)]],
    closed_lost: [`${name} is lost`, "Lost", [reason(false)]],
  };
  const question = questions[stage];
  const given = question ? await ask(...question) : {};
  if (!given) return;
  await write({
    stage,
    reason: given.reason || undefined,
    until: given.until ? `${given.until}T00:00:00Z` : undefined,
    amount: given.amount ? Number(given.amount) : undefined,
  });
}

async function moveOn() {
  const stages = ["discovery", "proposal", "negotiation", "closed_won", "closed_lost"];
  const given = await ask("Move on", "Go on", [make("label", {}, "To", make("select", { name: "stage" },
    stages.map((stage) => make("option", { value: stage }, stage.replace("_", " ")))))]);
  if (given) await decide(given.stage);
}

async function write(decision) {
  const { opportunity: one, decisions } = state.whole;
  const after = decisions.at(-1)?.event_id ?? "";
  // One key for one decision, however often it has to be sent.
  const key = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
  const options = {
    method: "POST", headers: { "Content-Type": "application/json", "Idempotency-Key": key },
    body: JSON.stringify({ ...decision, after }),
  };
  try {
    await request(`${API}/${one.opportunity_id}/decisions`, options);
    await Promise.all([list(), open(one.opportunity_id)]);
    say(`${one.account_name}: ${decision.stage.replace("_", " ")}.`);
  } catch (error) {
    await open(one.opportunity_id);
    say(error.message);
  }
}

// Ways to it

function close() {
  const id = state.open;
  location.hash = "";
  ($("rows").querySelector(`a[data-id="${id}"]`) ?? $("inbox")).focus();
}

function step(by) {
  const links = [...document.querySelectorAll("#rows a")];
  const here = links.indexOf(document.activeElement?.closest("#rows a"));
  const at = here >= 0 ? here : links.findIndex((link) => link.dataset.id === state.open);
  const to = links[Math.min(Math.max(at + by, 0), links.length - 1)];
  if (!to) return;
  to.focus();
  if (state.open) location.hash = to.dataset.id;
}

const KEYS = {
  j: () => step(1), k: () => step(-1), q: () => decide("qualified"), s: () => decide("snoozed"), d: () => decide("dismissed"),
  "/": () => $("asked").elements.text.focus(), Escape: () => close(),
};

function pressed(event) {
  const typing = event.target.closest("input, select, textarea, dialog");
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const does = KEYS[event.key];
  if (!does || ("qsd".includes(event.key) && !state.open)) return;
  event.preventDefault();
  does();
}

function follow() {
  const id = decodeURIComponent(location.hash.slice(1));
  open(/^[0-9a-f-]{36}$/.test(id) ? id : null);
}

let typed;
$("asked").addEventListener("input", () => {
  clearTimeout(typed);
  state.limit = FEW;
  typed = setTimeout(list, 150);
});
$("asked").addEventListener("submit", (event) => event.preventDefault());
$("more").addEventListener("click", () => {
  state.limit = Math.min(state.rows.length + MANY, 500);
  list();
});
document.addEventListener("keydown", pressed);
addEventListener("hashchange", follow);
setInterval(() => document.visibilityState === "visible" && list(), LOOK_MS);
await list();
follow();
