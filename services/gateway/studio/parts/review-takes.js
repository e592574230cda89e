/** Earlier takes and runs of an action side by side, to compare and to bring back. */

import { fill, h, icon, once } from "../lib/dom.js";
import { moment, t } from "../lib/words.js";
import { open } from "./review-dialog.js";
import { Media } from "./review-media.js";
import { STAGES, firstOutdated, results, selected, viewOf } from "./review-model.js";
import { labelOf, stageName, targetName } from "./review-words.js";

/** Answers `update(action)`, which keeps the dialog in step while it is open. */
export function takes(page, action, { presets, changes, look, closed }) {
  // What was refused is said on the page, which the dialog covers.
  const done = (asked) => asked.then((well) => well || dialog.close());
  const panel = new Panel(action, { changes, look, done });
  const dialog = open(page, { title: t("review.earlier_title", { name: labelOf(action, presets) }), body: panel.element, wide: true,
    closed: () => (panel.close(), closed()) });
  return panel;
}

class Panel {
  #cards = new Map();
  #tabs = h("div", { class: "segments review-stages", role: "group", "aria-label": t("review.stages") });
  #grid = h("ul", { class: "review-cards" });
  #note = h("p", { class: "review-note small", role: "status", hidden: true });
  #update = h("button", { class: "primary", hidden: true });
  #how;
  #stage;

  constructor(action, how) {
    this.#how = how;
    this.#stage = STAGES.find((stage) => results(action, stage).length > 1) ?? "startframe";
    this.#update.addEventListener("click", once(() => how.done(how.changes.resume(this.action.id, firstOutdated(this.action)))));
    this.element = h("div", { class: "review-form" }, h("p", { class: "soft" }, t("review.earlier_help")), this.#tabs, this.#grid,
      h("div", { class: "row apart" }, this.#note, this.#update));
    fill(this.#tabs, STAGES.map((stage) => h("button", { data: { stage }, on: { click: () => this.#show(stage) } })));
    this.update(action);
  }

  update(action) {
    this.action = action;
    for (const tab of this.#tabs.children) this.#tab(tab, results(action, tab.dataset.stage).length);
    const found = results(action, this.#stage);
    const wanted = new Map(found.map((each) => [`${each.run.id} ${each.take}`, each]));
    for (const [key, card] of this.#cards) if (!wanted.has(key)) this.#drop(key, card);
    const cards = [...wanted].map(([key, each]) => this.#card(key, each, action));
    // Moving what is in its place already would take the focus away.
    cards.forEach((card, at) => this.#grid.children[at] === card.element || this.#grid.insertBefore(card.element, this.#grid.children[at] ?? null));
    const outdated = firstOutdated(action);
    this.#note.hidden = this.#update.hidden = !outdated;
    if (outdated) this.#note.textContent = t("review.outdated_note", { stage: stageName(outdated) });
    if (outdated) fill(this.#update, icon("again"), t("review.update_from", { stage: stageName(outdated) }));
  }

  close() {
    for (const [key, card] of this.#cards) this.#drop(key, card);
  }

  #show(stage) {
    this.#stage = stage;
    this.update(this.action);
  }

  #tab(tab, n) {
    tab.textContent = `${stageName(tab.dataset.stage)} ${n}`;
    tab.disabled = n === 0;
    tab.setAttribute("aria-pressed", String(tab.dataset.stage === this.#stage));
  }

  #card(key, each, action) {
    if (!this.#cards.has(key)) this.#cards.set(key, new Card(each, this.#how, () => this.action));
    const card = this.#cards.get(key);
    card.update(each.run, selected(action, each.run.stage, each.run.target));
    return card;
  }

  #drop(key, card) {
    card.close();
    this.#cards.delete(key);
  }
}

class Card {
  #media = new Media();
  #run;
  #take;
  #use;
  #mark = h("span", { class: "badge" });

  constructor({ run, take }, { changes, look, done }, action) {
    this.#take = take;
    const bring = () => {
      const { stage, target, number } = this.#run;
      return done(changes.select(action().id, { stage, target, run: number, take }));
    };
    this.#use = h("button", { on: { click: once(bring) } }, icon("undo"), t("review.bring_back"));
    this.#media.show(viewOf(action(), run, take), { playing: look().playing, label: nameOf(run, take) });
    this.element = h("li", { class: "review-card" },
      h("div", { class: "review-picture behind", data: { behind: look().behind } }, this.#media.element, this.#mark),
      h("h3", {}, nameOf(run, take)), h("p", { class: "small soft" }, moment(run.ended_at ?? run.created_at)), this.#use);
  }

  update(run, pick) {
    this.#run = run;
    const used = pick?.run === run.number && pick.take === this.#take;
    if (used && this.#use === document.activeElement) this.element.closest("dialog")?.querySelector("button").focus();
    this.#use.hidden = used;
    this.element.classList.toggle("used", used);
    this.#mark.hidden = !used && !run.outdated;
    this.#mark.className = `badge ${run.outdated ? "outdated" : "done"}`;
    this.#mark.textContent = t(run.outdated ? "review.outdated" : "review.in_use");
  }

  close() {
    this.#media.close();
    this.element.remove();
  }
}

function nameOf(run, take) {
  const words = { n: run.number, take, target: targetName(run.target) };
  if (run.backend === "edit") return t("review.run_edit", words);
  if (run.stage === "pack") return t("review.run_pack", words);
  return t(run.takes > 1 ? "review.run_take" : "review.run", words);
}
