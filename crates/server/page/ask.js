// Asks a person in a dialog, and gives back what they said.

import { make } from "./dom.js";

let count = 0;

/** Asks; the fields' values, or nothing where it was cancelled. `check` says what is wrong with them, if anything is. */
export function ask({ title, yes, fields, check, wide }) {
  const id = `ask-${++count}`;
  const wrong = make("p", { class: "wrong", role: "alert" });
  const form = make("form", { method: "dialog" },
    make("h2", { id }, title), ...fields.filter(Boolean), wrong,
    make("p", { class: "buttons" },
      make("button", { type: "submit", value: "yes", class: "main" }, yes),
      make("button", { type: "button", onclick: () => dialog.close("no") }, "Cancel")));
  const dialog = make("dialog", { "aria-labelledby": id, class: wide && "wide" }, form);
  form.addEventListener("submit", (event) => {
    const said = check?.(values(form));
    if (!said) return;
    event.preventDefault();
    wrong.textContent = said;
  });
  // As everywhere: what was written is not lost to a slip, and Ctrl+Enter goes on.
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit(form.querySelector("button.main"));
  });
  document.body.append(dialog);
  const before = document.activeElement;
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      const given = dialog.returnValue === "yes" ? values(form) : null;
      dialog.remove();
      if (before?.isConnected) before.focus({ preventScroll: true });
      resolve(given);
    }, { once: true });
    dialog.showModal();
    form.querySelector("[autofocus], input:checked, input:not([type=radio]), textarea, select, button.main")?.focus();
  });
}

const values = (form) => Object.fromEntries(new FormData(form));

/** One of several answers, chosen by arrow keys. */
export function choice(legend, name, options, chosen) {
  return make("fieldset", { class: "choice" }, make("legend", {}, legend),
    options.map(([value, text]) => make("label", {},
      make("input", { type: "radio", name, value, checked: value === chosen, required: true }), text)));
}

/** A yes or no. */
export function tick(name, text, checked) {
  return make("label", { class: "tick" }, make("input", { type: "checkbox", name, checked }), text);
}
