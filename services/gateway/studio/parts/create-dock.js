/** The lower edge: what is about to be made, how long it will take, what is still missing, and the start. */

import { fill, h, icon, once } from "../lib/dom.js";
import { span, t } from "../lib/words.js";
import { isWhole } from "./create-draft.js";
import { cost } from "./create-cost.js";

const TOLD_AFTER = 300; // ms: a screen reader hears where it ends, not every step

/** `start()` makes the job. `targets`: as the API tells of them, `pace`: null where it tells of none. */
export function dock(draft, targets, pace, start) {
  const what = h("p", { class: "create-dock-what" });
  const told = h("p", { class: "create-dock-cost small soft" });
  const spoken = h("p", { class: "hidden", role: "status" });
  const button = h("button", { type: "button", class: "primary create-start", on: { click: once(start) } }, icon("spark"), t("create.start"));
  let timer = null;
  draft.watch(["actions", "targets", "review", "takes", "picture"], (now) => {
    what.textContent = missing(now) || t("create.summary", { n: now.actions.length });
    fill(told, [short(now, targets), time(now, pace)].filter(Boolean).join(" "));
    clearTimeout(timer);
    timer = setTimeout(() => (spoken.textContent = `${what.textContent} ${told.textContent}`), TOLD_AFTER);
  });
  return h("div", { class: "create-dock" }, h("div", { class: "create-dock-text" }, what, told, spoken), button);
}

/** What is still missing before a job can be made, in words; empty when nothing is. */
export function missing({ picture, actions }) {
  if (!picture) return t("create.needs_picture");
  if (!actions.length) return t("create.needs_actions");
  return actions.every(isWhole) ? "" : t("create.needs_words");
}

/** Targets that want more emoji, which can be had all the same. */
function short({ actions, targets: chosen }, targets) {
  const few = targets.filter((target) => chosen.includes(target.id) && actions.length && actions.length < target.set_size[0]);
  return few.map((target) => t("create.few", { name: target.label, least: target.set_size[0] })).join(" ");
}

function time(now, pace) {
  if (!now.actions.length) return "";
  const found = cost(pace, now);
  if (!found) return t("create.time_unknown");
  const said = now.review
    ? t("create.time_review", { first: span(found.first), rest: span(found.rest) })
    : t("create.time", { all: span(found.first + found.rest) });
  return found.waiting ? `${said} ${t("create.time_waiting", { n: found.waiting })}` : said;
}
