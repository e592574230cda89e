/** The tools that draw: the brush, seen as it goes, and the box. Each ends in one operation. */

import { Cover, aim, blend, whole } from "./refine-rules.js";

const POINTS_MOST = 900; // the server takes 1,000 in one operation

/** A quarter of a pixel is exact in what the server keeps, so what comes back is what was sent. */
const exact = (value) => Math.round(4 * value) / 4;
const exactly = ({ x, y }) => ({ x: exact(x), y: exact(y) });

/** The brush. `desk`: choice, frames, views, `shown()` (pixels of the frame), `commit(operation)`. */
export class Brush {
  #stroke = null;

  constructor(desk) {
    this.desk = desk;
  }

  async start(place) {
    const { choice, frames } = this.desk;
    const stroke = { points: [], radius: choice.radius, kind: choice.mode, frame: choice.frame, late: [exactly(place)] };
    this.#stroke = stroke;
    stroke.base = this.desk.shown();
    stroke.cover = new Cover(frames.width, frames.height);
    stroke.pixels = new ImageData(new Uint8ClampedArray(stroke.base.data), frames.width, frames.height);
    stroke.sources = await frames.sources(choice.frame, [whole({ kind: choice.mode })]);
    this.#draw(stroke);
  }

  move(places) {
    const stroke = this.#stroke;
    if (!stroke) return;
    stroke.late.push(...places.map(exactly));
    this.#draw(stroke);
    if (stroke.points.length >= POINTS_MOST) {
      this.end();
      this.start(stroke.points.at(-1));
    }
  }

  end() {
    const stroke = this.#stroke;
    this.#stroke = null;
    if (!stroke) return;
    this.#add(stroke, stroke.late);
    const { points, radius, kind } = stroke;
    this.desk.commit({ kind, strokes: [{ points: points.map(({ x, y }) => [x, y]), radius }] });
  }

  cancel() {
    if (!this.#stroke) return;
    this.#stroke = null;
    this.desk.redraw();
  }

  /** Goes on over other pixels of the frame: those of an operation that was still being drawn. */
  onto(pixels) {
    const stroke = this.#stroke;
    if (!stroke?.sources) return pixels;
    stroke.base = pixels;
    stroke.pixels.data.set(pixels.data);
    blend(stroke.pixels.data, pixels.data, aim(stroke.kind, stroke.sources), stroke.cover, stroke.cover.box);
    return stroke.pixels;
  }

  /** Shows what came since the last time; before the pristine pixels are there, it waits. */
  #draw(stroke) {
    if (!stroke.sources || (this.#stroke !== stroke && !stroke.late.length)) return;
    for (const box of this.#add(stroke, stroke.late)) {
      blend(stroke.pixels.data, stroke.base.data, aim(stroke.kind, stroke.sources), stroke.cover, box);
      if (this.#stroke === stroke && this.desk.choice.frame === stroke.frame) this.desk.views.result.put(stroke.pixels, box);
    }
  }

  #add(stroke, places) {
    stroke.late = [];
    const boxes = [];
    const step = Math.max(0.5, stroke.radius / 8);
    for (const place of places) {
      const last = stroke.points.at(-1);
      if (last && Math.hypot(place.x - last.x, place.y - last.y) < step) continue;
      stroke.points.push(place);
      boxes.push(stroke.cover.line(last ?? place, place, stroke.radius));
    }
    return boxes;
  }
}

/** The box. */
export class Boxes {
  #from = null;
  #to = null;

  constructor(desk) {
    this.desk = desk;
  }

  start(place) {
    this.#from = this.#to = place;
  }

  move(places) {
    this.#to = places.at(-1);
    const { left, top, right, bottom } = this.#box();
    this.desk.views.mark([{ shape: "rect", x: left, y: top, width: right - left, height: bottom - top, class: "refine-box" }]);
  }

  end() {
    const box = this.#box();
    this.cancel();
    if (box.left < box.right && box.top < box.bottom) this.desk.commit({ kind: this.desk.choice.mode, box });
  }

  cancel() {
    this.#from = this.#to = null;
    this.desk.remark();
  }

  #box() {
    const { width, height } = this.desk.frames;
    const [from, to] = [this.#from, this.#to];
    const bound = (value, most) => Math.min(most, Math.max(0, Math.round(value)));
    return {
      left: bound(Math.min(from.x, to.x), width), right: bound(Math.max(from.x, to.x), width),
      top: bound(Math.min(from.y, to.y), height), bottom: bound(Math.max(from.y, to.y), height),
    };
  }
}
