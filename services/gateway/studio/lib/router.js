/** Addresses to pages. Pages are elements; going elsewhere takes the old one out, which closes what it had open. */

import { h } from "./dom.js";
import { t } from "./words.js";

const ROUTES = [
  [/^\/$/, "create-page", () => import("../pages/create.js")],
  [/^\/archive$/, "archive-page", () => import("../pages/archive.js")],
  [/^\/jobs\/(?<job>job_[0-9a-f]{32})$/, "review-page", () => import("../pages/review.js")],
  [/^\/jobs\/(?<job>job_[0-9a-f]{32})\/pack$/, "pack-page", () => import("../pages/pack.js")],
  [/^\/jobs\/(?<job>job_[0-9a-f]{32})\/(?<action>act_[0-9a-f]{32})\/refine$/, "refine-page", () => import("../pages/refine.js")],
];

let outlet;
let moves = 0;

/** Shows the page of the address in an element, and follows links from then on. */
export function start(element) {
  outlet = element;
  document.addEventListener("click", follow);
  window.addEventListener("popstate", () => show());
  window.addEventListener("popcon:language", () => show());
  return show();
}

/** Goes to a path of the studio. */
export function go(path) {
  history.pushState(null, "", path);
  window.scrollTo(0, 0);
  return show(true);
}

async function show(moved = false) {
  const move = (moves += 1);
  const found = match(location.pathname);
  await found?.load();
  // A slower page that was asked for earlier must not replace this one.
  if (move !== moves) return;
  outlet.replaceChildren(found ? h(found.tag, found.props) : h("p", { class: "empty" }, t("common.no_page")));
  window.dispatchEvent(new CustomEvent("popcon:page"));
  if (moved) outlet.focus();
}

function match(path) {
  for (const [pattern, tag, load] of ROUTES) {
    const found = pattern.exec(path);
    if (found) return { tag, load, props: { ...found.groups } };
  }
  return null;
}

function follow(event) {
  const link = event.target.closest?.("a[href]");
  if (!link || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
  if (link.origin !== location.origin || link.target || link.hasAttribute("download") || link.pathname.startsWith("/v1/")) return;
  event.preventDefault();
  go(link.pathname + link.search);
}
