/** How actions are spoken of. */

import { known, t } from "../lib/words.js";

/** The name of an action in the reader's language, unless a person gave it another. */
export function labelOf(action, presets) {
  const preset = presets.get(action.direction.preset);
  const key = `preset.${preset?.id}`;
  return preset && preset.label === action.label && known(key) ? t(key) : action.label;
}

export const stageName = (stage) => t(`common.stage_${stage}`);
export const stateName = (state) => t(`common.state_${state}`);

/** The name of a target in few words. */
export const targetName = (target) => (known(`review.target_${target}`) ? t(`review.target_${target}`) : target);

/** The state of an action in a word or two; what is being made says it by its stage. */
export function stateOf(action) {
  return action.state === "running" ? t("review.running", { stage: stageName(action.stage) }) : stateName(action.state);
}

/** What an action waits for a person to do, or where they stopped it; `takes`: how many there are to choose from. */
export function hintOf(action, takes) {
  if (action.state === "awaiting_review") return t(takes > 1 ? "review.choose" : "review.look");
  if (action.state === "cancelled") return t("review.stopped_at", { stage: stageName(action.stage) });
  if (action.state !== "awaiting_refine") return "";
  return t(action.edit_id ? "review.edited" : "review.touch_up");
}

/** The label of the button that starts an action again: from an outdated stage, or where it failed or stopped. */
export function resumeName(action, outdated) {
  if (outdated) return t("review.update");
  return t(action.state === "failed" ? "common.retry" : "review.go_on");
}
