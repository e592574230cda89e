/** What a person has chosen on the page: frame, tool and its settings. Dispatches `change` with the names that changed. */

class Choice extends EventTarget {
  constructor(values) {
    super();
    Object.assign(this, values);
  }

  set(values) {
    const names = Object.keys(values).filter((name) => this[name] !== values[name]);
    if (!names.length) return;
    Object.assign(this, values);
    this.dispatchEvent(new CustomEvent("change", { detail: new Set(names) }));
  }
}

export const RADIUS_MIN = 1;
export const RADIUS_MAX = 80;

/** What holds when the page opens. */
export const beginning = (frame) => new Choice({
  frame, tool: "brush", mode: "erase", radius: 12, everywhere: false, behind: "checker", picker: "object", keep: true,
});
