"""The largest setting of an encoder whose file fits, in few files, since every file is a whole encode.

A draft is what a file would come to if it were packed in haste, or had but some of its frames: cheap, and off by a
factor that hardly changes with the setting. So the search goes through drafts, and each file corrects the factor.
"""

from collections.abc import Callable, Mapping
from math import log, sqrt

_FILES, _DRAFTS = 4, 6
_FULL = 0.95
"""A file that fills so much of its room is not tried again for the rest."""
_AIM = 0.985
_DRAFT_FULL = 0.98
_GROWTH = 0.35
_SLOPES = (0.08, 2.5)
"""Size grows about so: by that power of the setting, where two sizes do not tell better."""

Encode = Callable[[int], bytes]
Draft = Callable[[int], float]


def largest(
    encode: Encode, draft: Draft, bounds: tuple[int, int], room: float, factor: float = 1.0
) -> tuple[int, bytes]:
    """A setting within `bounds` (both allowed) whose file has at most `room` bytes, and that file; the lowest where
    nothing fits.

    `draft`: about the bytes of a setting's file divided by `factor`. Sizes should rise with the setting; where they do
    not, the file still fits, but a larger setting might have, too.
    """
    drafts: dict[int, float] = {}
    found = None
    low, high = bounds
    for _ in range(_FILES):
        setting = largest_draft(draft, (low, high), room * _AIM / factor, drafts)
        data = encode(setting)
        factor = len(data) / drafts[setting]
        if len(data) <= room:
            found, low = (setting, data), setting + 1
        else:
            high = setting - 1
        if low > high or room * _FULL <= len(data) <= room:
            break
    return found or (bounds[0], data if setting == bounds[0] else encode(bounds[0]))


def largest_draft(draft: Draft, bounds: tuple[int, int], room: float, known: dict[int, float]) -> int:
    """A setting within `bounds` whose draft has at most `room` bytes; the lowest where none has. `known`: the drafts of
    settings, which is added to.

    The next setting is read off the straight line that log size over log setting nearly is; where that creeps along one
    side, what is left is halved instead.
    """
    low, high = bounds
    lowest = low
    sides: list[bool] = []
    for _ in range(_DRAFTS):
        creeps = len(sides) > 1 and sides[-1] == sides[-2]
        guess = round(sqrt(low * high)) if creeps or not known else _guess(known, room)
        setting = min(max(guess, low), high)
        if setting not in known:
            known[setting] = draft(setting)
        fits = known[setting] <= room
        sides = [] if creeps else [*sides, fits]
        low, high = (setting + 1, high) if fits else (low, setting - 1)
        if low > high or room * _DRAFT_FULL <= known[setting] <= room:
            break
    best = max(low - 1, lowest)
    if best not in known:
        known[best] = draft(best)
    return best


def _guess(sizes: Mapping[int, float], wanted: float) -> int:
    """Where the line through the two settings whose sizes are nearest to the one wanted meets it."""
    near, *others = sorted(sizes, key=lambda setting: (abs(log(sizes[setting] / wanted)), setting))
    slope = log(sizes[others[0]] / sizes[near]) / log(others[0] / near) if others else _GROWTH
    # A line that falls or stands on end is drawn through noise or through a bad guess.
    power = slope if _SLOPES[0] < slope < _SLOPES[1] else _GROWTH
    return int(near * float(wanted / sizes[near]) ** (1 / power))
