"""Open loop: jobs arrive at random moments (Poisson) whatever became of the ones before, and the wait counts from the
moment at which a job was meant to arrive."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import httpx

from bench.load.rig import Rig
from popcon.catalog.presets import DEFAULT_SET

ACTIONS = 8
"""Per job: a set of the default size."""

NO_ANSWER = 0
REFUSED = 429


class Answer(NamedTuple):
    """What came back: a status of HTTP, or `NO_ANSWER`, and when to come back, as it was said."""

    status: int
    retry_after: str = ""

    @property
    def accepted(self) -> bool:
        return 200 <= self.status < 300


Send = Callable[[], Awaitable[Answer]]


@dataclass
class Offered:
    """What was offered and what became of it. `rate`: actions per second, as asked for. `answers`: with the seconds
    from the moment at which each call was meant to be made."""

    rate: float
    seconds: float
    answers: list[tuple[Answer, float]] = field(default_factory=list)

    @property
    def arrived(self) -> float:
        """Actions per second that came: chance makes it more or less than the rate."""
        return len(self.answers) * ACTIONS / self.seconds

    @property
    def accepted(self) -> int:
        """Calls that made a job."""
        return sum(answer.accepted for answer, _ in self.answers)

    @property
    def refused(self) -> Counter[int]:
        """All other calls, by status."""
        return Counter(answer.status for answer, _ in self.answers if not answer.accepted)

    def percentile(self, share: float, *, accepted: bool = True) -> float:
        """Seconds that so much of the accepted or of the refused calls took at most; NaN where there were none."""
        return percentile([took for answer, took in self.answers if answer.accepted == accepted], share)


def percentile(values: list[float], share: float) -> float:
    """What so much of the values is at most; NaN where there are none."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else float("nan")


async def offer(send: Send, rate: float, seconds: float, seed: int = 1) -> Offered:
    """Offers `rate` actions per second for so many seconds; returns when every call was answered."""
    offered, chance = Offered(rate, seconds), random.Random(seed)
    began, at = time.monotonic(), 0.0

    async def call(meant: float) -> None:
        answer = await send()
        offered.answers.append((answer, time.monotonic() - meant))

    async with asyncio.TaskGroup() as calls:
        while (at := at + chance.expovariate(rate / ACTIONS)) < seconds:
            await asyncio.sleep(max(0.0, began + at - time.monotonic()))
            calls.create_task(call(began + at))
    return offered


def through_rest(rig: Rig) -> Send:
    """Makes a job of eight actions through the gateway."""
    body = job(rig)

    async def send() -> Answer:
        try:
            answer = await rig.http.post("/v1/jobs", json=body)
        except httpx.HTTPError:
            return Answer(NO_ANSWER)
        return Answer(answer.status_code, answer.headers.get("Retry-After", ""))

    return send


def job(rig: Rig) -> dict[str, Any]:
    """The body of a job of eight actions without gates."""
    actions = [{"preset": preset} for preset in DEFAULT_SET[:ACTIONS]]
    return {"picture_id": rig.picture_id, "actions": actions, "options": {"targets": ["line-emoji"], "lane": "batch"}}
