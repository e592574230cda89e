"""Open loop: jobs arrive at random moments (Poisson) whatever became of the ones before, and the wait counts from the
moment at which a job was meant to arrive."""

import asyncio
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx

from bench.load.rig import Rig
from popcon.catalog.presets import DEFAULT_SET

ACTIONS = 8
"""Per job: a set of the default size."""


@dataclass
class Offered:
    """What was offered and what became of it. `latencies_s`: of the calls that were answered, from their meant time."""

    rate: float
    seconds: float
    accepted: int = 0
    latencies_s: list[float] = field(default_factory=list)
    refused: Counter[int] = field(default_factory=Counter)

    def percentile(self, share: float) -> float:
        """Seconds that so much of the calls took at most; NaN where there were none."""
        ordered = sorted(self.latencies_s)
        return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else float("nan")


async def offer(rig: Rig, rate: float, seconds: float, seed: int = 1, body: dict[str, Any] | None = None) -> Offered:
    """Offers `rate` actions per second for so many seconds; returns when every call was answered."""
    offered, chance = Offered(rate, seconds), random.Random(seed)
    wanted = body or job(rig)
    began, at = time.monotonic(), 0.0
    async with asyncio.TaskGroup() as calls:
        while (at := at + chance.expovariate(rate / ACTIONS)) < seconds:
            await asyncio.sleep(max(0.0, began + at - time.monotonic()))
            calls.create_task(_post(rig, wanted, began + at, offered))
    return offered


def job(rig: Rig) -> dict[str, Any]:
    """The body of a job of eight actions without gates."""
    actions = [{"preset": preset} for preset in DEFAULT_SET[:ACTIONS]]
    return {"picture_id": rig.picture_id, "actions": actions, "options": {"targets": ["line-emoji"], "lane": "batch"}}


async def _post(rig: Rig, body: dict[str, Any], meant: float, offered: Offered) -> None:
    try:
        answer = await rig.http.post("/v1/jobs", json=body)
    except httpx.HTTPError:
        offered.refused[0] += 1
        return
    offered.latencies_s.append(time.monotonic() - meant)
    if answer.is_success:
        offered.accepted += 1
    else:
        offered.refused[answer.status_code] += 1
