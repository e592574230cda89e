/** The archive: every job as a card, newest first, loaded as one scrolls. */

import { drawCard } from "../parts/archive-card.js";
import { LongList } from "../parts/archive-list.js";
import * as api from "../lib/api.js";
import { fill, h, icon } from "../lib/dom.js";
import { complain } from "../lib/notices.js";
import { t } from "../lib/words.js";

const FILTERS = {
  all: [], awaiting: ["awaiting"], running: ["queued", "running"], done: ["done"], partial: ["partial"], failed: ["failed"],
  cancelled: ["cancelled"],
};
const PAGE = 48;
const PAUSE = 250; // ms after the last key

class ArchivePage extends HTMLElement {
  #query = read();
  #list = new LongList(h("div", { class: "archive-grid", role: "list", "aria-label": t("archive.jobs") }), drawCard, () => this.#more());
  #note = h("div", { class: "archive-note", "aria-live": "polite" });
  #cursor = null;
  #loading = null;
  #timer = null;

  connectedCallback() {
    document.title = `${t("common.archive")} · popcon`;
    this.append(this.#head(), this.#tools(), this.#list.element, this.#note);
    this.#begin();
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
    this.#loading?.abort();
    this.#list.close();
  }

  #head() {
    return h("div", { class: "page-head" }, h("div", {}, h("h1", {}, t("common.archive")), h("p", { class: "soft" }, t("archive.intro"))));
  }

  #tools() {
    const search = h("input", {
      type: "search", value: this.#query.search, placeholder: t("archive.search"), "aria-label": t("archive.search"), maxlength: 200,
      on: { input: (event) => this.#later(() => this.#ask({ search: event.target.value.trim() })) },
    });
    const chips = Object.keys(FILTERS).map((name) =>
      h("button", { data: { filter: name }, "aria-pressed": String(name === this.#query.filter), on: { click: () => this.#choose(name) } }, t(name === "all" ? "archive.all" : `common.state_${name}`)));
    return h("div", { class: "archive-tools" }, h("div", { class: "archive-search" }, icon("search"), search),
      h("div", { class: "segments", role: "group", "aria-label": t("archive.filter") }, chips));
  }

  #choose(filter) {
    for (const chip of this.querySelectorAll("[data-filter]")) chip.setAttribute("aria-pressed", String(chip.dataset.filter === filter));
    this.#ask({ filter });
  }

  #later(work) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(work, PAUSE);
  }

  #ask(change) {
    this.#query = { ...this.#query, ...change };
    write(this.#query);
    this.#begin();
  }

  #begin() {
    this.#loading?.abort();
    this.#loading = null;
    this.#cursor = null;
    this.#list.clear();
    fill(this.#note, h("div", { class: "wait", role: "status", "aria-label": t("common.loading") }));
    return this.#load();
  }

  #more() {
    if (this.#cursor && !this.#loading) this.#load();
  }

  async #load() {
    const loading = new AbortController();
    this.#loading = loading;
    try {
      const page = await api.get(this.#address(), { signal: loading.signal });
      if (loading !== this.#loading) return;
      this.#cursor = page.next_cursor;
      this.#list.append(page.jobs);
      this.#told();
    } catch (problem) {
      if (loading !== this.#loading) return;
      complain(problem);
      fill(this.#note, h("button", { on: { click: () => this.#load() } }, icon("again"), t("common.retry")));
    }
    this.#loading = null;
    this.#list.look();
  }

  #address() {
    const asked = new URLSearchParams({ limit: PAGE });
    for (const state of FILTERS[this.#query.filter]) asked.append("state", state);
    if (this.#query.search) asked.set("search", this.#query.search);
    if (this.#cursor) asked.set("cursor", this.#cursor);
    return `/v1/jobs?${asked}`;
  }

  #told() {
    if (this.#cursor) fill(this.#note, h("div", { class: "wait", role: "status", "aria-label": t("common.loading") }));
    else if (this.#list.count) fill(this.#note, h("p", { class: "empty small" }, t("archive.end")));
    else if (this.#query.search || this.#query.filter !== "all") fill(this.#note, h("p", { class: "empty" }, t("archive.none")));
    else fill(this.#note, h("div", { class: "empty archive-first" }, h("p", {}, t("archive.empty")), h("a", { class: "button primary", href: "/" }, icon("plus"), t("archive.first"))));
  }
}

/** What is asked for stands in the address, so that going back finds it again. */
function read() {
  const asked = new URLSearchParams(location.search);
  const filter = asked.get("show");
  return { filter: filter in FILTERS ? filter : "all", search: asked.get("search") ?? "" };
}

function write({ filter, search }) {
  const asked = new URLSearchParams();
  if (filter !== "all") asked.set("show", filter);
  if (search) asked.set("search", search);
  history.replaceState(null, "", `/archive${asked.size ? `?${asked}` : ""}`);
}

customElements.define("archive-page", ArchivePage);
