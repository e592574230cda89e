"""Whether a device should stand idle for a moment so that its next batch is fuller.

Only after a batch, when callers that just got an answer are known to come straight back: until they have come, or there
is a full batch of the leader's key, but no longer than `max_wait_s` from the end of the batch before. For interactive
callers even when the batch is full: one that comes a moment too late waits for a whole batch more. At any other time
nobody waits for anybody; so a lone caller never pays `max_wait_s`.
"""

from collections.abc import Hashable
from typing import Any

from services.matting.alpha import Lane
from services.matting.batching.queue import LANES, Queue

_NEWEST = 0.2  # the weight of the newest batch in the mean share of callers that come back


class Patience:
    """Follows the ends of batches and what comes after them. All times are of one clock, in seconds."""

    def __init__(self, max_wait_s: float) -> None:
        self._max_wait_s = max_wait_s
        self._ends_at = 0.0
        self._key: Hashable = None
        self._expected = 0  # so many items of the key are likely to wait when it ends
        self._clicks = 0  # and so many interactive ones
        self._returns = Returns()

    def came(self, lane: Lane, now: float) -> None:
        """An item was let in."""
        if now < self._ends_at:
            self._returns.came(lane)

    def begin(self, now: float, key: Hashable, answered: list[Lane], queue: Queue[Any, Any]) -> None:
        """A batch has ended. `answered`: the lanes of those of its callers that are still there."""
        for lane in LANES:
            self._returns.answered(lane, answered.count(lane))
        clicks, others = (self._returns.likely(lane) for lane in LANES)
        self._ends_at = now + self._max_wait_s
        self._clicks = queue.waiting("interactive") + clicks
        self._key, self._expected = key, queue.count(key) + clicks + others

    def ends_at(self, queue: Queue[Any, Any], key: Hashable, limit: int) -> float:
        """When a batch of a key should start at the latest; a time in the past where it should now."""
        if queue.waiting("interactive") < min(self._clicks, limit):
            return self._ends_at
        is_awaited = key == self._key and queue.count(key) < min(self._expected, limit)
        return self._ends_at if is_awaited else 0.0


class Returns:
    """How many of the callers that got an answer come straight back with their next item: all, until it is known."""

    def __init__(self) -> None:
        self._share: dict[Lane, float] = dict.fromkeys(LANES, 1.0)
        self._answered: dict[Lane, int] = dict.fromkeys(LANES, 0)
        self._came: dict[Lane, int] = dict.fromkeys(LANES, 0)

    def answered(self, lane: Lane, count: int) -> None:
        """So many callers of a lane just got their answers. What came before this belongs to the answers before."""
        if self._answered[lane]:
            share = min(1.0, self._came[lane] / self._answered[lane])
            self._share[lane] += _NEWEST * (share - self._share[lane])
        self._answered[lane], self._came[lane] = count, 0

    def came(self, lane: Lane) -> None:
        """An item came soon after the answers."""
        self._came[lane] += 1

    def likely(self, lane: Lane) -> int:
        """How many of the callers last answered are likely to come straight back."""
        return round(self._share[lane] * self._answered[lane])
