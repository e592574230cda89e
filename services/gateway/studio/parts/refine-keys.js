/** The keyboard of the refine page. */

import { RADIUS_MAX, RADIUS_MIN } from "./refine-state.js";

const GROWTH = 1.2;
const TOOLS = { b: "brush", s: "select", x: "box" };
const MODES = { e: "erase", r: "restore" };

/** Listens for keys. `desk`: choice, session, strip, views, selector. Returns what ends it. */
export function listen(desk) {
  const heard = (event) => {
    const { target } = event;
    if (event.defaultPrevented || event.altKey || document.querySelector("dialog[open]")) return;
    if (target.closest?.("textarea, select, input:not([type=range])")) return;
    const run = event.ctrlKey || event.metaKey ? steps(desk, event) : plain(desk, event, target);
    if (!run) return;
    event.preventDefault();
    run();
  };
  window.addEventListener("keydown", heard);
  return () => window.removeEventListener("keydown", heard);
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
