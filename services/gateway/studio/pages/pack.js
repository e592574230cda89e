/** The pack: the finished set as a chat shows it, its target's rules, its order, and the files to take away. */

import { drawChat } from "../parts/pack-chat.js";
import { EmojiOrder } from "../parts/pack-order.js";
import { drawRules } from "../parts/pack-rules.js";
import * as api from "../lib/api.js";
import { fill, h, icon, once } from "../lib/dom.js";
import { JobFeed } from "../lib/feed.js";
import { complain } from "../lib/notices.js";
import { t } from "../lib/words.js";

const BETWEEN = 400; // ms: browsers drop downloads that begin at once

class PackPage extends HTMLElement {
  #feed;
  #targets = [];
  #target = null;
  #shown = null;
  #saving = 0;
  #saved = Promise.resolve();
  #head = h("div", { class: "page-head" });
  #body = h("div", { class: "pack-body" });
  #chat = h("section", { class: "card pack-chat" });
  #rules = h("section", { class: "card pack-rules" });
  #status = h("div", { class: "pack-status", role: "status" });
  #order = new EmojiOrder({ moved: (ids) => this.#arrange({ action_ids: ids }), tab: (id) => this.#arrange({ tab_action_id: id }), show: (id) => this.#show(id) });

  async connectedCallback() {
    document.title = `${t("common.pack")} · popcon`;
    this.append(this.#head, this.#body);
    fill(this.#body, h("div", { class: "wait", role: "status", "aria-label": t("common.loading") }));
    this.#feed = new JobFeed(this.getAttribute("job"));
    this.#feed.addEventListener("change", () => this.#draw());
    this.#feed.addEventListener("gone", () => this.#gone());
    try {
      const [, { targets }] = await Promise.all([this.#feed.open(), api.get("/v1/targets")]);
      this.#targets = targets;
      fill(this.#body, h("div", { class: "pack-main" }, this.#status, this.#order.element), h("div", { class: "pack-side" }, this.#chat, this.#rules));
      this.#draw();
    } catch (problem) {
      if (problem.status === 404) this.#gone();
      else complain(problem);
    }
  }

  disconnectedCallback() {
    this.#feed?.close();
  }

  get #job() {
    return this.#feed.job;
  }

  get #set() {
    return this.#job.sets.find((set) => set.target === this.#target);
  }

  #gone() {
    fill(this.#head);
    fill(this.#body, h("div", { class: "empty" }, h("p", {}, t("common.job_gone")), h("a", { class: "button", href: "/archive" }, icon("archive"), t("common.archive"))));
  }

  #draw() {
    if (!this.#targets.length) return;
    const asked = this.#job.options.targets;
    this.#target = asked.includes(this.#target) ? this.#target : asked[0];
    this.#drawHead(asked);
    const emoji = ordered(this.#job, this.#set, this.#target);
    // What somebody arranges meanwhile is newer than what the server told.
    if (!this.#saving) this.#order.draw(emoji, tabOf(this.#set, emoji));
    this.#drawStatus(emoji);
    if (!emoji.some((each) => each.id === this.#shown)) this.#shown = emoji[0]?.id ?? null;
    this.#show(this.#shown);
    const about = this.#targets.find((each) => each.id === this.#target);
    drawRules(this.#rules, about, this.#set);
    this.#chat.hidden = !emoji.length;
  }

  #drawHead(asked) {
    const ready = this.#job.sets.filter((set) => set.zip);
    const tabs = asked.length > 1 && h("div", { class: "segments", role: "group", "aria-label": t("pack.target") },
      asked.map((id) => h("button", { "aria-pressed": String(id === this.#target), on: { click: () => ((this.#target = id), this.#draw()) } }, this.#targets.find((each) => each.id === id)?.label ?? id)));
    fill(this.#head,
      h("div", {}, h("a", { class: "pack-back small", href: `/jobs/${this.#job.id}` }, icon("left"), t("pack.back")), h("h1", {}, t("pack.heading", { name: this.#job.name || "popcon" }))),
      tabs,
      h("div", { class: "row" },
        ready.length > 1 && h("button", { on: { click: once(() => this.#saveAll(ready)) } }, icon("download"), t("pack.save_all")),
        this.#set?.zip && h("a", { class: "button primary", href: `/v1/jobs/${this.#job.id}/sets/${this.#target}/zip`, download: "" }, icon("download"), t("pack.save_set"))));
  }

  #drawStatus(emoji) {
    const state = this.#set?.state ?? "pending";
    const badge = { complete: "done", incomplete: "awaiting", pending: "running", failed: "failed" }[state];
    fill(this.#status, emoji.length
      ? [h("span", { class: `badge ${badge}` }, t(`pack.state_${state}`)), h("span", { class: "soft small" }, t("common.emoji", { n: emoji.length }))]
      : h("p", { class: "empty" }, t("pack.none")));
  }

  #show(id) {
    this.#shown = id;
    this.#order.mark(id);
    const emoji = ordered(this.#job, this.#set, this.#target);
    const found = emoji.find((each) => each.id === id);
    if (found) drawChat(this.#chat, found, emoji);
  }

  /** Changes go one after the other, so that the last one holds. */
  #arrange(change) {
    this.#saving += 1;
    this.#saved = this.#saved.then(() => this.#save(change)).catch(complain).then(() => {
      this.#saving -= 1;
      this.#draw();
    });
  }

  async #save({ action_ids = [], tab_action_id = null }) {
    const others = this.#job.actions.map((action) => action.id).filter((id) => !action_ids.includes(id));
    const asked = { action_ids: action_ids.length ? [...action_ids, ...others] : [], tab_action_id };
    const set = await api.put(`/v1/jobs/${this.#job.id}/sets/${this.#target}/order`, asked);
    this.#feed.takeJob({ ...this.#job, sets: this.#job.sets.map((each) => (each.target === set.target ? set : each)) });
  }

  async #saveAll(sets) {
    for (const set of sets) {
      const link = h("a", { href: `/v1/jobs/${this.#job.id}/sets/${set.target}/zip`, download: "" });
      this.append(link);
      link.click();
      link.remove();
      await new Promise((resolve) => setTimeout(resolve, BETWEEN));
    }
  }
}

/** The finished emoji of a target in the set's order: `{id, label, url, still, file}`; `url` shows it, `file` is it. */
function ordered(job, set, target) {
  const places = new Map((set?.action_ids ?? []).map((id, index) => [id, index]));
  return job.actions
    .map((action) => ({ id: action.id, label: action.label, ...pictures(action, target) }))
    .filter((each) => each.url)
    .sort((one, other) => (places.get(one.id) ?? 99) - (places.get(other.id) ?? 99));
}

function pictures(action, target) {
  const pack = selected(action, "pack", target);
  const url = thumbnail(pack);
  return { url, still: thumbnail(selected(action, "matte", null)) ?? url, file: pack?.outputs[0]?.url };
}

const thumbnail = (run) => (run?.thumbnail ? run.manifest?.url.replace(/[^/]*$/, run.thumbnail) : null);

function selected(action, stage, target) {
  const chosen = action.selected.find((each) => each.stage === stage && each.target === target);
  return action.runs.find((run) => run.stage === stage && run.target === target && run.number === chosen?.run && run.state === "succeeded");
}

const tabOf = (set, emoji) => set?.tab_action_id ?? emoji[0]?.id;

customElements.define("pack-page", PackPage);
