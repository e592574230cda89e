/** The tools and their settings; on a phone a bar at the lower edge. */

import { fill, h, icon } from "../lib/dom.js";
import { t } from "../lib/words.js";
import { RADIUS_MAX, RADIUS_MIN } from "./refine-state.js";

const BOX = "M5 8V5h3M16 5h3v3M19 16v3h-3M8 19H5v-3M11 5h2M11 19h2M5 11v2M19 11v2";
const MINUS = "M5 12h14";
const TOOLS = [["brush", "brush", "B"], ["select", "wand", "S"], ["box", BOX, "X"]];

const glyph = (name) => {
  if (!name.startsWith("M")) return icon(name);
  const drawn = icon("plus");
  drawn.firstChild.setAttribute("d", name);
  return drawn;
};

/** The tools. `desk`: choice, session, selector. */
export class Tools {
  #shows = [];

  constructor(desk) {
    this.desk = desk;
    this.element = h("section", { class: "refine-tools card", "aria-label": t("refine.tools") },
      this.#history(), this.#tools(), this.#modes(), this.#size(), this.#selection(), this.#where());
    this.show();
  }

  /** Shows what is chosen now. */
  show() {
    for (const each of this.#shows) each();
  }

  #history() {
    const { session } = this.desk;
    const step = (name, keys) => {
      const button = h("button", { class: "quiet round", "aria-label": t(`common.${name}`), title: `${t(`common.${name}`)} (${keys})`,
        "aria-keyshortcuts": name === "undo" ? "Control+Z" : "Control+Shift+Z", on: { click: () => session[name]() } }, icon(name));
      this.#shows.push(() => button.setAttribute("aria-disabled", !(name === "undo" ? session.canUndo : session.canRedo)));
      return button;
    };
    const count = h("span", { class: "small soft refine-count" });
    this.#shows.push(() => (count.textContent = t("refine.steps", { n: session.operations.length })));
    return h("div", { class: "refine-history" }, step("undo", "Ctrl+Z"), step("redo", "Shift+Ctrl+Z"), count);
  }

  #tools() {
    const labels = TOOLS.map(([id, shape, key]) => [id, [glyph(shape), h("span", {}, t(`refine.${id}`))], key]);
    return this.#segments("tool", t("refine.tool"), labels, "refine-kinds");
  }

