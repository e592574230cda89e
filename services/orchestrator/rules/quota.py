"""What an owner may have and use, and what it is told when that is all of it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS

JOBS_RETRY_S = 30
"""When to come back while jobs are in flight: nobody knows when the next one ends."""

BYTES_RETRY_S = 3600
"""When to come back while the store is full: what was deleted goes 24 hours later, and is looked for by the minute."""


@dataclass(frozen=True)
class Quota:
    """Limits of an owner; 0 is none. `requests_per_s`; `jobs_in_flight`: jobs of which a run is queued or running;
    `worker_seconds_per_day`: within the last 24 hours; `stored_bytes`: of pictures and of what runs made."""

    requests_per_s: float = 0.0
    jobs_in_flight: int = 0
    worker_seconds_per_day: float = 0.0
    stored_bytes: int = 0


class Hour(NamedTuple):
    """Worker seconds of an hour. `hour`: since 1970."""

    hour: int
    seconds: float


def whole_hours_from(now_ms: int) -> int:
    """The first hour that lies wholly within the 24 hours before a time."""
    return -((DAY_MS - now_ms) // HOUR_MS)


def seconds_retry_s(hours: Sequence[Hour], limit: float, now_ms: int) -> int:
    """Whole seconds until less than `limit` worker seconds lie within 24 hours, if no more are used: to the end of an
    hour. `hours`: oldest first."""
    left = sum(each.seconds for each in hours)
    for each in hours:
        left -= each.seconds
        if left < limit:
            return max(1, math.ceil(((each.hour + 1) * HOUR_MS + DAY_MS - now_ms) / 1000))
    return DAY_MS // 1000
