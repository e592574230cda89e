/** All frames in a row: pick one, step through them, or let them play. */

import { fill, h, icon } from "../lib/dom.js";
import { t } from "../lib/words.js";
import { touches } from "./refine-rules.js";

const SIDE = 128;
const PAUSE = "M8 5v14M16 5v14";

/** The strip. `desk`: choice, frames, `operations()`. */
export class Strip {
  #items = [];
  #timer = null;
  #drawn = 0;
  #seen = [];
  #easel;

  constructor(desk) {
    this.desk = desk;
    this.#easel = Object.assign(document.createElement("canvas"), { width: desk.frames.width, height: desk.frames.height });
    this.play = h("button", { class: "round", on: { click: () => this.#toggle() } });
    this.place = h("output", { class: "small soft" });
    this.list = h("ol", { class: "refine-frames" });
    this.element = h("section", { class: "refine-strip", "aria-label": t("refine.frames"), hidden: desk.frames.count < 2 },
      h("div", { class: "refine-play" }, this.play, this.place), this.list);
    for (let index = 0; index < desk.frames.count; index += 1) this.#items.push(this.#item(index));
    fill(this.list, this.#items.map((item) => item.item));
    this.#face();
  }

  close() {
    clearInterval(this.#timer);
    this.#drawn += 1;
  }

  /** Marks the frame that is shown. */
  show() {
    const { frame } = this.desk.choice;
    this.place.textContent = t("refine.frame_of", { frame: frame + 1, n: this.desk.frames.count });
    for (const [index, { button }] of this.#items.entries()) {
      if (index === frame) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
      button.tabIndex = index === frame ? 0 : -1;
    }
    const { button } = this.#items[frame];
    const row = this.list;
    row.scrollTo({ left: button.offsetLeft - row.offsetLeft - (row.clientWidth - button.clientWidth) / 2, behavior: this.#timer ? "instant" : "smooth" });
  }

  /** Goes some frames on, around the loop. */
  step(by) {
    const { choice, frames } = this.desk;
    choice.set({ frame: (choice.frame + by + frames.count) % frames.count });
  }

  stop() {
    clearInterval(this.#timer);
    this.#timer = null;
    this.#face();
  }

  /** Draws the small pictures that the operations have changed, one after the other. */
  async draw() {
    const drawing = (this.#drawn += 1);
    const operations = this.desk.operations();
    for (const [index, { canvas }] of this.#items.entries()) {
      const wanted = operations.filter((each) => touches(each, index));
      const seen = this.#seen[index];
      if (seen?.length === wanted.length && seen.every((each, i) => each === wanted[i])) continue;
      const picture = await (wanted.length ? this.#touched(index, operations) : this.desk.frames.untouched(index));
      if (drawing !== this.#drawn) return;
      this.#seen[index] = wanted;
      const context = canvas.getContext("2d");
      context.clearRect(0, 0, SIDE, SIDE);
      context.drawImage(picture, 0, 0, SIDE, SIDE);
    }
  }

  async #touched(index, operations) {
    const pixels = await this.desk.frames.result(index, operations);
    this.#easel.getContext("2d").putImageData(pixels, 0, 0);
    return this.#easel;
  }

  #item(index) {
    const canvas = Object.assign(h("canvas", { class: "behind" }), { width: SIDE, height: SIDE });
    const choose = () => (this.stop(), this.desk.choice.set({ frame: index }));
    const button = h("button", { "aria-label": t("refine.frame", { frame: index + 1 }), on: { click: choose } }, canvas, h("span", { "aria-hidden": "true" }, index + 1));
    return { canvas, button, item: h("li", {}, button) };
  }

  #toggle() {
    if (this.#timer) return this.stop();
    this.#timer = setInterval(() => this.step(1), this.desk.frames.delay);
    this.#face();
  }

  /** Focus follows the frame where it is on a frame. */
  focus() {
    if (this.list.contains(document.activeElement)) this.#items[this.desk.choice.frame].button.focus({ preventScroll: true });
  }

  #face() {
    const glyph = icon("play");
    if (this.#timer) glyph.firstChild.setAttribute("d", PAUSE);
    this.play.setAttribute("aria-label", t(this.#timer ? "refine.pause" : "refine.play"));
    fill(this.play, glyph);
  }
}
