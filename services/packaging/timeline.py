"""Resampling of a closed loop to the equal delays, whole seconds and number of plays that a target wants.

All times are exact fractions: a delay rounded to milliseconds makes 12 frames last 0.996 s, which LINE refuses.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate, pairwise
from math import ceil, lcm

import numpy as np
from numpy.typing import NDArray

from popcon.catalog.target import Timing
from popcon.imaging.arrays import Pixels


@dataclass(frozen=True)
class Timeline:
    """`picks`: index of the source frame shown in each slot, not falling. `delay`: seconds per slot.
    `plays`: how often the loop is shown; 0 is for ever."""

    picks: tuple[int, ...]
    delay: Fraction
    plays: int

    @property
    def seconds(self) -> Fraction:
        """Length of one play."""
        return self.delay * len(self.picks)


def resample(frames: Sequence[NDArray[np.uint8]], durations: Sequence[Fraction], timing: Timing) -> Timeline:
    """Slots of equal length that follow a closed-loop clip, stretched to the nearest length the target allows.

    Each slot shows the frame that is on screen when the slot begins, so frame 0 stays first and the loop stays closed.
    Where that would leave fewer distinct frames than the target asks for, frames that the source has are put back,
    each at its place. `durations`: seconds per frame, each > 0.
    """
    total = sum(durations, Fraction(0))
    longest = total if timing.seconds_max is None else min(total, Fraction(timing.seconds_max))
    seconds = min((Fraction(s) for s in timing.seconds), key=lambda s: (abs(s - total), s), default=longest)
    least, most = timing.frames
    slots = slot_count(durations, (least, max(least, min(most, int(seconds / timing.delay_min)))))
    counts = _slots_per_frame(durations, slots)
    digests = [hashlib.sha256(frame.tobytes()).digest() for frame in frames]
    _keep_distinct(counts, digests, min(timing.distinct_min, slots))
    picks = tuple(index for index, count in enumerate(counts) for _ in range(count))
    plays = 0 if timing.plays_seconds is None else int(timing.plays_seconds // seconds)
    return Timeline(picks, seconds / slots, plays)


def on_screen(seen: Iterable[Pixels], delays: Sequence[Fraction], line: Timeline) -> Iterator[Pixels]:
    """What a decoded animation shows in the middle of each slot: formats that merge equal frames then compare with
    those that keep them, and those that round delays with those that do not. `delays`: seconds of each of `seen`, at
    least one. Past its end the last frame stays."""
    shown = zip(seen, accumulate(delays), strict=True)
    frame, end = next(shown)
    for slot in range(len(line.picks)):
        while end <= line.delay * (slot + Fraction(1, 2)):
            frame, end = next(shown, (frame, line.seconds))
        yield frame


def slot_count(durations: Sequence[Fraction], bounds: tuple[int, int]) -> int:
    """How many equal slots show the clip best: the fewest that meet every frame change, else the most allowed."""
    least, most = bounds
    ends = _boundaries(durations)
    exact = lcm(*((end / ends[-1]).denominator for end in ends))
    exact *= ceil(Fraction(least, exact))
    return exact if exact <= most else most


def _boundaries(durations: Sequence[Fraction]) -> list[Fraction]:
    """End of each frame, seconds from the start."""
    ends, end = [], Fraction(0)
    for duration in durations:
        end += duration
        ends.append(end)
    return ends


def _slots_per_frame(durations: Sequence[Fraction], slots: int) -> list[int]:
    ends = _boundaries(durations)
    # Slot k begins at k/slots of the loop; the slots that begin before a frame's end are ceil(end * slots / total).
    before = [ceil(end * slots / ends[-1]) for end in ends]
    return [after - start for start, after in pairwise([0, *before])]


def _keep_distinct(counts: list[int], digests: Sequence[bytes], wanted: int) -> None:
    """Moves slots, in place, until `wanted` distinct frames are shown or all that the source has."""
    wanted = min(wanted, len(set(digests)))
    while True:
        shown = Counter(digest for digest, count in zip(digests, counts, strict=True) for _ in range(count))
        if len(shown) >= wanted:
            return
        missing = next(i for i, digest in enumerate(digests) if digest not in shown)
        # Fewer distinct frames than slots: some picture has two, so its loss of one loses nothing.
        donor = max((i for i, count in enumerate(counts) if count), key=lambda i: (shown[digests[i]], counts[i], i))
        counts[donor] -= 1
        counts[missing] += 1
