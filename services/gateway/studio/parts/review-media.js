/** A place for a picture or clip. What it shows changes only when the next is ready, so that nothing flashes. */

import { h } from "../lib/dom.js";
import { endless } from "./review-apng.js";
import { player } from "./review-frames.js";

export class Media {
  element = h("div", { class: "review-media" });
  #shown = null;
  #label = "";
  #ending = new AbortController(); // ends what is shown, or being made ready

  /** Shows a view of review-model.js; at rest as its still. `label`: what is to be seen. */
  show(view, { playing, label }) {
    this.#label = label;
    this.element.classList.toggle("faint", view.faint ?? false);
    // Without a still of its own a clip can only be shown as it is.
    const wanted = playing || !view.still ? view : { kind: "image", url: view.still };
    const name = `${wanted.kind} ${wanted.url}`;
    if (name === this.#shown) return this.#name(this.element.firstElementChild);
    this.#shown = name;
    const before = this.#ending;
    this.#ending = new AbortController();
    this.#swap(wanted, name, before);
  }

  close() {
    this.#ending.abort();
  }

  async #swap(view, name, before) {
    const { signal } = this.#ending;
    try {
      // A clip may take a while to come: better its still than nothing.
      if (!this.element.firstElementChild && view.still) this.#put(await image(view.still), signal);
      if (this.#put(await READY[view.kind](view, signal), signal)) before.abort();
    } catch {
      // What cannot be read leaves what was shown; asking for it again may work later.
      if (this.#shown === name) this.#shown = null;
    }
  }

  #put(element, signal) {
    if (signal.aborted) return false;
    this.#name(element);
    this.element.replaceChildren(element);
    return true;
  }

  #name(element) {
    if (!element) return;
    if (element.tagName === "IMG") element.alt = this.#label;
    else element.setAttribute("aria-label", this.#label);
  }
}

/** Makes an element that shows a view, and answers when it does. */
const READY = {
  image: (view) => image(view.url),
  frames: (view, signal) => player(view.urls, view.seconds, signal),
  async apng(view, signal) {
    const url = await endless(view.url, signal);
    signal.addEventListener("abort", () => URL.revokeObjectURL(url));
    return image(url);
  },
  async video(view) {
    const video = h("video", { muted: true, loop: true, autoplay: true, playsinline: true, src: view.url });
    video.muted = true; // the attribute alone does not count for elements that scripts make
    await new Promise((resolve, reject) => {
      video.addEventListener("loadeddata", resolve, { once: true });
      video.addEventListener("error", reject, { once: true });
    });
    video.play().catch(() => {});
    return video;
  },
};

async function image(url) {
  const picture = new Image();
  picture.src = url;
  await picture.decode();
  return picture;
}
