// Elements, and nothing but elements: texts from elsewhere become text here, and never markup.

const SVG = "http://www.w3.org/2000/svg";

/** The element of an id. */
export const $ = (id) => document.getElementById(id);

/** An element with attributes, listeners (`onclick`) and children; what is absent is left out. */
export function make(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

/** The same for pictures. */
export function svg(name, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, name), attributes, children);
}

function filled(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) {
      element.setAttribute(key, value === true ? "" : value);
    }
  }
  element.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Puts other children in place of those that are there; what has the focus keeps it, by its `data-key`. */
export function swap(container, ...children) {
  const focused = container.contains(document.activeElement) ? document.activeElement : null;
  const key = focused?.closest("[data-key]")?.dataset.key;
  const opened = new Map([...container.querySelectorAll("details[data-key]")].map((one) => [one.dataset.key, one.open]));
  container.replaceChildren(...children.flat(3).filter(Boolean));
  for (const one of container.querySelectorAll("details[data-key]")) {
    if (opened.has(one.dataset.key)) one.open = opened.get(one.dataset.key);
  }
  if (!focused) return;
  const again = key && [...container.querySelectorAll("[data-key]")].find((one) => one.dataset.key === key);
  (again || container.closest("[tabindex]"))?.focus({ preventScroll: true });
}

/** A button with its key. */
export function button(text, key, does, attributes = {}) {
  return make("button", { type: "button", onclick: does, "data-key": `button ${text}`, "aria-keyshortcuts": key, ...attributes },
    text, key && make("kbd", { "aria-hidden": "true" }, key));
}

/** Part of a page, with its heading. */
export function part(id, title, ...children) {
  return make("section", { class: "part", "aria-labelledby": `${id}-title` },
    make("h3", { id: `${id}-title` }, title), ...children);
}

/** A table; a column is a title, or a title and `number`. */
export function table(caption, columns, rows, foot) {
  const numeric = columns.map((column) => Array.isArray(column));
  const cell = (value, at) => make(at === 0 ? "th" : "td", { scope: at === 0 ? "row" : null, class: numeric[at] && "number" }, value ?? "–");
  return make("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": `${caption}, a table` },
    make("table", {},
      make("caption", { class: "unseen" }, caption),
      make("thead", {}, make("tr", {}, columns.map((column, at) =>
        make("th", { scope: "col", class: numeric[at] && "number" }, numeric[at] ? column[0] : column)))),
      make("tbody", {}, rows.map((row) => make("tr", {}, row.map(cell)))),
      foot && make("tfoot", {}, make("tr", {}, foot.map(cell)))));
}

let silence;

/** Tells something that just happened; a word on how to go on may come with a button. */
export function say(text, ...more) {
  clearTimeout(silence);
  $("told").replaceChildren(text, ...more);
  $("told").classList.toggle("shown", Boolean(text));
  if (text && more.length === 0) silence = setTimeout(() => say(""), 12_000);
}
