// What a person takes away: into the clipboard, or as a file.

import { make } from "./dom.js";

/** Copies a text; whether it went well. */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyMarked(text);
  }
}

/** The old way, for pages without TLS. */
function copyMarked(text) {
  const field = make("textarea", { class: "unseen", "aria-label": "What is copied" });
  field.value = text;
  const before = document.activeElement;
  (document.querySelector("dialog[open]") ?? document.body).append(field);
  field.select();
  const well = document.execCommand("copy");
  field.remove();
  before?.focus({ preventScroll: true });
  return well;
}

/** Downloads a text as a file. */
export function download(name, text) {
  const kind = name.endsWith(".md") ? "text/markdown" : "text/plain";
  const url = URL.createObjectURL(new Blob([text], { type: `${kind};charset=utf-8` }));
  make("a", { href: url, download: name }).click();
  // The browser reads it after the click.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** A name that every file system takes. */
export function fileName(account, what, ending) {
  const safe = String(account).normalize("NFKD").replace(/[^A-Za-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 60);
  return `${safe || "account"}-${what}.${ending}`;
}
