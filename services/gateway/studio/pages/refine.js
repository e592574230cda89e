/** Refine: touch up the frames of a matte, or a start frame. Every edit is kept on the server as it is made. */

import * as api from "../lib/api.js";
import { fill, h, icon } from "../lib/dom.js";
import { JobFeed } from "../lib/feed.js";
import { t } from "../lib/words.js";
import { nameOf } from "../parts/refine-finish.js";
import { Frames, places } from "../parts/refine-frames.js";
import { EditSession } from "../parts/refine-session.js";
import { Workbench } from "../parts/refine-bench.js";

class RefinePage extends HTMLElement {
  #feed = null;
  #bench = null;
  #session = null;
  #opening = false;
  #gone = false;

  connectedCallback() {
    this.#feed = new JobFeed(this.getAttribute("job"));
    this.#feed.addEventListener("change", () => this.#changed());
    this.#feed.addEventListener("gone", () => this.#say(t("common.job_gone"), "/archive"));
    this.#feed.addEventListener("edit", (event) => this.#heard(event.detail));
    this.#look = () => document.visibilityState === "visible" && this.#session?.refresh().catch(() => {});
    document.addEventListener("visibilitychange", this.#look);
    fill(this, h("h1", { class: "hidden" }, t("common.refine")), h("div", { class: "wait", role: "status", "aria-label": t("common.loading") }));
    this.#open();
  }

  disconnectedCallback() {
    this.#gone = true;
    this.#feed.close();
    this.#bench?.close();
    this.#session?.close();
    document.removeEventListener("visibilitychange", this.#look);
    document.title = "popcon";
  }

  #look;

  get #review() {
    return `/jobs/${this.getAttribute("job")}`;
  }

  get #action() {
    return this.#feed.job?.actions.find((each) => each.id === this.getAttribute("action"));
  }

  /** The edit is opened before the job is read: then the job has what opening changed, and no event makes it read again. */
  async #open() {
    if (this.#opening) return;
    this.#opening = true;
    try {
      const edit = await this.#edit().catch((problem) => problem);
      if (!this.#feed.job) await this.#feed.open();
      if (edit instanceof Error) throw edit;
      if (!this.#gone) await this.#begin(edit);
    } catch (problem) {
      if (!this.#gone) this.#failed(problem);
    } finally {
      this.#opening = false;
    }
  }

  #edit() {
    const [job, action] = [this.getAttribute("job"), this.getAttribute("action")];
    return api.post(`/v1/jobs/${job}/actions/${action}/edits`, wanted(), { repeatable: true });
  }

  async #begin(edit) {
    const found = places(this.#action, edit.base);
    const listed = found.effectsList ? (await api.get(found.effectsList)).rescued.map((each) => each.effects) : [[]];
    const frames = await Frames.open(found, listed);
    if (this.#gone) return;
    this.#session = new EditSession(edit);
    this.#session.addEventListener("closed", () => this.#ended(this.#session.state));
    this.#bench = new Workbench({ session: this.#session, frames, action: () => this.#action, review: this.#review });
    document.title = `${t("refine.title", { name: nameOf(this.#action) })} · popcon`;
    fill(this, this.#bench.element);
    this.#bench.begin();
  }

  /** Somebody may have applied or discarded the edit, or the action may have become ready for one. */
  #changed() {
    const action = this.#action;
    if (!this.#session) {
      if (READY[stage()].includes(action?.state)) this.#open();
    } else if (action?.edit_id !== this.#session.id && this.#session.isOpen) this.#session.refresh().catch(() => {});
  }

  #heard({ data }) {
    if (data.edit_id === this.#session?.id) this.#session.heard(data.version);
  }

  #ended(state) {
    if (this.#gone || this.#bench.leaving) return;
    this.#say(t(`refine.ended_${state}`), this.#review, h("button", { class: "primary", on: { click: () => location.reload() } }, t("refine.open_again")));
  }

  #failed(problem) {
    const action = this.#action;
    if (problem.status === 404) this.#say(t(this.#feed.job ? "refine.no_action" : "common.job_gone"), this.#feed.job ? this.#review : "/archive");
    else if (problem.status === 409 && action) this.#say(why(action, problem));
    else {
      const text = problem.code === "unreachable" ? t("common.unreachable") : problem.message;
      this.#say(text, this.#review, h("button", { class: "primary", on: { click: () => this.#open() } }, t("common.retry")));
    }
  }

  #say(text, link = this.#review, more = null) {
    this.#bench?.close();
    const back = link === "/archive" ? t("common.archive") : t("refine.back");
    const heading = this.#action ? t("refine.title", { name: nameOf(this.#action) }) : t("common.refine");
    fill(this, h("section", { class: "card refine-note" }, icon("brush"), h("h1", {}, heading), h("p", { role: "status" }, text),
      h("div", { class: "row" }, h("a", { class: "button", href: link }, icon("left"), back), more)));
  }
}

/** The states of an action in which an edit of a stage can be opened. */
const READY = { startframe: ["awaiting_review"], matte: ["done", "awaiting_refine"] };

const stage = () => (new URLSearchParams(location.search).get("stage") === "startframe" ? "startframe" : "matte");

/** What to open, by the address: a stage, and a run and take of it. */
function wanted() {
  const asked = new URLSearchParams(location.search);
  const number = (name) => (Number(asked.get(name)) > 0 ? { [name]: Number(asked.get(name)) } : {});
  return { stage: stage(), ...number("run"), ...number("take") };
}

/** Why an action cannot be edited now. */
function why(action, problem) {
  if (action.state === "queued" || action.state === "running") return t("refine.not_while_made");
  if (action.state === "failed") return t("refine.not_failed");
  if (action.state === "cancelled") return t("refine.not_cancelled");
  if (action.state === "awaiting_review" && stage() === "matte") return t("refine.not_before_review");
  if (READY.matte.includes(action.state) && stage() === "startframe") return t("refine.not_startframe");
  return problem.message;
}

customElements.define("refine-page", RefinePage);
