// Dates, numbers and names of the field, as a person reads them. Dates are of UTC, as the events are.

const utc = (options) => new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", ...options });
const DAY = utc({ day: "numeric", month: "long", year: "numeric" });
const SHORT = utc({ day: "numeric", month: "short" });
const TIME = utc({ day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" });

/** 2 March 2026 */
export const day = (text) => (text ? DAY.format(new Date(text)) : "–");
/** 2 Mar */
export const shortDay = (text) => (text ? SHORT.format(new Date(text)) : "–");
/** 2 Mar 2026, 09:30 UTC */
export const time = (text) => (text ? `${TIME.format(new Date(text))} UTC` : "–");

/** A number with so many digits after the point at most. */
export function number(value, digits = 2) {
  if (value === null || value === undefined) return "–";
  return value.toLocaleString("en", { maximumFractionDigits: digits });
}

/** Whole money with its currency. */
export const money = (value, currency) => (value === null || value === undefined ? "–" : `${currency} ${number(Math.round(value), 0)}`);

/** One digit, and the sign of percent. */
export const percent = (value) => (value === null || value === undefined ? "–" : `${value.toFixed(1)} %`);

/** What a score or a gate looked at, whatever kind it is of. */
export function input(value) {
  if (value === null || value === undefined) return "nothing known";
  return typeof value === "number" ? number(value) : String(value);
}

/** `closed_won` as people say it. */
export const plain = (name) => String(name).replaceAll("_", " ");

/** `seat-expansion` as a title has it. */
export function titled(name) {
  if (name === "smb") return "SMB";
  const words = String(name).replace(/[-_]/g, " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Time left in words, the largest unit alone. */
export function timeLeft(seconds) {
  const size = Math.abs(seconds);
  const [count, unit] = size < 5_400 ? [size / 60, "minute"] : size < 129_600 ? [size / 3_600, "hour"] : [size / 86_400, "day"];
  const whole = Math.max(1, Math.round(count));
  const words = `${whole} ${unit}${whole === 1 ? "" : "s"}`;
  return seconds < 0 ? `${words} past its date` : `${words} left`;
}

/** The same for a list: 4 d, 5 h late. */
export function brief(seconds) {
  const size = Math.abs(seconds);
  const words = size < 5_400 ? `${Math.max(1, Math.round(size / 60))} min` : size < 129_600 ? `${Math.round(size / 3_600)} h` : `${Math.round(size / 86_400)} d`;
  return seconds < 0 ? `${words} late` : words;
}

/** Several of something, or one. */
export const many = (count, one, several = `${one}s`) => `${number(count, 0)} ${count === 1 ? one : several}`;
