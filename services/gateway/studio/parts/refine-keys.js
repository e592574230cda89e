/** The keyboard of the refine page. */

import { RADIUS_MAX, RADIUS_MIN } from "./refine-state.js";

const GROWTH = 1.2;
const TOOLS = { b: "brush", s: "select", x: "box" };
const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const LEAP = 16; // pixels
const MODES = { e: "erase", r: "restore" };

/** Listens for keys. `desk`: choice, session, strip, views, selector; `tool` as for pointers. Returns what ends it. */
export function listen(desk, tool) {
  const cursor = new Cursor(desk, tool);
  const heard = (event) => {
    const { target } = event;
    if (event.defaultPrevented || event.altKey || document.querySelector("dialog[open]")) return;
    if (target.closest?.("textarea, select, input:not([type=range])")) return;
    const onField = target.matches?.(".refine-field") && cursor.key(event);
    const run = onField || (event.ctrlKey || event.metaKey ? steps(desk, event) : plain(desk, event, target));
    if (!run) return;
    event.preventDefault();
    run();
  };
  window.addEventListener("keydown", heard);
  return () => window.removeEventListener("keydown", heard);
}

/** The cursor moved by keys, on a view that has the focus: arrows move it, Enter works with the tool. */
class Cursor {
  #place = null;
  #from = null;

  constructor(desk, tool) {
    this.desk = desk;
    this.tool = tool;
  }

  key(event) {
    const way = WAYS[event.key];
    if (way) return () => this.#move(way, event.shiftKey ? LEAP : 1);
    return event.key === "Enter" ? () => this.#press() : null;
  }

  #move([dx, dy], by) {
    const { width, height } = this.desk.frames;
    const bound = (value, most) => Math.min(most - 0.5, Math.max(0.5, value));
    const { x, y } = this.#place ?? this.desk.views.middle;
    this.#place = { x: bound(x + dx * by, width), y: bound(y + dy * by, height) };
    this.tool.hover(this.#place);
    if (this.#from) this.tool.move([this.#place]);
  }

  /** A box needs two corners; the others work at once. */
  #press() {
    this.#place ??= this.desk.views.middle;
    if (!this.#from) this.tool.start(this.#place);
    if (this.desk.choice.tool === "box" && !this.#from) this.#from = this.#place;
    else {
      this.#from = null;
      this.tool.end();
    }
  }
}

function steps({ session }, event) {
  const key = event.key.toLowerCase();
  if (key === "z") return () => (event.shiftKey ? session.redo() : session.undo());
  if (key === "y") return () => session.redo();
  return null;
}

function plain({ choice, strip, views, selector }, event, target) {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const grow = (factor) => () => choice.set({ radius: Math.min(RADIUS_MAX, Math.max(RADIUS_MIN, Math.round(2 * choice.radius * factor) / 2)) });
  const go = (by) => () => (strip.stop(), strip.step(by), strip.focus());
  if (key in TOOLS) return () => choice.set({ tool: TOOLS[key] });
  if (key in MODES) return () => (choice.tool === "select" && selector.mask ? selector.use(MODES[key]) : choice.set({ mode: MODES[key] }));
  if (target.matches?.("input[type=range]") && key.startsWith("Arrow")) return null;
  const keys = {
    "[": grow(1 / GROWTH), "]": grow(GROWTH), ArrowLeft: go(-1), ArrowRight: go(1), Escape: () => selector.clear(),
    "+": () => views.zoomBy(1.5), "=": () => views.zoomBy(1.5), "-": () => views.zoomBy(1 / 1.5), 0: () => views.fit(),
  };
  return keys[key];
}
