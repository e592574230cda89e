/** The grid of tiles, one per action, with one of them on Tab's way and arrows between them. */

import { h } from "../lib/dom.js";
import { t } from "../lib/words.js";
import { Tile } from "./review-tile.js";

export class Grid {
  element = h("ul", { class: "review-grid", "aria-label": t("review.grid") });
  #page;
  #menu;
  #tiles = new Map();
  #active = null;

  constructor(page, menu) {
    this.#page = page;
    this.#menu = menu;
    this.element.addEventListener("focusin", (event) => this.#activate(this.of(event.target)));
  }

  /** Shows the actions of a job. Tiles stay what they are, by the action's id. */
  update(state) {
    const { actions } = state.job;
    this.element.dataset.size = actions.length > 15 ? "small" : actions.length > 8 ? "middle" : "large";
    for (const action of actions) this.#tile(action).update(action, state);
    if (!this.#active) this.#activate(this.#tiles.get(actions[0]?.id));
    for (const tile of this.#tiles.values()) tile.activate(tile === this.#active);
  }

  progress({ action_id: id, progress }) {
    this.#tiles.get(id)?.progress(progress);
  }

  /** The tile that an element is in. */
  of(element) {
    return [...this.#tiles.values()].find((tile) => tile.element.contains(element)) ?? null;
  }

  /** Moves the focus by an arrow key; answers whether there was somewhere to go. */
  move(key, from) {
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -this.#columns(), ArrowDown: this.#columns() }[key];
    if (step === undefined) return false;
    const all = [...this.#tiles.values()];
    const to = from ? all[all.indexOf(from) + step] : this.#active;
    to?.element.focus();
    return Boolean(to);
  }

  close() {
    for (const tile of this.#tiles.values()) tile.close();
  }

  #tile(action) {
    if (!this.#tiles.has(action.id)) {
      const tile = new Tile(this.#page, this.#menu, action.id);
      this.#tiles.set(action.id, tile);
      this.element.append(h("li", {}, tile.element));
    }
    return this.#tiles.get(action.id);
  }

  #activate(tile) {
    if (!tile || tile === this.#active) return;
    this.#active?.activate(false);
    this.#active = tile;
    tile.activate(true);
  }

  #columns() {
    const tops = [...this.element.children].map((each) => each.offsetTop);
    return tops.filter((top) => top === tops[0]).length;
  }
}
