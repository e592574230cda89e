/** Which keys do what. */

import { h } from "../lib/dom.js";
import { t } from "../lib/words.js";
import { open } from "./review-dialog.js";

const KEYS = [
  [["←", "→", "↑", "↓"], "review.key_arrows"], [["A"], "review.key_approve"], [["R"], "review.key_regenerate"],
  [["E"], "review.key_refine"], [["1", "…", "4"], "review.key_takes"], [["?"], "review.key_help"],
];

export function keys(page) {
  const list = KEYS.map(([names, key]) => h("div", {}, h("dt", {}, names.map((name) => (name === "…" ? name : h("kbd", {}, name)))), h("dd", {}, t(key))));
  open(page, { title: t("review.keys"), body: h("dl", { class: "review-keys" }, list) });
}
