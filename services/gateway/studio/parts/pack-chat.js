/** How an emoji looks among words: small in a line and large alone, in a light and a dark chat. */

import { fill, h, icon } from "../lib/dom.js";
import { t } from "../lib/words.js";

/** Draws both chats with one emoji in them; `set`: all of them, for a line of several. */
export function drawChat(place, emoji, set) {
  const beside = set.filter((each) => each.id !== emoji.id).slice(0, 2);
  const chat = (look) => h("div", { class: "pack-phone", data: { look }, role: "group", "aria-label": t(`pack.chat_${look}`) },
    h("p", { class: "pack-said" }, t("pack.chat_hello")),
    h("p", { class: "pack-said mine" }, t("pack.chat_answer"), " ", [emoji, ...beside].map((each) => moving(each, 26))),
    h("div", { class: "pack-alone" }, moving(emoji, 132)));
  const again = h("button", { class: "quiet", on: { click: () => replay(place) } }, icon("play"), t("pack.again"));
  fill(place, h("div", { class: "row apart" }, h("h2", {}, t("pack.chat")), again), h("div", { class: "pack-phones" }, chat("light"), chat("dark")));
}

/** An emoji that moves, or its first frame for those who asked for less motion. */
export function moving(emoji, side) {
  return h("picture", {}, h("source", { media: "(prefers-reduced-motion: reduce)", srcset: emoji.still }),
    h("img", { src: emoji.url, alt: emoji.label, width: side, height: side, decoding: "async" }));
}

/** Emoji stop after a few plays; another address of the same bytes starts them anew. */
function replay(place) {
  const stamp = Date.now();
  for (const img of place.querySelectorAll("img")) img.src = `${img.src.split("?")[0]}?play=${stamp}`;
}
