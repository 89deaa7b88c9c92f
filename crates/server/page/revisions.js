// What changed from each revision of an opportunity to the next.

import { make } from "./dom.js";
import { day, money, time } from "./words.js";

/** A line for each revision that its topic still has, the latest first. */
export function changes(revisions, latest) {
  // The topic may be read a moment behind.
  const known = revisions.filter((one) => one.revision < latest.revision);
  const all = [...known, latest];
  const lines = all.map((one, at) => make("li", {},
    make("strong", {}, `Revision ${one.revision}`), `, ${time(one.updated_at)}: `,
    at === 0 ? (one.revision === 1 ? "opened." : "the first that is still there.") : difference(all[at - 1], one)));
  return make("ol", { class: "history" }, lines.reverse());
}

function difference(before, now) {
  const names = new Set(before.evidence.map((one) => one.detector));
  const after = new Set(now.evidence.map((one) => one.detector));
  const told = [
    before.status !== now.status && (now.status === "withdrawn" ? "withdrawn" : "open again"),
    ...now.evidence.filter((one) => !names.has(one.detector)).map((one) => `new reason: ${one.summary}`),
    ...before.evidence.filter((one) => !after.has(one.detector)).map((one) => `no longer a reason: ${one.summary}`),
    before.score !== now.score && `score ${before.score.toFixed(1)} → ${now.score.toFixed(1)}`,
    before.urgency !== now.urgency && `urgency ${before.urgency} → ${now.urgency}`,
    before.opened_at !== now.opened_at && `opened ${day(before.opened_at)} → ${day(now.opened_at)}`,
    before.yearly_value !== now.yearly_value && `worth ${money(before.yearly_value, before.currency)} → ${money(now.yearly_value, now.currency)}`,
    before.route.owner !== now.route.owner && `goes to ${before.route.owner ?? "nobody"} → ${now.route.owner ?? "nobody"}`,
  ].filter(Boolean);
  return `${told.length > 0 ? told.join("; ") : "details of what was known"}.`;
}
