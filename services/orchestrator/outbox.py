"""The outbox: a row per task to publish, written in the transaction that makes the task due; and what relays do to it.

Which run waits is told by the run: queued, and `published_at` not set. The newest row of the outbox about it holds the
message's id.
"""

from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from popcon import ids, telemetry
from services.orchestrator import tables
from services.orchestrator.database import Row, padded
from services.orchestrator.tx import Tx

TAKEN_MS = 6_000
"""For how long a relay has what it took to itself: longer than a publish may take."""

_TIDIED_AT_ONCE = 1000
_QUEUED = sa.text("runs.state = 'queued'")  # written out: a partial index holds these


class Published(NamedTuple):
    """A task that was taken, and where the stream holds it."""

    task: Row
    seq: int


class Untidy(NamedTuple):
    """`lapsed`: runs that a relay took and never published. `needless`: rows about runs that wait no more."""

    lapsed: list[str]
    needless: list[str]


def put(tx: Tx, run_id: str, owner: str, delay_ms: int = 0) -> None:
    """Has a run's task published, not before `delay_ms` from now. The row's id is the message's id, new each time."""
    due = tx.now + delay_ms
    values = {"id": ids.new(""), "owner": owner, "run_id": run_id, "not_before": due}
    tx.insert(tables.outbox, {**values, "headers": telemetry.trace_headers()})
    tx.queued = True


async def take(tx: Tx, chosen: Sequence[str]) -> list[Row]:
    """Of some waiting runs those that no other relay was faster to take: what their messages say, in order of
    choosing, with `taken_at`."""
    runs, sent = tables.runs, tables.outbox
    about = (runs.c[name] for name in ("job_id", "action_id", "stage", "lane"))
    found = sa.select(sent.c.id, sent.c.run_id, sent.c.headers, *about).join(runs, runs.c.id == sent.c.run_id)
    free = found.where(runs.c.id.in_(padded(chosen)), runs.c.state == "queued", runs.c.published_at.is_(None))
    rows = await tx.all(free.order_by(sent.c.id).with_for_update(skip_locked=True, of=runs))
    newest = {row["run_id"]: {**row, "taken_at": tx.now} for row in rows}
    await tx.write(
        sa.update(runs).where(runs.c.id.in_(padded(list(newest)))).values(published_at=tx.now, stream_seq=None)
    )
    return [newest[run_id] for run_id in chosen if run_id in newest]


async def settle(tx: Tx, done: Sequence[Published], back: Sequence[Row]) -> None:
    """Marks the tasks that the stream holds, and gives back those that it did not take."""
    if done:
        await _mark(tx, done)
    if back:
        held = _still_taken([row["run_id"] for row in back], back[0]["taken_at"])
        await tx.write(sa.update(tables.runs).where(tables.runs.c.id.in_(held)).values(published_at=None))


async def untidy(connection: AsyncConnection, now: int) -> Untidy:
    """What `tidy` has to do."""
    runs, sent = tables.runs, tables.outbox
    taken = (runs.c.stream_seq.is_(None), runs.c.published_at <= now - TAKEN_MS)
    lapsed = sa.select(runs.c.id).where(_QUEUED, *taken)
    needless = sa.select(sent.c.id).where(sent.c.published_at.is_(None), ~_waits())
    found = [(await connection.execute(query.limit(_TIDIED_AT_ONCE))).scalars().all() for query in (lapsed, needless)]
    return Untidy(*map(list, found))


async def tidy(tx: Tx, found: Untidy) -> None:
    """Lets lapsed runs be taken again, and marks needless rows: nobody has to be told."""
    runs, sent = tables.runs, tables.outbox
    lapsed = (runs.c.id.in_(found.lapsed), runs.c.state == "queued", runs.c.stream_seq.is_(None))
    free = sa.select(runs.c.id).where(*lapsed, runs.c.published_at <= tx.now - TAKEN_MS)
    free = free.with_for_update(skip_locked=True)
    await tx.write(sa.update(runs).where(runs.c.id.in_(free)).values(published_at=None))
    unsent = (sent.c.id.in_(found.needless), sent.c.published_at.is_(None), ~_waits())
    await tx.write(sa.update(sent).where(*unsent).values(published_at=tx.now))


def _waits() -> sa.Exists:
    """Whether a row of the outbox is about a run that still waits."""
    return sa.select(tables.runs.c.id).where(tables.runs.c.id == tables.outbox.c.run_id, _QUEUED).exists()


async def _mark(tx: Tx, done: Sequence[Published]) -> None:
    """A run that is locked is being claimed, and needs no mark any more."""
    sent = tables.outbox
    held = await tx.all(_still_taken([task["run_id"] for task, _ in done], done[0].task["taken_at"]))
    places = {task["run_id"]: seq for task, seq in done}
    for row in held:
        tx.update(tables.runs, row["id"], {"stream_seq": places[row["id"]]})
    messages = padded([task["id"] for task, _ in done])
    await tx.write(sa.update(sent).where(sent.c.id.in_(messages)).values(published_at=tx.now))


def _still_taken(run_ids: Sequence[str], taken_at: int) -> sa.Select[tuple[str]]:
    runs = tables.runs
    where = (runs.c.id.in_(padded(run_ids)), runs.c.state == "queued", runs.c.published_at == taken_at)
    return sa.select(runs.c.id).where(*where).with_for_update(skip_locked=True)
