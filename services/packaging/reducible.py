"""A clip that can be written in any number of shared colours."""

from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray

from services.packaging import quantise, search
from services.packaging.quality import Quality, measure
from services.packaging.quantise import Quantised
from services.packaging.search import Drafts, Encode

PALETTE = 256
"""Entries of a whole palette, the transparent one among them."""
FEWER = 32, PALETTE
"""Entries of palettes that are worth having."""
_MORE = 384, 512, 768, 1024, 1536, 2048
# Colours that no palette holds take that many times the bytes of those that one does.
_TRUECOLOUR_COST = 1.75
_SAMPLE_STEP = 4


class Reducible:
    """Renderings, files and drafts are made once for each number of entries."""

    def __init__(
        self,
        frames: NDArray[np.uint8],
        write: Callable[[Quantised], bytes],
        bytes_in_haste: Callable[[Quantised], int] | None = None,
    ) -> None:
        """`frames`: NxHxWx4 uint8 straight RGBA. `write`: the file of a rendering. `bytes_in_haste`: about how many it
        has, where that is told more quickly."""
        census = quantise.census(frames)
        self.frames = frames
        self.reduced: Callable[[int], Quantised] = cache(lambda entries: quantise.quantise(census, entries))
        self.file: Encode = cache(lambda entries: write(self.reduced(entries)))
        if bytes_in_haste:
            self.drafts = Drafts(lambda entries: bytes_in_haste(self.reduced(entries)))
        else:
            self.drafts = Drafts(lambda entries: len(self.file(entries)))

    def in_a_palette(self, limit: float, enough: Quality) -> tuple[int, bytes]:
        """A whole palette; where it fits and is not good enough, as many more colours as are, or as fit."""
        data = self.file(PALETTE)
        cost = _TRUECOLOUR_COST * len(data)
        if cost > limit or self._sampled(PALETTE).reaches(enough):
            return PALETTE, data
        wanted = next((more for more in _MORE if self._sampled(more).reaches(enough)), _MORE[-1])
        entries, more = search.largest(self.file, self.drafts, (PALETTE + 1, wanted), limit)
        return (entries, more) if len(more) <= limit else (PALETTE, data)

    def _sampled(self, entries: int) -> Quality:
        return measure(self.frames[::_SAMPLE_STEP], self.reduced(entries).rgba()[::_SAMPLE_STEP])
