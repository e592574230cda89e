/** Texts in the language of the reader. Every text has all three; `tests/unit/gateway/test_studio_words.py` holds that. */

export const LANGUAGES = { en: "English", ko: "한국어", ja: "日本語" };
const KEY = "popcon.language";

let language = stored() ?? preferred();
let texts = await load(language);
document.documentElement.lang = language;

/** The text of a key with `{name}` filled in. An entry of `{one, other}` goes by `n`. */
export function t(key, values = {}) {
  const entry = texts[key];
  if (entry === undefined) throw new Error(`There is no text ${key} in ${language}.`);
  const text = typeof entry === "string" ? entry : entry[new Intl.PluralRules(language).select(values.n)] ?? entry.other;
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

/** Whether there is a text of that key. */
export const known = (key) => key in texts;

export const current = () => language;

/** Another language, kept for the next visit; whoever shows text hears of it by `popcon:language`. */
export async function choose(other) {
  texts = await load(other);
  language = other;
  localStorage.setItem(KEY, other);
  document.documentElement.lang = other;
  window.dispatchEvent(new CustomEvent("popcon:language"));
}

/** A moment as people say it: "3 minutes ago", then the date. */
export function moment(iso) {
  const then = new Date(iso);
  const seconds = (then - Date.now()) / 1000;
  const near = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  for (const [unit, size] of [["second", 60], ["minute", 60], ["hour", 24], ["day", 7]]) {
    const scale = { second: 1, minute: 60, hour: 3600, day: 86400 }[unit];
    if (Math.abs(seconds) < scale * size) return near.format(Math.round(seconds / scale), unit);
  }
  return then.toLocaleDateString(language, { year: "numeric", month: "short", day: "numeric" });
}

/** A span as people say it: "40 seconds", "3 minutes". */
export function span(seconds) {
  const [unit, value] = seconds < 90 ? ["second", Math.max(1, Math.round(seconds))] : ["minute", Math.round(seconds / 60)];
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" }).format(value);
}

/** The texts of a language: the gateway makes a module of each from words/. */
async function load(language) {
  return (await import(`../words/${language}.js`)).default;
}

function stored() {
  const found = localStorage.getItem(KEY);
  return found in LANGUAGES ? found : undefined;
}

function preferred() {
  const found = navigator.languages.map((each) => each.slice(0, 2)).find((each) => each in LANGUAGES);
  return found ?? "en";
}

/** A number of bytes, in kilobytes or megabytes. */
export function bytes(count) {
  const [unit, size] = count < 1e6 ? ["kilobyte", 1e3] : ["megabyte", 1e6];
  return new Intl.NumberFormat(current(), { style: "unit", unit, maximumFractionDigits: 1 }).format(count / size);
}
