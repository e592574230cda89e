/** Short messages at the lower edge: what happened, what went wrong, sometimes with something to press. */

import { h, icon } from "./dom.js";
import { span, t } from "./words.js";

const SHOWN = 6000; // ms

/** The place of the messages; the shell has one. */
export const place = h("div", { class: "notices", "aria-live": "polite", role: "status" });

/** Says something. `action`: {label, run}. */
export function say(text, { kind = "info", action } = {}) {
  const close = () => note.remove();
  const press = action && h("button", { class: "quiet", on: { click: () => (close(), action.run()) } }, action.label);
  const note = h("div", { class: `notice ${kind}` }, kind === "error" && icon("warn"), h("p", {}, text), press,
    h("button", { class: "quiet round", "aria-label": t("common.close"), on: { click: close } }, icon("close")));
  place.append(note);
  setTimeout(close, action ? 2 * SHOWN : SHOWN);
  return close;
}

/** Says what a problem says. */
export function complain(problem) {
  if (problem.name === "AbortError") return;
  const { code, message, retryAfter } = problem;
  const busy = code === "overloaded" && t("common.busy", { wait: span(retryAfter) });
  say(busy || (code === "unreachable" ? t("common.unreachable") : message), { kind: "error" });
}
