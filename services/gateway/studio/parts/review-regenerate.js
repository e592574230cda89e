/** Asks for new start frames, with the same words or new ones. */

import { h, icon, once } from "../lib/dom.js";
import { t } from "../lib/words.js";
import { open } from "./review-dialog.js";
import { labelOf } from "./review-words.js";

const LONGEST = 2000; // characters of a prompt

export function regenerate(page, action, { presets, changes }) {
  const draft = new Draft(action);
  const words = draft.read() ?? action.direction;
  const fields = { action_prompt: field("action_prompt", words), effect_prompt: field("effect_prompt", words) };
  const now = () => Object.fromEntries(Object.entries(fields).map(([name, [, input]]) => [name, input.value.trim()]));
  const send = once(async () => {
    const asked = now();
    const same = Object.entries(asked).every(([name, text]) => text === action.direction[name]);
    const direction = same ? null : { preset: action.direction.preset, ...asked };
    if (await changes.regenerate(action.id, direction)) draft.drop();
    dialog.close(); // refused or not: why is said on the page, and what was typed is kept
  });
  const go = h("button", { class: "primary", on: { click: send } }, icon("again"), t("review.regenerate_go"));
  const preset = presets.get(action.direction.preset);
  const reset = preset && h("button", { class: "quiet", on: { click: () => fillIn(fields, preset) } }, t("review.preset_words"));
  const body = h("form", { class: "review-form", on: { input: () => draft.keep(now()), submit: (event) => event.preventDefault() } },
    h("p", { class: "soft" }, t("review.regenerate_help")), Object.values(fields).map(([part]) => part));
  const dialog = open(page, { title: t("review.regenerate_title", { name: labelOf(action, presets) }), body, foot: [reset, go] });
  body.addEventListener("keydown", (event) => event.key === "Enter" && (event.ctrlKey || event.metaKey) && go.click());
  go.focus();
}

function field(name, words) {
  const input = h("textarea", { id: `review-${name}`, maxlength: LONGEST, rows: 3, value: words[name] });
  return [h("div", { class: "field" }, h("label", { for: input.id }, t(`review.${name}`)), input), input];
}

function fillIn(fields, words) {
  for (const [name, [, input]] of Object.entries(fields)) input.value = words[name];
  fields.action_prompt[1].dispatchEvent(new Event("input", { bubbles: true }));
}

/** Words that were typed and not sent yet: closing the dialog by mistake loses none. */
class Draft {
  #key;

  constructor(action) {
    this.#key = `popcon.review.${action.id}`;
  }

  read() {
    return JSON.parse(sessionStorage.getItem(this.#key));
  }

  keep(words) {
    sessionStorage.setItem(this.#key, JSON.stringify(words));
  }

  drop() {
    sessionStorage.removeItem(this.#key);
  }
}
