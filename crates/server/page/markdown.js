// A small part of Markdown, as briefs are written in it, made into elements: headings, lists, bold, paragraphs. There is no
// way from a text to markup of its own.

import { make } from "./dom.js";

/** The elements of a text; its headings begin at a level. */
export function markdown(text, level = 4) {
  const blocks = [];
  let list = null;
  let lines = [];
  const paragraph = () => {
    if (lines.length > 0) blocks.push(make("p", {}, spans(lines.join(" "))));
    lines = [];
  };
  for (const line of String(text).split(/\r?\n/)) {
    const heading = /^(#{1,4}) +(.*)$/.exec(line);
    const item = /^[-*] +(.*)$/.exec(line);
    if (!item) list = null;
    if (heading) {
      paragraph();
      blocks.push(make(`h${Math.min(6, level + heading[1].length - 1)}`, {}, spans(heading[2])));
    } else if (item) {
      paragraph();
      if (!list) blocks.push(list = make("ul"));
      list.append(make("li", {}, spans(item[1])));
    } else if (line.trim() === "") {
      paragraph();
    } else {
      lines.push(line.trim());
    }
  }
  paragraph();
  return blocks;
}

/** Bold and plain, what a backslash stands before as it is. */
function spans(text) {
  const parts = [];
  let plain = "";
  let bold = null;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === "\\" && /[!-/:-@[-`{-~]/.test(text[at + 1] ?? "")) {
      plain += text[at += 1];
    } else if (text.startsWith("**", at)) {
      if (bold === null) bold = parts.push(plain);
      else {
        parts.push(make("strong", {}, plain));
        bold = null;
      }
      plain = "";
      at += 1;
    } else {
      plain += text[at];
    }
  }
  // Stars without an end are stars.
  parts.push(bold === null ? plain : `**${plain}`);
  return parts;
}
