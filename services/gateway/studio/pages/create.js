/** Create: one picture, the actions, the targets; then a job. */

import * as api from "../lib/api.js";
import { fill, h, icon } from "../lib/dom.js";
import { complain, say } from "../lib/notices.js";
import { go } from "../lib/router.js";
import { t } from "../lib/words.js";
import { Chosen } from "../parts/create-chosen.js";
import { dock, missing } from "../parts/create-dock.js";
import { Draft, USUAL_MOST, isWhole } from "../parts/create-draft.js";
import { Editor } from "../parts/create-editor.js";
import { Picker } from "../parts/create-picker.js";
import { PicturePart } from "../parts/create-picture.js";
import { Samples } from "../parts/create-samples.js";
import { options, targetCards } from "../parts/create-targets.js";

/** As many as the strictest target wants at least. */
const FIRST_CHOICE = 8;

class CreatePage extends HTMLElement {
  #left = new AbortController();
  #samples = new Samples();
  #rest = h("div", { class: "create-rest" });
  #draft;
  #picture;
  #editor;

  connectedCallback() {
    const from = new URLSearchParams(location.search).get("from") ?? "";
    this.#draft = new Draft(from, this.#left.signal);
    this.#picture = new PicturePart(this.#draft, this.#samples, this.#left.signal);
    this.append(h("div", { class: "page-head create-head" }, h("div", {}, h("h1", {}, t("create.title")), h("p", { class: "soft" }, t("create.lead")))),
      this.#picture.element, this.#rest);
    this.#load(from);
  }

  disconnectedCallback() {
    this.#left.abort();
    this.#samples.close();
  }

  async #load(from) {
    fill(this.#rest, h("div", { class: "wait", role: "status", "aria-label": t("common.loading") }));
    const { signal } = this.#left;
    const pace = api.get("/v1/pace", { signal }).catch(() => null);
    const job = from && !this.#draft.begun ? api.get(`/v1/jobs/${from}`, { signal }).catch(gone) : null;
    try {
      const asked = [api.get("/v1/presets", { signal }), api.get("/v1/targets", { signal }), pace, job];
      const [{ presets }, { targets }, times, copied] = await Promise.all(asked);
      if (signal.aborted) return;
      this.#begin(presets, targets, copied);
      this.#show(presets, targets, times);
    } catch (problem) {
      if (!signal.aborted) this.#failed(problem, from);
    }
  }

  #failed(problem, from) {
    complain(problem);
    fill(this.#rest, h("div", { class: "empty" }, h("p", {}, t("create.not_loaded")),
      h("button", { type: "button", on: { click: () => this.#load(from) } }, icon("again"), t("common.retry"))));
  }

  /** A new draft has a first choice already, or what the job had that it begins from. */
  #begin(presets, targets, job) {
    if (this.#draft.begun) return;
    this.#draft.change({ actions: [], targets: targets.slice(0, 1).map((target) => target.id) });
    if (!job) {
      for (const preset of presets.slice(0, FIRST_CHOICE)) this.#draft.add(preset.id);
      return;
    }
    const { review, takes, targets: chosen } = job.options;
    this.#draft.change({ targets: chosen, review, takes, name: "", more: job.actions.length > USUAL_MOST });
    for (const action of job.actions) this.#draft.add(action.direction.preset, wordsOf(action, presets));
    say(t("create.from", { name: job.name || t("create.from_unnamed") }));
  }

  #show(presets, targets, pace) {
    const draft = this.#draft;
    this.#editor = new Editor(draft, presets, this.#samples);
    const open = (id) => this.#editor.open(id);
    const picker = new Picker(draft, presets, this.#samples, () => open(draft.add("").id));
    const chosen = new Chosen(draft, presets, this.#samples, open);
    fill(this.#rest, h("div", { class: "create-choice" }, picker.element, chosen.element),
      h("div", { class: "create-how" }, targetCards(draft, targets), options(draft)),
      this.#editor.element);
    this.append(dock(draft, targets, pace, () => this.#start()));
  }

  async #start() {
    const settled = await this.#picture.settled();
    const { now } = this.#draft;
    if (!now.picture) this.#picture.focus();
    else if (!now.actions.length) this.querySelector(".create-card").focus();
    else if (missing(now)) this.#editor.open(now.actions.find((action) => !isWhole(action)).id);
    else if (settled) await this.#make();
  }

  async #make() {
    try {
      const job = await api.post("/v1/jobs", asked(this.#draft.now), { key: this.#draft.key() });
      this.#draft.spend();
      go(`/jobs/${job.id}`);
    } catch (problem) {
      if (problem.status === 404) this.#picture.forget();
      else complain(problem);
    }
  }
}

/** What the API is asked for. */
function asked({ picture, actions, targets, review, takes, name }) {
  return {
    picture_id: picture.id,
    actions: actions.map(({ preset, label, action_prompt, effect_prompt }) => ({ preset, label, action_prompt, effect_prompt })),
    options: { review, takes, targets, lane: "interactive" },
    name,
  };
}

/** The words of an action that are not its preset's own. */
function wordsOf({ label, direction }, presets) {
  const preset = presets.find((each) => each.id === direction.preset);
  const own = (text, usual) => (text === usual ? "" : text);
  return {
    label: own(label, preset?.label),
    action_prompt: own(direction.action_prompt, preset?.action_prompt),
    effect_prompt: own(direction.effect_prompt, preset?.effect_prompt),
  };
}

/** The job that was to be copied is no longer there: begin as usual. */
function gone(problem) {
  complain(problem);
  return null;
}

customElements.define("create-page", CreatePage);
