"""Writes animated WebP: https://developers.google.com/speed/webp/docs/riff_container.

The format counts whole milliseconds, so the end of each frame is rounded, not each delay: rounding never adds up, and
the whole lasts what it should to half a millisecond. libwebp merges equal neighbours and adds up their delays; every
pose is still on screen for as long.
"""

import io
from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_EFFORT = 4
_NEVER = 2**31 - 1


def write_webp(frames: NDArray[np.uint8], delays: Sequence[Fraction], plays: int, quality: int | None = None) -> bytes:
    """An animated WebP of NxHxWx4 uint8 straight RGBA: lossless, or lossy at `quality` 0..100 with an exact alpha.

    `delays`: seconds per frame, at least 1 ms each. `plays`: 0 is for ever.
    """
    ends = [0, *(round(end * 1000) for end in accumulate(delays))]
    images = [Image.fromarray(frame) for frame in frames]
    out = io.BytesIO()
    images[0].save(
        out,
        "WEBP",
        save_all=True,
        append_images=images[1:],
        duration=[after - before for before, after in pairwise(ends)],
        loop=plays,
        method=_EFFORT,
        # Key frames let a viewer jump, which nobody does in an emoji; trying where to put them takes a third longer.
        kmin=0,
        kmax=_NEVER,
        lossless=quality is None,
        quality=80 if quality is None else quality,  # of a lossless file: effort, which changes little here
        alpha_quality=100,
    )
    return out.getvalue()
