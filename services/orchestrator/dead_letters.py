"""Dead letters: runs that failed for good, listed, looked into, replayed and discarded.

The letter is a column of the run, opened by the transaction that fails it. Whatever moves the action or the set on
closes it in its own transaction (`letters`), so an open letter is always one that somebody should look at.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from prometheus_client import Gauge

from popcon import errors, ids
from popcon.bus import stage_name
from popcon.v1 import common_pb2
from popcon.v1 import dead_letters_pb2 as pb
from services.orchestrator import actions, cursors, edits, letters, tables, views
from services.orchestrator.change import change
from services.orchestrator.database import Database, Row, fetch_all
from services.orchestrator.rules.action import Resumed, Stage
from services.orchestrator.sets import ASSEMBLE
from services.orchestrator.tx import JobChange, Tx

LIST_MAX = 200
LIST_DEFAULT = 50

_OPEN = Gauge("popcon_dead_letters_open", "Failed runs that nobody did anything about yet", ["stage"])

# Word for word the condition of the index: a database must see that the index has every row that is wanted.
_IS_LETTER = sa.text("runs.dead_letter <> ''")


async def list_page(tx: Tx, request: pb.ListDeadLettersRequest) -> pb.ListDeadLettersResponse:
    """A page of dead letters, newest first: ids rise with time, so the last id is where the next page begins."""
    runs = tables.runs
    limit = min(request.limit or LIST_DEFAULT, LIST_MAX)
    if limit < 1:
        raise errors.InvalidRequest(f"The limit must be 1 to {LIST_MAX}.", field="limit")
    states = [_state_name(state) for state in request.states] or letters.STATES
    query = _query().where(runs.c.owner == request.owner, runs.c.dead_letter.in_(states))
    if request.cursor:
        query = query.where(runs.c.id < cursors.read(request.cursor, ids.RUN))
    if request.stage:
        query = query.where(runs.c.stage == _stage_name(request.stage))
    rows = await tx.all(query.order_by(runs.c.id.desc()).limit(limit + 1))
    page = rows[:limit]
    cursor = cursors.write(page[-1]["id"]) if len(rows) > limit else ""
    return pb.ListDeadLettersResponse(dead_letters=[_view(row) for row in page], next_cursor=cursor)


async def get(tx: Tx, owner: str, run_id: str) -> pb.DeadLetter:
    """A dead letter with the parameters and events of its run. Raises `NotFound`."""
    row = await _row(tx, owner, run_id)
    events = tables.events
    about = [events.c[name] == row[name] for name in ("job_id", "action_id", "stage", "target")]
    happened = sa.select(events).where(*about, events.c.run == row["number"]).order_by(events.c.seq)
    return _view(row, await tx.all(happened))


async def replay(tx: Tx, owner: str, run_id: str) -> pb.DeadLetter:
    """Has the work of a dead letter done again; one that was replayed is answered as it is. Raises `WrongState`."""
    job_id = (await _row(tx, owner, run_id))["job_id"]
    async with change(tx, job_id, owner) as job:
        row = await _row(tx, owner, run_id)
        if row["dead_letter"] == letters.DISCARDED:
            raise errors.WrongState("The dead letter was discarded: resume its action or job instead.")
        if row["dead_letter"] == letters.OPEN:
            await _do_again(job, row)
    return await get(tx, owner, run_id)


async def discard(tx: Tx, owner: str, run_id: str) -> pb.DeadLetter:
    """Puts a dead letter away; one that was is answered as it is. Raises `WrongState`."""
    job_id = (await _row(tx, owner, run_id))["job_id"]
    async with change(tx, job_id, owner) as job:
        row = await _row(tx, owner, run_id)
        if row["dead_letter"] == letters.REPLAYED:
            raise errors.WrongState("The dead letter was replayed already: look at what became of its action.")
        if row["dead_letter"] == letters.OPEN:
            letters.close(job, row, letters.DISCARDED)
    return await get(tx, owner, run_id)


async def measure(database: Database) -> None:
    """Tells the metrics how many dead letters are open."""
    runs = tables.runs
    open_ones = _join(sa.select(runs.c.stage, sa.func.count().label("letters")).select_from(runs))
    async with database.look() as connection:
        rows = await fetch_all(connection, open_ones.where(runs.c.dead_letter == letters.OPEN).group_by(runs.c.stage))
    counts = {row["stage"]: row["letters"] for row in rows}
    for stage in (*Stage, ASSEMBLE):
        _OPEN.labels(stage).set(counts.get(stage, 0))


async def _do_again(job: JobChange, row: Row) -> None:
    if not row["action_id"]:
        letters.close(job, row, letters.REPLAYED)  # which has the set made again when the change closes
    elif "edit_id" in row["parameters"]:
        await edits.apply_again(job, row["parameters"]["edit_id"])
    else:
        loaded = await actions.load(job, row["action_id"])
        await actions.advance(job, loaded, Resumed(Stage(row["stage"])))


async def _row(tx: Tx, owner: str, run_id: str) -> Row:
    row = await tx.one(_query().where(tables.runs.c.id == run_id, tables.runs.c.owner == owner))
    if row is None:
        raise errors.NotFound(f"There is no dead letter {run_id}; list them to find its id.")
    return row


def _view(row: Row, event_rows: Sequence[Row] | None = None) -> pb.DeadLetter:
    """The letter of a failed run, with its action's label; the whole of it with its events, without in a list."""
    return pb.DeadLetter(
        run_id=row["id"],
        job_id=row["job_id"],
        action_id=row["action_id"],
        label=row["label"] or "",
        stage=views.stage(row["stage"]),
        target=row["target"],
        number=row["number"],
        state=f"DEAD_LETTER_STATE_{row['dead_letter'].upper()}",
        failure=views.error(row["failure"]),
        attempts=row["attempt"],
        losses=row["losses"],
        tries=row["tries"],
        inputs=views.inputs(row),
        backend=row["backend"],
        seed=row["seed"],
        wasted_seconds=row["wasted"],
        created_at=views.timestamp(row["created_at"]),
        failed_at=views.timestamp(row["ended_at"]),
        parameters=views.struct(row["parameters"]) if event_rows is not None else None,
        events=[views.event(each) for each in event_rows or ()],
    )


def _query() -> sa.Select[Any]:
    runs, acted = tables.runs, tables.actions
    joined = sa.select(runs, acted.c.label).select_from(runs.outerjoin(acted, acted.c.id == runs.c.action_id))
    return _join(joined)


def _join(query: sa.Select[Any]) -> sa.Select[Any]:
    """Letters of jobs that are not deleted."""
    runs, jobs = tables.runs, tables.jobs
    return query.join(jobs, jobs.c.id == runs.c.job_id).where(_IS_LETTER, jobs.c.deleted_at.is_(None))


def _state_name(state: pb.DeadLetterState) -> str:
    if state not in pb.DeadLetterState.values() or state == pb.DEAD_LETTER_STATE_UNSPECIFIED:
        raise errors.InvalidRequest("That is no state of a dead letter; name one, e.g. open.", field="states")
    return pb.DeadLetterState.Name(state).removeprefix("DEAD_LETTER_STATE_").lower()


def _stage_name(stage: common_pb2.Stage) -> str:
    if stage not in common_pb2.Stage.values():
        raise errors.UnknownStage("That is no stage: name startframe, motion, matte, pack or assemble.", field="stage")
    return stage_name(stage)
