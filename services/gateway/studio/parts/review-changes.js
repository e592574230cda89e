/** What people do to actions. Each change names the version it saw, so a second click is no second change. */

import * as api from "../lib/api.js";
import { complain, say } from "../lib/notices.js";
import { t } from "../lib/words.js";

export class Changes {
  #feed;
  #last = new Map(); // per action: what was asked last, and when it is answered

  constructor(feed) {
    this.#feed = feed;
  }

  /** Goes on with the take that is in use. */
  approve(id) {
    return this.#change(id, "approve", (action) => {
      const pick = action.selected.find((each) => each.stage === "startframe");
      return { run: pick.run, take: pick.take };
    });
  }

  /** Makes new start frames; `direction` only where the words are new. */
  regenerate(id, direction) {
    return this.#change(id, "regenerate", () => (direction ? { direction } : {}));
  }

  /** Puts a run and take in use. */
  select(id, selection) {
    return this.#change(id, "select", () => ({ selection }));
  }

  /** Starts again from a stage; null: where it stopped, or where it is outdated. */
  resume(id, stage = null) {
    return this.#change(id, "resume", () => ({ stage }));
  }

  skip(id) {
    return this.#change(id, "skip", () => ({}));
  }

  cancel(id) {
    return this.#change(id, "cancel", () => ({}));
  }

  /** Approves all that awaits review. Said twice it finds nothing more to approve. */
  async approveAll() {
    try {
      this.#feed.takeJob(await this.#job("approve"));
    } catch (problem) {
      await this.#refused(problem);
    }
  }

  /** Restarts what failed, each where it failed. Restarting the job would take along what a person stopped. */
  retryFailed() {
    const failed = this.#feed.job.actions.filter((each) => each.state === "failed");
    return Promise.all(failed.map((each) => this.resume(each.id)));
  }

  /** Answers whether the job is back. */
  async undelete() {
    try {
      return Boolean(await this.#job("undelete"));
    } catch (problem) {
      complain(problem);
      return false;
    }
  }

  /** Answers whether it was done. The same thing asked again while it is under way is one thing. */
  #change(id, name, body) {
    const last = this.#last.get(id);
    const what = `${name} ${JSON.stringify(body(this.#action(id)))}`;
    if (last?.what === what) return last.done;
    // One after the other: each must name the version that the one before it made.
    const done = Promise.resolve(last?.done).then(() => this.#send(id, name, body));
    const entry = { what, done };
    this.#last.set(id, entry);
    done.finally(() => this.#last.get(id) === entry && this.#last.delete(id));
    return done;
  }

  async #send(id, name, body) {
    const action = this.#action(id);
    const path = `/v1/jobs/${this.#feed.id}/actions/${id}/${name}`;
    try {
      this.#feed.take(await api.post(path, { version: action.version, ...body(action) }, { repeatable: true }));
      return true;
    } catch (problem) {
      await this.#refused(problem);
      return false;
    }
  }

  #job(verb) {
    return api.post(`/v1/jobs/${this.#feed.id}/${verb}`, {}, { repeatable: true });
  }

  /** Somebody else was first: what they did is shown, and that it happened is said. */
  async #refused(problem) {
    if (problem.status !== 409) return complain(problem);
    try {
      this.#feed.takeJob(await api.get(`/v1/jobs/${this.#feed.id}`));
      say(t("review.moved_on"));
    } catch (other) {
      complain(other);
    }
  }

  #action(id) {
    return this.#feed.job.actions.find((each) => each.id === id);
  }
}
