/** A job as a card of the archive. */

import { resume } from "./archive-resume.js";
import * as api from "../lib/api.js";
import { h, icon, once } from "../lib/dom.js";
import { complain, say } from "../lib/notices.js";
import { moment, t } from "../lib/words.js";

const STEPS = ["startframe", "motion", "matte", "pack"];
const SHOWN = 8;

/** The card of a job summary in a list. */
export function drawCard(job, list) {
  const name = job.name || t("archive.unnamed");
  const card = h("div", { class: "archive-card", role: "listitem", data: { job: job.id } },
    h("a", { class: "archive-picture behind", href: `/jobs/${job.id}`, tabindex: "-1", "aria-hidden": "true" },
      job.thumbnail && h("img", { src: job.thumbnail.url, alt: "", loading: "lazy", decoding: "async", width: 160, height: 160 })),
    h("div", { class: "archive-about" },
      h("h2", {}, h("a", { href: `/jobs/${job.id}` }, name)),
      h("p", { class: "soft small" }, h("time", { datetime: job.updated_at, title: new Date(job.updated_at).toLocaleString() }, moment(job.updated_at))),
      h("div", { class: "row" }, h("span", { class: `badge ${job.state}` }, t(`common.state_${job.state}`)), h("span", { class: "small soft" }, t("common.emoji", { n: job.actions.length }))),
      steps(job.actions)),
    h("div", { class: "archive-buttons" },
      h("button", { on: { click: once(() => resume(job.id, name)) } }, icon("again"), t("archive.resume")),
      menu(job, name, () => card, list)));
  return card;
}

/** How far each action is: four marks, filled up to the last completed step. */
function steps(actions) {
  const shown = actions.slice(0, SHOWN).map((action) => {
    const done = STEPS.indexOf(action.last_stage) + 1;
    const text = done ? t("archive.step", { label: action.label, step: t(`common.stage_${action.last_stage}`) }) : t("archive.no_step", { label: action.label });
    return h("li", { class: action.state, title: text }, h("span", { class: "hidden" }, text),
      STEPS.map((_, index) => h("i", { class: index < done ? "full" : "", "aria-hidden": "true" })));
  });
  const rest = actions.length - SHOWN;
  return h("ul", { class: "archive-steps" }, shown, rest > 0 && h("li", { class: "small soft rest" }, t("archive.more_actions", { n: rest })));
}

function menu(job, name, card, list) {
  const items = [
    h("a", { class: "button quiet", href: `/?from=${job.id}` }, icon("copy"), t("archive.duplicate")),
    h("button", { class: "quiet", on: { click: once(() => download(job.id)) } }, icon("download"), t("archive.download")),
    h("button", { class: "quiet danger", on: { click: once(() => remove(job, name, card(), list)) } }, icon("trash"), t("archive.delete")),
  ];
  const label = t("archive.menu", { name });
  const box = h("details", { class: "archive-menu", on: { keydown: (event) => event.key === "Escape" && shut(box), focusout: (event) => box.contains(event.relatedTarget) || (box.open = false) } },
    h("summary", { class: "button quiet round", "aria-label": label, title: label }, icon("more")), h("div", { class: "card" }, items));
  return box;
}

function shut(box) {
  box.open = false;
  box.querySelector("summary").focus();
}

async function download(id) {
  try {
    const { sets } = await api.get(`/v1/jobs/${id}/sets`);
    const ready = sets.filter((set) => set.zip);
    if (!ready.length) say(t("archive.no_set"));
    for (const set of ready) {
      const link = h("a", { href: `/v1/jobs/${id}/sets/${set.target}/zip`, download: "" });
      document.body.append(link);
      link.click();
      link.remove();
    }
  } catch (problem) {
    complain(problem);
  }
}

async function remove(job, name, card, list) {
  try {
    await api.remove(`/v1/jobs/${job.id}`);
  } catch (problem) {
    complain(problem);
    return;
  }
  const back = list.drop(job, card);
  say(t("archive.deleted", { name }), { action: { label: t("common.undo"), run: () => undelete(job.id, name, back) } });
}

async function undelete(id, name, back) {
  try {
    await api.post(`/v1/jobs/${id}/undelete`, {}, { repeatable: true });
    back();
    say(t("archive.restored", { name }));
  } catch (problem) {
    complain(problem);
  }
}
