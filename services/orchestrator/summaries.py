"""`job_summaries`: what the archive lists, projected from a job in the transaction that changed it."""

import unicodedata
from collections.abc import Sequence

import sqlalchemy as sa

from popcon.catalog import limits
from services.orchestrator import tables
from services.orchestrator.database import Row
from services.orchestrator.rules.action import Stage, State
from services.orchestrator.rules.jobs import job_state
from services.orchestrator.tx import Tx


async def project(tx: Tx, job_id: str) -> None:
    """Writes the summary of a job as its rows now say it."""
    values = await summarize(tx, job_id)
    where = tables.job_summaries.c.job_id == job_id
    if await tx.write(sa.update(tables.job_summaries).where(where).values(**values)) == 0:
        await tx.write(sa.insert(tables.job_summaries).values(job_id=job_id, **values))


async def summarize(tx: Tx, job_id: str) -> Row:
    """The summary's columns, computed from the rows of the job."""
    jobs, actions = tables.jobs, tables.actions
    pictures = tables.pictures
    joined = sa.select(jobs, pictures.c.cutout, pictures.c.thumbnail).join(pictures, pictures.c.id == jobs.c.picture_id)
    job = (await tx.all(joined.where(jobs.c.id == job_id)))[0]
    rows = await tx.all(sa.select(actions).where(actions.c.job_id == job_id).order_by(actions.c.position))
    return {
        "owner": job["owner"],
        "name": job["name"],
        "folded": fold(job["name"]),
        "picture_id": job["picture_id"],
        "state": job_state([State(row["state"]) for row in rows]),
        "deleted": job["deleted_at"] is not None,
        "thumbnail": job["thumbnail"] or job["cutout"],
        "actions": [_action(row) for row in rows],
        "created_at": job["created_at"],
        "updated_at": job["updated_at"],
    }


def fold(text: str) -> str:
    """Text as a search compares it: in one case, composed in one way. Databases disagree about both."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())[: limits.NAME_MAX_CHARS]


def _action(row: Row) -> Row:
    last = last_stage(list(row["selected"]))
    return {"id": row["id"], "label": row["label"], "state": row["state"], "last_stage": last}


def last_stage(slots: Sequence[str]) -> str:
    """The furthest stage among slot names (`matte`, `pack:line-emoji`); empty for none."""
    stages = {name.partition(":")[0] for name in slots}
    return next((stage.value for stage in reversed(Stage) if stage.value in stages), "")
