/** What an action's runs say, for the page: which of them are in use, what to show, what may be done. Decides nothing. */

export const STAGES = ["startframe", "motion", "matte", "pack"];
const UPSTREAM = { motion: "startframe", matte: "motion", pack: "matte" };

export const isLive = (action) => action.state === "queued" || action.state === "running";

/** The selection of a stage, or null; for `pack` of the first target that has one, or of the named one. */
export const selected = (action, stage, target = null) =>
  action.selected.find((each) => each.stage === stage && (target === null || each.target === target)) ?? null;

/** The run that a selection names. */
export const runOf = (action, pick) =>
  pick && action.runs.find((each) => each.stage === pick.stage && each.target === pick.target && each.number === pick.run);

/** The runs of a stage that succeeded, newest first. */
export const made = (action, stage) =>
  action.runs.filter((each) => each.stage === stage && each.state === "succeeded").reverse();

/** How many different results a stage has to choose from, per target where there are several. */
export const results = (action, stage) =>
  made(action, stage).flatMap((run) => Array.from({ length: run.takes }, (_, take) => ({ run, take: take + 1 })));

/** Whether there is anything earlier to compare with what is in use. */
export const hasEarlier = (action) => STAGES.some((stage) => results(action, stage).length > targetsOf(action, stage));

/**
 * The first stage whose result in use was made from something else than what is in use before it, or null. What comes
 * after the stage that the action is at will be made anyway.
 */
export function firstOutdated(action) {
  if (isLive(action)) return null;
  const ended = action.state === "done" || action.state === "awaiting_refine";
  const reached = STAGES.slice(0, STAGES.indexOf(action.stage) + (ended ? 1 : 0));
  const stale = action.selected.filter((pick) => runOf(action, pick)?.outdated).map((pick) => pick.stage);
  return reached.find((stage) => stale.includes(stage)) ?? null;
}

/** Whether a stage can be made again: what it is made from is there. */
export const canStart = (action, stage) => stage === "startframe" || selected(action, UPSTREAM[stage]) !== null;

/** Where starting again is wanted most likely. */
export function likelyStart(action) {
  if (action.state === "failed" || action.state === "cancelled") return action.stage;
  const outdated = firstOutdated(action);
  if (outdated) return outdated;
  return [...STAGES].reverse().find((stage) => stage !== "pack" && canStart(action, stage));
}

/** Where the action can be refined, as the path's end; null where there is nothing to refine now. */
export function refinePath(action) {
  const path = `/jobs/${action.job_id}/${action.id}/refine`;
  if (action.state === "awaiting_review") return `${path}?stage=startframe`;
  const open = action.state === "awaiting_refine" || action.state === "done";
  return open && selected(action, "matte") ? path : null;
}

/** What stands for the action now: `{key, kind, url, still, …}` of review-media.js. The picture itself before anything. */
export function view(action, picture) {
  const found = action.state === "done" ? emoji(action) : before(action);
  return found ?? still(picture.cutout.url, { faint: true });
}

/** What a take of a run of an action looks like. */
export function viewOf(action, run, take = 1) {
  if (run.stage === "startframe") return still(output(run, `takes/${take}.png`));
  const first = file(run, run.thumbnail);
  if (run.stage === "motion") return { kind: "video", url: output(run, "preview.mp4"), still: first };
  if (run.stage === "matte") return frames(run, first, runOf(action, run.inputs[0]));
  const matte = runOf(action, run.inputs[0]);
  return { kind: run.outputs[0].media_type === "image/apng" ? "apng" : "image", url: first, still: file(matte, matte.thumbnail) };
}

function before(action) {
  const at = STAGES.indexOf(action.stage ?? "startframe");
  const gate = action.state === "awaiting_review" || action.state === "awaiting_refine";
  for (const stage of STAGES.slice(0, gate ? at + 1 : Math.max(at, 1)).reverse()) {
    const pick = selected(action, stage);
    const run = runOf(action, pick);
    if (run) return { ...shown(action, run, pick.take), faint: !gate && at === 0 };
  }
  return null;
}

/** A matte that is being packed shows for a moment only: not worth fetching all its frames. */
function shown(action, run, take) {
  const motion = run.stage === "matte" && isLive(action) && runOf(action, selected(action, "motion"));
  return viewOf(action, motion || run, motion ? 1 : take);
}

/** The largest of the packed emoji. */
function emoji(action) {
  const packs = action.selected.filter((pick) => pick.stage === "pack").map((pick) => runOf(action, pick));
  const [largest] = packs.filter((run) => run?.outputs.length).sort((one, other) => side(other) - side(one));
  return largest ? viewOf(action, largest) : before(action);
}

const side = (run) => Number.parseInt(run.details.size, 10) || 0;
const still = (url, more = {}) => ({ kind: "image", url, still: url, ...more });

/** A matte keeps the times of the motion that it was made from. */
function frames(run, first, motion) {
  const folder = first.slice(0, first.lastIndexOf("/") + 1);
  const urls = Array.from({ length: run.details.frames }, (_, at) => `${folder}${String(at).padStart(4, "0")}.png`);
  return { kind: "frames", url: folder, urls, seconds: motion.details.seconds, still: first };
}

const output = (run, name) => run.outputs.find((each) => each.name === name)?.url ?? file(run, name);

/** A file of a run. Jobs leave single frames out of their runs; they lie beside the manifest. */
const file = (run, name) => run.manifest.url.replace(/manifest\.json$/, name);

const targetsOf = (action, stage) => (stage === "pack" ? new Set(made(action, stage).map((run) => run.target)).size : 1);
