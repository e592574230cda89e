/**
 * An edit that is kept on the server as it is made. What a person does holds here at once, waits in a queue, and is sent
 * in order, one after the other, each naming the version that the one before made.
 *
 * Dispatches `change` when operations, cursor or `saving` are new, `moved` when another window had changed the edit,
 * `closed` when it was applied or discarded, `refused` (detail: the Problem) when the server would not take something.
 */

import * as api from "../lib/api.js";
import * as connection from "../lib/connection.js";
import { text, whole } from "./refine-rules.js";

const PAUSE = 1000; // ms

export class EditSession extends EventTarget {
  #edit;
  #queue = [];
  #sending = false;
  #ended = false;
  #unwatch;
  #others;

  constructor(edit) {
    super();
    this.#edit = known(edit, []);
    // The windows of one browser tell each other at once.
    this.#others = new BroadcastChannel(`popcon.edit.${edit.id}`);
    this.#others.addEventListener("message", ({ data }) => this.heard(data));
    this.#queue = this.#recalled();
    this.#unwatch = connection.watch((lost) => {
      this.#tell("change");
      if (!lost) this.refresh().catch(() => {});
    });
    this.#view();
    this.#send();
  }

  get id() {
    return this.#edit.id;
  }

  get base() {
    return this.#edit.base;
  }

  get version() {
    return this.#edit.version;
  }

  get isOpen() {
    return this.#edit.state === "open";
  }

  get state() {
    return this.#edit.state;
  }

  /** Where what was done is: `saved`, `saving`, or `waiting` for the connection. */
  get saving() {
    if (!this.#queue.length) return "saved";
    return connection.isLost() ? "waiting" : "saving";
  }

  /** The operations that hold, in order. */
  get operations() {
    return this.seen.operations.slice(0, this.seen.cursor);
  }

  get canUndo() {
    return this.seen.cursor > 0;
  }

  get canRedo() {
    return this.seen.cursor < this.seen.operations.length;
  }

  append(operation) {
    this.#do({ path: "operations", operation: whole(operation) });
  }

  undo() {
    if (this.canUndo) this.#do({ path: "undo" });
  }

  redo() {
    if (this.canRedo) this.#do({ path: "redo" });
  }

  /** There is a version of the edit somewhere. */
  heard(version) {
    if (version > this.version) this.refresh().catch(() => {});
  }

  /** Reads the edit again: somebody may have changed it elsewhere. */
  async refresh() {
    if (this.#queue.length || this.#ended) return;
    const fresh = await api.get(`/v1/edits/${this.id}`);
    // What was done meanwhile names the version we had; its answer, or its refusal, settles it.
    if (!this.#queue.length && fresh.version > this.#edit.version) this.#take(fresh);
  }

  /** Resolves once everything is on the server. */
  settled() {
    if (!this.#queue.length) return Promise.resolve();
    return new Promise((resolve) => {
      const look = () => {
        if (this.#queue.length) return;
        this.removeEventListener("change", look);
        resolve();
      };
      this.addEventListener("change", look);
    });
  }

  /** Applies or discards it. Throws the API's `Problem`. */
  async end(how) {
    await this.settled();
    const fresh = await api.post(`/v1/edits/${this.id}/${how}`, { version: this.version }, { repeatable: true });
    this.#edit = known(fresh, this.#edit.operations);
    this.#others.postMessage(this.version);
  }

  close() {
    this.#ended = true;
    this.#others.close();
    this.#unwatch();
  }

  #do(command) {
    if (!this.isOpen) return;
    this.#queue.push(command);
    this.#view();
    this.#send();
  }

  async #send() {
    if (this.#sending) return;
    this.#sending = true;
    while (this.#queue.length && !this.#ended) {
      const { path, operation } = this.#queue[0];
      const body = { version: this.version, ...(operation && { operation: asked(operation) }) };
      try {
        const fresh = await api.post(`/v1/edits/${this.id}/${path}`, body, { repeatable: true });
        if (this.#ended) return;
        this.#queue.shift();
        this.#take(fresh);
        this.#others.postMessage(this.version);
      } catch (problem) {
        await this.#recover(problem);
      }
    }
    this.#sending = false;
  }

  async #recover(problem) {
    if (problem.retryable || problem.status === 0 || problem.status >= 500) {
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
      await connection.back();
      return;
    }
    let fresh;
    try {
      fresh = await api.get(`/v1/edits/${this.id}`);
    } catch {
      return;
    }
    if (this.#isAnswered(fresh)) this.#queue.shift();
    else if (fresh.version !== this.version) this.#rebase();
    else {
      this.#queue.shift();
      this.dispatchEvent(new CustomEvent("refused", { detail: problem }));
    }
    this.#take(fresh);
  }

  /** Whether the server has what was sent, and only its answer was lost. */
  #isAnswered(fresh) {
    if (fresh.version !== this.version + 1) return false;
    const wanted = after(this.#edit, this.#queue[0]);
    return wanted.cursor === fresh.cursor && wanted.operations.map(text).join() === fresh.operations.map(text).join();
  }

  /** The newer edit holds; what was done here and not sent comes on top of it, without steps back that had another start. */
  #rebase() {
    this.#queue = net(this.#queue);
    this.dispatchEvent(new Event("moved"));
  }

  #take(fresh) {
    this.#edit = known(fresh, this.seen.operations);
    if (!this.isOpen) this.#queue = [];
    this.#view();
    if (!this.isOpen) this.dispatchEvent(new Event("closed"));
  }

  /** What the person sees: the server's edit and all that waits. */
  #view() {
    this.seen = this.#queue.reduce(after, this.#edit);
    this.#keep();
    this.#tell("change");
  }

  #tell(what) {
    if (!this.#ended) this.dispatchEvent(new Event(what));
  }

  // A reload must not lose what waits.
  #keep() {
    if (this.#queue.length) sessionStorage.setItem(this.#place, JSON.stringify([this.version, this.#queue]));
    else sessionStorage.removeItem(this.#place);
  }

  #recalled() {
    const [version, queue] = JSON.parse(sessionStorage.getItem(this.#place) ?? "[0,[]]");
    if (!this.isOpen) return [];
    if (version === this.version) return queue;
    // The first of them may have arrived before the page went away.
    const last = this.#edit.operations[this.#edit.cursor - 1];
    const arrived = version + 1 === this.version && queue[0]?.operation && last && text(queue[0].operation) === text(last);
    return net(arrived ? queue.slice(1) : queue);
  }

  get #place() {
    return `popcon.edit.${this.#edit.id}`;
  }
}

/** An edit after a command. */
function after(edit, { path, operation }) {
  if (path === "undo") return { ...edit, cursor: edit.cursor - 1 };
  if (path === "redo") return { ...edit, cursor: edit.cursor + 1 };
  return { ...edit, cursor: edit.cursor + 1, operations: [...edit.operations.slice(0, edit.cursor), operation] };
}

/** What is left of commands when undo and redo among them are done. */
function net(queue) {
  const [done, undone] = [[], []];
  for (const command of queue) {
    if (command.path === "undo") undone.push(...done.splice(-1));
    else if (command.path === "redo") done.push(...undone.splice(-1));
    else {
      done.push(command);
      undone.length = 0;
    }
  }
  return done;
}

/** An edit as the server tells it, with the very objects of operations that are known: results are kept by them. */
function known(edit, old) {
  const operations = edit.operations.map((each, i) => (old[i] && text(old[i]) === text(each) ? old[i] : whole(each)));
  return { ...edit, operations };
}

/** An operation as the server takes it: without what does not concern it. */
function asked(operation) {
  const wanted = Object.entries(operation).filter(([, value]) => value !== null && value !== "" && value.length !== 0);
  return Object.fromEntries(wanted);
}
