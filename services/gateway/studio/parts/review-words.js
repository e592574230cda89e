/** How actions are spoken of. */

import { known, t } from "../lib/words.js";
import { isLive } from "./review-model.js";

/** The name of an action in the reader's language, unless a person gave it another. */
export function labelOf(action, presets) {
  const preset = presets.get(action.direction.preset);
  const key = `preset.${preset?.id}`;
  return preset && preset.label === action.label && known(key) ? t(key) : action.label;
}

export const stageName = (stage) => t(`common.stage_${stage}`);
export const stateName = (state) => t(`common.state_${state}`);

/** One line about where an action is; `takes`: how many there are to choose from. */
export function lineOf(action, takes) {
  if (action.state === "awaiting_review") return t(takes > 1 ? "review.choose" : "review.look");
  if (action.state === "awaiting_refine") return t("review.touch_up");
  if (action.state === "cancelled") return t("review.stopped_at", { stage: stageName(action.stage) });
  if (isLive(action)) return t(`review.${action.state}`, { stage: stageName(action.stage) });
  return "";
}

/** How a person starts again from where it failed or stopped, or is outdated: the label of its button. */
export function resumeName(action) {
  return t({ failed: "common.retry", cancelled: "review.go_on" }[action.state] ?? "review.update");
}
