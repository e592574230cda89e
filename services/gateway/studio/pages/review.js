/** Review: every action of a job at a glance, each made, approved, made again and refined on its own. */

import * as api from "../lib/api.js";
import { fill, h, once } from "../lib/dom.js";
import { JobFeed } from "../lib/feed.js";
import { complain } from "../lib/notices.js";
import { t } from "../lib/words.js";
import { Changes } from "../parts/review-changes.js";
import { Grid } from "../parts/review-grid.js";
import { Head } from "../parts/review-head.js";
import { keys } from "../parts/review-keys.js";
import { Menu } from "../parts/review-menu.js";
import { isLive } from "../parts/review-model.js";
import { regenerate } from "../parts/review-regenerate.js";
import { resume } from "../parts/review-resume.js";
import { takes } from "../parts/review-takes.js";
import { labelOf, stateOf } from "../parts/review-words.js";

const LOOK = "popcon.review.behind";

class ReviewPage extends HTMLElement {
  #feed;
  #presets = new Map();
  #ending = new AbortController();
  #still = matchMedia("(prefers-reduced-motion: reduce)");
  #look = { behind: localStorage.getItem(LOOK) ?? "checker", playing: !this.#still.matches };
  #said = h("p", { class: "hidden", role: "status" });
  #states = new Map();
  #parts = null; // head, grid and menu, while the job is there
  #dialog = null; // what of an open dialog follows the job: {id, update}

  async connectedCallback() {
    const { signal } = this.#ending;
    this.classList.add("review");
    document.addEventListener("keydown", (event) => this.#key(event), { signal });
    this.#still.addEventListener("change", () => this.setLook({ playing: !this.#still.matches }), { signal });
    await this.#open();
  }

  disconnectedCallback() {
    this.#ending.abort();
    this.#feed?.close();
    this.#parts?.grid.close();
    document.title = "popcon";
  }

  // What head, tiles and menu call.

  regenerate(action) {
    regenerate(this, action, this.#how());
  }

  more(action, button) {
    this.#parts.menu.prepare(action, button);
  }

  resume(action) {
    this.#follow(action, resume);
  }

  takes(action) {
    this.#follow(action, takes);
  }

  keys() {
    keys(this);
  }

  /** What stands behind all pictures, and whether they move. */
  setLook(change) {
    this.#look = { ...this.#look, ...change };
    localStorage.setItem(LOOK, this.#look.behind);
    if (this.#parts) this.#draw();
  }

  async #open() {
    this.#parts?.grid.close();
    this.#parts = null;
    fill(this, h("div", { class: "wait", role: "status", "aria-label": t("common.loading") }));
    this.#feed = new JobFeed(this.getAttribute("job"));
    this.#feed.addEventListener("change", () => this.#draw());
    this.#feed.addEventListener("progress", (event) => this.#parts?.grid.progress(event.detail));
    this.#feed.addEventListener("gone", () => this.#gone());
    this.changes = new Changes(this.#feed);
    try {
      const [{ presets }] = await Promise.all([api.get("/v1/presets", this.#ending), this.#feed.open()]);
      if (this.#ending.signal.aborted) return;
      this.#presets = new Map(presets.map((each) => [each.id, each]));
      this.#draw();
    } catch (problem) {
      this.#failed(problem);
    }
  }

  #draw() {
    const { job } = this.#feed;
    this.#parts ?? this.#build();
    const state = { job, presets: this.#presets, look: this.#look };
    this.#parts.head.update(state);
    this.#parts.grid.update(state);
    const followed = job.actions.find((each) => each.id === this.#dialog?.id);
    if (followed) this.#dialog.update(followed);
    this.#announce(job);
  }

  #build() {
    const menu = new Menu(this);
    this.#parts = { head: new Head(this), grid: new Grid(this, menu.element), menu };
    fill(this, this.#parts.head.element, this.#parts.grid.element, menu.element, this.#said);
  }

  #follow(action, dialog) {
    const closed = () => (this.#dialog = null);
    this.#dialog = { id: action.id, ...bound(dialog(this, action, { ...this.#how(), closed })) };
  }

  #how() {
    return { job: this.#feed.job, presets: this.#presets, changes: this.changes, look: () => this.#look };
  }

  /** Says what became of actions since they were last drawn, to whoever cannot see it. */
  #announce(job) {
    const news = [];
    for (const action of job.actions) {
      const before = this.#states.get(action.id);
      const told = !isLive(action) || before?.startsWith("awaiting");
      if (before && before !== action.state && told) news.push(`${labelOf(action, this.#presets)}: ${stateOf(action)}`);
      this.#states.set(action.id, action.state);
    }
    if (news.length) this.#said.textContent = news.join(". ");
  }

  #key(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || !this.#parts) return;
    if (event.target.closest("input, textarea, select, dialog, [popover]") || this.querySelector("dialog[open]")) return;
    const { grid } = this.#parts;
    const tile = grid.of(event.target);
    if (event.key === "?") this.keys();
    else if (tile || event.target === document.body || event.target.id === "page") {
      if (!grid.move(event.key, tile) && !(tile && tile.press(event.key.toLowerCase()))) return;
    } else return;
    event.preventDefault();
  }

  /** There is no such job, or no more; one that was seen here can be brought back. */
  #gone() {
    this.#feed.close();
    this.#parts?.grid.close();
    this.#parts = null;
    const back = once(async () => {
      if (await this.changes.undelete()) await this.#open();
    });
    fill(this, h("div", { class: "review-gone" }, h("h1", {}, t("review.gone")), h("p", { class: "soft" }, t("common.job_gone")),
      h("div", { class: "row" }, h("a", { class: "button primary", href: "/archive" }, t("common.archive")),
        this.#feed.job && h("button", { on: { click: back } }, t("review.undelete")))));
  }

  #failed(problem) {
    if (problem.name === "AbortError") return;
    if (problem.status === 404 || problem.status === 422) return this.#gone();
    complain(problem);
    fill(this, h("div", { class: "review-gone" }, h("h1", {}, t("review.not_read")), h("p", { class: "soft" }, problem.message),
      h("button", { class: "primary", on: { click: once(() => this.#open()) } }, t("common.retry"))));
  }
}

const bound = (followed) => ({ update: (action) => followed.update(action) });

customElements.define("review-page", ReviewPage);
