/** The frame and its result side by side: one zoom, one place, one cursor for both. */

import { h } from "../lib/dom.js";
import { t } from "../lib/words.js";

const SVG = "http://www.w3.org/2000/svg";
const MOST = 24; // times fitted
const MOMENT = 900; // ms

export class LinkedViews {
  #observer = new ResizeObserver(() => this.#resized());
  #fitted = true;
  #scale = 1;
  #x = 0;
  #y = 0;
  #shown = null;

  constructor(width, height) {
    [this.width, this.height] = [width, height];
    this.original = new Pane(t("refine.original"), width, height);
    this.result = new Pane(t("refine.result"), width, height);
    this.panes = [this.original, this.result];
    this.element = h("div", { class: "refine-views" }, this.panes.map((pane) => pane.element));
    this.#observer.observe(this.original.field);
  }

  close() {
    this.#observer.disconnect();
  }

  /** Frame pixels of one screen pixel. */
  get unit() {
    return 1 / this.#scale;
  }

  get zoom() {
    return this.#scale / this.#fit();
  }

  /** Where in the frame a place on the screen is: pixels, the middle of the first is 0.5. */
  at(event) {
    const box = event.target.closest(".refine-field").getBoundingClientRect();
    return { x: (event.clientX - box.left - this.#x) / this.#scale, y: (event.clientY - box.top - this.#y) / this.#scale };
  }

  /** Zooms by a factor and keeps a place of the frame where it is; without one the middle. */
  zoomBy(factor, place) {
    const least = this.#fit();
    const scale = Math.min(MOST * least, Math.max(least, this.#scale * factor));
    const { x, y } = place ?? this.middle;
    this.#move(scale, this.#x + x * (this.#scale - scale), this.#y + y * (this.#scale - scale));
  }

  /** Moves what is shown by screen pixels. */
  panBy(dx, dy) {
    this.#move(this.#scale, this.#x + dx, this.#y + dy);
  }

  /** The whole frame again. */
  fit() {
    this.#move(this.#fit(), 0, 0);
  }

  /** The middle of what is shown, as a place of the frame. */
  get middle() {
    const { clientWidth, clientHeight } = this.original.field;
    return { x: (clientWidth / 2 - this.#x) / this.#scale, y: (clientHeight / 2 - this.#y) / this.#scale };
  }

  /** The cursor on both, at a place of the frame, with a ring of some frame pixels; null takes it away. */
  point(place, ring = 0) {
    clearTimeout(this.#shown);
    this.element.toggleAttribute("data-cursor", Boolean(place));
    if (!place) return;
    const style = this.element.style;
    style.setProperty("--cursor-x", `${this.#x + place.x * this.#scale}px`);
    style.setProperty("--cursor-y", `${this.#y + place.y * this.#scale}px`);
    style.setProperty("--ring", `${2 * ring * this.#scale}px`);
  }

  /** Shows a ring of some frame pixels in the middle for a moment. */
  preview(ring) {
    this.point(this.middle, ring);
    clearTimeout(this.#shown);
    this.#shown = setTimeout(() => this.point(null), MOMENT);
  }

  /** Draws lines over both: [{shape: "rect" | "circle", class, ...attributes}], in frame pixels. */
  mark(marks) {
    for (const pane of this.panes) pane.mark(marks);
  }

  /** Tints what a mask holds, on both; null takes it away. */
  tint(levels) {
    for (const pane of this.panes) pane.tint(levels);
  }

  #fit() {
    const { clientWidth, clientHeight } = this.original.field;
    return Math.max(0.05, Math.min(clientWidth / this.width, clientHeight / this.height));
  }

  #resized() {
    if (this.#fitted) this.fit();
    else this.#move(this.#scale, this.#x, this.#y);
  }

  #move(scale, x, y) {
    const { clientWidth, clientHeight } = this.original.field;
    const [wide, high] = [this.width * scale, this.height * scale];
    this.#scale = scale;
    this.#x = inside(x, clientWidth, wide);
    this.#y = inside(y, clientHeight, high);
    this.#fitted = scale <= this.#fit() * 1.001;
    const style = this.element.style;
    for (const [name, value] of [["--x", this.#x], ["--y", this.#y], ["--wide", wide], ["--high", high]]) {
      style.setProperty(name, `${value}px`);
    }
    style.setProperty("--unit", 1 / scale);
    this.element.toggleAttribute("data-close", scale * devicePixelRatio >= 3);
    this.element.dispatchEvent(new Event("moved"));
  }
}

/** Centred where there is room, else without a gap at the edges. */
const inside = (offset, room, size) => (size <= room ? (room - size) / 2 : Math.min(0, Math.max(room - size, offset)));

class Pane {
  constructor(name, width, height) {
    const sized = (props) => Object.assign(h("canvas", props), { width, height });
    this.canvas = sized({ class: "refine-picture" });
    this.overlay = sized({ class: "refine-tint", hidden: true });
    this.marks = document.createElementNS(SVG, "svg");
    this.marks.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.marks.setAttribute("class", "refine-marks");
    this.stage = h("div", { class: "refine-stage behind" }, this.canvas, this.overlay, this.marks);
    this.field = h("div", { class: "refine-field", role: "application", tabindex: 0, "aria-label": name, "aria-description": t("refine.field") }, this.stage,
      h("i", { class: "refine-cross" }), h("i", { class: "refine-ring" }));
    this.element = h("figure", { class: "refine-pane" }, h("figcaption", {}, name), this.field);
    this.context = this.canvas.getContext("2d", { willReadFrequently: true });
  }

  /** Draws a picture. */
  draw(picture) {
    this.context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    this.context.drawImage(picture, 0, 0, this.canvas.width, this.canvas.height);
  }

  /** Puts pixels, all or those of a box. */
  put(pixels, box) {
    if (!box) this.context.putImageData(pixels, 0, 0);
    else this.context.putImageData(pixels, 0, 0, box.left, box.top, box.right - box.left, box.bottom - box.top);
  }

  mark(marks) {
    this.marks.replaceChildren(...marks.map(({ shape, ...attributes }) => {
      const element = document.createElementNS(SVG, shape);
      for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
      return element;
    }));
  }

  tint(levels) {
    this.overlay.hidden = !levels;
    if (!levels) return;
    const { width, height } = this.overlay;
    const pixels = new ImageData(width, height);
    for (let at = 0; at < levels.length; at += 1) pixels.data.set([255, 60, 140, Math.round(levels[at] * 0.55)], 4 * at);
    this.overlay.getContext("2d").putImageData(pixels, 0, 0);
  }
}
