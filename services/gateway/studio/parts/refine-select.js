/** Selecting by clicks: the server says which region the points mean; it is shown, and then erased or restored. */

import * as api from "../lib/api.js";
import { complain } from "../lib/notices.js";

/** The select tool. `desk` as of the brush, and `edit` (its id). Dispatches `change` when there is another selection. */
export class Selector extends EventTarget {
  points = [];
  mask = null;
  busy = false;
  #asking = null;

  constructor(desk) {
    super();
    this.desk = desk;
  }

  start(place) {
    const { width, height } = this.desk.frames;
    if (place.x < 0 || place.y < 0 || place.x >= width || place.y >= height) return;
    const round = (value) => Math.floor(100 * value) / 100;
    this.points = [...this.points, { x: round(place.x), y: round(place.y), keep: this.points.length === 0 || this.desk.choice.keep }];
    this.#ask();
  }

  move() {}

  end() {}

  cancel() {
    this.clear();
  }

  /** The same points by another way of choosing. */
  again() {
    if (this.points.length) this.#ask();
  }

  /** Takes the last point back. */
  less() {
    this.points = this.points.slice(0, -1);
    if (this.points.length) this.#ask();
    else this.clear();
  }

  clear() {
    this.#asking?.abort();
    this.points = [];
    this.desk.choice.set({ keep: true });
    this.#show(null);
  }

  /** Erases or restores what is selected. */
  use(kind) {
    if (!this.mask) return;
    const mask = this.mask.key;
    this.clear();
    this.desk.commit({ kind, mask });
  }

  /** What to draw of it. */
  get marks() {
    const radius = 6 * this.desk.views.unit;
    return this.points.map(({ x, y, keep }) => ({ shape: "circle", cx: x, cy: y, r: radius, class: keep ? "refine-keep" : "refine-not" }));
  }

  async #ask() {
    this.#asking?.abort();
    const asking = (this.#asking = new AbortController());
    this.busy = true;
    this.#tell();
    const { choice, edit, frames } = this.desk;
    const body = { frame: choice.frame, points: this.points, tool: choice.picker };
    try {
      const found = await api.post(`/v1/edits/${edit}/select`, body, { repeatable: true, signal: asking.signal });
      const levels = await frames.mask(found.mask.url);
      if (asking.signal.aborted) return;
      if (levels.some(Boolean)) this.#show(found.mask, levels);
      else this.#show(null);
    } catch (problem) {
      if (asking.signal.aborted) return;
      complain(problem);
      this.points = this.points.slice(0, -1);
      if (this.points.length) this.#show(this.mask, this.levels);
      else this.#show(null);
    }
  }

  #show(mask, levels = null) {
    this.busy = false;
    this.mask = mask;
    this.levels = levels;
    this.desk.views.tint(levels);
    this.#tell();
  }

  #tell() {
    this.desk.remark();
    this.dispatchEvent(new Event("change"));
  }
}
