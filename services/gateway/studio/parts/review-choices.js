/** The takes that await review, to choose from within their tile. */

import { fill, h } from "../lib/dom.js";
import { t } from "../lib/words.js";
import { runOf, selected, viewOf } from "./review-model.js";

/** How many takes an action has to choose from now. */
export function choicesOf(action) {
  const pick = action.state === "awaiting_review" ? selected(action, "startframe") : null;
  return { pick, run: runOf(action, pick) ?? null };
}

export class Choices {
  element = h("div", { class: "review-choices", role: "group", "aria-label": t("review.takes"), hidden: true });
  #choose;
  #of = null;

  /** `choose(run, take)` is told what was pressed. */
  constructor(choose) {
    this.#choose = choose;
  }

  update(action) {
    const { pick, run } = choicesOf(action);
    this.element.hidden = !run || run.takes < 2;
    if (this.element.hidden) return;
    if (this.#of !== run.id) this.#draw(action, run);
    this.#of = run.id;
    [...this.element.children].forEach((button, at) => button.setAttribute("aria-pressed", String(at + 1 === pick.take)));
  }

  /** The button of a take, if there is one. */
  button(take) {
    return this.element.hidden ? null : this.element.children[take - 1];
  }

  #draw(action, run) {
    fill(this.element, Array.from({ length: run.takes }, (_, at) => this.#button(action, run, at + 1)));
  }

  #button(action, run, take) {
    const picture = h("img", { src: viewOf(action, run, take).url, alt: "", width: 512, height: 512 });
    const label = t("review.take", { n: take });
    return h("button", { class: "behind", "aria-label": label, title: label, on: { click: () => this.#choose(run, take) } }, picture);
  }
}
