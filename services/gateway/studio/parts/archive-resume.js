/** Going on with a job from any step: what will be made again and what is reused, before anything starts. */

import * as api from "../lib/api.js";
import { fill, h, icon, once } from "../lib/dom.js";
import { complain } from "../lib/notices.js";
import { go } from "../lib/router.js";
import { t } from "../lib/words.js";
import { STAGES, canStart, isLive, made } from "./review-model.js";

const STOPPED = new Set(["failed", "cancelled"]);

/** Asks from where, starts it, and opens the job. */
export async function resume(id, name) {
  let job;
  try {
    job = await api.get(`/v1/jobs/${id}`);
  } catch (problem) {
    complain(problem);
    return;
  }
  const asked = new Asked(job);
  const dialog = h("dialog", { class: "archive-resume", "aria-label": t("archive.resume_title", { name }) });
  const table = h("div", { class: "archive-plan" });
  const start = h("button", { class: "primary", on: { click: once(() => begin(asked, dialog)) } });
  const draw = () => {
    fill(table, asked.job.actions.map((action) => line(asked, action, draw)));
    start.textContent = asked.wanted.length ? t("archive.resume_go", { n: asked.wanted.length }) : t("archive.resume_none");
    start.toggleAttribute("disabled", !asked.wanted.length);
  };
  fill(dialog, h("h2", {}, t("archive.resume_title", { name })), where(asked, draw),
    h("h3", {}, t("archive.resume_which")), table,
    h("div", { class: "row apart" }, h("button", { class: "quiet", on: { click: () => dialog.close() } }, t("common.cancel")), start));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  draw();
  dialog.showModal();
}

/** What is asked for: the step (null: where each stopped), and the actions left out. */
class Asked {
  step;
  out = new Set();

  constructor(job) {
    this.job = job;
    this.step = job.actions.some((action) => STOPPED.has(action.state)) ? null : "motion";
  }

  /** The step an action goes on from; null where it cannot. */
  from(action) {
    if (isLive(action)) return null;
    if (this.step === null) return STOPPED.has(action.state) ? action.stage ?? next(action) : null;
    return canStart(action, this.step) ? this.step : null;
  }

  get wanted() {
    return this.job.actions.filter((action) => !this.out.has(action.id) && this.from(action));
  }
}

const next = (action) => STAGES.find((stage) => !made(action, stage).length) ?? "pack";

function where(asked, draw) {
  const choices = [null, ...STAGES].map((step) =>
    h("label", { class: "archive-choice" },
      h("input", { type: "radio", name: "step", checked: step === asked.step, on: { change: () => ((asked.step = step), draw()) } }),
      step ? t("archive.resume_from", { step: t(`common.stage_${step}`) }) : t("archive.resume_stopped")));
  return h("fieldset", {}, h("legend", {}, t("archive.resume_where")), choices);
}

function line(asked, action, draw) {
  const from = asked.from(action);
  const box = h("input", { type: "checkbox", checked: Boolean(from) && !asked.out.has(action.id), disabled: !from, on: { change: () => (toggle(asked.out, action.id), draw()) } });
  const plan = from ? STAGES.map((stage) => mark(action, stage, from)) : h("span", { class: "small soft" }, t("archive.cannot"));
  return h("label", { class: "archive-line" }, box, h("span", {}, action.label), h("span", { class: "row" }, plan));
}

function mark(action, stage, from) {
  const again = STAGES.indexOf(stage) >= STAGES.indexOf(from);
  const what = again ? "made_again" : made(action, stage).length ? "reused" : "not_yet";
  const text = `${t(`common.stage_${stage}`)}: ${t(`archive.${what}`)}`;
  return h("span", { class: `badge ${again ? "running" : "done"}`, title: text }, icon(again ? "again" : "check"), h("span", { "aria-hidden": "true" }, t(`common.stage_${stage}`)), h("span", { class: "hidden" }, text));
}

function toggle(set, value) {
  if (!set.delete(value)) set.add(value);
}

async function begin(asked, dialog) {
  const { job, step, wanted } = asked;
  const resume = ({ id, version }) => api.post(`/v1/jobs/${job.id}/actions/${id}/resume`, { version, ...(step && { stage: step }) }, { repeatable: true });
  try {
    await Promise.all(wanted.map(resume));
  } catch (problem) {
    complain(problem);
    return;
  }
  dialog.close();
  go(`/jobs/${job.id}`);
}
