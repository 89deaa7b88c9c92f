// Asks the server, and nobody else: with a token where one is needed, and a word where it does not answer.

import { button, make, say } from "./dom.js";
import { ask } from "./ask.js";

const BASE = "/api/v1";
/** Whether the server answers: events `gone` and `back`. */
export const link = Object.assign(new EventTarget(), { gone: false });

/** Why something was not answered; `status` is 0 where nobody answered. */
export class Failure extends Error {
  constructor(status, message, again) {
    super(message);
    Object.assign(this, { status, again });
  }
}

/** Says that the server answers, or does not. */
export function reached(well) {
  if (link.gone === !well) return;
  link.gone = !well;
  link.dispatchEvent(new Event(well ? "back" : "gone"));
}

/** Asks, and gives back the answer as it comes. */
export async function answer(path, options = {}) {
  const headers = { Accept: "application/json", ...options.headers };
  const token = sessionStorage.getItem("token");
  if (token) headers.Authorization = `Bearer ${token}`;
  let response;
  try {
    response = await fetch(`${BASE}${path}`, { ...options, headers, cache: "no-store" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    reached(false);
    throw new Failure(0, "The server does not answer. It is asked again.");
  }
  reached(true);
  if (response.status === 401) {
    if (await askForToken(token)) return answer(path, options);
    // That was told, with a way to go on.
    throw new Failure(0, "Nobody said who asks.");
  }
  if (response.ok) return response;
  const body = await response.json().catch(() => ({}));
  const again = Number(response.headers.get("Retry-After")) || null;
  throw new Failure(response.status, body.reason ?? `The server says ${response.status}.`, again);
}

/** Asks for JSON. */
export async function request(path, options) {
  const response = await answer(path, options);
  return response.json().catch(() => ({}));
}

/** What not every server has, or has yet: the answer, or `{ missing }` with the words why not. */
export async function optional(path) {
  try {
    return await request(path);
  } catch (error) {
    if (error instanceof Failure && [404, 501, 502, 503].includes(error.status)) return { missing: error.message, again: error.again };
    throw error;
  }
}

let asking = null;
let declined = false;

function decline() {
  declined = true;
  say("Without a token nothing is shown here. ", button("Say who you are", "", () => {
    declined = false;
    say("");
    link.dispatchEvent(new Event("back"));
  }));
}

/** Whoever needs one while it is asked for waits for the same answer. */
function askForToken(refused) {
  // Somebody gave another one while this was under way.
  if (!asking && sessionStorage.getItem("token") !== refused) return true;
  // Whoever does not want to say is not asked again and again.
  if (declined) return false;
  asking ??= ask({
    title: "Who are you?", yes: "Go on",
    fields: [
      refused && make("p", {}, "The server does not know this token."),
      make("label", {}, "Your token", make("input", { name: "token", type: "password", required: true, autocomplete: "current-password" })),
    ],
  }).then((given) => {
    asking = null;
    if (given) sessionStorage.setItem("token", given.token);
    else decline();
    return Boolean(given);
  });
  return asking;
}
