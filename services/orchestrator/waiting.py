"""What waits to be published, told without a look at all of it.

One owner may have ten thousand tasks waiting. So the rows are not sorted or counted as a whole: by the index of what is
queued the query steps from owner to owner, and of each owner reads no more than there is room for.
"""

from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from popcon.bus import LANES, STAGES
from services.orchestrator.rules.turns import Line


class Queue(NamedTuple):
    """What could go out to one stage and lane, and how many tasks there is room for."""

    stage: str
    lane: str
    room: int
    lines: list[Line]


async def due(connection: AsyncConnection, now: int, backlog: int) -> list[Queue]:
    """The queues that have something due, and room: `backlog` tasks per stage and lane, less what is out already."""
    rows = (await connection.execute(DUE, {"now": now, "backlog": backlog})).mappings().all()
    found = []
    for (stage, lane), of_queue in groupby(rows, key=itemgetter("stage", "lane")):
        queue = list(of_queue)
        lines = [list(of_owner) for _, of_owner in groupby(queue, key=itemgetter("owner"))]
        found.append(Queue(stage, lane, int(queue[0]["room"]), [_line(line) for line in lines]))
    return found


def _line(rows: list[sa.RowMapping]) -> Line:
    first = rows[0]
    return Line(first["owner"], first["weight"], int(first["under_way"]), [row["run_id"] for row in rows])


# The conditions are written out, not bound: only so a partial index is known to hold every row that is asked for. And
# the order names `published_at`, null in every row: PostgreSQL takes an order from an index when all of it is named.
_OWNER_AFTER = """
    SELECT runs.owner FROM runs
    WHERE runs.state = 'queued' AND runs.stage = at.stage AND runs.lane = at.lane AND runs.owner > at.owner
    ORDER BY runs.owner LIMIT 1
"""
_RUN_AFTER = """
    SELECT runs.id FROM runs
    WHERE runs.state = 'queued' AND runs.stage = at.stage AND runs.lane = at.lane AND runs.owner = at.owner
      AND runs.published_at IS NULL AND runs.id > at.run_id AND runs.not_before <= :now
    ORDER BY runs.published_at, runs.id LIMIT 1
"""
_COUNT_OUT = """
    SELECT count(*) FROM runs
    WHERE runs.state = 'queued' AND runs.stage = at.stage AND runs.lane = at.lane AND runs.owner = at.owner
      AND runs.published_at IS NOT NULL
"""
_QUEUES = ", ".join(f"('{stage}', '{lane}', '', '')" for stage in STAGES for lane in LANES)

DUE = sa.text(f"""
WITH RECURSIVE
  queues (stage, lane, owner, run_id) AS (VALUES {_QUEUES}),
  owned (stage, lane, owner) AS (
    SELECT at.stage, at.lane, ({_OWNER_AFTER}) FROM queues AS at
    UNION ALL
    SELECT at.stage, at.lane, ({_OWNER_AFTER}) FROM owned AS at WHERE at.owner IS NOT NULL
  ),
  held (stage, lane, owner, out, run_id) AS (
    SELECT at.stage, at.lane, at.owner, ({_COUNT_OUT}), '' FROM owned AS at WHERE at.owner IS NOT NULL
  ),
  rooms (stage, lane, room) AS (
    SELECT stage, lane, CAST(:backlog AS INTEGER) - CAST(sum(out) AS INTEGER) FROM held GROUP BY stage, lane
  ),
  next (stage, lane, owner, out, room, place, run_id) AS (
    SELECT at.stage, at.lane, at.owner, at.out, rooms.room, 1, ({_RUN_AFTER})
    FROM held AS at JOIN rooms ON rooms.stage = at.stage AND rooms.lane = at.lane WHERE rooms.room > 0
    UNION ALL
    SELECT at.stage, at.lane, at.owner, at.out, at.room, at.place + 1, ({_RUN_AFTER})
    FROM next AS at WHERE at.run_id IS NOT NULL AND at.place < at.room
  ),
  running (stage, lane, owner, runs) AS (
    SELECT stage, lane, owner, count(*) FROM runs WHERE state = 'running' GROUP BY stage, lane, owner
  )
SELECT next.stage, next.lane, next.owner, next.room, next.run_id,
       next.out + COALESCE(running.runs, 0) AS under_way, COALESCE(owners.weight, 1) AS weight
FROM next
LEFT JOIN running ON running.stage = next.stage AND running.lane = next.lane AND running.owner = next.owner
LEFT JOIN owners ON owners.owner = next.owner
WHERE next.run_id IS NOT NULL
ORDER BY next.stage, next.lane, next.owner, next.place
""")  # noqa: S608 - of constants alone
