// The draft message in its five parts, each to be edited; what each rests on stands beside it. Edits stay in this browser, by
// opportunity and revision, until they are reset. Nothing is ever sent.

import { button, make, say } from "./dom.js";
import { keep, kept } from "./kept.js";
import { many, plain } from "./words.js";

/** A draft that a person edits. */
export class Draft {
  /** Made of what the server wrote for a revision. */
  constructor(written, revision) {
    Object.assign(this, { written, revision, name: `draft.${written.opportunity_id}.${revision}` });
    this.edits = kept(this.name) ?? {};
    this.fields = new Map();
    this.element = make("div", { class: "draft" });
    this.show();
  }

  show() {
    this.fields.clear();
    this.edited = make("p", { class: "note", role: "status" });
    this.undo = button("Undo all edits", "u", () => this.reset());
    this.newer = make("p", { class: "notice", hidden: true });
    this.element.replaceChildren(
      this.newer,
      make("p", { class: "note" }, "Nothing is sent from here: approve it, and send it yourself."),
      this.part({ part: "subject", label: "Subject", text: this.written.subject, facts: [] }, 1),
      ...this.written.parts.map((part) => this.part(part, 3)),
      make("div", { class: "buttons" }, this.undo, this.edited));
    this.told();
  }

  part(part, rows) {
    const id = `draft-${part.part}`;
    const field = make("textarea", { id, rows, "data-key": id, "aria-describedby": `${id}-rests`, spellcheck: "true" });
    field.value = this.edits[part.part] ?? part.text;
    const reset = make("button", { type: "button", class: "quiet", onclick: () => this.reset(part.part), "aria-label": `Reset ${part.label}` }, "Reset");
    field.addEventListener("input", () => this.write(part, field.value));
    this.fields.set(part.part, { part, field, reset });
    return make("div", { class: "drafted" },
      make("div", {}, make("div", { class: "labelled" }, make("label", { for: id }, part.label), reset), field),
      make("div", { id: `${id}-rests`, class: "rests" }, rests(part)));
  }

  write(part, text) {
    if (text === part.text) delete this.edits[part.part];
    else this.edits[part.part] = text;
    keep(this.name, Object.keys(this.edits).length > 0 ? this.edits : null);
    this.told();
  }

  /** Takes back the edits of one part, or of all. */
  reset(name) {
    const names = name ? [name] : Object.keys(this.edits);
    for (const one of names) {
      const { part, field } = this.fields.get(one) ?? {};
      delete this.edits[one];
      if (field) field.value = part.text;
    }
    keep(this.name, Object.keys(this.edits).length > 0 ? this.edits : null);
    this.told();
    say(names.length > 0 ? "The draft is as it was written." : "");
    if (name) this.fields.get(name)?.field.focus();
  }

  told() {
    const count = Object.keys(this.edits).length;
    this.edited.textContent = count > 0 ? `${many(count, "part")} edited, kept in this browser.` : "";
    this.undo.hidden = count === 0;
    for (const { part, reset, field } of this.fields.values()) {
      reset.hidden = !(part.part in this.edits);
      grow(field);
    }
  }

  /** Whether somebody has written in it. */
  get isEdited() {
    return Object.keys(this.edits).length > 0;
  }

  /** Says that there is a newer one, which comes when it is wanted: edits are not lost to it. */
  offer(revision, take) {
    this.newer.hidden = false;
    this.newer.replaceChildren(`Revision ${revision} is there. Your edits are of revision ${this.revision}. `,
      make("button", { type: "button", onclick: take }, "Take the new draft"));
  }

  /** Puts the cursor where the person edits first. */
  focus() {
    this.fields.values().next().value?.field.focus();
  }

  /** The subject, as it stands. */
  get subject() {
    return this.fields.get("subject").field.value.trim();
  }

  /** All parts as they stand, empty ones left out. */
  get text() {
    const parts = this.written.parts.map(({ part }) => this.fields.get(part).field.value.trim());
    return parts.filter(Boolean).join("\n\n");
  }
}

/** As high as what is in it. */
function grow(field) {
  const width = field.clientWidth || 600;
  const lines = field.value.split("\n").reduce((all, line) => all + Math.max(1, Math.ceil(line.length * 7.2 / width)), 0);
  field.rows = Math.max(field.id === "draft-subject" ? 1 : 2, Math.min(lines, 14));
}

function rests(part) {
  const facts = part.facts ?? [];
  return [
    facts.length > 0 && make("dl", {}, facts.map((fact) => [make("dt", {}, plain(fact.name)), make("dd", {}, String(fact.value))])),
    facts.length === 0 && part.part !== "subject" && make("p", { class: "note" }, "Rests on no fact."),
    (part.left_out ?? []).map((line) => make("p", { class: "note" }, `Left out: ${line}`)),
  ];
}
