/** Elements from plain calls: `h("button", {class: "primary", on: {click: save}}, "Save")`. */

/**
 * An element. In `props`: `class`; `on`, listeners by event; `data`, data attributes; `style`, custom properties by name;
 * a boolean sets or leaves out an attribute; null and undefined leave it out; anything else is an attribute's text.
 * Children are nodes, texts, or arrays of them; null, undefined and false are left out.
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) assign(element, name, value);
  element.append(...flat(children));
  return element;
}

/** Puts other children into an element. */
export function fill(element, ...children) {
  element.replaceChildren(...flat(children));
  return element;
}

/** An icon by name, hidden from screen readers: the text beside it or `aria-label` speaks. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/** Runs `work` once at a time: while it runs, the button is busy and a second click does nothing. */
export function once(work) {
  let running = false;
  return async (event) => {
    if (running) return;
    running = true;
    const button = event.currentTarget;
    button?.setAttribute("aria-busy", "true");
    try {
      await work(event);
    } finally {
      running = false;
      button?.removeAttribute("aria-busy");
    }
  };
}

function assign(element, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name === "class") element.className = value;
  else if (name === "on") for (const [type, listener] of Object.entries(value)) element.addEventListener(type, listener);
  else if (name === "data") Object.assign(element.dataset, value);
  else if (name === "style") for (const [key, text] of Object.entries(value)) element.style.setProperty(key, text);
  else if (name in element && (typeof value === "object" || name === "value" || name === "checked")) element[name] = value;
  else element.setAttribute(name, value === true ? "" : value);
}

function flat(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
}

const SVG = "http://www.w3.org/2000/svg";
/** Strokes of two units on a field of 24. */
const ICONS = {
  plus: "M12 5v14M5 12h14",
  check: "M5 12.500l4.5 4.500L19 7.5",
  close: "M6 6l12 12M18 6L6 18",
  again: "M19 8a8 8 0 1 0 1 6M20 3v5h-5",
  undo: "M8 5L4 9l4 4M4 9h10a6 6 0 0 1 0 12h-4",
  redo: "M16 5l4 4-4 4M20 9H10a6 6 0 0 0 0 12h4",
  brush: "M14 6l4 4-8 8H6v-4zM12 8l4 4",
  eraser: "M9 19L4 14 13 5l6 6-8 8zM9 19h11",
  wand: "M5 19L15 9M17 3v4M15 5h4M20 10v3M18.5 11.500h3M9 3v3M7.5 4.500h3",
  search: "M10.5 17a6.5 6.5 0 1 1 0-13 6.5 6.5 0 0 1 0 13zM15.5 15.500L21 21",
  picture: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15.5 9h.01",
  download: "M12 4v11M7 11l5 5 5-5M5 20h14",
  trash: "M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13",
  copy: "M8 8h12v12H8zM16 8V4H4v12h4",
  play: "M8 5l11 7-11 7z",
  left: "M15 5l-7 7 7 7",
  right: "M9 5l7 7-7 7",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.5 1.500M17.5 17.500L19 19M5 19l1.5-1.500M17.5 6.500L19 5",
  moon: "M20 14.500A8.5 8.5 0 1 1 9.5 4a7 7 0 0 0 10.5 10.500z",
  globe: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM3 12h18M12 3c3 3 3 15 0 18M12 3c-3 3-3 15 0 18",
  archive: "M4 5h16v4H4zM5.5 9v10h13V9M10 13h4",
  spark: "M12 3l2 7 7 2-7 2-2 7-2-7-7-2 7-2z",
  warn: "M12 4l9 16H3zM12 10v4M12 17h.01",
  more: "M5 12h.010M12 12h.010M19 12h.01",
  grip: "M9 6h.010M15 6h.010M9 12h.010M15 12h.010M9 18h.010M15 18h.01",
};
