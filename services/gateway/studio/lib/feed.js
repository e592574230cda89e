/**
 * A job that stays up to date: read once, then followed by its events. No polling: an event says that something changed,
 * and the job is read again, once for however many events come together.
 *
 * Dispatches `change` when `job` is new, `progress` (detail: action_id, stage, run, progress) in between, `edit` (detail:
 * the event) when an edit got another operation, `gone` when the job was deleted.
 */

import * as api from "./api.js";
import * as connection from "./connection.js";

const TYPES = [
  "job.created", "job.deleted", "job.undeleted", "job.resumed", "action.changed", "run.queued", "run.started",
  "run.succeeded", "run.failed", "run.retrying", "run.released", "run.superseded", "set.changed", "set.arranged", "set.zip",
];
const TOGETHER = 120; // ms

export class JobFeed extends EventTarget {
  #source = null;
  #timer = null;
  #reading = false;
  #again = false;
  #closed = false;

  constructor(id) {
    super();
    this.id = id;
    this.job = null;
  }

  /** Reads the job and follows it. Throws the API's `Problem`. */
  async open() {
    this.job = await api.get(`/v1/jobs/${this.id}`);
    if (!this.#closed) this.#follow();
    return this.job;
  }

  close() {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#source?.close();
  }

  /** Takes an action as a change answered it, before the event of that change comes. */
  take(action) {
    const actions = this.job.actions.map((each) => (each.id === action.id && each.version <= action.version ? action : each));
    this.#set({ ...this.job, actions });
  }

  /** Takes a job as a change answered it. */
  takeJob(job) {
    this.#set(job);
  }

  #set(job) {
    this.job = job;
    this.dispatchEvent(new Event("change"));
  }

  #follow() {
    // The browser comes back by itself after the last number it saw.
    const source = new EventSource(`/v1/jobs/${this.id}/events?after=${this.job.last_seq}`);
    for (const type of TYPES) source.addEventListener(type, () => this.#soon());
    source.addEventListener("run.progress", (event) => this.#progress(JSON.parse(event.data)));
    source.addEventListener("edit.changed", (event) => this.dispatchEvent(new CustomEvent("edit", { detail: JSON.parse(event.data) })));
    source.addEventListener("open", () => connection.found());
    source.addEventListener("error", () => this.#failed(source));
    this.#source = source;
  }

  #failed(source) {
    if (this.#closed) return;
    connection.missed();
    // Refused for good (a restart answered by something else, say): begin anew once popcon is back.
    if (source.readyState === EventSource.CLOSED) {
      connection.back().then(() => this.#closed || this.#read().then(() => this.#follow(), () => {}));
    }
  }

  #progress(event) {
    const detail = { action_id: event.action_id, stage: event.stage, run: event.run, progress: event.data.progress ?? 0 };
    this.dispatchEvent(new CustomEvent("progress", { detail }));
  }

  #soon() {
    if (this.#reading) {
      this.#again = true;
      return;
    }
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#read().catch(() => {});
    }, TOGETHER);
  }

  async #read() {
    this.#reading = true;
    try {
      const job = await api.get(`/v1/jobs/${this.id}`);
      if (!this.#closed) this.#set(job);
    } catch (problem) {
      if (problem.status === 404) this.dispatchEvent(new Event("gone"));
      throw problem;
    } finally {
      this.#reading = false;
      if (this.#again) {
        this.#again = false;
        this.#soon();
      }
    }
  }
}
