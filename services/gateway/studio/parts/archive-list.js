/**
 * A list that stays quick however long it gets: it is drawn in blocks, and blocks far from view are emptied and keep
 * their height. Each item draws one element.
 */

import { h } from "../lib/dom.js";

const AHEAD = "1600px";

export class LongList {
  #draw;
  #more;
  #blocks = new Map();
  #watch = new IntersectionObserver((entries) => entries.forEach((entry) => this.#seen(entry)), { rootMargin: `${AHEAD} 0px` });
  #end = h("div", { class: "archive-end" });

  /** `draw`: (item, list) to element. `more`: called when the end comes near. */
  constructor(element, draw, more) {
    this.element = element;
    this.#draw = draw;
    this.#more = more;
    this.clear();
  }

  get count() {
    return [...this.#blocks.values()].reduce((sum, items) => sum + items.length, 0);
  }

  clear() {
    this.#watch.disconnect();
    this.#blocks.clear();
    this.element.replaceChildren(this.#end);
    this.#watch.observe(this.#end);
  }

  append(items) {
    if (!items.length) return;
    const block = h("div", { class: "archive-block", role: "presentation" });
    this.#blocks.set(block, [...items]);
    this.#fill(block);
    this.#end.before(block);
    this.#watch.observe(block);
  }

  /** Asks for more where the end is in view: an observer tells of changes only. */
  look() {
    this.#watch.unobserve(this.#end);
    this.#watch.observe(this.#end);
  }

  /** Takes an item out, with the element that shows it. Returns what puts both back. */
  drop(item, element) {
    const block = element.parentElement;
    const items = this.#blocks.get(block);
    const index = items.indexOf(item);
    items.splice(index, 1);
    element.remove();
    return () => {
      items.splice(index, 0, item);
      this.#fill(block);
    };
  }

  close() {
    this.#watch.disconnect();
  }

  #seen({ target, isIntersecting, boundingClientRect }) {
    if (target === this.#end) {
      if (isIntersecting) this.#more();
    } else if (isIntersecting && !target.childElementCount) {
      this.#fill(target);
    } else if (!isIntersecting && target.childElementCount && !target.contains(document.activeElement)) {
      target.style.setProperty("--height", `${boundingClientRect.height}px`);
      target.replaceChildren();
    }
  }

  #fill(block) {
    block.style.removeProperty("--height");
    block.replaceChildren(...this.#blocks.get(block).map((item) => this.#draw(item, this)));
  }
}
