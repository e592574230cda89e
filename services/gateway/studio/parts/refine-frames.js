/** The frames of a run: their pictures and pixels, read when they are wanted, and the results of an edit on them. */

import * as connection from "../lib/connection.js";
import { apply, touches } from "./refine-rules.js";

const KEPT_BYTES = 120_000_000;

/** The last used of what is costly to make. */
class Recent {
  #kept = new Map();
  #most;

  constructor(most) {
    this.#most = most;
  }

  get(key, make) {
    const found = this.#kept.get(key) ?? make();
    this.#kept.delete(key);
    this.#kept.set(key, found);
    if (this.#kept.size > this.#most) this.#kept.delete(this.#kept.keys().next().value);
    // What failed is tried again when it is wanted again.
    Promise.resolve(found).catch(() => this.#kept.delete(key));
    return found;
  }
}

/** Where the pictures of an edit's base are: functions from a frame's number to its address. */
export function places(action, base) {
  const run = find(action, base.stage, base.run);
  const home = folder(run);
  if (base.stage === "startframe") {
    const take = `${home}takes/${base.take}.png`;
    const pristine = run.backend === "edit" ? `${home}pristine.png` : take;
    return { count: 1, seconds: 1, solid: true, original: () => pristine, pristine: () => pristine, finished: () => take, rescued: () => take };
  }
  const motion = find(action, "motion", run.inputs[0].run);
  const name = (index, kind = "frames") => `${kind}/${String(index).padStart(4, "0")}.png`;
  return {
    count: run.details.frames,
    seconds: motion.details.seconds,
    original: (index) => folder(motion) + name(index),
    pristine: (index) => `${home}pristine/${name(index)}`,
    finished: (index) => `${home}finished/${name(index)}`,
    // An edited matte keeps what the rescue had made, so that effects can come back.
    rescued: (index) => `${home}${run.backend === "edit" ? "rescued" : "finished"}/${name(index)}`,
    effects: (index) => home + name(index, "effects"),
    effectsList: `${home}effects.json`,
  };
}

const find = (action, stage, number) => action.runs.find((run) => run.stage === stage && run.number === number);
const folder = (run) => run.manifest.url.replace(/manifest\.json$/, "");

/** Frames by number. `places` as above; `listed`: per frame, the effects that effects.json lists. */
export class Frames {
  #places;
  #pictures;
  #pixels;
  #results;
  #blank = null;

  constructor(places, listed, first) {
    this.#places = places;
    this.listed = listed;
    this.count = places.count;
    this.delay = (1000 * places.seconds) / places.count;
    [this.width, this.height] = [first.width, first.height];
    const most = Math.max(8, Math.floor(KEPT_BYTES / (4 * first.width * first.height)));
    this.#pictures = new Recent(most);
    this.#pixels = new Recent(most);
    this.#results = new Recent(most);
  }

  /** Reads the first frame, which tells the size. */
  static async open(places, listed) {
    return new Frames(places, listed, await picture(places.finished(0)));
  }

  /** The frame before its matte, to draw. */
  original(index) {
    return this.#picture(this.#places.original(index));
  }

  /** The frame as its matte was finished, to draw. */
  untouched(index) {
    return this.#picture(this.#places.finished(index));
  }

  pristine(index) {
    return this.#read(this.#places.pristine(index));
  }

  finished(index) {
    return this.#read(this.#places.finished(index));
  }

  /** The frame with every effect that was rescued. */
  rescued(index) {
    return this.#read(this.#places.rescued(index));
  }

  /** The number of the effect that put each pixel back; null where the frame has none. */
  effects(index) {
    return this.listed[index]?.length ? this.mask(this.#places.effects(index)) : null;
  }

  /** Grey levels of a picture. */
  mask(url) {
    return this.#pixels.get(url, async () => grey(pixelsOf(await this.#picture(url))));
  }

  /** A frame after operations: pixels that must not be changed. */
  async result(index, operations) {
    const wanted = operations.filter((each) => touches(each, index));
    const kept = this.#results.get(index, () => ({ done: null, pixels: null, line: Promise.resolve() }));
    // One after the other: each may go on from what the one before made.
    kept.line = kept.line.catch(() => {}).then(() => this.#bring(kept, index, wanted));
    await kept.line;
    return kept.pixels;
  }

  /** What the rules have to know of a frame for some operations, and no more: what was not read yet cannot be offline. */
  async sources(index, operations) {
    const masks = new Map();
    for (const { mask } of operations) if (mask) masks.set(mask, await this.mask(`/v1/artifacts/${mask}`));
    const wants = (...kinds) => operations.some((each) => kinds.includes(each.kind));
    const { width, height } = this;
    const { solid } = this.#places;
    const [pristine, rescued, effects] = await Promise.all([
      (solid || wants("restore", "drop_effect")) && this.pristine(index),
      wants("keep_effect") && this.rescued(index),
      wants("keep_effect", "drop_effect") && this.effects(index),
    ]);
    if (solid) this.#blank ??= isSolid(pristine.data) ? background(pristine) : null;
    return { width, height, frame: index, masks, effects, blank: this.#blank, rescued: rescued?.data, pristine: pristine?.data };
  }

  async #bring(kept, index, wanted) {
    const goesOn = kept.done?.length <= wanted.length && kept.done.every((each, i) => each === wanted[i]);
    if (goesOn && kept.done.length === wanted.length) return;
    const finished = await this.finished(index);
    const rest = goesOn ? wanted.slice(kept.done.length) : wanted;
    const pixels = new ImageData(new Uint8ClampedArray((goesOn ? kept.pixels : finished).data), this.width, this.height);
    if (rest.length) {
      const sources = await this.sources(index, rest);
      for (const operation of rest) apply(pixels.data, operation, sources);
    }
    Object.assign(kept, { done: wanted, pixels });
  }

  #read(url) {
    return this.#pixels.get(url, async () => pixelsOf(await this.#picture(url)));
  }

  #picture(url) {
    return this.#pictures.get(url, () => picture(url));
  }
}

/** A picture at an address of ours, once popcon can be reached. */
async function picture(url) {
  for (;;) {
    try {
      const answer = await fetch(url);
      connection.found();
      if (!answer.ok) throw new Error(`${url}: HTTP ${answer.status}`);
      return await createImageBitmap(await answer.blob(), { premultiplyAlpha: "none", colorSpaceConversion: "none" });
    } catch (problem) {
      if (!(problem instanceof TypeError)) throw problem;
      connection.missed();
      await connection.back();
    }
  }
}

function pixelsOf(bitmap) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [bitmap.width, bitmap.height];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

function grey({ data }) {
  const levels = new Uint8Array(data.length / 4);
  for (let at = 0; at < levels.length; at += 1) levels[at] = data[4 * at];
  return levels;
}

const isSolid = (data) => data.every((value, i) => i % 4 !== 3 || value === 255);

/** A picture of nothing but the background of another: the middle colour of its border. */
function background({ data, width, height }) {
  const border = [];
  for (let at = 0; at < width * height; at += 1) {
    const [x, y] = [at % width, Math.floor(at / width)];
    if (x < 2 || y < 2 || x >= width - 2 || y >= height - 2) border.push(at);
  }
  const colour = [0, 1, 2].map((i) => border.map((at) => data[4 * at + i]).sort((one, other) => one - other)[border.length >> 1]);
  const blank = new Uint8ClampedArray(data.length);
  for (let at = 0; at < data.length; at += 4) blank.set([...colour, 255], at);
  return blank;
}
