"""Requests per second of an owner, shared by all gateways: they are reserved ahead from the orchestrator, a slice at a
time, and spent here.

A slice is as large as the last one that was spent, or twice that where it did not last, but never more than the owner
may ask in a quarter of a second. So hardly any request is lost in a gateway that has little to do, and a busy one asks
four times a second.

While the orchestrator does not answer, requests are let through: whatever needs it fails by itself, what does not is
better served than refused, and in five seconds the keys themselves have to be asked for again.
"""

import asyncio
import math
import time
from dataclasses import dataclass, field

from cachetools import LRUCache

from popcon import errors, rpc
from popcon.telemetry import log
from popcon.v1 import owners_pb2 as pb
from services.gateway.links import Links

KEPT_S = 1.0
"""What of a slice is not spent by then is lost, as the contract says: else it could come on top of a later rate."""

SLICE_S = 0.25
AWAY_S = 1.0
"""How long nobody is asked after the orchestrator did not answer."""

POLICY = "requests"
_OWNERS_MAX = 10_000
_ANSWER_S = 2.0


@dataclass(frozen=True)
class Standing:
    """What an owner is told of its rate: `capacity` requests in `window_s` seconds, `remaining` now, and more than that
    in `reset_s` seconds."""

    capacity: int
    window_s: int
    remaining: int
    reset_s: int

    def headers(self) -> dict[str, str]:
        """As draft-ietf-httpapi-ratelimit-headers-10 has them: a list with the one policy that there is."""
        return {
            "RateLimit-Policy": f'"{POLICY}";q={self.capacity};w={self.window_s}',
            "RateLimit": f'"{POLICY}";r={self.remaining};t={self.reset_s}',
        }


@dataclass
class _Purse:
    """What is reserved of an owner's requests. Times are those of this process."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    left: int = 0
    size: int = 0  # of the slice
    until: float = 0.0
    empty_until: float = 0.0
    away_until: float = 0.0
    told: pb.ReserveRequestsResponse = field(default_factory=pb.ReserveRequestsResponse)

    def take(self, now: float) -> bool:
        if now >= self.until or not self.left:
            return False
        self.left -= 1
        return True

    def wanted(self, per_s: float) -> int:
        """How large the next slice is."""
        spent = self.size - self.left
        most = math.ceil(per_s * SLICE_S)
        return min(max(1, 2 * spent if not self.left else spent), most)

    def fill(self, told: pb.ReserveRequestsResponse, now: float) -> None:
        self.told, self.left, self.size = told, told.granted, told.granted
        self.until = now + KEPT_S
        self.empty_until = now + told.wait_ms / 1000

    def standing(self, now: float) -> Standing | None:
        """None where there is nothing to tell."""
        if not self.told.capacity:
            return None
        remaining = self.told.remaining + self.left
        # Used up it is told when one more can be had, which is also when to come back; else when all of them can.
        reset_s = self.told.full_ms / 1000 if remaining else self.empty_until - now
        return Standing(
            self.told.capacity, math.ceil(self.told.window_ms / 1000), remaining, max(1, math.ceil(reset_s))
        )


class Rates:
    """What of the owners' requests this gateway may let in."""

    def __init__(self, links: Links) -> None:
        self._links = links
        self._purses: LRUCache[str, _Purse] = LRUCache(maxsize=_OWNERS_MAX)

    async def spend(self, owner: str, per_s: float) -> tuple[bool, Standing | None]:
        """Whether one more request is let in of an owner that may send `per_s` (above 0) a second, and what it is told
        of its rate, which is nothing where the orchestrator never answered."""
        purse = self._purses.get(owner)
        if purse is None:
            purse = self._purses[owner] = _Purse()
        let_in = purse.take(time.monotonic())
        if not let_in:
            async with purse.lock:  # one asks for all that wait
                let_in = await self._refill(purse, owner, per_s)
        return let_in, purse.standing(time.monotonic())

    async def _refill(self, purse: _Purse, owner: str, per_s: float) -> bool:
        now = time.monotonic()
        if purse.take(now) or now < purse.away_until:
            return True
        if now < purse.empty_until:
            return False
        request = pb.ReserveRequestsRequest(owner=owner, requests=purse.wanted(per_s))
        try:
            told = await rpc.call(self._links.owners.ReserveRequests, request, timeout_s=_ANSWER_S)
        except errors.PopconError as error:
            log.warning("requests are not counted", owner=owner, reason=error.message)
            purse.away_until = time.monotonic() + AWAY_S
            return True
        now = time.monotonic()
        purse.fill(told, now)
        return purse.take(now)


def refusal(standing: Standing | None) -> errors.RateLimited:
    """What an owner is told whose rate is used up."""
    after_s = standing.reset_s if standing else 1
    most = f"{standing.capacity} requests in {standing.window_s} s" if standing else "so many requests"
    return errors.RateLimited(
        f"You may send {most} and sent as many; try again in {after_s} s.",
        field="requests_per_s",
        retry_after_s=after_s,
    )
