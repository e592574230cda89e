/** What is needed less often for an action, behind the tile's last button. */

import { fill, h, icon } from "../lib/dom.js";
import { t } from "../lib/words.js";
import { hasEarlier, isLive } from "./review-model.js";

const GAP = 6; // px between button and menu

/** `page`: `resume(action)`, `takes(action)`, `changes`. The tile's button opens and closes it by itself. */
export class Menu {
  element = h("div", { class: "review-menu card", popover: "auto", role: "group", "aria-label": t("review.more") });
  #page;
  #button = null;

  constructor(page) {
    this.#page = page;
    this.element.addEventListener("toggle", (event) => event.newState === "open" && this.#place());
  }

  /** What it will show when it opens from that button. */
  prepare(action, button) {
    this.#button = button;
    const stoppable = isLive(action) || action.state.startsWith("awaiting");
    fill(this.element,
      this.#item("again", "review.resume", () => this.#page.resume(action)),
      hasEarlier(action) && this.#item("copy", "review.earlier", () => this.#page.takes(action)),
      stoppable && this.#item("close", "review.stop", () => this.#page.changes.cancel(action.id)));
    this.element.firstElementChild.autofocus = true;
  }

  #item(name, key, run) {
    const press = () => {
      this.element.hidePopover();
      run();
    };
    return h("button", { class: "quiet", on: { click: press } }, icon(name), t(key));
  }

  #place() {
    const at = this.#button.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = this.element;
    const below = at.bottom + GAP + height < innerHeight;
    this.element.style.setProperty("--x", `${Math.max(8, Math.min(at.right - width, innerWidth - width - 8))}px`);
    this.element.style.setProperty("--y", `${below ? at.bottom + GAP : Math.max(8, at.top - GAP - height)}px`);
  }
}
