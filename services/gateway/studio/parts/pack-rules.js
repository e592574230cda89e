/** The rules of a target, and which of them the set holds. */

import { fill, h, icon } from "../lib/dom.js";
import { bytes, t } from "../lib/words.js";

const RULES = {
  count: ["set_too_small", "set_too_large", "numbering", "duplicate_file"],
  picture: ["canvas", "wrong_size", "colour_type", "no_transparency", "opaque_corner"],
  motion: ["frame_count", "distinct_frames", "not_animated", "first_frame_empty", "hidden_default", "zero_delay"],
  time: ["play_time"],
  file: ["file_too_large"],
  zip: ["zip_too_large", "zip_damaged", "unsafe_name", "foreign_file", "file_name"],
};

/** Draws the rules. `set`: what was made; undefined while there is none, and nothing is known. */
export function drawRules(place, target, set) {
  const known = Boolean(set?.zip);
  const left = new Set(set?.breaches ?? []);
  const lines = Object.entries(RULES).map(([name, codes]) => {
    const found = [...left].filter((breach) => codes.includes(breach.rule));
    found.forEach((breach) => left.delete(breach));
    return line(told(name, target), found, known);
  });
  for (const { name, size: [width, height] } of target.extras) {
    const found = [...left].filter((breach) => breach.file === name);
    found.forEach((breach) => left.delete(breach));
    lines.push(line(t("pack.rule_extra", { name, width, height }), found, known));
  }
  fill(place, h("h2", {}, t("pack.rules", { target: target.label })),
    h("ul", {}, lines, left.size > 0 && line(t("pack.rule_other"), [...left], known)),
    h("a", { class: "small", href: target.source, target: "_blank", rel: "noreferrer" }, new URL(target.source).hostname));
}

function line(text, breaches, known) {
  const verdict = !known ? "unknown" : breaches.length ? "breaks" : "holds";
  return h("li", { class: verdict }, icon({ holds: "check", breaks: "warn", unknown: "more" }[verdict]),
    h("div", {}, h("p", {}, text, h("span", { class: "hidden" }, ` (${t(`pack.${verdict}`)})`)), breaches.map((breach) => h("p", { class: "small" }, breach.file ? `${breach.file}: ${breach.message}` : breach.message))));
}

function told(name, target) {
  const [width, height] = target.canvas;
  const [least, most] = name === "count" ? target.set_size : target.frames;
  const size = bytes(name === "zip" ? target.zip_max_bytes : target.file_max_bytes);
  if (name === "time" && !target.plays_seconds) return t("pack.rule_time_free");
  return t(`pack.rule_${name}`, { width, height, least, most, size, n: target.plays_seconds });
}
