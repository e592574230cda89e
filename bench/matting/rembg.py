"""The finish of rembg's alpha matting: closed-form matting from a trimap that the mask gives, by pymatting.

Trimap: foreground where the mask is above 240 of 255, background below 10, both eroded by 10x10, unknown between them.
"""

import contextlib
import io

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from bench.matting.case import Pixels, Plane

_FOREGROUND = 240 / 255
_BACKGROUND = 10 / 255
_ERODE = np.ones((10, 10), np.bool_)


def closed_form(frame: Pixels, alpha: Plane) -> Plane:
    """The alpha of an HxWx3 uint8 RGB frame, HxW float32 0..1."""
    from pymatting import estimate_alpha_cf

    foreground = ndimage.binary_erosion(alpha > _FOREGROUND, _ERODE)
    background = ndimage.binary_erosion(alpha < _BACKGROUND, _ERODE, border_value=1)
    if not foreground.any() or not background.any():
        return alpha.copy()
    trimap = np.where(foreground, 1.0, np.where(background, 0.0, 0.5))
    with contextlib.redirect_stdout(io.StringIO()):  # it prints every step of its preconditioner that it takes again
        found = estimate_alpha_cf(_unit(frame), trimap)
    return np.asarray(found.clip(0, 1), np.float32)


def multi_level(frame: Pixels, alpha: Plane) -> Pixels:
    """HxWx4 uint8 straight RGBA of a frame and its alpha, with pymatting's multi-level foreground."""
    from pymatting import estimate_foreground_ml

    colours = estimate_foreground_ml(_unit(frame), alpha.astype(np.float64))
    return np.asarray(np.rint(np.dstack([colours, alpha]).clip(0, 1) * 255), np.uint8)


def _unit(frame: Pixels) -> NDArray[np.float64]:
    return np.asarray(frame / 255.0, np.float64)
