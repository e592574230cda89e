"""What is done to the rig, one after the other, and what is read off."""

import asyncio
import time
from dataclasses import dataclass

from bench.load import arrivals, limits
from bench.load.arrivals import Offered
from bench.load.rig import Rig

STEP_S = 20.0
WARMING_JOBS = 30
KEPT_UP = 0.95
"""A step is carried when so much of what it offers is done in its time."""


@dataclass
class Step:
    """A rate that was offered for a while. `results`: per second, meanwhile."""

    offered: Offered
    results: float
    waiting: int
    drained_s: float = 0.0

    @property
    def carried(self) -> bool:
        """Whether the results kept up with the arrivals."""
        return self.results >= KEPT_UP * self.offered.accepted * arrivals.ACTIONS * 4 / self.offered.seconds


async def hold(rig: Rig, rate: float, seconds: float, seed: int = 1) -> Step:
    """Offers `rate` actions per second for a while; what waits after it is drained before it returns."""
    before = await rig.results()
    began = time.monotonic()
    offered = await arrivals.offer(arrivals.through_rest(rig), rate, seconds, seed)
    results = (await rig.results() - before) / (time.monotonic() - began)
    waiting = await rig.waiting()
    return Step(offered, results, waiting, await rig.drain(600))


async def knee(rig: Rig, rates: list[float]) -> list[Step]:
    """Rising rates, until two in a row are not carried."""
    steps: list[Step] = []
    for number, rate in enumerate(rates):
        steps.append(await hold(rig, rate, STEP_S, seed=number))
        if len(steps) > 1 and not (steps[-1].carried or steps[-2].carried):
            break
    return steps


async def warm(rig: Rig) -> int:
    """Works a few jobs off, so that connections and caches are there; answers how many."""
    await drained_per_second(rig, WARMING_JOBS)
    return WARMING_JOBS


async def drained_per_second(rig: Rig, jobs: int) -> float:
    """Results per second while a queue of so many jobs is worked off: every part is as busy as it can be."""
    body = arrivals.job(rig)
    await asyncio.gather(*(rig.http.post("/v1/jobs", json=body) for _ in range(jobs)))
    before, began = await rig.results(), time.monotonic()
    await rig.drain(600)
    return (await rig.results() - before) / (time.monotonic() - began)


async def ceilings(rig: Rig) -> dict[str, float]:
    """What PostgreSQL and JetStream carry alone, per second."""
    return {
        "transactions of six statements, one connection": await limits.transactions_per_second(rig, 1),
        f"the same, {limits.CONNECTIONS} connections": await limits.transactions_per_second(rig, limits.CONNECTIONS),
        "publishes into JetStream": await limits.publishes_per_second(rig),
    }
