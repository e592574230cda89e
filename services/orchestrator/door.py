"""The door: new work is let in, or told when to come back.

Who waits is counted in the background, once a second, so that a call is judged without a look at the database. What
this process let in since is added; another replica's is seen a second later: by so much the bounds are soft.
"""

import asyncio
from collections import Counter, defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, replace

import sqlalchemy as sa
from prometheus_client import Counter as Metric
from prometheus_client import Gauge
from sqlalchemy.ext.asyncio import AsyncConnection

from popcon import errors
from popcon.bus import LANES
from popcon.telemetry import log
from services.orchestrator import tables
from services.orchestrator.database import Database, Row, fetch_all, now_ms
from services.orchestrator.rules.action import Stage
from services.orchestrator.rules.admission import Limits, Pace, Refusal, Standing, judge, lately

LOOK_S = 1.0
RECENT_MS = 300_000
"""What ended longer ago says nothing of how fast it goes now."""

SETTLING_MS = 1_000
"""Transactions commit out of order: what ended is asked for once all that ended before it is surely there."""

_FIRST = str(Stage.STARTFRAME)
_WAITING = Gauge("popcon_queue_runs", "Runs that wait, also those in the stream", ["lane"])
_REFUSED = Metric("popcon_refused_total", "Calls that were told to come back", ["lane", "why"])
_SAYS = {
    "queue": "The queue is full",
    "owner_queue": "You have as much waiting as one may",
    "wait": "More is waiting than can be begun soon",
}


@dataclass(frozen=True)
class _Sample:
    """What ended between two looks, of a lane in which some waited at both."""

    until: int
    pace: Pace


class Door:
    """`admit` lets work in or raises; `run` is the task that counts."""

    def __init__(self, database: Database, limits: Limits) -> None:
        self._database = database
        self._limits = limits
        self._lanes: Mapping[str, dict[str, Standing]] = {lane: {} for lane in LANES}
        self._samples: Mapping[str, deque[_Sample]] = {lane: deque() for lane in LANES}
        self._pace = dict.fromkeys(LANES, Pace())
        self._seen_until = 0

    def admit(self, owner: str, lane: str, runs: int) -> None:
        """Lets an owner begin some runs. Raises `Overloaded`, which says when to come back."""
        held = self._lanes[lane]
        refusal = judge(owner, held, self._pace[lane], self._limits, self._limits.wait_s[lane])
        if refusal:
            _REFUSED.labels(lane, refusal.why).inc()
            raise _overloaded(refusal)
        mine = held.get(owner, Standing(1, {}, {}))
        held[owner] = replace(mine, queued=Counter(mine.queued) + Counter({_FIRST: runs}))

    async def run(self) -> None:
        """Counts for ever."""
        while True:
            try:
                await self.look()
            except errors.PopconError as error:
                log.warning("the queue is not counted", reason=error.message)
            except Exception:  # an old count is better than none
                log.exception("the queue is not counted")
            await asyncio.sleep(LOOK_S)

    async def look(self) -> None:
        """Counts once. Raises `Unavailable`."""
        async with self._database.look() as connection:
            until = await now_ms(connection) - SETTLING_MS
            rows = [dict(row) for row in (await connection.execute(_LIVE)).mappings()]
            ended = await _ended(connection, self._seen_until, until) if self._seen_until else []
        before, self._lanes = self._lanes, _standings(rows)
        for lane in LANES:
            _WAITING.labels(lane).set(_count(self._lanes[lane]))
            busy = self._seen_until and _count(before[lane]) and _count(self._lanes[lane])
            if busy and until > self._seen_until:
                span_s = (until - self._seen_until) / 1000
                self._samples[lane].append(_Sample(until, _pace(span_s, [row for row in ended if row["lane"] == lane])))
            self._pace[lane] = _lately(self._samples[lane], until)
        self._seen_until = until


def _overloaded(refusal: Refusal) -> errors.Overloaded:
    after = refusal.retry_after_s
    said = f"{_SAYS[refusal.why]}; try again in {after} {'second' if after == 1 else 'seconds'}."
    return errors.Overloaded(said, retry_after_s=after)


def _count(held: Mapping[str, Standing]) -> int:
    return sum(each.waiting for each in held.values())


_LIVE = sa.text("""
    SELECT live.lane, live.owner, live.stage, live.state, live.runs, COALESCE(owners.weight, 1) AS weight FROM (
        SELECT lane, owner, stage, 'queued' AS state, count(*) AS runs FROM runs
        WHERE state = 'queued' GROUP BY stage, lane, owner
        UNION ALL
        SELECT lane, owner, stage, 'running' AS state, count(*) AS runs FROM runs
        WHERE state = 'running' GROUP BY stage, lane, owner
    ) AS live LEFT JOIN owners ON owners.owner = live.owner
""")


async def _ended(connection: AsyncConnection, since: int, until: int) -> list[Row]:
    """Runs that succeeded in a span of time, by lane and stage. A run keeps its last lease, which ends no sooner
    than it did: so the index on leases finds them."""
    runs = tables.runs
    what = (runs.c.lane, runs.c.stage, sa.func.count().label("runs"), sa.func.sum(runs.c.seconds).label("seconds"))
    when = (runs.c.lease_until > since, runs.c.ended_at > since, runs.c.ended_at <= until)
    query = sa.select(*what).where(runs.c.state == "succeeded", *when).group_by(runs.c.lane, runs.c.stage)
    return await fetch_all(connection, query)


def _standings(rows: list[Row]) -> dict[str, dict[str, Standing]]:
    found: dict[str, dict[str, Standing]] = {lane: {} for lane in LANES}
    by_owner = defaultdict(list)
    for row in rows:
        by_owner[row["lane"], row["owner"]].append(row)
    for (lane, owner), mine in by_owner.items():
        counts = {
            state: {row["stage"]: row["runs"] for row in mine if row["state"] == state}
            for state in ("queued", "running")
        }
        found[lane][owner] = Standing(mine[0]["weight"], **counts)
    return found


def _pace(span_s: float, rows: list[Row]) -> Pace:
    return Pace(span_s, {row["stage"]: row["runs"] for row in rows}, {row["stage"]: row["seconds"] for row in rows})


def _lately(samples: deque[_Sample], until: int) -> Pace:
    """The pace that some samples tell; those that are old are forgotten."""
    while samples and samples[0].until < until - RECENT_MS:
        samples.popleft()
    return lately([sample.pace for sample in samples])
