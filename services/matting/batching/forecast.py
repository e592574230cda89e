"""What a batcher learns from its batches: how long they take, how fast each lane gets on, how many items fit."""

from collections.abc import Hashable
from dataclasses import dataclass, field

from services.matting.alpha import Lane
from services.matting.batching.queue import LANES

_NEWEST_S = 0.2  # the weight of the newest batch in the mean of seconds
_NEWEST_PACE = 0.1  # and in that of a lane's pace: less, because lanes take turns
_LOSS = 0.15  # of a full batch's seconds: what a few items on their own may cost beyond their part of it
_TRY_AGAIN = 64  # times that this was too much before it is tried again, so that no slow batch is believed for good
_GROW_AFTER = 64  # full batches before one item more is tried after memory ran out
_KEYS = 64  # remembered: keys may come from what callers send


@dataclass
class _Known:
    limit: int
    batch_s: float = 0.0
    full: int = 0
    size_s: dict[int, float] = field(default_factory=dict)
    refusals: int = 0


class Forecast:
    """Exponential means, and limits that fall by half when memory runs out and grow again by one."""

    def __init__(self, max_batch: int) -> None:
        self._max_batch = max_batch
        self._keys: dict[Hashable, _Known] = {}
        self._any_s = 0.0  # seconds per batch, whatever its key
        self._pace: dict[Lane, float] = dict.fromkeys(LANES, 1.0)  # fills of a batch that a lane gets per batch

    def limit(self, key: Hashable) -> int:
        """How many items of a key a batch may have."""
        known = self._keys.get(key)
        return known.limit if known else self._max_batch

    def batch_s(self, key: Hashable) -> float:
        """Seconds that a batch of a key takes; 0 where there was none yet."""
        known = self._keys.get(key)
        return known.batch_s if known else 0.0

    def wait_s(self, lane: Lane, ahead: int, key: Hashable, busy_s: float, share: float) -> float:
        """Seconds until an item with so many of its lane before it is begun. `busy_s`: until the device is free.
        `share`: the part of the batches that the lane should get; where it got less, that counts."""
        fills = 1 + ahead // self.limit(key)
        return busy_s + (fills / min(share, self._pace[lane]) - 1.0) * self._any_s

    def got_on(self, lane: Lane, share: float) -> None:
        """Items of a lane that waited were this share of a full batch, 1 where none of them was left out."""
        self._pace[lane] += _NEWEST_PACE * (share - self._pace[lane])

    def took(self, key: Hashable, size: int, seconds: float) -> None:
        """A batch went well."""
        known = self._known(key)
        known.batch_s += (_NEWEST_S if known.batch_s else 1.0) * (seconds - known.batch_s)
        self._any_s += (_NEWEST_S if self._any_s else 1.0) * (seconds - self._any_s)
        before = known.size_s.get(size, seconds)
        known.size_s[size] = (before + seconds) / 2
        if size == known.limit < self._max_batch:
            known.full += 1
            if known.full == _GROW_AFTER:
                known.limit, known.full = known.limit + 1, 0

    def is_quick_alone(self, key: Hashable, few: int, full: int) -> bool:
        """Whether a batch of a few items takes little more than their part of a full batch. Where that is not known,
        yes, to learn it. In the end no for a device that takes as long for one as for many, and yes for a processor."""
        known = self._known(key)
        size_s = known.size_s
        if full not in size_s or few not in size_s:
            return full in size_s
        if size_s[few] - size_s[full] * few / full <= _LOSS * size_s[full]:
            return True
        known.refusals += 1
        return known.refusals % _TRY_AGAIN == 0

    def ran_out(self, key: Hashable, size: int) -> int:
        """The memory did not hold so many items. Answers the new limit."""
        known = self._known(key)
        known.limit, known.full = max(1, size // 2), 0
        return known.limit

    def doubt(self, key: Hashable) -> None:
        """Items were refused because of a key's mean, and none is left to put it right: so that one slow batch does not
        shut a key out for good, the mean is halved."""
        self._known(key).batch_s /= 2

    def _known(self, key: Hashable) -> _Known:
        if key not in self._keys and len(self._keys) == _KEYS:
            del self._keys[next(iter(self._keys))]
        return self._keys.setdefault(key, _Known(self._max_batch))
