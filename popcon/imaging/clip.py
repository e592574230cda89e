"""The clip: what a motion run makes and everything after it reads.

On disk it is `clip.json` and `frames/0000.png`, `frames/0001.png`…: 8-bit sRGB, square, lossless. A clip is a closed
loop: the frame after the last is the first. Times are exact fractions of a second, never milliseconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

Frame = NDArray[np.uint8]


@dataclass(frozen=True)
class EffectHint:
    """An effect that was drawn on purpose: its kind (`sparks`, `tears`…) and the box (left, top, right, bottom; pixels,
    right and bottom exclusive) it keeps to over the whole clip."""

    kind: str
    box: tuple[int, int, int, int]


@dataclass(frozen=True)
class Clip:
    """`frames`: all HxWx4 straight RGBA with RGB 0 where alpha is 0 (`alpha_known`), or all HxWx3 on `background`.
    `durations`: seconds per frame, one per frame, each > 0. `background`: 8-bit sRGB colour, None where alpha is known."""

    frames: Sequence[Frame]
    durations: Sequence[Fraction]
    background: tuple[int, int, int] | None = None
    effects: Sequence[EffectHint] = field(default_factory=tuple)

    @property
    def alpha_known(self) -> bool:
        return self.frames[0].shape[2] == 4

    @property
    def duration(self) -> Fraction:
        """Seconds of one turn of the loop."""
        return sum(self.durations, Fraction(0))
