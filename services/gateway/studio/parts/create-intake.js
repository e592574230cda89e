/** Files of pictures, however they come: dropped anywhere on the page, pasted, or chosen. */

import { h } from "../lib/dom.js";

const KINDS = "image/png,image/jpeg,image/webp,image/gif,image/bmp,image/tiff";

/** Calls `take(file)` for each picture that comes until `signal`; `over(yes)` while one hangs above the page. Answers the chooser. */
export function intake({ signal, take, over }) {
  const first = (files) => files.find((file) => file.type.startsWith("image/")) ?? files[0];
  const brought = (event) => event.dataTransfer?.types.includes("Files");
  const listen = (type, listener) => document.addEventListener(type, listener, { signal });
  listen("dragover", (event) => brought(event) && (event.preventDefault(), over(true)));
  listen("dragleave", (event) => event.relatedTarget === null && over(false));
  listen("drop", (event) => {
    over(false);
    if (!brought(event)) return;
    event.preventDefault();
    if (event.dataTransfer.files.length) take(first([...event.dataTransfer.files]));
  });
  listen("paste", (event) => {
    // Text goes where it was pasted.
    if (!event.clipboardData?.files.length) return;
    event.preventDefault();
    take(first([...event.clipboardData.files]));
  });
  return chooser((files) => take(first(files)));
}

function chooser(take) {
  const input = h("input", { type: "file", accept: KINDS, class: "hidden", tabindex: "-1", "aria-hidden": "true", on: { change: () => {
    const files = [...input.files];
    // The same file again is a change, too.
    input.value = "";
    if (files.length) take(files);
  } } });
  return input;
}
