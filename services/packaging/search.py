"""The largest setting of an encoder whose file fits, in few tries, since every try is a whole encode."""

from collections.abc import Callable, Mapping
from math import log, sqrt

_TRIES = 5
_FULL = 0.95
"""A file that fills so much of its room is not tried again for the rest."""
_AIM = 0.985
_GROWTH = 0.35
_SLOPES = (0.08, 2.5)
"""Size grows about so: by that power of the setting, where two sizes do not tell better."""


def largest(
    encode: Callable[[int], bytes], bounds: tuple[int, int], room: float, known: Mapping[int, float]
) -> tuple[int, bytes]:
    """A setting within `bounds` (both allowed) whose file has at most `room` bytes, and that file; the lowest where
    nothing fits.

    The next setting is read off the straight line that log size over log setting nearly is; where that creeps along one
    side, what is left is halved instead. `known`: bytes of settings, out of bounds or guessed as may be.
    Sizes should rise with the setting; where they do not, the file still fits, but a larger setting might have, too.
    """
    sizes: dict[int, float] = {}
    found = None
    sides: list[bool] = []
    low, high = bounds
    for _ in range(_TRIES):
        told = sizes if len(sizes) > 1 else {**known, **sizes}
        creeps = len(sides) > 1 and sides[-1] == sides[-2]
        guess = round(sqrt(low * high)) if creeps or not told else _guess(told, room * _AIM)
        setting = min(max(guess, low), high)
        data = encode(setting)
        sizes[setting] = len(data)
        sides = [] if creeps else [*sides, len(data) <= room]
        if len(data) <= room:
            found, low = (setting, data), setting + 1
        else:
            high = setting - 1
        if low > high or room * _FULL <= len(data) <= room:
            break
    return found or (bounds[0], data if setting == bounds[0] else encode(bounds[0]))


def _guess(sizes: Mapping[int, float], wanted: float) -> int:
    """Where the line through the two settings whose sizes are nearest to the one wanted meets it."""
    near, *others = sorted(sizes, key=lambda setting: (abs(log(sizes[setting] / wanted)), setting))
    slope = log(sizes[others[0]] / sizes[near]) / log(others[0] / near) if others else _GROWTH
    # A line that falls or stands on end is drawn through noise or through a bad guess.
    power = slope if _SLOPES[0] < slope < _SLOPES[1] else _GROWTH
    return int(near * float(wanted / sizes[near]) ** (1 / power))
