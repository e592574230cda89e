"""Fringes: how much lighter on black, and darker on white, a cut-out is than the truth.

Both are composited with straight alpha, as a chat does: C = aF + (1 - a)B. In the band within 3 pixels (for a shorter
side of 512) of where the true alpha lies between 0.02 and 0.98, and where the cut-out shows anything (its alpha > 0.02;
what is missing is no fringe), the luma (Rec. 601, 0..1) of the two is compared:
`black` = max(0, mean(luma(out) - luma(truth))) on black, `white` = max(0, mean(luma(truth) - luma(out))) on white.
The mean comes first: an encoder's noise makes single pixels lighter and darker, a fringe is lighter on the whole. The
true foreground with the true alpha scores 0 on both.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from bench.matting.case import Case, Pixels, Plane
from bench.matting.geometry import TRACE, mean_where, near

_BAND = 3.0


@dataclass(frozen=True)
class Halo:
    """0..1 each, NaN for a cut-out without an edge. `black`: light fringes on black. `white`: dark fringes on white."""

    black: float
    white: float


def halo(case: Case, rgba: Pixels) -> Halo:
    """The fringes of a cut-out, HxWx4 uint8 straight RGBA."""
    opacity = np.asarray(rgba[..., 3] / np.float32(255.0), np.float32)
    band = near((case.alpha > TRACE) & (case.alpha < 1.0 - TRACE), _BAND) & (opacity > TRACE)
    if not band.any():
        return Halo(math.nan, math.nan)
    on_black = opacity * _luma(rgba[..., :3]) - case.alpha * _luma(case.foreground)
    on_white = on_black + case.alpha - opacity
    return Halo(max(0.0, mean_where(on_black, band)), max(0.0, -mean_where(on_white, band)))


def _luma(rgb: Pixels) -> Plane:
    """HxW float32, 0..1."""
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2GRAY) / np.float32(255.0), np.float32)
