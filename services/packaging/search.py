"""The largest setting of an encoder whose file fits, in few files, since every file is a whole encode.

A draft is what a file would come to if it were packed in haste, or had but some of its frames: cheap, and off by a
factor that hardly changes with the setting. So the search goes through drafts, and each file corrects the factor.
"""

from collections.abc import Callable
from math import log, sqrt

_FILES, _DRAFTS = 4, 6
_FULL = 0.94
"""A file that fills so much of its room is not tried again for the rest."""
_AIM, _NEAR = 0.985, 0.98
_GROWTH = 0.35
"""Size grows about by that power of the setting, until two sizes tell better."""

Encode = Callable[[int], bytes]


class Drafts:
    """The bytes of drafts by setting, each made once. More settings may be known than can be asked for."""

    def __init__(self, make: Callable[[int], int]) -> None:
        self._make = make
        self._sizes: dict[int, int] = {}

    def __call__(self, setting: int) -> int:
        """Bytes of a setting's draft."""
        if setting not in self._sizes:
            self._sizes[setting] = self._make(setting)
        return self._sizes[setting]

    def largest(self, bounds: tuple[int, int], room: float) -> int:
        """A setting within `bounds` whose draft has at most `room` bytes, or the lowest."""
        low, high = bounds
        sides: list[bool] = []
        for _ in range(_DRAFTS):
            creeps = len(sides) > 1 and sides[-1] == sides[-2]
            guess = round(sqrt(low * high)) if creeps else self._guess(room) or round(sqrt(low * high))
            setting = min(max(guess, low), high)
            fits = self(setting) <= room
            sides = [] if creeps else [*sides, fits]
            low, high = (setting + 1, high) if fits else (low, setting - 1)
            if low > high or room * _NEAR <= self(setting) <= room:
                break
        return max(low - 1, bounds[0])

    def _guess(self, room: float) -> int:
        """Where log size over log setting meets the room: between the settings on either side of it the line is nearly
        straight. 0 where no size is known."""
        fitting = max((setting for setting, size in self._sizes.items() if size <= room), default=0)
        over = min((setting for setting, size in self._sizes.items() if setting > fitting and size > room), default=0)
        near = fitting or over
        if not near:
            return 0
        power = _GROWTH
        if fitting and over:
            power = log(self(over) / self(fitting)) / log(over / fitting)
        return int(near * (room / self(near)) ** (1 / power))


def largest(
    encode: Encode, drafts: Drafts, bounds: tuple[int, int], room: float, factor: float = 1.0
) -> tuple[int, bytes]:
    """A setting within `bounds` (both allowed) whose file has at most `room` bytes, and that file; the lowest where
    nothing fits.

    `drafts`: about the bytes of a setting's file divided by `factor`. Sizes should rise with the setting; where they do
    not, the file still fits, but a larger setting might have, too.
    """
    found = None
    low, high = bounds
    for _ in range(_FILES):
        setting = drafts.largest((low, high), room * _AIM / factor)
        data = encode(setting)
        factor = len(data) / drafts(setting)
        if len(data) <= room:
            found, low = (setting, data), setting + 1
        else:
            high = setting - 1
        if low > high or room * _FULL <= len(data) <= room:
            break
    return found or (bounds[0], data if setting == bounds[0] else encode(bounds[0]))
