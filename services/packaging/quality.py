"""How far a packed emoji is from the frames it was made of, measured where people look: on the character.

* `ssim`: structural similarity of premultiplied RGBA, the mean over all four channels of those pixels of all frames
  that lie in the silhouette of the original grown by 3 px. Over the whole canvas the empty background, which every
  encoder gets right, would hide what is wrong. With m and s the means, variances and covariance under a Gaussian window
  of 11 px and σ 1.5, C₁ = (0.01·255)² and C₂ = (0.03·255)²:
  SSIM = (2·m₁m₂ + C₁)(2·s₁₂ + C₂) / ((m₁² + m₂² + C₁)(s₁ + s₂ + C₂)).
  Wang, Bovik, Sheikh, Simoncelli: Image quality assessment: from error visibility to structural similarity, IEEE
  Transactions on Image Processing 13 (2004), https://doi.org/10.1109/TIP.2003.819861.
* `edge_db`: peak signal to noise ratio, 10·log₁₀(255² / mean squared error), of the pixels whose alpha is neither 0 nor
  255 in the original, laid over black and over white; the worse of the two. Halos and jagged edges show here first.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.imaging.arrays import Mask, Pixels
from popcon.imaging.resize import content_box, premultiply

EDGE_DB_MAX = 99.0
"""What `edge_db` says where no difference is left."""

_GROWN = 3
_WINDOW, _SIGMA = (11, 11), 1.5
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2

Planes = NDArray[np.float32]


@dataclass(frozen=True)
class Quality:
    """`ssim`: -1..1, 1 for the same pictures. `edge_db`: decibels, at most `EDGE_DB_MAX`."""

    ssim: float
    edge_db: float

    @property
    def merit(self) -> float:
        """One figure to rank by, in decibels: the errors of both count as energies do."""
        return self.edge_db - 10 * float(np.log10(max(1 - self.ssim, 1e-9)))

    def reaches(self, other: "Quality") -> bool:
        """Whether it is as good in both."""
        return self.ssim >= other.ssim and self.edge_db >= other.edge_db


def measure(wanted: Iterable[Pixels], seen: Iterable[Pixels]) -> Quality:
    """Compares frames pair by pair: HxWx4 uint8 straight RGBA of one size, RGB 0 where alpha is 0. `wanted` shows
    something in at least one frame. Raises `ValueError` where one has more frames than the other."""
    likeness, area = 0.0, 0
    errors, soft = np.zeros(2), 0
    for one, other in zip(wanted, seen, strict=True):
        box = content_box(np.maximum(one[..., 3], other[..., 3]))
        if box is None:
            continue
        # Beyond the grown silhouette and half a window nothing counts.
        left, top, right, bottom = box
        room = _GROWN + _WINDOW[0] // 2
        part = np.s_[max(top - room, 0) : bottom + room, max(left - room, 0) : right + room]
        first, second = premultiply(one[part]), premultiply(other[part])
        silhouette = cv2.dilate(one[part][..., 3], np.ones((2 * _GROWN + 1, 2 * _GROWN + 1), np.uint8)) > 0
        likeness += _similarity(first, second, silhouette)
        area += 4 * int(silhouette.sum())
        edge = (one[part][..., 3] > 0) & (one[part][..., 3] < 255)
        errors += _errors_on_black_and_white(first[edge] - second[edge])
        soft += 3 * int(edge.sum())
    mean = float(errors.max()) / max(soft, 1)
    decibels = EDGE_DB_MAX if mean == 0 else min(EDGE_DB_MAX, 10 * float(np.log10(255**2 / mean)))
    return Quality(likeness / max(area, 1), decibels)


def _similarity(one: Planes, other: Planes, inside: Mask) -> float:
    """Sum of the similarity over the four channels of the pixels inside."""
    mean1, mean2 = _blur(one), _blur(other)
    spread1, spread2 = _blur(one * one) - mean1 * mean1, _blur(other * other) - mean2 * mean2
    shared = _blur(one * other) - mean1 * mean2
    over = (2 * mean1 * mean2 + _C1) * (2 * shared + _C2)
    under = (mean1 * mean1 + mean2 * mean2 + _C1) * (spread1 + spread2 + _C2)
    return float((over / under)[inside].sum(dtype=np.float64))


def _blur(planes: Planes) -> Planes:
    return np.asarray(cv2.GaussianBlur(planes, _WINDOW, _SIGMA), np.float32)


def _errors_on_black_and_white(difference: NDArray[np.float32]) -> NDArray[np.float64]:
    """Sum of squares over Px4 premultiplied differences: over white, a colour also loses what its alpha gains."""
    colour, alpha = difference[:, :3].astype(np.float64), difference[:, 3:].astype(np.float64)
    return np.array([(colour**2).sum(), ((colour - alpha) ** 2).sum()])
