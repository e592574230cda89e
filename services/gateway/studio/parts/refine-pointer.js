/**
 * Pointers on the two views. One finger or the left button works with the tool; two fingers, the middle button, or space
 * held down move and zoom; the wheel moves what is zoomed in, with Ctrl it zooms.
 */

const WHEEL = 0.0022;

/**
 * Listens on the views. `tool`: `start(place)`, `move(places)`, `end()`, `cancel()`, `hover(place | null)`. Returns what ends it.
 */
export function attach(views, tool) {
  const hand = new Hand(views, tool);
  const end = new AbortController();
  const listen = (target, type, listener, options = {}) =>
    target.addEventListener(type, listener, { signal: end.signal, ...options });
  for (const { field } of views.panes) {
    listen(field, "pointerdown", (event) => hand.down(event));
    // Working with a pointer must not take the arrow keys away from the frames.
    listen(field, "mousedown", (event) => (event.preventDefault(), document.activeElement?.blur()));
    listen(field, "pointermove", (event) => hand.move(event));
    listen(field, "pointerup", (event) => hand.up(event));
    listen(field, "pointercancel", (event) => hand.lost(event));
    listen(field, "pointerleave", () => hand.leave());
    listen(field, "wheel", (event) => hand.wheel(event), { passive: false });
  }
  listen(window, "keydown", (event) => hand.space(event, true));
  listen(window, "keyup", (event) => hand.space(event, false));
  return () => end.abort();
}

class Hand {
  #grabs = false;
  #over = false;
  #held = new Map();
  #doing = null; // "tool", "pan" or "pinch"

  constructor(views, tool) {
    this.views = views;
    this.tool = tool;
  }

  down(event) {
    if (event.button > 1) return;
    event.preventDefault();
    event.target.setPointerCapture?.(event.pointerId);
    this.#held.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (this.#held.size === 2) this.#pinch();
    else if (event.button === 1 || this.#grabs) this.#doing = "pan";
    else if (this.#held.size === 1) {
      this.#doing = "tool";
      this.tool.start(this.views.at(event));
    }
  }

  move(event) {
    this.#over = true;
    const before = this.#held.get(event.pointerId);
    if (event.pointerType !== "touch" || before) this.tool.hover(this.views.at(event));
    if (!before) return;
    const spread = this.#spread();
    this.#held.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (this.#doing === "tool") this.#draw(event);
    else if (this.#doing === "pan") this.views.panBy(event.clientX - before.x, event.clientY - before.y);
    else if (this.#held.size === 2) {
      this.views.panBy((event.clientX - before.x) / 2, (event.clientY - before.y) / 2);
      this.views.zoomBy(this.#spread() / spread, this.views.at(event));
    }
  }

  up(event) {
    if (!this.#held.delete(event.pointerId)) return;
    if (this.#doing === "tool") this.tool.end();
    if (!this.#held.size) this.#doing = null;
    if (event.pointerType === "touch") this.tool.hover(null);
  }

  lost(event) {
    if (this.#held.delete(event.pointerId) && this.#doing === "tool") this.tool.cancel();
    if (!this.#held.size) this.#doing = null;
  }

  /** Space grabs while the cursor is on a view; elsewhere it presses buttons. */
  space(event, down) {
    if (event.code !== "Space") return;
    if (this.#over) event.preventDefault();
    this.#grabs = down && this.#over;
  }

  leave() {
    this.#over = false;
    if (!this.#held.size) this.tool.hover(null);
  }

  wheel(event) {
    const zooms = event.ctrlKey || event.metaKey;
    if (!zooms && this.views.zoom < 1.01) return;
    event.preventDefault();
    if (zooms) this.views.zoomBy(Math.exp(-event.deltaY * WHEEL * (event.deltaMode ? 20 : 2)), this.views.at(event));
    else this.views.panBy(-event.deltaX, -event.deltaY);
  }

  #draw(event) {
    const all = event.getCoalescedEvents?.() ?? [];
    // Events that come together have no target of their own.
    const places = (all.length ? all : [event]).map(({ clientX, clientY }) => this.views.at({ clientX, clientY, target: event.target }));
    this.tool.move(places);
  }

  #pinch() {
    if (this.#doing === "tool") this.tool.cancel();
    this.#doing = "pinch";
    this.tool.hover(null);
  }

  #spread() {
    const [one, other] = [...this.#held.values()];
    return other ? Math.hypot(one.x - other.x, one.y - other.y) || 1 : 1;
  }
}
