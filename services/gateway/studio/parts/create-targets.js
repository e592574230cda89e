/** Where the emoji are to be used, each target with its rules in words, and how the job is to be made. */

import { h } from "../lib/dom.js";
import { bytes, t } from "../lib/words.js";

const TAKES = [1, 2, 3, 4];

/** Cards of the targets: at least one stays chosen. */
export function targetCards(draft, targets) {
  const cards = targets.map((target) => card(draft, target));
  return h("section", { class: "create-targets", "aria-labelledby": "create-targets-title" },
    h("h2", { id: "create-targets-title" }, t("create.targets")), h("div", { class: "create-targets-grid" }, cards));
}

function card(draft, target) {
  const id = `create-target-${target.id}`;
  const box = h("input", { type: "checkbox", id, checked: draft.now.targets.includes(target.id), "aria-describedby": `${id}-rules`,
    on: { change: () => choose(draft, target.id, box) } });
  return h("div", { class: "create-target card" }, h("div", { class: "create-target-head" }, box, h("label", { for: id }, target.label)),
    h("ul", { class: "create-rules small soft", id: `${id}-rules` }, rules(target).map((rule) => h("li", {}, rule))),
    h("a", { class: "small", href: target.source, target: "_blank", rel: "noopener" }, t("create.rules_source", { name: target.label })));
}

function choose(draft, id, box) {
  const others = draft.now.targets.filter((each) => each !== id);
  if (!box.checked && !others.length) {
    // A job without a target ends with nothing to use.
    box.checked = true;
    return;
  }
  draft.change({ targets: box.checked ? [...others, id] : others });
}

function rules(target) {
  const [width, height] = target.canvas;
  const [least, most] = target.set_size;
  const kind = target.media_type.split("/")[1].toUpperCase();
  return [
    t("create.rule_canvas", { width, height, kind }),
    t("create.rule_set", { least, most }),
    target.plays_seconds ? t("create.rule_plays", { n: target.plays_seconds }) : t("create.rule_loops"),
    t("create.rule_frames", { least: target.frames[0], most: target.frames[1] }),
    t("create.rule_bytes", { size: bytes(target.file_max_bytes), all: bytes(target.zip_max_bytes) }),
  ];
}

/** Whether start frames wait for a person, and how many there are to choose from. */
export function options(draft) {
  const review = h("input", { type: "checkbox", id: "create-review", checked: draft.now.review, "aria-describedby": "create-review-help",
    on: { change: () => draft.change({ review: review.checked }) } });
  return h("section", { class: "create-options card", "aria-labelledby": "create-options-title" },
    h("h2", { id: "create-options-title" }, t("create.options")),
    h("div", { class: "create-option" }, review,
      h("div", {}, h("label", { for: "create-review" }, t("create.review")), h("p", { class: "small soft", id: "create-review-help" }, t("create.review_help")))),
    takes(draft));
}

function takes(draft) {
  const buttons = TAKES.map((count) => h("button", { type: "button", on: { click: () => draft.change({ takes: count }) }, data: { count } }, String(count)));
  draft.watch(["takes"], (now) => buttons.forEach((each) => each.setAttribute("aria-pressed", String(Number(each.dataset.count) === now.takes))));
  return h("div", { class: "create-takes" },
    h("div", {}, h("h3", { id: "create-takes-title" }, t("create.takes")), h("p", { class: "small soft" }, t("create.takes_help"))),
    h("div", { class: "segments", role: "group", "aria-labelledby": "create-takes-title" }, buttons));
}
