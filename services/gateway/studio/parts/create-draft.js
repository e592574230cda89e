/** What a visitor has put together so far. It lives in the tab's storage, so that a reload loses nothing. */

import { newKey } from "../lib/api.js";

const KEY = "popcon.draft";
const SAVED_AFTER = 150; // ms
export const USUAL_MOST = 24;
export const MOST = 40;

const EMPTY = {
  /** The picture as uploaded, and as it is cut out now; the box that is wanted, and the one that `picture` has. */
  first: null, picture: null, crop: null, cut: null,
  /** The name of the job, and the one that its picture's file gave it. */
  name: "", guess: "",
  actions: null, targets: null, review: true, takes: 1,
  /** Whether more than the usual number of actions is meant. */
  more: false,
  /** Makes one job of several tries to start; a changed draft is another job. */
  key: null,
};

/** A draft. Dispatches `change` after every change, with the names of what changed. */
export class Draft extends EventTarget {
  #place;
  #state;
  #timer = null;
  #spent = false;

  /** The draft of this tab, until `signal`; one that begins from a job is kept apart from the others. */
  constructor(from, signal) {
    super();
    this.#place = from ? `${KEY}.${from}` : KEY;
    this.#state = { ...EMPTY, ...stored(this.#place) };
    window.addEventListener("pagehide", () => this.save(), { signal });
    signal.addEventListener("abort", () => this.save());
  }

  get now() {
    return this.#state;
  }

  /** Whether it has been begun. */
  get begun() {
    return this.#state.actions !== null;
  }

  change(patch) {
    this.#state = { ...this.#state, key: null, ...patch };
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.save(), SAVED_AFTER);
    this.dispatchEvent(new CustomEvent("change", { detail: Object.keys(patch) }));
  }

  /** Calls back now and at every change of one of `names`. */
  watch(names, listener) {
    this.addEventListener("change", (event) => event.detail.some((name) => names.includes(name)) && listener(this.#state));
    listener(this.#state);
  }

  save() {
    clearTimeout(this.#timer);
    if (this.#spent) return;
    try {
      sessionStorage.setItem(this.#place, JSON.stringify(this.#state));
    } catch {
      // A browser without storage: the draft lives as long as the page.
    }
  }

  /** The key of the job that this draft will be, until the draft changes. */
  key() {
    this.#state.key ??= newKey();
    this.save();
    return this.#state.key;
  }

  /** The draft became a job: the next one starts afresh. */
  spend() {
    clearTimeout(this.#timer);
    this.#spent = true;
    sessionStorage.removeItem(this.#place);
  }

  /** Adds an action; `words` replace the preset's. Answers it. */
  add(preset, words = {}) {
    const action = { id: newKey(), preset, label: "", action_prompt: "", effect_prompt: "", ...words };
    this.change({ actions: [...this.#state.actions, action] });
    return action;
  }

  edit(id, words) {
    this.change({ actions: this.#state.actions.map((each) => (each.id === id ? { ...each, ...words } : each)) });
  }

  drop(ids) {
    this.change({ actions: this.#state.actions.filter((each) => !ids.includes(each.id)) });
  }

  /** How many more actions there may be. */
  get room() {
    return (this.#state.more ? MOST : USUAL_MOST) - this.#state.actions.length;
  }
}

/** Whether somebody wrote words into an action. */
export const isWritten = (action) => Boolean(action.label || action.action_prompt || action.effect_prompt);

/** Whether an action says what to do. */
export const isWhole = (action) => Boolean(action.preset || action.action_prompt.trim());

function stored(place) {
  try {
    return JSON.parse(sessionStorage.getItem(place)) ?? {};
  } catch {
    return {};
  }
}
