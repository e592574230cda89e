/** The presets to choose from: a card each with its moving sample, a search, all or none at once, and a card of one's own. */

import { fill, h, icon } from "../lib/dom.js";
import { say } from "../lib/notices.js";
import { known, t } from "../lib/words.js";
import { MOST, USUAL_MOST, isWritten } from "./create-draft.js";

const STILL = "popcon.still";

/** What a preset is called in the reader's language. */
export const named = (preset) => (known(`preset.${preset.id}`) ? t(`preset.${preset.id}`) : preset.label);

export class Picker {
  #draft;
  #presets;
  #cards = new Map();
  #count = h("p", { class: "create-count", "aria-live": "polite" });
  #full = h("div", { class: "create-full", hidden: true });
  #none = h("p", { class: "empty", role: "status", hidden: true }, t("create.found_none"));
  #search = h("input", { type: "search", id: "create-search", placeholder: t("create.search"), "aria-label": t("create.search"),
    autocomplete: "off", on: { input: () => this.#sift() } });
  #grid = h("ul", { class: "create-grid" });
  #moving = h("button", { type: "button", class: "quiet round", "aria-label": t("create.moving"), title: t("create.moving"),
    on: { click: () => this.#stand(!this.#isStill()) } }, icon("play"));
  element;

  /** `write()` opens a new action of the visitor's own. */
  constructor(draft, presets, samples, write) {
    this.#draft = draft;
    this.#presets = presets;
    const cards = presets.map((preset) => this.#card(preset, samples));
    const own = h("button", { type: "button", class: "create-card create-own", on: { click: () => this.#own(write) } },
      h("span", { class: "create-own-mark", "aria-hidden": "true" }, icon("plus")), h("span", {}, t("create.own"), h("span", { class: "soft small" }, t("create.own_hint"))));
    fill(this.#grid, cards, h("li", {}, own));
    this.element = h("section", { class: "create-picker", "aria-labelledby": "create-picker-title" },
      h("div", { class: "create-picker-head" },
        h("div", {}, h("h2", { id: "create-picker-title" }, t("create.actions")), this.#count),
        h("div", { class: "create-tools" },
          h("div", { class: "create-search" }, icon("search"), this.#search),
          h("div", { class: "row" }, this.#button("create.all", () => this.#all()), this.#button("create.none", () => this.#clear()), this.#moving))),
      this.#full, this.#grid, this.#none);
    const wanted = localStorage.getItem(STILL);
    this.#stand(wanted ? wanted === "yes" : matchMedia("(prefers-reduced-motion: reduce)").matches, false);
    draft.watch(["actions", "more"], (now) => this.#show(now));
  }

  #card(preset, samples) {
    const card = h("button", { type: "button", class: "create-card", "aria-pressed": "false", title: preset.action_prompt,
      on: { click: () => this.#toggle(preset) } },
    samples.view(preset), h("span", { class: "create-card-name" }, named(preset)), h("span", { class: "create-tick", "aria-hidden": "true" }, icon("check")));
    this.#cards.set(preset.id, card);
    return h("li", {}, card);
  }

  #button(key, run) {
    return h("button", { type: "button", class: "quiet", on: { click: run } }, t(key));
  }

  #show({ actions, more }) {
    const chosen = new Set(actions.map((action) => action.preset));
    for (const [id, card] of this.#cards) card.setAttribute("aria-pressed", String(chosen.has(id)));
    const most = more ? MOST : USUAL_MOST;
    this.#count.textContent = t("create.count", { n: actions.length, most });
    if (actions.length < most) this.#full.hidden = true;
  }

  #toggle(preset) {
    const mine = this.#draft.now.actions.filter((action) => action.preset === preset.id);
    if (mine.length) drop(this.#draft, mine);
    else if (this.#hasRoom()) this.#draft.add(preset.id);
  }

  #own(write) {
    if (this.#hasRoom()) write();
  }

  #hasRoom() {
    if (this.#draft.room > 0) return true;
    this.#tellFull();
    return false;
  }

  /** Says why no more can be chosen, and lets a visitor mean it. */
  #tellFull() {
    const { more } = this.#draft.now;
    const go = h("button", { type: "button", on: { click: () => (this.#draft.change({ more: true }), this.#search.focus()) } }, t("create.more", { most: MOST }));
    fill(this.#full, h("p", {}, t(more ? "create.full" : "create.usual", { most: more ? MOST : USUAL_MOST, limit: MOST })), !more && go);
    this.#full.hidden = false;
    this.#full.setAttribute("role", "alert");
    this.#full.scrollIntoView({ block: "nearest" });
  }

  #all() {
    const chosen = new Set(this.#draft.now.actions.map((action) => action.preset));
    const missing = this.#presets.filter((preset) => this.#isSeen(preset) && !chosen.has(preset.id));
    for (const preset of missing.slice(0, Math.max(0, this.#draft.room))) this.#draft.add(preset.id);
    if (missing.length && this.#presets.some((preset) => this.#isSeen(preset) && this.#cards.get(preset.id).ariaPressed !== "true")) this.#tellFull();
  }

  #clear() {
    drop(this.#draft, this.#draft.now.actions);
  }

  #isSeen(preset) {
    return !this.#cards.get(preset.id).parentElement.hidden;
  }

  #sift() {
    const words = this.#search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let seen = 0;
    for (const preset of this.#presets) {
      const text = `${named(preset)} ${preset.id} ${preset.label} ${preset.action_prompt} ${preset.effect_prompt}`.toLowerCase();
      const fits = words.every((word) => text.includes(word));
      this.#cards.get(preset.id).parentElement.hidden = !fits;
      seen += fits;
    }
    this.#none.hidden = seen > 0;
  }

  #isStill() {
    return "still" in this.#grid.dataset;
  }

  #stand(still, keep = true) {
    if (still) this.#grid.dataset.still = "";
    else delete this.#grid.dataset.still;
    this.#moving.setAttribute("aria-pressed", String(!still));
    if (keep) localStorage.setItem(STILL, still ? "yes" : "no");
  }
}

/** Takes actions out; words that were written can be had back. */
export function drop(draft, actions) {
  const before = draft.now.actions;
  draft.drop(actions.map((action) => action.id));
  const written = actions.filter(isWritten);
  if (!written.length) return;
  const undo = { label: t("common.undo"), run: () => draft.change({ actions: merged(before, draft.now.actions) }) };
  say(t("create.dropped", { n: actions.length }), { action: undo });
}

/** What was there before, and what came since. */
function merged(before, now) {
  const ids = new Set(before.map((action) => action.id));
  return [...before, ...now.filter((action) => !ids.has(action.id))];
}
