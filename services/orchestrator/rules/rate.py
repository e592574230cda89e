"""Requests per second as a bucket that fills steadily and that everybody takes from: the generic cell rate algorithm.

All that is kept of a bucket is when it will be full again. In any span of t seconds no more than rate * t + capacity
requests are given out. Times are whole microseconds; what does not divide is rounded against the owner.
"""

import math
from dataclasses import dataclass

WINDOW_S = 10
"""A bucket holds what is given in so long: one page of the studio asks for dozens of pictures at once."""


@dataclass(frozen=True)
class Bucket:
    """How a rate is kept. `each_us`: what one request costs in time; `capacity`: requests that a full one holds."""

    each_us: int
    capacity: int

    @property
    def window_us(self) -> int:
        """How long an empty one takes to be full."""
        return self.each_us * self.capacity


@dataclass(frozen=True)
class Reserved:
    """`granted` requests, and how the bucket is after that: full at `full_us`, `remaining` in it, `wait_us` until there
    is one (0 where there is)."""

    granted: int
    remaining: int
    full_us: int
    wait_us: int


def bucket(per_s: float) -> Bucket:
    """The bucket of a rate above 0."""
    return Bucket(math.ceil(1_000_000 / per_s), max(1, int(per_s * WINDOW_S)))


def reserve(held: Bucket, full_us: int, now_us: int, wanted: int) -> Reserved:
    """Takes up to `wanted` requests out of a bucket that is full at `full_us`.

    A clock that was set back makes it no emptier than empty, so that nobody waits for that long."""
    full_us = min(max(full_us, now_us), now_us + held.window_us)
    there = (now_us + held.window_us - full_us) // held.each_us
    granted = min(wanted, there)
    full_us += granted * held.each_us
    wait_us = max(0, full_us + held.each_us - held.window_us - now_us)
    return Reserved(granted, there - granted, full_us, wait_us)
