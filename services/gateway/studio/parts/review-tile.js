/** One action of the grid: its picture, its state, its buttons. Updated in place, so that focus stays where it is. */

import { fill, h, icon, once } from "../lib/dom.js";
import { go } from "../lib/router.js";
import { t } from "../lib/words.js";
import { Choices, choicesOf } from "./review-choices.js";
import { Media } from "./review-media.js";
import { firstOutdated, isLive, refinePath, view } from "./review-model.js";
import { hintOf, labelOf, resumeName, stageName, stateOf } from "./review-words.js";

export class Tile {
  action = null;
  #page;
  #media = new Media();
  #badge = h("span", { class: "badge" });
  #name = h("h2");
  #line = h("p", { class: "review-line small soft" });
  #why = h("p", { class: "review-why small", hidden: true });
  #progress = h("progress", { max: 1, hidden: true });
  #main = h("button", { class: "review-main", on: { click: once(() => this.#primary?.run()) } });
  #again = this.#round("again", "review.regenerate", () => this.#page.regenerate(this.action));
  #refine = h("a", { class: "button quiet round", "aria-label": t("common.refine"), title: t("common.refine") }, icon("wand"));
  #more = this.#round("more", "review.more", (event) => this.#page.more(this.action, event.currentTarget));
  #choices = new Choices((run, take) => this.#page.changes.select(this.action.id, { stage: "startframe", run: run.number, take }));
  #primary = null;

  /** `page`: what the buttons call: `changes`, `regenerate(action)`, `more(action, button)`. */
  constructor(page, menu, id) {
    this.#page = page;
    this.#more.popoverTargetElement = menu;
    this.#name.id = `name-${id}`;
    this.picture = h("div", { class: "review-picture behind" }, this.#media.element, this.#badge, this.#progress);
    this.element = h("article", { class: "review-tile card", tabindex: "-1", "aria-labelledby": this.#name.id }, this.picture,
      this.#choices.element, this.#name, this.#line, this.#why,
      h("div", { class: "review-buttons" }, this.#main, this.#again, this.#refine, this.#more));
  }

  /** Shows an action as it now is. `look`: {playing, behind}. */
  update(action, { job, presets, look }) {
    // An answer that was read before a change must not undo what the change showed.
    if (this.action && action.version < this.action.version) return;
    this.action = action;
    this.label = labelOf(action, presets);
    this.element.dataset.state = action.state;
    this.#name.textContent = this.label;
    this.#media.show(view(action, job.picture), { playing: look.playing, label: this.label });
    this.picture.dataset.behind = look.behind;
    this.#choices.update(action);
    for (const each of this.#choices.element.children) each.dataset.behind = look.behind;
    this.#says(action);
    this.#buttons(action);
  }

  /** How far a run of the action is, between two updates. */
  progress(value) {
    this.#progress.value = Math.max(this.#progress.value, value);
  }

  /** Whether this is the tile that Tab goes to: only then its buttons are on the way too. */
  activate(active) {
    this.element.tabIndex = active ? 0 : -1;
    for (const each of this.element.querySelectorAll("button, a")) each.tabIndex = active ? 0 : -1;
  }

  /** A key pressed on the tile; answers whether it does anything. */
  press(key) {
    const button = { a: this.action.state === "awaiting_review" && this.#main, r: this.#again, e: !this.#refine.hidden && this.#refine }[key];
    const pressed = button || this.#choices.button(Number(key));
    pressed?.click();
    return Boolean(pressed);
  }

  close() {
    this.#media.close();
  }

  #says(action) {
    const outdated = firstOutdated(action);
    const stale = outdated && action.state !== "failed" && action.state !== "cancelled";
    this.#badge.className = `badge ${stale ? "outdated" : action.state}`;
    this.#badge.textContent = stale ? t("review.outdated") : stateOf(action);
    this.#line.textContent = outdated ? t("review.outdated_at", { stage: stageName(outdated) }) : hintOf(action, choicesOf(action).run?.takes);
    this.#line.hidden = !this.#line.textContent;
    this.#fails(action);
    this.#works(action);
  }

  #fails(action) {
    const why = action.state === "failed" && action.failure;
    this.#why.hidden = !why;
    if (!why) return;
    this.#why.title = why.message;
    fill(this.#why, h("strong", {}, t("review.failed_at", { stage: stageName(action.stage) })), h("span", { lang: "en" }, why.message),
      h("span", {}, t(why.retryable ? "review.advice_again" : "review.advice_words")));
  }

  #works(action) {
    const run = isLive(action) && action.runs.findLast((each) => each.stage === action.stage && each.state === "running");
    this.#progress.hidden = !isLive(action);
    this.#progress.setAttribute("aria-label", isLive(action) ? stageName(action.stage) : "");
    this.#progress.value = run ? run.progress : 0;
    // Short work ends before it tells how far it is: then the bar says only that it goes on.
    if (run?.progress === 0) this.#progress.removeAttribute("value");
  }

  #buttons(action) {
    const focused = document.activeElement;
    this.#primary = this.#offer(action);
    this.#main.hidden = !this.#primary;
    if (this.#primary && this.#main.title !== this.#primary.label) {
      this.#main.title = this.#primary.label;
      fill(this.#main, icon(this.#primary.icon), h("span", {}, this.#primary.label));
    }
    const path = refinePath(action);
    this.#refine.hidden = !path;
    if (path) this.#refine.href = path;
    // A button that goes takes the focus with it; the tile keeps it.
    if (this.element.contains(focused) && focused.hidden) this.element.focus({ preventScroll: true });
  }

  /** What is most likely wanted of the action now. */
  #offer(action) {
    const { changes } = this.#page;
    const outdated = firstOutdated(action);
    const resume = (stage) => ({ label: resumeName(action, stage), icon: "again", run: () => changes.resume(action.id, stage) });
    if (action.state === "awaiting_review") return { label: t("review.approve"), icon: "check", run: () => changes.approve(action.id) };
    if (outdated) return resume(outdated);
    // Leaving the gate would drop what was edited so far.
    if (action.edit_id) return { label: t("review.go_on_refining"), icon: "wand", run: () => go(refinePath(action)) };
    if (action.state === "awaiting_refine") return { label: t("review.keep"), icon: "check", run: () => changes.skip(action.id) };
    return action.state === "failed" || action.state === "cancelled" ? resume(null) : null;
  }

  #round(name, key, click) {
    return h("button", { class: "quiet round", "aria-label": t(key), title: t(key), on: { click } }, icon(name));
  }
}
