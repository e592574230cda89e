"""How good a matte of one frame is. `instances` tells what counts as an effect that is back, `blobs` what as false.

Lengths are for a shorter side of 512 pixels. NaN stands for what a frame has nothing of.

- Errors over a region, of the alpha against the true one: mean absolute difference; mean squared difference; gradient
  error = mean of (|grad out| - |grad truth|)^2 with the derivatives of a Gaussian of sigma 1.4 (Rhemann et al., A
  Perceptually Motivated Online Benchmark for Image Matting, CVPR 2009). Regions: the whole frame; and where effects
  are: within 6 pixels of one (alpha > 0.02), less the character (alpha > 0.1) with 2 pixels around it, where a model's
  edge is blurred: its alpha `damage` watches over.
- Damage: mean |out - before| inside the character: its alpha > 0.5, 2 pixels from its edge, no effect over it, and 2
  pixels away from the holes that the model left, which a method may fill.
- Holes: mean alpha where the model lost a piece of the character; 1 is wholly filled.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.matting.blobs import Blob, false_blobs
from bench.matting.case import Case, Mask, Plane
from bench.matting.geometry import TRACE, VISIBLE, mean_where, near
from bench.matting.instances import Instance, instances

_SIGMA = 1.4
_AROUND = 6.0
_EDGE = 2.0
_INSIDE = 0.5


@dataclass(frozen=True)
class Errors:
    """Of an alpha against the true one, over a region; NaN where the region is empty."""

    mad: float
    mse: float
    gradient: float


@dataclass(frozen=True)
class Score:
    """A method on a case. `effects`: errors around effects. `everywhere`: errors of the whole frame. `damage`, `holes`:
    see the module. `false_area`: pixels of all blobs over pixels of the frame."""

    case: str
    slices: tuple[str, ...]
    dirt: tuple[str, ...]
    instances: tuple[Instance, ...]
    blobs: tuple[Blob, ...]
    effects: Errors
    everywhere: Errors
    damage: float
    holes: float
    false_area: float

    @property
    def missed(self) -> tuple[Instance, ...]:
        """The effects that the model lost."""
        return tuple(each for each in self.instances if each.missed)

    @property
    def recall(self) -> float:
        """The share of them that is back; NaN where the model lost none."""
        return _share(self.missed)

    @property
    def kept(self) -> float:
        """The share still there of the effects that the model had kept; NaN where it had kept none."""
        return _share(tuple(each for each in self.instances if not each.missed))


def score(case: Case, out: Plane, before: Plane | None = None) -> Score:
    """Compares a method's matte with the truth. `out`: HxW float32 0..1. `before`: what the method was given, which is
    the case's matte where it is not told."""
    before = case.matte if before is None else before
    blobs = false_blobs(case, out)
    return Score(
        case=case.name,
        slices=case.slices,
        dirt=tuple(case.dirt),
        instances=instances(case, out, before),
        blobs=blobs,
        effects=_errors(out, case.alpha, effect_region(case)),
        everywhere=_errors(out, case.alpha, np.ones(out.shape, np.bool_)),
        damage=mean_where(np.abs(out - before), _untouched(case)),
        holes=mean_where(out, case.holes),
        false_area=sum(blob.area for blob in blobs) / out.size,
    )


def effect_region(case: Case) -> Mask:
    """HxW: where effects are, and what is near them."""
    if not case.effects:
        return np.zeros(case.alpha.shape, np.bool_)
    together = np.maximum.reduce([effect.alpha for effect in case.effects])
    return near(together > TRACE, _AROUND) & ~near(case.character > VISIBLE, _EDGE)


def _untouched(case: Case) -> Mask:
    """HxW: the character where no method has anything to do."""
    covered = near(case.character <= _INSIDE, _EDGE) | near(case.holes, _EDGE)
    for effect in case.effects:
        covered |= effect.alpha > TRACE
    return ~covered


def _errors(out: Plane, truth: Plane, region: Mask) -> Errors:
    if not region.any():
        return Errors(math.nan, math.nan, math.nan)
    difference = np.abs(out - truth)
    gradient = _gradient(out) - _gradient(truth)
    return Errors(mean_where(difference, region), mean_where(difference**2, region), mean_where(gradient**2, region))


def _gradient(alpha: Plane) -> Plane:
    """The length of the gradient after a Gaussian blur, per pixel."""
    smooth, slope = _kernels()
    across = cv2.sepFilter2D(alpha, cv2.CV_32F, slope, smooth, borderType=cv2.BORDER_REPLICATE)
    down = cv2.sepFilter2D(alpha, cv2.CV_32F, smooth, slope, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(np.hypot(across, down), np.float32)


def _kernels() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """A Gaussian whose sum is 1, and its derivative, which gives 1 on a ramp of 1 per pixel."""
    x = np.arange(-5, 6)
    smooth = np.exp(-(x**2) / (2 * _SIGMA**2))
    slope = x * smooth
    return (smooth / smooth.sum()).astype(np.float32), (slope / (x * slope).sum()).astype(np.float32)


def _share(chosen: tuple[Instance, ...]) -> float:
    return sum(each.recovered for each in chosen) / len(chosen) if chosen else math.nan
