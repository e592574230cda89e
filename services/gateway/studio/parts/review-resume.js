/** Starts an action again from a stage, after showing what will be made again and what is reused. */

import { fill, h, icon, once } from "../lib/dom.js";
import { t } from "../lib/words.js";
import { open } from "./review-dialog.js";
import { STAGES, canStart, likelyStart, runOf, selected, viewOf } from "./review-model.js";
import { labelOf, stageName } from "./review-words.js";

/** Answers the dialog and `update(action)`, which keeps it in step while it is open. */
export function resume(page, action, { job, presets, changes, closed }) {
  let from = likelyStart(action);
  const choose = (stage) => {
    from = stage;
    rows.forEach((row) => row.mark(from));
    note.textContent = t(from === "startframe" && job.options.review ? "review.resume_review" : "review.resume_kept");
  };
  const rows = STAGES.map((stage) => new Row(stage, () => choose(stage)));
  const note = h("p", { class: "soft small", "aria-live": "polite" });
  const why = h("p", { class: "review-why-whole small" });
  const send = once(async () => {
    await changes.resume(action.id, from);
    dialog.close();
  });
  const go = h("button", { class: "primary", on: { click: send } }, icon("again"), t("review.resume_go"));
  const update = (now) => {
    rows.forEach((row) => row.update(now));
    why.hidden = now.state !== "failed";
    why.textContent = now.failure?.message ?? "";
  };
  const body = h("div", { class: "review-form" }, why, h("p", { class: "soft" }, t("review.resume_help")),
    h("fieldset", { class: "review-steps" }, h("legend", { class: "hidden" }, t("review.resume")), rows.map((row) => row.element)), note);
  update(action);
  choose(from);
  const dialog = open(page, { title: t("review.resume_title", { name: labelOf(action, presets) }), body, foot: go, closed });
  rows[STAGES.indexOf(from)].focus();
  return { update };
}

class Row {
  #stage;
  #radio;
  #picture = h("span", { class: "review-step-picture behind" });
  #badge = h("span", { class: "badge" });
  #shown = null;

  constructor(stage, choose) {
    this.#stage = stage;
    this.#radio = h("input", { type: "radio", name: "review-stage", on: { change: choose } });
    this.element = h("label", { class: "review-step" }, this.#radio, this.#picture,
      h("span", { class: "review-step-name" }, stageName(stage), h("span", { class: "small soft" }, t(`review.stage_${stage}`))), this.#badge);
  }

  update(action) {
    this.#radio.disabled = !canStart(action, this.#stage);
    const pick = selected(action, this.#stage);
    const run = runOf(action, pick);
    const view = run && viewOf(action, run, pick.take);
    const url = view ? view.still ?? view.url : null;
    if (url === this.#shown) return;
    this.#shown = url;
    fill(this.#picture, url && h("img", { src: url, alt: "" }));
  }

  mark(from) {
    const again = STAGES.indexOf(this.#stage) >= STAGES.indexOf(from);
    this.#radio.checked = this.#stage === from;
    this.element.classList.toggle("again", again);
    this.#badge.className = `badge ${again ? "running" : "done"}`;
    this.#badge.textContent = t(again ? "review.made_again" : "review.reused");
  }

  focus() {
    this.#radio.focus();
  }
}
