/** A box over a picture: dragged, resized by its handles, moved and resized by keys. */

import { h } from "../lib/dom.js";
import { t } from "../lib/words.js";

const LEAST = 16; // pixels of the picture, the server's own bound
const HANDLES = ["nw", "n", "ne", "e", "se", "s", "sw", "w"];
const CORNERS = ["nw", "ne", "se", "sw"];
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Shows and changes `box`, in pixels of `picture`. `changed(box)` is called at every step. */
export class Crop {
  #box;
  #picture;
  #changed;
  #frame = h("button", { type: "button", class: "create-crop-frame", "aria-label": t("create.crop_move") });
  element;

  constructor(picture, box, changed) {
    this.#picture = picture;
    this.#changed = changed;
    const image = h("img", { src: picture.source.url, alt: t("create.source_alt"), draggable: "false" });
    image.addEventListener("error", () => this.element.classList.add("unseen"));
    const handles = HANDLES.map((name) => this.#handle(name));
    this.#grab(this.#frame, "");
    this.element = h("div", { class: "create-crop", role: "group", "aria-label": t("create.crop"),
      style: { "--shape": `${picture.width} / ${picture.height}`, "--ratio": String(picture.width / picture.height) } },
    image, h("span", { class: "create-crop-shade" }, h("span")), this.#frame, handles);
    this.show(box);
  }

  /** Puts the box elsewhere. */
  show(box) {
    this.#box = box;
    const { width, height } = this.#picture;
    const share = { "--left": box.left / width, "--top": box.top / height, "--right": box.right / width, "--bottom": box.bottom / height };
    for (const [name, value] of Object.entries(share)) this.element.style.setProperty(name, `${(100 * value).toFixed(3)}%`);
  }

  #handle(name) {
    // Corners do all that edges do, so keys need to stop at those alone.
    const corner = CORNERS.includes(name);
    const handle = h("button", { type: "button", class: `create-crop-handle ${name}`, tabindex: corner ? null : "-1",
      "aria-hidden": corner ? null : "true", "aria-label": t(corner ? `create.crop_${name}` : "create.crop") });
    this.#grab(handle, name);
    return handle;
  }

  #grab(element, name) {
    element.addEventListener("pointerdown", (event) => this.#drag(event, element, name));
    element.addEventListener("keydown", (event) => this.#key(event, name));
  }

  #drag(event, element, name) {
    if (event.button !== 0) return;
    event.preventDefault();
    element.focus();
    element.setPointerCapture(event.pointerId);
    const from = this.#box;
    const scale = this.#picture.width / this.element.getBoundingClientRect().width;
    const move = (now) => this.#set(from, name, (now.clientX - event.clientX) * scale, (now.clientY - event.clientY) * scale);
    const end = () => {
      element.removeEventListener("pointermove", move);
      element.removeEventListener("lostpointercapture", end);
    };
    element.addEventListener("pointermove", move);
    element.addEventListener("lostpointercapture", end);
  }

  #key(event, name) {
    const way = KEYS[event.key];
    if (!way || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const step = Math.max(1, Math.round(this.#picture.width / 100));
    // The frame moves; with Shift its lower right corner does, as everywhere.
    this.#set(this.#box, name || (event.shiftKey ? "se" : ""), way[0] * step, way[1] * step);
  }

  #set(from, name, x, y) {
    const box = name ? stretched(from, name, x, y, this.#picture) : moved(from, x, y, this.#picture);
    if (JSON.stringify(box) === JSON.stringify(this.#box)) return;
    this.show(box);
    this.#changed(box);
  }
}

function moved(box, x, y, { width, height }) {
  const right = between(-box.left, Math.round(x), width - box.right);
  const down = between(-box.top, Math.round(y), height - box.bottom);
  return { left: box.left + right, top: box.top + down, right: box.right + right, bottom: box.bottom + down };
}

function stretched(box, name, x, y, { width, height }) {
  const to = { ...box };
  if (name.includes("w")) to.left = between(0, Math.round(box.left + x), box.right - LEAST);
  if (name.includes("e")) to.right = between(box.left + LEAST, Math.round(box.right + x), width);
  if (name.includes("n")) to.top = between(0, Math.round(box.top + y), box.bottom - LEAST);
  if (name.includes("s")) to.bottom = between(box.top + LEAST, Math.round(box.bottom + y), height);
  return to;
}

const between = (low, value, high) => Math.max(low, Math.min(value, high));
