// What this browser keeps for a person: their filter, and their edits of drafts. A browser that keeps nothing is no reason to fail.

/** What was kept under a name. */
export function kept(name) {
  try {
    return JSON.parse(localStorage.getItem(`springtide.${name}`));
  } catch {
    return null;
  }
}

/** Forgets all whose name begins so. */
export function forget(begins) {
  try {
    const names = Object.keys(localStorage).filter((name) => name.startsWith(`springtide.${begins}`));
    for (const name of names) localStorage.removeItem(name);
  } catch {
    // Then nothing was kept.
  }
}

/** Keeps something under a name; nothing where it is null. */
export function keep(name, value) {
  try {
    if (value === null) localStorage.removeItem(`springtide.${name}`);
    else localStorage.setItem(`springtide.${name}`, JSON.stringify(value));
  } catch {
    // Full or forbidden: the page works without.
  }
}
