/** The moving samples of the presets. The server draws each at some cost, so they come one by one, seen ones first. */

import { h } from "../lib/dom.js";

const SIDE = 128;
const NEAR = "200px";

export class Samples {
  #images = new Map();
  #queue = [];
  #busy = false;
  #holds = 0;
  #seen = new IntersectionObserver((entries) => entries.forEach((each) => each.isIntersecting && this.#want(each.target)),
    { rootMargin: NEAR });

  /** A preset's sample: its first frame, and on it the moving picture, for style to show one of them. */
  view(preset) {
    const still = h("canvas", { width: SIDE, height: SIDE });
    const view = h("span", { class: "create-sample", "aria-hidden": "true", data: { preset: preset.id } }, still);
    view.url = preset.sample_url;
    this.#seen.observe(view);
    return view;
  }

  /** Nothing more is asked for while `work` runs: what a visitor waits for goes first. */
  async after(work) {
    this.#holds += 1;
    try {
      return await work;
    } finally {
      this.#holds -= 1;
      this.#next();
    }
  }

  close() {
    this.#seen.disconnect();
    this.#queue = [];
  }

  #want(view) {
    this.#seen.unobserve(view);
    const known = this.#images.get(view.url);
    if (known) known.then((image) => show(view, image), () => this.#queue.push(view));
    else this.#queue.push(view);
    this.#next();
  }

  async #next() {
    if (this.#busy || this.#holds > 0) return;
    const view = this.#queue.shift();
    if (!view) return;
    this.#busy = true;
    try {
      show(view, await this.#image(view.url));
    } catch {
      // The card says by its name what it is; once more when all others are there.
      if (!view.retried) this.#queue.push(view);
      view.retried = true;
    } finally {
      this.#busy = false;
    }
    this.#next();
  }

  #image(url) {
    if (!this.#images.has(url)) this.#images.set(url, loaded(url));
    const image = this.#images.get(url);
    image.catch(() => this.#images.delete(url));
    return image;
  }
}

function show(view, image) {
  // A canvas takes the first frame of a moving picture.
  view.firstChild.getContext("2d").drawImage(image, 0, 0, SIDE, SIDE);
  view.append(h("img", { src: image.src, alt: "", width: SIDE, height: SIDE, draggable: "false" }));
  view.dataset.shown = "";
}

function loaded(url) {
  return new Promise((resolve, reject) => {
    const image = new Image();
    image.addEventListener("load", () => resolve(image));
    image.addEventListener("error", () => reject(new Error(url)));
    image.src = url;
  });
}
