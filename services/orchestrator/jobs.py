"""Jobs: made whole or not at all, read, listed, deleted and brought back."""

import sqlalchemy as sa

from popcon import errors, ids
from popcon.v1 import jobs_pb2, sets_pb2
from services.orchestrator import actions, cursors, enqueue, pictures, requests, sets, summaries, tables, views
from services.orchestrator.change import change, close
from services.orchestrator.database import Row
from services.orchestrator.rules.action import Cancelled, Created, Stage, State
from services.orchestrator.tx import JobChange, Tx

LIST_MAX = 200
LIST_DEFAULT = 50
UNDO_MS = 24 * 3600 * 1000


async def create(tx: Tx, request: jobs_pb2.CreateJobRequest) -> jobs_pb2.Job:
    """Writes a job, its actions and first runs in one transaction."""
    options = requests.options(request.options)
    wanted = requests.actions(request.actions)
    picture = await pictures.hold(tx, request.owner, request.picture_id)
    row: Row = {
        "id": ids.new(ids.JOB), "owner": request.owner, "name": requests.label(request.name),
        "picture_id": picture["id"], "options": options, "last_seq": 0,
        "created_at": tx.now, "updated_at": tx.now, "deleted_at": None,
    }  # fmt: skip
    tx.insert(tables.jobs, row)
    job = JobChange(tx, row)
    job.event("job.created", data={"actions": len(wanted)})
    for position, columns in enumerate(wanted):
        await _create_action(job, position, columns)
    await close([job])
    return await get(tx, request.owner, row["id"])


async def _create_action(job: JobChange, position: int, columns: Row) -> None:
    row = {
        "id": ids.new(ids.ACTION), "owner": job.owner, "job_id": job.id, "position": position, "version": 0,
        "state": State.QUEUED, "stage": Stage.STARTFRAME, "selected": {}, "edit_id": None, "failure": None, **columns,
    }  # fmt: skip
    job.tx.insert(tables.actions, row)
    loaded = actions.Loaded(row, actions.to_action(row, job.row["options"], ()))
    await actions.advance(job, loaded, Created())


async def row_of(tx: Tx, owner: str, job_id: str) -> Row:
    """The row of a job that is not deleted. Raises `NotFound`."""
    row = await tx.one(sa.select(tables.jobs).where(tables.jobs.c.id == job_id, tables.jobs.c.owner == owner))
    if row is None or row["deleted_at"] is not None:
        raise errors.NotFound(f"There is no job {job_id}; list the jobs to find its id.")
    return row


async def get(tx: Tx, owner: str, job_id: str) -> jobs_pb2.Job:
    """A job with everything in it. Raises `NotFound`."""
    row = await row_of(tx, owner, job_id)
    picture = await pictures.get(tx, owner, row["picture_id"])
    held, made = tables.actions, tables.runs
    action_rows = await tx.all(sa.select(held).where(held.c.job_id == job_id).order_by(held.c.position))
    run_rows = await tx.all(sa.select(made).where(made.c.job_id == job_id).order_by(made.c.id))
    found = [await get_set(tx, job_id, target) for target in row["options"]["targets"]]
    return views.job(row, picture, action_rows, run_rows, found)


async def get_set(tx: Tx, job_id: str, target: str) -> sets_pb2.EmojiSet:
    """The newest set of a target."""
    return views.emoji_set(job_id, target, await sets.newest_assembly(tx, job_id, target))


async def get_run(tx: Tx, owner: str, run_id: str) -> jobs_pb2.Run:
    """A run with all its files. Raises `NotFound`."""
    made, held, all_jobs = tables.runs, tables.actions, tables.jobs
    run = await tx.one(sa.select(made).where(made.c.id == run_id, made.c.owner == owner, made.c.action_id != ""))
    if run is None:
        raise errors.NotFound(f"There is no run {run_id}; get its job to find its id.")
    options = (await tx.all(sa.select(all_jobs.c.options).where(all_jobs.c.id == run["job_id"])))[0]["options"]
    action = (await tx.all(sa.select(held).where(held.c.id == run["action_id"])))[0]
    siblings = await tx.all(sa.select(made).where(made.c.action_id == run["action_id"]))
    return views.run(run, actions.to_action(action, options, siblings), whole=True)


