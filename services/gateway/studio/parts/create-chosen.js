/** The actions that were chosen, in order: each can be opened to change its words, or taken out. */

import { h, icon } from "../lib/dom.js";
import { t } from "../lib/words.js";
import { isWhole, isWritten } from "./create-draft.js";
import { drop, named } from "./create-picker.js";

export class Chosen {
  #draft;
  #presets;
  #samples;
  #open;
  #rows = new Map();
  #list = h("ul", { class: "create-chosen-list" });
  #hint = h("p", { class: "soft small" }, t("create.chosen_hint"));
  #empty = h("p", { class: "soft" }, t("create.chosen_none"));
  element = h("section", { class: "create-chosen card", "aria-labelledby": "create-chosen-title" },
    h("h2", { id: "create-chosen-title", tabindex: "-1" }, t("create.chosen")), this.#hint, this.#empty, this.#list);

  /** `open(action)` shows an action's words. */
  constructor(draft, presets, samples, open) {
    this.#draft = draft;
    this.#presets = new Map(presets.map((preset) => [preset.id, preset]));
    this.#samples = samples;
    this.#open = open;
    draft.watch(["actions"], (now) => this.#show(now.actions));
  }

  /** Rows stay where they are while others come and go, so that nobody loses their place. */
  #show(actions) {
    const ids = new Set(actions.map((action) => action.id));
    for (const [id, row] of this.#rows) if (!ids.has(id)) this.#take(id, row);
    actions.forEach((action, at) => {
      const row = this.#rows.get(action.id) ?? this.#add(action);
      row.tell(action);
      if (this.#list.children[at] !== row.element) this.#list.insertBefore(row.element, this.#list.children[at] ?? null);
    });
    this.#empty.hidden = actions.length > 0;
    this.#hint.hidden = actions.length === 0;
  }

  #take(id, row) {
    const had = row.element.contains(document.activeElement);
    const next = row.element.nextElementSibling ?? row.element.previousElementSibling;
    row.element.remove();
    this.#rows.delete(id);
    if (had) (next?.querySelector("button") ?? this.element.querySelector("h2")).focus();
  }

  #add(action) {
    const preset = this.#presets.get(action.preset);
    const name = h("span", { class: "create-row-name" });
    const words = h("span", { class: "create-row-words small soft" });
    const picture = preset ? this.#samples.view(preset) : h("span", { class: "create-row-mark", "aria-hidden": "true" }, icon("brush"));
    const open = h("button", { type: "button", class: "quiet create-row-open", on: { click: () => this.#open(action.id) } },
      picture, h("span", { class: "create-row-text" }, name, words));
    const take = h("button", { type: "button", class: "quiet round", on: { click: () => this.#drop(action.id) } }, icon("close"));
    const row = { element: h("li", { class: "create-row" }, open, take), tell: (now) => this.#tell(now, preset, { name, words, take }) };
    this.#rows.set(action.id, row);
    return row;
  }

  #tell(action, preset, { name, words, take }) {
    const called = nameOf(action, preset);
    name.textContent = called;
    words.textContent = isWhole(action) ? action.action_prompt || preset?.action_prompt : t("create.own_empty");
    words.classList.toggle("create-lacking", !isWhole(action));
    words.classList.toggle("create-written", isWritten(action));
    take.setAttribute("aria-label", t("create.remove", { name: called }));
  }

  #drop(id) {
    drop(this.#draft, this.#draft.now.actions.filter((action) => action.id === id));
  }
}

/** What an action is called: by the visitor, by its preset, or as one of their own. */
export function nameOf(action, preset) {
  return action.label || (preset ? named(preset) : action.preset || t("create.own_unnamed"));
}
