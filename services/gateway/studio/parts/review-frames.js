/** Frames played on a canvas: for a matte, which is no single file. */

import { h } from "../lib/dom.js";

/** Loads all frames and plays them over and over. Resolves to the canvas once it can be shown. */
export async function player(urls, seconds, signal) {
  const pictures = await Promise.all(urls.map(load));
  const canvas = h("canvas", { role: "img", width: pictures[0].naturalWidth, height: pictures[0].naturalHeight });
  const pen = canvas.getContext("2d");
  let shown = -1;
  const draw = (now) => {
    if (signal.aborted) return;
    const at = Math.floor((now / 1000 / seconds) * pictures.length) % pictures.length;
    if (at !== shown) {
      pen.clearRect(0, 0, canvas.width, canvas.height);
      pen.drawImage(pictures[at], 0, 0);
      shown = at;
    }
    requestAnimationFrame(draw);
  };
  draw(performance.now());
  return canvas;
}

async function load(url) {
  const picture = new Image();
  picture.src = url;
  await picture.decode();
  return picture;
}
