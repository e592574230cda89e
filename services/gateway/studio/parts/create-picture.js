/** The picture: sent as soon as it comes, its character cut out and shown beside it, its crop corrected. */

import * as api from "../lib/api.js";
import { fill, h, icon } from "../lib/dom.js";
import { known, t } from "../lib/words.js";
import { Crop } from "./create-crop.js";
import { intake } from "./create-intake.js";

const BYTES_MOST = 20_000_000;
const PAUSE = 450; // ms without a change of the crop before it is cut out anew
const NAME_MOST = 60;
const PASTED = /^image\.\w+$/; // what browsers call a picture from the clipboard
const BACKGROUNDS = ["checker", "light", "dark"];

export class PicturePart {
  #draft;
  #samples;
  #signal;
  #crop = null;
  #timer = null;
  #call = null;
  #retried = false;
  #work = Promise.resolve();
  #input;
  #trouble = h("div", { class: "create-trouble", role: "alert", hidden: true });
  #status = h("p", { class: "hidden", role: "status" });
  #body = h("div", { class: "create-picture-body", tabindex: "-1" });
  #cutout = h("img", { class: "create-cutout", alt: t("create.cutout_alt") });
  #stage = h("div", { class: "create-stage behind", data: { behind: "checker" } }, this.#cutout);
  element = h("section", { class: "create-picture", "aria-labelledby": "create-picture-title" },
    h("h2", { id: "create-picture-title", class: "hidden" }, t("create.picture")),
    this.#body, this.#trouble, this.#status);

  /** `signal`: until when pictures are taken. */
  constructor(draft, samples, signal) {
    this.#draft = draft;
    this.#samples = samples;
    this.#signal = signal;
    signal.addEventListener("abort", () => (clearTimeout(this.#timer), this.#call?.abort()));
    this.#cutout.addEventListener("error", () => this.#missing());
    this.#cutout.addEventListener("load", () => this.#shown());
    const over = (yes) => this.element.classList.toggle("over", yes);
    this.#input = intake({ signal, over, take: (file) => this.#take(file) });
    this.element.append(this.#input);
    this.#draw();
    if (!this.#isCut()) this.#cutAgain();
  }

  /** Waits for what is under way; answers whether there is a picture as it is wanted. */
  async settled() {
    await this.#work;
    if (!this.#isCut()) {
      this.#cutAgain();
      await this.#work;
    }
    return this.#draft.now.picture !== null && this.#isCut();
  }

  /** Brings a visitor here who has no picture yet. */
  focus() {
    this.element.scrollIntoView({ block: "center", behavior: "smooth" });
    this.element.querySelector("button")?.focus({ preventScroll: true });
  }

  /** Says that the picture is no longer kept. */
  forget() {
    this.#draft.change({ first: null, picture: null, crop: null, cut: null });
    this.#draw();
    this.#complain(t("create.bad_gone"));
  }

  #take(file) {
    this.#complain("");
    if (file.size > BYTES_MOST) this.#complain(t("create.bad_picture_too_large"));
    else this.#run((signal) => this.#send(file, signal));
  }

  /** One piece of work at a time: a newer one ends the one before. */
  #run(work) {
    clearTimeout(this.#timer);
    this.#call?.abort();
    const call = new AbortController();
    this.#call = call;
    this.#work = this.#samples.after(work(call.signal).catch((problem) => this.#failed(problem, call)));
  }

  #failed(problem, call) {
    this.#stage.removeAttribute("aria-busy");
    // Whoever waits for what was cut short waits for what took its place.
    if (call !== this.#call) return this.#work;
    if (problem.name !== "AbortError") this.#complain(reason(problem));
    return null;
  }

  async #send(file, signal) {
    const preview = URL.createObjectURL(file);
    this.#waiting(preview);
    try {
      const picture = await api.upload(file, { signal });
      this.#draft.change({ first: picture, picture, crop: picture.box, cut: picture.box, ...this.#guess(file) });
      this.#status.textContent = t("create.cut_out");
    } finally {
      URL.revokeObjectURL(preview);
      if (this.#call?.signal === signal) this.#drawAnew();
    }
  }

  /** A file is called after its character more often than not; a visitor's own name stays. */
  #guess(file) {
    const { name, guess } = this.#draft.now;
    const found = PASTED.test(file.name) ? "" : file.name.replace(/\.[^.]*$/, "").slice(0, NAME_MOST);
    return { guess: found, name: name === guess ? found : name };
  }

  #moved(box) {
    this.#draft.change({ crop: box });
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#cutAgain(), PAUSE);
    this.#offer();
  }

  #cutAgain() {
    this.#complain("");
    this.#stage.setAttribute("aria-busy", "true");
    this.#run(async (signal) => {
      const { first, crop } = this.#draft.now;
      const path = `/v1/pictures/${first.id}/crop`;
      const picture = same(crop, first.box) ? first : await api.post(path, { box: crop }, { repeatable: true, signal });
      this.#draft.change({ picture, cut: crop });
      this.#show(picture);
      this.#status.textContent = t("create.cut_out");
    });
  }

