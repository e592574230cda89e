/** The head of the review: whose emoji these are, how they stand, and what concerns all of them. */

import { fill, h, icon, once } from "../lib/dom.js";
import { moment, t } from "../lib/words.js";
import { isLive } from "./review-model.js";
import { stateName, targetName } from "./review-words.js";

const BEHIND = ["checker", "light", "dark"];

export class Head {
  #look;
  #face = h("img", { class: "review-face behind", alt: "", width: 72, height: 72 });
  #name = h("h1");
  #badge = h("span", { class: "badge" });
  #counts = h("p", { class: "review-counts soft" });
  #approve;
  #retry;
  #pack = h("a", { class: "button" }, icon("spark"), t("common.pack"));
  #downloads = h("span", { class: "review-downloads row" });
  #play = h("button", { class: "quiet round" }, icon("play"));
  #behind;

  /** `page`: `changes`, `keys()`, `setLook(look)`. */
  constructor(page) {
    this.#approve = h("button", { class: "primary", hidden: true, on: { click: once(() => page.changes.approveAll()) } }, icon("check"), h("span"));
    this.#retry = h("button", { hidden: true, on: { click: once(() => page.changes.retryFailed()) } }, icon("again"), t("review.retry_failed"));
    this.#behind = h("div", { class: "segments", role: "group", "aria-label": t("common.background") },
      BEHIND.map((behind) => h("button", { data: { behind }, "aria-label": t(`common.background_${behind}`), title: t(`common.background_${behind}`),
        on: { click: () => page.setLook({ behind }) } }, h("span", { class: "review-swatch behind", data: { behind } }))));
    this.#play.addEventListener("click", () => page.setLook({ playing: !this.#look.playing }));
    const keys = h("button", { class: "quiet round review-help", "aria-label": t("review.keys"), title: t("review.keys"), on: { click: () => page.keys() } }, "?");
    this.element = h("header", { class: "review-head" },
      h("div", { class: "review-title" }, this.#face, h("div", {}, h("div", { class: "row" }, this.#name, this.#badge), this.#counts)),
      h("div", { class: "row review-looks" }, this.#behind, this.#play, keys),
      h("div", { class: "row review-deeds" }, this.#pack, this.#downloads, this.#retry, this.#approve));
  }

  update({ job, look }) {
    this.#look = look;
    if (this.#face.getAttribute("src") !== job.picture.cutout.url) this.#face.src = job.picture.cutout.url;
    this.#face.dataset.behind = look.behind;
    this.#name.textContent = job.name || t("review.unnamed");
    document.title = `${this.#name.textContent} · popcon`;
    this.#badge.className = `badge ${job.state}`;
    this.#badge.textContent = stateName(job.state);
    this.#counts.textContent = [counts(job), moment(job.created_at)].join(" · ");
    this.#deeds(job);
    this.#looks(look);
  }

  #deeds(job) {
    const waiting = job.actions.filter((each) => each.state === "awaiting_review").length;
    this.#approve.hidden = waiting === 0;
    this.#approve.lastElementChild.textContent = t("review.approve_all", { n: waiting });
    this.#retry.hidden = !job.actions.some((each) => each.state === "failed");
    this.#pack.href = `/jobs/${job.id}/pack`;
    const ready = job.sets.filter((set) => set.zip);
    const drawn = ready.map((set) => set.zip.url).join(" ");
    if (this.#downloads.dataset.drawn === drawn) return;
    this.#downloads.dataset.drawn = drawn;
    fill(this.#downloads, ready.map((set) => download(set, ready.length > 1)));
  }

  #looks(look) {
    for (const button of this.#behind.children) button.setAttribute("aria-pressed", String(button.dataset.behind === look.behind));
    const label = t(look.playing ? "review.still" : "review.play");
    this.#play.setAttribute("aria-pressed", String(look.playing));
    this.#play.setAttribute("aria-label", label);
    this.#play.title = label;
  }
}

function download(set, several) {
  const href = `/v1/jobs/${set.job_id}/sets/${set.target}/zip`;
  return h("a", { class: "button", href, download: "" }, icon("download"), several ? targetName(set.target) : t("common.download"));
}

/** "8 emoji · 3 done · 2 to review", what there is none of left out. */
function counts(job) {
  const groups = {
    done: (each) => each.state === "done",
    working: isLive,
    awaiting: (each) => each.state.startsWith("awaiting"),
    failed: (each) => each.state === "failed",
    stopped: (each) => each.state === "cancelled",
  };
  const found = Object.entries(groups).map(([name, is]) => [name, job.actions.filter(is).length]).filter(([, n]) => n > 0);
  const n = job.actions.length;
  return [t("common.emoji", { n }), ...found.map(([name, count]) => t(`review.count_${name}`, { n: count }))].join(" · ");
}