  #modes() {
    const labels = [["erase", [icon("eraser"), h("span", {}, t("refine.erase"))], "E"], ["restore", [icon("again"), h("span", {}, t("refine.restore"))], "R"]];
    const group = this.#segments("mode", t("refine.mode"), labels, "refine-modes");
    this.#shows.push(() => (group.hidden = this.desk.choice.tool === "select"));
    return group;
  }

  #size() {
    const { choice } = this.desk;
    // The square root gives small brushes, which need it most, half of the way.
    const most = 100;
    const slider = h("input", { type: "range", min: 0, max: most, step: 1, "aria-label": t("refine.size"), title: "[ ]" });
    slider.addEventListener("input", () => {
      const share = slider.value / most;
      choice.set({ radius: Math.round(2 * (RADIUS_MIN + (RADIUS_MAX - RADIUS_MIN) * share * share)) / 2 });
    });
    const told = h("output", { class: "small" });
    this.#shows.push(() => {
      slider.value = Math.round(most * Math.sqrt((choice.radius - RADIUS_MIN) / (RADIUS_MAX - RADIUS_MIN)));
      told.textContent = t("refine.pixels", { n: Math.round(2 * choice.radius) });
      slider.setAttribute("aria-valuetext", told.textContent);
      group.hidden = choice.tool !== "brush";
    });
    const group = h("div", { class: "refine-size" }, h("span", { class: "refine-label", "aria-hidden": "true" }, t("refine.size")), slider, told);
    return group;
  }

  #selection() {
    const { choice, selector } = this.desk;
    const pickers = this.#segments("picker", t("refine.picker"), [["object", t("refine.object")], ["flood", t("refine.flood")]]);
    const keeps = this.#segments("keep", t("refine.points"), [[true, [icon("plus"), h("span", {}, t("refine.point_keep"))]], [false, [glyph(MINUS), h("span", {}, t("refine.point_not"))]]]);
    const hint = h("p", { class: "small soft refine-hint", "aria-live": "polite" });
    const use = (kind, shape) => h("button", { on: { click: () => selector.use(kind) } }, icon(shape), t(`refine.${kind}`));
    const uses = [use("erase", "eraser"), use("restore", "again")];
    const less = h("button", { class: "quiet round", "aria-label": t("refine.less"), title: t("refine.less"), on: { click: () => selector.less() } }, icon("undo"));
    const clear = h("button", { class: "quiet round", "aria-label": t("refine.clear"), title: `${t("refine.clear")} (Esc)`, on: { click: () => selector.clear() } }, icon("close"));
    const actions = h("div", { class: "refine-uses" }, uses, less, clear);
    const group = h("div", { class: "refine-selection" }, pickers, keeps, hint, actions);
    this.#shows.push(() => {
      group.hidden = choice.tool !== "select";
      const some = selector.points.length > 0;
      keeps.hidden = !some;
      actions.hidden = !some;
      for (const button of uses) button.setAttribute("aria-disabled", !selector.mask || selector.busy);
      const found = selector.mask ? "refine.select_more" : "refine.select_nothing";
      hint.textContent = t(selector.busy ? "refine.selecting" : some ? found : "refine.select_hint");
    });
    return group;
  }

  #where() {
    if (this.desk.frames.count < 2) return null;
    return this.#segments("everywhere", t("refine.where"), [[false, t("refine.this_frame")], [true, t("refine.all_frames")]], "refine-where");
  }

  /** Buttons for the values of a setting, one of which holds. */
  #segments(name, label, options, kind = "") {
    const { choice } = this.desk;
    const buttons = options.map(([value, content, key]) => [value, h("button", {
      title: key && `${t(`refine.${value}`)} (${key})`, "aria-keyshortcuts": key, on: { click: () => choice.set({ [name]: value }) },
    }, content)]);
    this.#shows.push(() => {
      for (const [value, button] of buttons) button.setAttribute("aria-pressed", choice[name] === value);
    });
    return h("div", { class: `refine-group ${kind}`, role: "group", "aria-label": label },
      h("span", { class: "refine-label", "aria-hidden": "true" }, label), h("div", { class: "segments" }, buttons.map(([, button]) => button)));
  }
}

/** Zoom, and what stands behind the result. */
export function look(desk) {
  const { choice, views } = desk;
  const zoom = (shape, label, factor) => h("button", { class: "quiet round", "aria-label": label, title: label, on: { click: () => views.zoomBy(factor) } }, glyph(shape));
  const told = h("button", { class: "quiet refine-zoom", title: t("refine.fit"), on: { click: () => views.fit() } });
  const tell = () => {
    told.textContent = `${Math.round(100 * views.zoom)} %`;
    told.setAttribute("aria-label", `${t("refine.fit")} (${told.textContent})`);
  };
  views.element.addEventListener("moved", tell);
  const behind = ["checker", "light", "dark"].map((each) => h("button", { class: "refine-swatch behind", data: { behind: each }, "aria-label": t(`common.background_${each}`), title: t(`common.background_${each}`), on: { click: () => choice.set({ behind: each }) } }));
  const show = () => {
    for (const button of behind) button.setAttribute("aria-pressed", button.dataset.behind === choice.behind);
    for (const pane of views.panes) pane.stage.dataset.behind = choice.behind;
  };
  choice.addEventListener("change", show);
  show();
  tell();
  return h("div", { class: "refine-look" },
    h("div", { class: "row" }, zoom(MINUS, t("refine.zoom_out"), 1 / 1.5), told, zoom("plus", t("refine.zoom_in"), 1.5)),
    h("div", { class: "row", role: "group", "aria-label": t("common.background") }, behind));
}

/** Where what was done is: saved, on its way, or waiting for the connection. */
export class Saved {
  constructor() {
    this.element = h("p", { class: "refine-saved small", role: "status" });
  }

  show(saving) {
    if (this.element.dataset.saving === saving) return;
    this.element.dataset.saving = saving;
    fill(this.element, icon(saving === "saved" ? "check" : saving === "waiting" ? "warn" : "again"), t(`refine.${saving}`));
  }
}
