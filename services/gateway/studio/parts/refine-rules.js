/**
 * What operations do to the pixels of a frame: the rules that the server applies an edit by, so that what is seen is what
 * Apply makes. Pixels are straight RGBA, 8 bits.
 */

const EFFECTIVE = new Set(["drop_effect", "keep_effect"]);

/** Whether an operation speaks of a frame. */
export function touches(operation, frame) {
  if (EFFECTIVE.has(operation.kind)) return operation.effects.some((each) => each.frame === frame);
  return !operation.frames.length || operation.frames.includes(frame);
}

/** An operation with every field that the server tells, so that two of them can be compared as text. */
export function whole({ kind, frames = [], box = null, strokes = [], mask = "", effects = [] }) {
  return {
    kind, frames, mask,
    box: box && { left: box.left, top: box.top, right: box.right, bottom: box.bottom },
    strokes: strokes.map(({ points, radius }) => ({ points, radius })),
    effects: effects.map(({ frame, number }) => ({ frame, number })),
  };
}

/** The operation as text; `seq` is its place alone. */
export const text = (operation) => JSON.stringify(whole(operation));

/** How much of each pixel of a frame a region holds, 0 to 1. */
export class Cover {
  constructor(width, height) {
    this.width = width;
    this.height = height;
    this.values = new Float32Array(width * height);
    /** What holds all of it. */
    this.box = { left: width, top: height, right: 0, bottom: 0 };
  }

  /** Adds what a round brush goes over on a straight way; answers the box that may have changed. */
  line(from, to, radius) {
    const { width, values } = this;
    const reach = radius + 0.5;
    const box = this.#within(from, to, reach);
    this.#hold(box);
    const [dx, dy] = [to.x - from.x, to.y - from.y];
    const length = dx * dx + dy * dy || 1;
    for (let y = box.top; y < box.bottom; y += 1) {
      for (let x = box.left; x < box.right; x += 1) {
        const [px, py] = [x + 0.5 - from.x, y + 0.5 - from.y];
        const along = Math.min(1, Math.max(0, (px * dx + py * dy) / length));
        const cover = reach - Math.hypot(px - along * dx, py - along * dy);
        const at = y * width + x;
        if (cover > values[at]) values[at] = Math.min(1, cover);
      }
    }
    return box;
  }

  /** Adds a whole stroke. */
  stroke({ points, radius }) {
    const places = points.map(([x, y]) => ({ x, y }));
    for (const [i, place] of places.entries()) this.line(places[Math.max(0, i - 1)], place, radius);
  }

  /** Adds a mask: grey levels of every pixel. */
  mask(levels) {
    for (let at = 0; at < levels.length; at += 1) this.values[at] = levels[at] / 255;
    this.#hold({ left: 0, top: 0, right: this.width, bottom: this.height });
  }

  #hold({ left, top, right, bottom }) {
    const { box } = this;
    this.box = {
      left: Math.min(box.left, left), top: Math.min(box.top, top),
      right: Math.max(box.right, right), bottom: Math.max(box.bottom, bottom),
    };
  }

  #within(from, to, reach) {
    return {
      left: Math.max(0, Math.floor(Math.min(from.x, to.x) - reach)),
      top: Math.max(0, Math.floor(Math.min(from.y, to.y) - reach)),
      right: Math.min(this.width, Math.ceil(Math.max(from.x, to.x) + reach)),
      bottom: Math.min(this.height, Math.ceil(Math.max(from.y, to.y) + reach)),
    };
  }
}

/**
 * Changes the pixels of a frame by an operation. `sources`: `width`, `height`, `frame`; `pristine` and `rescued`, the
 * frame's pixels; `effects`, the number of the effect that put each pixel back, or null; `masks`, grey levels by key;
 * `blank`, the pixels of nothing but background where the picture has no alpha, else null.
 */
export function apply(pixels, operation, sources) {
  if (EFFECTIVE.has(operation.kind)) return switchEffects(pixels, operation, sources);
  const { width, height } = sources;
  const wanted = aim(operation.kind, sources);
  if (operation.strokes.length || operation.mask) {
    const cover = new Cover(width, height);
    for (const stroke of operation.strokes) cover.stroke(stroke);
    if (operation.mask) cover.mask(sources.masks.get(operation.mask));
    return blend(pixels, pixels, wanted, cover, cover.box);
  }
  const box = operation.box ?? { left: 0, top: 0, right: width, bottom: height };
  return fillBox(pixels, wanted, box, width, height);
}

/** The pixels that erasing or restoring leads to; null for nothing at all. */
export const aim = (kind, { pristine, blank }) => (kind === "restore" ? pristine : blank);

/** Mixes wanted pixels in by a cover, within a box: `target` becomes `base` changed. Both may be the same. */
export function blend(target, base, wanted, cover, box) {
  for (let y = box.top; y < box.bottom; y += 1) {
    for (let x = box.left; x < box.right; x += 1) {
      const at = y * cover.width + x;
      mix(target, base, wanted, 4 * at, cover.values[at]);
    }
  }
}

/** One pixel on its way from what it is to what is wanted (null: nothing), by weight of alpha. */
function mix(target, base, wanted, at, share) {
  if (share <= 0 || share >= 1) {
    const from = share <= 0 ? base : wanted;
    for (let i = at; i < at + 4; i += 1) target[i] = from ? from[i] : 0;
    return;
  }
  const here = base[at + 3] * (1 - share);
  const there = wanted ? wanted[at + 3] * share : 0;
  const alpha = Math.round(here + there);
  for (let i = at; i < at + 3; i += 1) {
    target[i] = alpha ? Math.round((base[i] * here + (wanted ? wanted[i] * there : 0)) / (here + there)) : 0;
  }
  target[at + 3] = alpha;
}

function fillBox(pixels, wanted, box, width, height) {
  const [left, right] = [Math.min(box.left, width), Math.min(box.right, width)];
  for (let y = box.top; y < Math.min(box.bottom, height); y += 1) {
    const [start, end] = [4 * (y * width + left), 4 * (y * width + right)];
    if (wanted) pixels.set(wanted.subarray(start, end), start);
    else pixels.fill(0, start, end);
  }
}

function switchEffects(pixels, operation, { frame, effects, pristine, rescued }) {
  const numbers = new Set(operation.effects.filter((each) => each.frame === frame).map((each) => each.number));
  const from = operation.kind === "drop_effect" ? pristine : rescued;
  for (let at = 0; at < (effects?.length ?? 0); at += 1) {
    if (!effects[at] || !numbers.has(effects[at])) continue;
    for (let i = 4 * at; i < 4 * at + 4; i += 1) pixels[i] = from[i];
  }
}
