/** The rescued effects of a frame, each a chip to keep or drop. */

import { fill, h, icon } from "../lib/dom.js";
import { current, t } from "../lib/words.js";

const THUMB = 56;
const MOST = 1000; // effects in one operation
const REACH = 12; // pixels that an effect may spread beyond its box

/** The panel. `desk`: choice, frames, views, `operations()`, `commit(operation)`, `point(marks)`. */
export class Effects {
  #chips = new Map();
  #frame = -1;
  #drawn = 0;

  constructor(desk) {
    this.desk = desk;
    this.title = h("h2", {});
    this.list = h("ul", { class: "refine-chips" });
    const all = (kind) => h("button", { on: { click: () => this.#switchAll(kind) } }, t(`refine.${kind}_all`));
    this.buttons = h("div", { class: "row" }, all("keep_effect"), all("drop_effect"));
    this.element = h("section", { class: "refine-effects card", "aria-label": t("refine.effects") }, this.title, this.list, this.buttons);
  }

  /** Shows the frame's effects as the operations leave them. */
  show() {
    const { frame } = this.desk.choice;
    const listed = this.desk.frames.listed[frame] ?? [];
    if (frame !== this.#frame) this.#build(frame, listed);
    this.title.textContent = listed.length ? t("refine.effects_of", { n: listed.length }) : t("refine.effects");
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
    const why = t("refine.evidence", { why: t(`refine.evidence_${evidence}`), percent: new Intl.NumberFormat(current(), { style: "percent" }).format(score) });
    const mark = (shown) => this.desk.point(shown ? [outline(box)] : []);
    const on = {
      click: () => this.#switch(number), pointerenter: () => mark(true), pointerleave: () => mark(false),
      focus: () => mark(true), blur: () => mark(false),
    };
    const button = h("button", { class: "refine-chip", on }, canvas, h("span", {}, h("span", { class: "refine-verdict" }, icon("check"), state), h("span", { class: "small soft" }, why)));
    return { canvas, state, button, item: h("li", {}, button) };
  }

  async #paint(frame, listed) {
    const drawing = (this.#drawn += 1);
    if (!listed.length) return;
    const { frames } = this.desk;
    const [numbers, rescued] = await Promise.all([frames.effects(frame), frames.rescued(frame)]);
    if (drawing !== this.#drawn) return;
    for (const [number, chip] of this.#chips) cut(chip.canvas, listed[number - 1].box, number, numbers, rescued);
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

/** Draws an effect alone, as large as its canvas lets it be. `box`: its own pixels; what it put back lies around them. */
function cut(canvas, box, number, numbers, { data, width, height }) {
  const [left, top] = [Math.max(0, box[0] - REACH), Math.max(0, box[1] - REACH)];
  const [right, bottom] = [Math.min(width, box[2] + REACH), Math.min(height, box[3] + REACH)];
  const pixels = new ImageData(right - left, bottom - top);
  for (let y = top; y < bottom; y += 1) {
    for (let x = left; x < right; x += 1) {
      const at = y * width + x;
      if (numbers[at] === number) pixels.data.set(data.subarray(4 * at, 4 * at + 4), 4 * ((y - top) * pixels.width + x - left));
    }
  }
  const small = Object.assign(document.createElement("canvas"), { width: pixels.width, height: pixels.height });
  small.getContext("2d").putImageData(pixels, 0, 0);
  const scale = Math.min(canvas.width / small.width, canvas.height / small.height, 4);
  const [wide, high] = [small.width * scale, small.height * scale];
  canvas.getContext("2d").drawImage(small, (canvas.width - wide) / 2, (canvas.height - high) / 2, wide, high);
}
