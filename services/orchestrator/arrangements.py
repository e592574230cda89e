"""The order and tab image that a person chose for a set."""

from collections.abc import Sequence

import sqlalchemy as sa

from popcon import errors
from popcon.v1 import sets_pb2
from services.orchestrator import jobs, sets, tables
from services.orchestrator.change import change
from services.orchestrator.database import Row
from services.orchestrator.tx import Tx


async def get_set(tx: Tx, request: sets_pb2.GetSetRequest) -> sets_pb2.EmojiSet:
    """The newest set of a target. Raises `NotFound`."""
    job = await jobs.row_of(tx, request.owner, request.job_id)
    _check_target(job["options"]["targets"], request.target)
    return await jobs.get_set(tx, request.job_id, request.target)


async def arrange(tx: Tx, request: sets_pb2.ArrangeSetRequest) -> sets_pb2.EmojiSet:
    """Keeps order and tab image; the set is made again when they change it."""
    async with change(tx, request.job_id, request.owner) as job:
        _check_target(job.row["options"]["targets"], request.target)
        held = tables.actions
        rows = await tx.all(sa.select(held.c.id).where(held.c.job_id == job.id))
        known = {row["id"] for row in rows}
        kept = await sets.arrangement_of(tx, job.id, request.target)
        values: Row = {
            "action_ids": _order(request.action_ids, known) or kept["action_ids"],
            "tab_action_id": request.tab_action_id or kept["tab_action_id"],
        }
        if request.tab_action_id and request.tab_action_id not in known:
            raise errors.NotFound(f"The job has no action {request.tab_action_id}.", field="tab_action_id")
        await _keep(tx, job.id, request.target, {**values, "owner": job.owner})
        job.retry_sets = True
        job.event("set.arranged", target=request.target, data=values)
    return await jobs.get_set(tx, request.job_id, request.target)


async def _keep(tx: Tx, job_id: str, target: str, values: Row) -> None:
    kept = tables.arrangements
    where = (kept.c.job_id == job_id, kept.c.target == target)
    if await tx.write(sa.update(kept).where(*where).values(**values)) == 0:
        tx.insert(kept, {"job_id": job_id, "target": target, **values})


def _order(action_ids: Sequence[str], known: set[str]) -> list[str]:
    if action_ids and (set(action_ids) != known or len(action_ids) != len(known)):
        raise errors.InvalidRequest("Name every action of the job once, in the wanted order.", field="action_ids")
    return list(action_ids)


def _check_target(targets: Sequence[str], target: str) -> None:
    if target not in targets:
        raise errors.NotFound(f"The job has no target {target}; it has {', '.join(targets)}.", field="target")
