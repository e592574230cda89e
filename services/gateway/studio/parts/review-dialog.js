/** The frame of the review's dialogs. */

import { h, icon } from "../lib/dom.js";
import { t } from "../lib/words.js";

/** Opens a dialog in a page; what had the focus gets it back. `wide`: for things side by side. */
export function open(page, { title, body, foot, wide = false, closed }) {
  const close = h("button", { class: "quiet round", "aria-label": t("common.close"), on: { click: () => element.close() } }, icon("close"));
  const heading = h("h2", { id: "review-dialog-title" }, title);
  const element = h("dialog", { class: `review-dialog${wide ? " wide" : ""}`, "aria-labelledby": heading.id },
    h("div", { class: "row apart review-dialog-head" }, heading, close), body, foot && h("div", { class: "row review-dialog-foot" }, foot));
  element.addEventListener("close", () => {
    element.remove();
    closed?.();
  });
  page.append(element);
  element.showModal();
  return element;
}
