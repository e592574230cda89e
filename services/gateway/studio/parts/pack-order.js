/** The emoji of a set in their order: dragged by a handle or moved by arrow keys, one of them the tab image. */

import { moving } from "./pack-chat.js";
import { fill, h, icon } from "../lib/dom.js";
import { t } from "../lib/words.js";

export class EmojiOrder {
  #grid = h("ol", { class: "pack-grid", "aria-label": t("pack.emoji") });
  #told = h("p", { class: "hidden", "aria-live": "polite" });
  #items = new Map();
  #emoji = [];
  #dragging = null;

  /** `on`: `moved(ids)` after a move, `tab(id)`, `show(id)`. */
  constructor(on) {
    this.on = on;
    this.element = h("section", { class: "pack-order" }, h("h2", {}, t("pack.emoji")), h("p", { class: "soft small" }, t("pack.hint")), this.#grid, this.#told);
  }

  /** Draws the emoji, each once: those that are there keep their element, and with it the focus. */
  draw(emoji, tab) {
    if (this.#dragging) return;
    this.element.hidden = !emoji.length;
    this.#emoji = emoji;
    const kept = new Map();
    for (const each of emoji) {
      const item = this.#items.get(each.id);
      kept.set(each.id, item?.dataset.url === each.url ? item : this.#item(each));
    }
    this.#items = kept;
    this.#place();
    for (const [id, item] of kept) item.querySelector(".pack-star").setAttribute("aria-pressed", String(id === tab));
  }

  /** Marks the one that is shown in the chat. */
  mark(id) {
    for (const [each, item] of this.#items) item.classList.toggle("shown", each === id);
  }

  #place() {
    const wanted = this.#emoji.map((each) => this.#items.get(each.id));
    // Moving an element takes its focus: only those that are elsewhere are moved.
    wanted.forEach((item, index) => this.#grid.children[index] === item || this.#grid.insertBefore(item, this.#grid.children[index] ?? null));
    while (this.#grid.children.length > wanted.length) this.#grid.lastChild.remove();
    wanted.forEach((item, index) => {
      const { label } = this.#emoji[index];
      item.querySelector(".pack-grip").setAttribute("aria-label", t("pack.move", { label, n: index + 1, count: wanted.length }));
      item.querySelector(".pack-number").textContent = String(index + 1);
    });
  }

  #item(emoji) {
    const { id, label, url, file } = emoji;
    const name = (key) => t(key, { label });
    return h("li", { class: "pack-item", data: { id, url } },
      h("button", { class: "pack-show behind", "aria-label": name("pack.show"), on: { click: () => this.on.show(id) } }, moving({ ...emoji, label: "" }, 120)),
      h("div", { class: "pack-label" }, h("span", { class: "pack-number soft" }), h("span", {}, label)),
      h("div", { class: "pack-tools" },
        h("button", { class: "quiet round pack-grip", on: { keydown: (event) => this.#key(event, id), pointerdown: (event) => this.#grab(event, id) } }, icon("grip")),
        h("button", { class: "quiet round pack-star", "aria-label": name("pack.tab"), title: name("pack.tab"), on: { click: () => this.on.tab(id) } }, icon("spark")),
        h("a", { class: "button quiet round", href: `${file}?download=true`, download: "", "aria-label": name("pack.save_one"), title: name("pack.save_one") }, icon("download"))));
  }

  #key(event, id) {
    const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const index = this.#emoji.findIndex((each) => each.id === id);
    if (!this.#shift(index, index + step)) return;
    this.#items.get(id).querySelector(".pack-grip").focus();
    fill(this.#told, t("pack.moved", { label: this.#emoji[index + step].label, n: index + step + 1 }));
    this.#commit();
  }

  #grab(event, id) {
    event.preventDefault();
    event.currentTarget.focus();
    const before = this.#ids().join();
    this.#dragging = id;
    this.#items.get(id).classList.add("dragged");
    // Heard from the window: an element that moves within its list loses what it captured.
    const ending = new AbortController();
    const drop = () => {
      ending.abort();
      this.#items.get(id)?.classList.remove("dragged");
      this.#dragging = null;
      if (this.#ids().join() !== before) this.#commit();
    };
    window.addEventListener("pointermove", (moved) => this.#over(moved), ending);
    window.addEventListener("pointerup", drop, ending);
    window.addEventListener("pointercancel", drop, ending);
  }

  #over({ clientX, clientY }) {
    const under = document.elementsFromPoint(clientX, clientY).map((each) => each.closest(".pack-item")).find(Boolean);
    if (!under || under.dataset.id === this.#dragging) return;
    const places = this.#ids();
    this.#shift(places.indexOf(this.#dragging), places.indexOf(under.dataset.id));
  }

  #shift(from, to) {
    if (to < 0 || to >= this.#emoji.length) return false;
    const emoji = [...this.#emoji];
    emoji.splice(to, 0, ...emoji.splice(from, 1));
    this.#emoji = emoji;
    this.#place();
    return true;
  }

  #ids() {
    return this.#emoji.map((each) => each.id);
  }

  #commit() {
    this.on.moved(this.#ids());
  }
}
