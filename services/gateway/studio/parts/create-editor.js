/** A dialog with the words of one action: what the body does and what is drawn around it, apart, and its name. */

import { fill, h, icon } from "../lib/dom.js";
import { t } from "../lib/words.js";
import { isWhole } from "./create-draft.js";
import { nameOf } from "./create-chosen.js";
import { drop, named } from "./create-picker.js";

const FIELDS = { label: 200, action_prompt: 2000, effect_prompt: 2000 };

export class Editor {
  #draft;
  #presets;
  #samples;
  #fields = {};
  element = h("dialog", { class: "create-editor", "aria-labelledby": "create-editor-title", on: { close: () => this.#closed() } });
  #id = "";

  constructor(draft, presets, samples) {
    this.#draft = draft;
    this.#presets = new Map(presets.map((preset) => [preset.id, preset]));
    this.#samples = samples;
    this.element.addEventListener("click", (event) => event.target === this.element && this.element.close());
  }

  /** Opens the words of an action. What is typed is in the draft at once. */
  open(id) {
    const action = this.#draft.now.actions.find((each) => each.id === id);
    const preset = this.#presets.get(action.preset);
    this.#id = id;
    fill(this.element, this.#head(action, preset), Object.keys(FIELDS).map((name) => this.#field(name, action, preset)), this.#foot(preset));
    this.element.showModal();
    this.#fields[preset ? "action_prompt" : "label"].focus();
  }

  #head(action, preset) {
    return h("div", { class: "create-editor-head" }, preset && this.#samples.view(preset),
      h("h2", { id: "create-editor-title" }, preset ? nameOf(action, preset) : t("create.own_title")),
      h("button", { type: "button", class: "quiet round", "aria-label": t("common.close"), on: { click: () => this.element.close() } }, icon("close")));
  }

  #field(name, action, preset) {
    const id = `create-${name}`;
    const usual = usually(name, preset);
    const field = h(name === "label" ? "input" : "textarea", { id, maxlength: FIELDS[name], value: action[name] || usual, autocomplete: "off",
      placeholder: usual || t(`create.${name}_hint`), "aria-describedby": `${id}-help`, required: name === "action_prompt" && !preset,
      on: { input: () => this.#write(name, usual) } });
    this.#fields[name] = field;
    return h("div", { class: "field" }, h("label", { for: id }, t(`create.${name}`)), field, h("p", { id: `${id}-help`, class: "small soft" }, help(name, preset)));
  }

  /** Words like the preset's own are none of the visitor's: they follow the preset. */
  #write(name, usual) {
    const text = this.#fields[name].value;
    this.#draft.edit(this.#id, { [name]: text.trim() === usual ? "" : text });
  }

  #foot(preset) {
    const buttons = [h("button", { type: "button", class: "danger quiet", on: { click: () => this.#remove() } }, icon("trash"), t("create.remove_this"))];
    if (preset) buttons.push(h("button", { type: "button", class: "quiet", on: { click: () => this.#reset(preset) } }, icon("undo"), t("create.reset_words")));
    return h("div", { class: "row create-editor-foot" }, buttons,
      h("button", { type: "button", class: "primary", on: { click: () => this.element.close() } }, t("create.ready")));
  }

  #reset(preset) {
    for (const [name, field] of Object.entries(this.#fields)) field.value = usually(name, preset);
    this.#draft.edit(this.#id, { label: "", action_prompt: "", effect_prompt: "" });
    this.#fields.action_prompt.focus();
  }

  #remove() {
    const gone = this.#draft.now.actions.filter((action) => action.id === this.#id);
    this.element.close();
    drop(this.#draft, gone);
  }

  /** One of their own that says nothing at all was not meant. */
  #closed() {
    const action = this.#draft.now.actions.find((each) => each.id === this.#id);
    if (action && !isWhole(action) && !action.label && !action.effect_prompt) this.#draft.drop([action.id]);
  }
}

/** What a preset says; one of their own starts with nothing. */
function usually(name, preset) {
  if (!preset) return "";
  return name === "label" ? named(preset) : preset[name];
}

/** What a field is for. What stays empty is the preset's, or nothing at all. */
function help(name, preset) {
  if (name === "effect_prompt") return t(preset ? "create.effect_prompt_help" : "create.effect_prompt_help_own");
  return t(name === "label" ? "create.label_help" : "create.action_prompt_help");
}