  #show(picture) {
    if (this.#cutout.getAttribute("src") === picture.cutout.url) this.#stage.removeAttribute("aria-busy");
    else this.#cutout.src = picture.cutout.url;
  }

  #draw() {
    const { first, picture, crop } = this.#draft.now;
    this.#crop = null;
    this.element.classList.remove("waiting");
    if (!picture) {
      fill(this.#body, this.#zone());
      return;
    }
    this.#crop = new Crop(first, crop, (box) => this.#moved(box));
    this.#show(picture);
    fill(this.#body, this.#result(), this.#source());
    this.#offer();
  }

  /** What had the focus went away with what was there. */
  #drawAnew() {
    this.#draw();
    if (document.activeElement === document.body) this.#body.focus({ preventScroll: true });
  }

  #zone() {
    return h("div", { class: "create-zone", on: { click: (event) => event.target.closest("button") || this.#input.click() } },
      h("span", { class: "create-zone-mark", "aria-hidden": "true" }, icon("picture")),
      h("p", { class: "create-zone-title" }, t("create.drop")),
      h("p", { class: "soft" }, t("create.drop_hint")),
      this.#choose("primary", "create.choose"),
      h("p", { class: "soft small" }, t("create.kinds")));
  }

  #waiting(preview) {
    this.element.classList.add("waiting");
    fill(this.#body, h("div", { class: "create-zone" },
      h("img", { class: "create-preview", src: preview, alt: "" }),
      h("p", { class: "create-zone-title" }, t("create.finding")),
      h("progress", { "aria-label": t("create.finding") })));
    this.#status.textContent = t("create.finding");
  }

  #result() {
    const buttons = BACKGROUNDS.map((name) => h("button", { type: "button", "aria-pressed": String(this.#stage.dataset.behind === name),
      on: { click: () => this.#behind(name, buttons) }, data: { name } }, t(`common.background_${name}`)));
    return h("div", { class: "create-pane card" },
      h("div", { class: "row apart" }, h("h3", {}, t("create.cutout")),
        h("div", { class: "segments", role: "group", "aria-label": t("common.background") }, buttons)),
      this.#stage);
  }

  #behind(name, buttons) {
    this.#stage.dataset.behind = name;
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.name === name));
  }

  #source() {
    const name = h("input", { id: "create-name", maxlength: 200, autocomplete: "off", value: this.#draft.now.name,
      placeholder: t("create.name_hint"), on: { input: (event) => this.#draft.change({ name: event.target.value }) } });
    return h("div", { class: "create-pane create-pane-source card" },
      h("div", { class: "row apart" }, h("h3", {}, t("create.source")), this.#reset),
      this.#crop.element,
      h("p", { class: "soft small" }, t("create.crop_hint")),
      h("div", { class: "field" }, h("label", { for: "create-name" }, t("create.name")), name),
      this.#choose("quiet", "create.choose_other"));
  }

  #reset = h("button", { type: "button", class: "quiet create-reset", on: { click: () => this.#restore() } }, icon("undo"), t("create.crop_reset"));

  #restore() {
    const { first } = this.#draft.now;
    this.#draft.change({ crop: first.box });
    this.#crop.show(first.box);
    this.#offer();
    this.#cutAgain();
    this.#crop.element.querySelector("button").focus();
  }

  #offer() {
    const { first, crop } = this.#draft.now;
    this.#reset.classList.toggle("away", same(first.box, crop));
  }

  #choose(kind, key) {
    return h("button", { type: "button", class: kind, on: { click: () => this.#input.click() } }, icon("picture"), t(key));
  }

  #shown() {
    this.#stage.removeAttribute("aria-busy");
    this.#retried = false;
  }

  #missing() {
    // A moment without a connection is no lost picture: look whether the server still knows it.
    const { picture } = this.#draft.now;
    if (!picture || this.#retried || this.#signal.aborted) return;
    this.#retried = true;
    api.get(`/v1/pictures/${picture.id}`, { signal: this.#signal }).then(
      () => (this.#cutout.removeAttribute("src"), this.#draw()),
      (problem) => problem.status === 404 && this.forget(),
    );
  }

  #isCut() {
    return same(this.#draft.now.crop, this.#draft.now.cut);
  }

  #complain(text) {
    this.#trouble.hidden = !text;
    fill(this.#trouble, text && [icon("warn"), h("p", {}, text)]);
    // Pictures are taken anywhere on the page, also far below.
    if (text) this.#trouble.scrollIntoView({ block: "nearest" });
  }
}

/** What a picture's problem means to a visitor, and what to do about it. */
function reason(problem) {
  if (problem.code === "unreachable") return t("common.unreachable");
  const key = `create.bad_${problem.code}`;
  return known(key) ? t(key) : problem.detail;
}

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