async def list_page(tx: Tx, request: jobs_pb2.ListJobsRequest) -> jobs_pb2.ListJobsResponse:
    """A page of jobs, newest first: ids rise with time, so the last id is where the next page begins."""
    kept = tables.job_summaries
    limit = min(request.limit or LIST_DEFAULT, LIST_MAX)
    if limit < 1:
        raise errors.InvalidRequest(f"The limit must be 1 to {LIST_MAX}.", field="limit")
    query = sa.select(kept.c.job_id).where(kept.c.owner == request.owner, kept.c.deleted == request.deleted)
    if request.cursor:
        query = query.where(kept.c.job_id < cursors.read(request.cursor, ids.JOB))
    if request.states:
        query = query.where(kept.c.state.in_([_state_name(state) for state in request.states]))
    if request.search:
        query = query.where(kept.c.folded.contains(summaries.fold(request.search), autoescape=True))
    # First which, from the index alone, then these: a search would otherwise read every row to the end.
    listed = query.order_by(kept.c.job_id.desc()).limit(limit + 1)
    rows = await tx.all(sa.select(kept).where(kept.c.job_id.in_(listed)).order_by(kept.c.job_id.desc()))
    page = rows[:limit]
    cursor = cursors.write(page[-1]["job_id"]) if len(rows) > limit else ""
    return jobs_pb2.ListJobsResponse(jobs=[views.summary(row) for row in page], next_cursor=cursor)


async def delete(tx: Tx, owner: str, job_id: str) -> int:
    """Hides a job and stops its work; again changes nothing.

    Answers until when it can be undone, milliseconds since 1970. Raises `NotFound` once that is over."""
    async with change(tx, job_id, owner, deleted=True) as job:
        if job.row["deleted_at"] is not None:
            return _undo_until(job)
        _set_deleted(job, tx.now)
        for loaded in await load_all(job):
            await actions.advance(job, loaded, Cancelled())
        for target in job.row["options"]["targets"]:
            newest = await sets.newest_assembly(tx, job_id, target)
            if newest and newest["state"] in enqueue.LIVE:
                await enqueue.supersede(job, "", sets.ASSEMBLE, target, newest["number"])
        job.event("job.deleted")
    return tx.now + UNDO_MS


async def undelete(tx: Tx, owner: str, job_id: str) -> jobs_pb2.Job:
    """Brings a deleted job back, its actions cancelled where they were not finished. Again changes nothing."""
    async with change(tx, job_id, owner, deleted=True) as job:
        if job.row["deleted_at"] is not None:
            _undo_until(job)
            _set_deleted(job, None)
            job.event("job.undeleted")
    return await get(tx, owner, job_id)


def _undo_until(job: JobChange) -> int:
    until = int(job.row["deleted_at"]) + UNDO_MS
    if job.tx.now > until:
        raise errors.NotFound(f"Job {job.id} was deleted more than 24 hours ago and cannot be brought back.")
    return until


async def load_all(job: JobChange) -> list[actions.Loaded]:
    """Every action of a locked job, in order."""
    held = tables.actions
    rows = await job.tx.all(sa.select(held.c.id).where(held.c.job_id == job.id).order_by(held.c.position))
    return [await actions.load(job, row["id"]) for row in rows]


def _set_deleted(job: JobChange, at: int | None) -> None:
    job.row["deleted_at"] = at
    job.tx.update(tables.jobs, job.id, {"deleted_at": at})


def _state_name(state: jobs_pb2.JobState) -> str:
    if state not in jobs_pb2.JobState.values() or state == jobs_pb2.JOB_STATE_UNSPECIFIED:
        raise errors.InvalidRequest("That is no state of a job; name one, e.g. running.", field="states")
    return jobs_pb2.JobState.Name(state).removeprefix("JOB_STATE_").lower()
