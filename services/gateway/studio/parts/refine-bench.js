/** The workbench of an edit: views, tools, effects and frames around one session. */

import { h, icon, once } from "../lib/dom.js";
import { complain, say } from "../lib/notices.js";
import { go } from "../lib/router.js";
import { t } from "../lib/words.js";
import { Boxes, Brush } from "./refine-draw.js";
import { Effects } from "./refine-effects.js";
import { askApply, askDiscard, nameOf } from "./refine-finish.js";
import { listen } from "./refine-keys.js";
import { attach } from "./refine-pointer.js";
import { Selector } from "./refine-select.js";
import { beginning } from "./refine-state.js";
import { Strip } from "./refine-strip.js";
import { Saved, Tools, look } from "./refine-tools.js";
import { LinkedViews } from "./refine-views.js";

export class Workbench {
  leaving = false;
  #ends = [];
  #drawn = 0;
  #pixels = null;
  #pointed = [];

  /** `action()`: the action as it is now. `review`: where its page of review is. */
  constructor({ session, frames, action, review }) {
    Object.assign(this, { session, frames, action, review, edit: session.id });
    this.choice = beginning(Math.min(frames.count - 1, Math.max(0, Number(location.hash.slice(1)) - 1 || 0)));
    this.views = new LinkedViews(frames.width, frames.height);
    this.selector = new Selector(this);
    this.handlers = { brush: new Brush(this), box: new Boxes(this), select: this.selector };
    this.strip = new Strip(this);
    this.effects = frames.listed.some((each) => each.length) || session.base.stage === "matte" ? new Effects(this) : null;
    this.tools = new Tools(this);
    this.saved = new Saved();
    this.element = this.#layout();
  }

  begin() {
    const tool = this.#tool();
    this.#ends = [attach(this.views, tool), listen(this, tool), this.#warn()];
    this.choice.addEventListener("change", (event) => this.#chosen(event.detail));
    this.selector.addEventListener("change", () => this.tools.show());
    this.session.addEventListener("change", () => this.#edited());
    this.session.addEventListener("moved", () => say(t("refine.moved")));
    this.session.addEventListener("refused", (event) => complain(event.detail));
    this.#edited();
    this.strip.show();
  }

  close() {
    for (const end of this.#ends) end();
    this.#drawn += 1;
    this.strip.close();
    this.views.close();
    this.selector.clear();
  }

  operations() {
    return this.session.operations;
  }

  /** The pixels of the frame that is shown. */
  shown() {
    return this.#pixels;
  }

  /** Does an operation: on the frame that is shown, or on all. */
  commit(operation) {
    const here = operation.effects || this.choice.everywhere || this.frames.count < 2;
    this.session.append({ ...operation, frames: here ? [] : [this.choice.frame] });
  }

  /** Draws the frame again as the operations leave it. */
  redraw() {
    if (this.#pixels) this.views.result.put(this.handlers.brush.onto(this.#pixels));
  }

  remark() {
    this.views.mark([...this.#pointed, ...(this.choice.tool === "select" ? this.selector.marks : [])]);
  }

  /** Points at something for as long as it is pointed at. */
  point(marks) {
    this.#pointed = marks;
    this.remark();
  }

  #layout() {
    const { base } = this.session;
    const title = t(base.stage === "startframe" ? "refine.title_startframe" : "refine.title", { name: nameOf(this.action()) });
    const head = h("header", { class: "page-head refine-head" },
      h("div", { class: "refine-name" }, h("a", { class: "button quiet round", href: this.review, "aria-label": t("refine.back"), title: t("refine.back") }, icon("left")), h("h1", {}, title), this.saved.element),
      h("div", { class: "row" }, h("button", { class: "quiet", on: { click: once(() => this.#discard()) } }, t("refine.discard")),
        h("button", { class: "primary", on: { click: once(() => this.#apply()) } }, icon("check"), t("refine.apply"))));
    const middle = h("div", { class: "refine-middle" }, this.views.element, look(this), this.strip.element);
    return h("div", { class: "refine-bench" }, head, this.tools.element, middle, this.effects?.element);
  }

  #tool() {
    const now = () => this.handlers[this.choice.tool];
    return {
      start: (place) => (this.strip.stop(), this.#pixels && now().start(place)),
      move: (places) => now().move(places),
      end: () => now().end(),
      cancel: () => now().cancel(),
      hover: (place) => this.views.point(place, this.choice.tool === "brush" ? this.choice.radius : 0),
    };
  }

  #chosen(names) {
    if (names.has("tool") || names.has("frame")) {
      this.handlers.brush.cancel();
      this.selector.clear();
    }
    if (names.has("picker")) this.selector.again();
    if (names.has("radius")) this.views.preview(this.choice.radius);
    this.tools.show();
    if (!names.has("frame")) return;
    history.replaceState(history.state, "", `#${this.choice.frame + 1}`);
    this.point([]);
    this.strip.show();
    this.effects?.show();
    this.#draw();
  }

  #edited() {
    this.saved.show(this.session.saving);
    this.tools.show();
    this.effects?.show();
    this.#draw();
    this.strip.draw().catch(complain);
  }

  async #draw() {
    const drawing = (this.#drawn += 1);
    const { frame } = this.choice;
    this.views.element.setAttribute("aria-busy", "true");
    try {
      const [original, pixels] = await Promise.all([this.frames.original(frame), this.frames.result(frame, this.operations())]);
      if (drawing !== this.#drawn) return;
      this.#pixels = pixels;
      this.views.original.draw(original);
      this.redraw();
      this.views.element.removeAttribute("aria-busy");
      // Wanted by the brush at once, and not to be had offline.
      await this.frames.pristine(frame);
    } catch (problem) {
      complain(problem);
    }
  }

  async #apply() {
    const count = this.operations().length;
    if (!count) return say(t("refine.nothing_yet"));
    if (await askApply(this.action(), this.session.base, count)) await this.#end("apply");
  }

  async #discard() {
    if (await askDiscard(this.operations().length)) await this.#end("discard");
  }

  async #end(how) {
    this.leaving = true;
    try {
      await this.session.end(how);
      say(t(`refine.done_${how}`));
      go(this.review);
    } catch (problem) {
      this.leaving = false;
      if (problem.status !== 409) return complain(problem);
      say(t("refine.moved"));
      await this.session.refresh().catch(complain);
    }
  }

  /** Leaving with something unsent asks first. */
  #warn() {
    const heard = (event) => this.session.saving !== "saved" && event.preventDefault();
    window.addEventListener("beforeunload", heard);
    return () => window.removeEventListener("beforeunload", heard);
  }
}
