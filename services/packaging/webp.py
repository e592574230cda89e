"""Writes animated WebP: https://developers.google.com/speed/webp/docs/riff_container.

The format counts whole milliseconds, so the end of each frame is rounded, not each delay: rounding never adds up, and
the whole lasts what it should to half a millisecond. libwebp merges equal neighbours and adds up their delays; every
pose is still on screen for as long.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from popcon.imaging.arrays import Pixels

_EFFORT = 4
_NEVER = 2**31 - 1


@dataclass(frozen=True)
class Lossy:
    """`quality`: 0..100 of the colours. `alpha_step`: alpha is rounded to multiples of it, a divisor of 255; it takes
    half of the bytes of soft art, and nobody sees steps of 3. `effort`: 0..6."""

    quality: int
    alpha_step: int = 1
    effort: int = _EFFORT


def write_webp(frames: NDArray[np.uint8], delays: Sequence[Fraction], plays: int, lossy: Lossy | None = None) -> bytes:
    """An animated WebP of NxHxWx4 uint8 straight RGBA, without loss where `lossy` does not say how much.

    `delays`: seconds per frame, at least 1 ms each. `plays`: 0 is for ever.
    """
    ends = [0, *(round(end * 1000) for end in accumulate(delays))]
    images = [Image.fromarray(_in_steps(frame, lossy.alpha_step) if lossy else frame) for frame in frames]
    out = io.BytesIO()
    images[0].save(
        out,
        "WEBP",
        save_all=True,
        append_images=images[1:],
        duration=[after - before for before, after in pairwise(ends)],
        loop=plays,
        method=lossy.effort if lossy else _EFFORT,
        # Key frames let a viewer jump, which nobody does in an emoji; trying where to put them takes a third longer.
        kmin=0,
        kmax=_NEVER,
        lossless=lossy is None,
        quality=lossy.quality if lossy else 80,  # of a lossless file: effort, which changes little here
        alpha_quality=100,
    )
    return out.getvalue()


def _in_steps(frame: Pixels, step: int) -> Pixels:
    out = frame.copy()
    out[..., 3] = np.rint(frame[..., 3] / step) * step
    out[out[..., 3] == 0] = 0
    return out
