// Every action has a key; `?` shows them all. Nothing is taken from whoever is typing.

import { make } from "./dom.js";

const SEQUENCE_MS = 1_200;

let first = "";
let forgets;

/** Listens for keys: `keys` has each as [key, words, what it does, whether it can be done now]. */
export function listen(keys) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (document.querySelector("dialog[open]")) return;
    const typing = event.target.closest("input, select, textarea");
    if (typing) {
      // Out of a field and back to where one was.
      if (event.key === "Escape") typing.blur();
      return;
    }
    const pressed = first ? `${first} ${event.key}` : event.key;
    const found = keys.find(([key, , , when]) => key === pressed && (when?.() ?? true));
    clearTimeout(forgets);
    first = "";
    if (found) {
      event.preventDefault();
      found[2]();
    } else if (keys.some(([key]) => key.startsWith(`${event.key} `))) {
      first = event.key;
      forgets = setTimeout(() => { first = ""; }, SEQUENCE_MS);
    }
  });
}

/** Shows all keys. */
export function help(keys) {
  const dialog = make("dialog", { "aria-labelledby": "keys-title", class: "keys" },
    make("form", { method: "dialog" }, make("h2", { id: "keys-title" }, "Keys"),
      make("dl", {}, keys.map(([key, words]) => make("div", {},
        make("dt", {}, key.split(" ").map((one) => make("kbd", {}, one === "Escape" ? "Esc" : one))), make("dd", {}, words)))),
      make("p", { class: "note" }, "In a dialog: Tab and arrows choose, Ctrl+Enter goes on, Esc cancels. On a timeline: ← and → step through signals."),
      make("p", { class: "buttons" }, make("button", { type: "submit", class: "main" }, "Close"))));
  dialog.addEventListener("close", () => dialog.remove(), { once: true });
  document.body.append(dialog);
  dialog.showModal();
}
