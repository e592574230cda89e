/** Applying and discarding an edit: what that means is said before it is done. */

import { h } from "../lib/dom.js";
import { known, t } from "../lib/words.js";

const AFTER = { startframe: ["motion", "matte", "pack"], matte: ["pack"] };

/** Asks whether to apply. Resolves with whether. */
export function askApply(action, base, count) {
  const news = t("refine.apply_news", { stage: t(`common.stage_${base.stage}`), run: newest(action, base.stage) + 1, n: count });
  const lost = outdated(action, base.stage);
  return ask(t("refine.apply_title"), [h("p", {}, news), lost.length && [h("p", {}, t("refine.apply_outdated")), h("ul", {}, lost.map((each) => h("li", {}, each)))],
    h("p", { class: "soft small" }, t(base.stage === "matte" ? "refine.apply_then_pack" : "refine.apply_then_review"))],
  { label: t("refine.apply"), kind: "primary" });
}

/** Asks whether to discard. Resolves with whether. */
export function askDiscard(count) {
  if (!count) return Promise.resolve(true);
  return ask(t("refine.discard_title"), [h("p", {}, t("refine.discard_news", { n: count }))], { label: t("refine.discard"), kind: "danger" });
}

/** What was made from this and will be older than it. */
function outdated(action, stage) {
  const made = action.runs.filter((run) => AFTER[stage].includes(run.stage) && run.state === "succeeded" && !run.outdated);
  const names = made.map((run) => (run.target ? t("refine.emoji_for", { target: run.target }) : t("refine.run", { stage: t(`common.stage_${run.stage}`), n: run.number })));
  return [...new Set(names)];
}

const newest = (action, stage) => Math.max(...action.runs.filter((run) => run.stage === stage).map((run) => run.number));

function ask(title, content, { label, kind }) {
  return new Promise((resolve) => {
    const answer = (value) => () => dialog.close(value);
    const yes = h("button", { class: kind, on: { click: answer("yes") } }, label);
    const dialog = h("dialog", { class: "refine-ask", "aria-labelledby": "refine-ask", on: { close: () => (dialog.remove(), resolve(dialog.returnValue === "yes")) } },
      h("h2", { id: "refine-ask" }, title), content,
      h("div", { class: "row refine-answers" }, h("button", { class: "quiet", on: { click: answer("") } }, t("common.cancel")), yes));
    document.body.append(dialog);
    dialog.showModal();
    yes.focus();
  });
}

/** What the action is called. */
export function nameOf(action) {
  const key = `preset.${action.direction.preset}`;
  return action.direction.preset && known(key) ? t(key) : action.label;
}
