"""A smaller canvas, where a platform takes one: fewer pixels in more colours, if that looks better.

Platforms show an emoji at one size whatever its pixels are, so each candidate is judged at the size of the full canvas.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from popcon.catalog.target import Size
from popcon.imaging.resize import resize_rgba
from services.packaging.quality import Quality, measure
from services.packaging.reducible import FEWER, Reducible

Frames = NDArray[np.uint8]


def finest(frames: Frames, smaller: Sequence[Size], reducible: Callable[[Frames], Reducible], room: float) -> Size:
    """The canvas (width, height) on which as many colours as fit look best: that of the frames or, tried as long as it
    gets better, one of `smaller`, which fall in size.

    `frames`: NxHxWx4 uint8 straight RGBA, few of a clip will do. `room`: bytes that their drafts may have.
    """
    full = frames.shape[2], frames.shape[1]
    best, merit = full, -np.inf
    for canvas in (full, *smaller):
        quality = _at_best(frames, reducible(resized(frames, canvas)), room)
        if quality and quality.merit < merit:
            break
        if quality:
            best, merit = canvas, quality.merit
    return best


def resized(frames: Frames, canvas: Size) -> Frames:
    """NxHxWx4 uint8 straight RGBA on another canvas (width, height)."""
    return np.stack([resize_rgba(frame, canvas) for frame in frames])


def _at_best(frames: Frames, clip: Reducible, room: float) -> Quality | None:
    """How the most colours that fit look; None where the fewest do not."""
    entries = clip.drafts.largest(FEWER, room)
    if clip.drafts(entries) > room:
        return None
    full = frames.shape[2], frames.shape[1]
    return measure(frames, resized(clip.reduced(entries).rgba(), full))
