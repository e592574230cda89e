/** The rescued effects of a frame, each a chip to keep or drop. */

import { fill, h, icon } from "../lib/dom.js";
import { t } from "../lib/words.js";

const THUMB = 56;
const MARGIN = 12;
const MOST = 1000; // effects in one operation

/** The panel. `desk`: choice, frames, views, `operations()`, `commit(operation)`, `point(marks)`. */
export class Effects {
  #chips = new Map();
  #frame = -1;
  #drawn = 0;

  constructor(desk) {
    this.desk = desk;
    this.title = h("h2", {});
    this.list = h("ul", { class: "refine-chips" });
    const all = (kind) => h("button", { class: "quiet", on: { click: () => this.#switchAll(kind) } }, t(`refine.${kind}_all`));
    this.buttons = h("div", { class: "row" }, all("keep_effect"), all("drop_effect"));
    this.element = h("section", { class: "refine-effects", "aria-label": t("refine.effects") },
      h("div", { class: "row apart" }, this.title, this.buttons), this.list);
  }

  /** Shows the frame's effects as the operations leave them. */
  show() {
    const { frame } = this.desk.choice;
    const listed = this.desk.frames.listed[frame] ?? [];
    if (frame !== this.#frame) this.#build(frame, listed);
    this.title.textContent = t("refine.effects_of", { n: listed.length, frame: frame + 1 });
    this.buttons.hidden = !listed.length;
    const dropped = this.#dropped(frame);
    for (const [number, chip] of this.#chips) {
      chip.button.setAttribute("aria-pressed", !dropped.has(number));
      chip.state.textContent = t(dropped.has(number) ? "refine.effect_dropped" : "refine.effect_kept");
    }
  }

  #build(frame, listed) {
    this.#frame = frame;
    this.#chips = new Map(listed.map((effect, i) => [i + 1, this.#chip(frame, i + 1, effect)]));
    const empty = h("li", { class: "soft small" }, t(this.desk.frames.listed.some((each) => each.length) ? "refine.no_effects_here" : "refine.no_effects"));
    fill(this.list, this.#chips.size ? [...this.#chips.values()].map((chip) => chip.item) : empty);
    this.#paint(frame, listed);
  }

  #chip(frame, number, { box, score, evidence }) {
    const canvas = Object.assign(h("canvas", { class: "behind" }), { width: 2 * THUMB, height: 2 * THUMB });
    const state = h("b", {});
    const why = t("refine.evidence", { why: t(`refine.evidence_${evidence}`), percent: Math.round(100 * score) });
    const mark = (shown) => this.desk.point(shown ? [outline(box)] : []);
    const on = {
      click: () => this.#switch(number), pointerenter: () => mark(true), pointerleave: () => mark(false),
      focus: () => mark(true), blur: () => mark(false),
    };
    const button = h("button", { class: "refine-chip", on }, canvas, h("span", {}, state, h("span", { class: "small soft" }, why)),
      icon("check"));
    return { canvas, state, button, item: h("li", {}, button) };
  }

  async #paint(frame, listed) {
    const drawing = (this.#drawn += 1);
    if (!listed.length) return;
    const { frames } = this.desk;
    const [numbers, rescued] = await Promise.all([frames.effects(frame), frames.rescued(frame)]);
    if (drawing !== this.#drawn) return;
    for (const [number, chip] of this.#chips) cut(chip.canvas, number, numbers, rescued);
  }

  #switch(number) {
    const { choice, frames } = this.desk;
    const kind = this.#dropped(choice.frame).has(number) ? "keep_effect" : "drop_effect";
    const effects = choice.everywhere ? kin(frames.listed, choice.frame, number) : [{ frame: choice.frame, number }];
    this.desk.commit({ kind, effects });
  }

  #switchAll(kind) {
    const { choice, frames } = this.desk;
    const wanted = frames.listed.flatMap((listed, frame) =>
      choice.everywhere || frame === choice.frame ? listed.map((_, i) => ({ frame, number: i + 1 })) : []);
    for (let start = 0; start < wanted.length; start += MOST) {
      this.desk.commit({ kind, effects: wanted.slice(start, start + MOST) });
    }
  }

  #dropped(frame) {
    const listed = this.desk.frames.listed[frame] ?? [];
    const dropped = new Set(listed.flatMap((effect, i) => (effect.dropped ? [i + 1] : [])));
    for (const { kind, effects } of this.desk.operations()) {
      for (const each of effects) {
        if (each.frame !== frame) continue;
        if (kind === "drop_effect") dropped.add(each.number);
        else dropped.delete(each.number);
      }
    }
    return dropped;
  }
}

const outline = ([left, top, right, bottom]) =>
  ({ shape: "rect", x: left - 2, y: top - 2, width: right - left + 4, height: bottom - top + 4, rx: 4, class: "refine-box" });

/** An effect and what it is in the frames before and after, for as long as something lies where it was. */
export function kin(listed, frame, number) {
  const found = [{ frame, number }];
  for (const step of [1, -1]) {
    let box = listed[frame][number - 1].box;
    for (let at = frame + step; at >= 0 && at < listed.length; at += step) {
      const shares = listed[at].map((each) => overlap(box, each.box));
      const best = shares.indexOf(Math.max(...shares));
      if (best < 0 || shares[best] <= 0) break;
      found.push({ frame: at, number: best + 1 });
      box = listed[at][best].box;
    }
  }
  return found.sort((one, other) => one.frame - other.frame);
}

/** Two boxes' common area over that of both. */
function overlap([l, t_, r, b], [l2, t2, r2, b2]) {
  const common = Math.max(0, Math.min(r, r2) - Math.max(l, l2)) * Math.max(0, Math.min(b, b2) - Math.max(t_, t2));
  return common / ((r - l) * (b - t_) + (r2 - l2) * (b2 - t2) - common);
}

/** Draws an effect alone, as large as its canvas lets it be. */
function cut(canvas, number, numbers, { data, width, height }) {
  const box = { left: width, top: height, right: 0, bottom: 0 };
  const pixels = new ImageData(width, height);
  for (const [at, owner] of numbers.entries()) {
    if (owner !== number) continue;
    const [x, y] = [at % width, Math.floor(at / width)];
    Object.assign(box, { left: Math.min(box.left, x), top: Math.min(box.top, y), right: Math.max(box.right, x + 1), bottom: Math.max(box.bottom, y + 1) });
    pixels.data.set(data.subarray(4 * at, 4 * at + 4), 4 * at);
  }
  const [wide, high] = [box.right - box.left, box.bottom - box.top];
  if (wide <= 0) return;
  const small = Object.assign(document.createElement("canvas"), { width: wide, height: high });
  small.getContext("2d").putImageData(pixels, -box.left, -box.top);
  const scale = Math.min((canvas.width - MARGIN) / wide, (canvas.height - MARGIN) / high, 4);
  const [x, y] = [(canvas.width - wide * scale) / 2, (canvas.height - high * scale) / 2];
  canvas.getContext("2d").drawImage(small, x, y, wide * scale, high * scale);
}
