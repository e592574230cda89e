"""The rescue: effects (sparks, tears, hearts, glows) that a matte dropped are put back.

A matte that looks for the character tends to lose what floats around it. On a plain background the loss can be seen:
a region that differs from the background while the alpha there is too small to explain it. Each such region is measured
and either kept out (noise, compression dirt, a matte's own rim, lines along the border, a floor shadow) or put back.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from popcon.errors import InvalidRequest
from popcon.imaging import unmix
from popcon.imaging.arrays import Box, Mask, Pixels, Plane
from popcon.imaging.background import Background, estimate_background
from popcon.imaging.keying import denoised, key_background, threshold
from popcon.imaging.masks import grown, opened
from services.matting.regions import Labels, Regions, largest, measure

_FAR = 3.0  # pixels beyond the matte's edge, on a frame of 512: nearer is its rim
_BORDER = 0.02  # of the shorter side
_SEAM = 3  # pixels: half the width of what is too thin for a glow
_HOLE_SHARE = 0.015  # of the frame: the largest hole of an effect that is filled


@dataclass(frozen=True)
class Rescue:
    """`alpha`: HxW float32 0..1, nowhere below the matte's. `boxes`: one per region that was put back."""

    alpha: Plane
    boxes: tuple[Box, ...]


def rescue_vfx_elements(image: Pixels, alpha: Plane) -> Plane:
    """The alpha with dropped effects put back: HxW float32 0..1, nowhere smaller than the one given.

    `image`: HxWx3 uint8 RGB, a frame on a plain background. `alpha`: HxW float32 0..1, its matte. Neither is changed.
    Raises `InvalidRequest` for other types, shapes or values.
    """
    return rescue(image, alpha).alpha


def rescue(image: Pixels, alpha: Plane, background: Background | None = None) -> Rescue:
    """As `rescue_vfx_elements`, with the boxes of what was put back. `background` is estimated where not given."""
    _check(image, alpha)
    background = background or estimate_background(image)
    smooth = denoised(image, background.noise)
    faint = unmix.smallest_alpha(smooth.astype(np.float32), background.field)
    regions = measure(smooth, alpha, faint, background)
    wanted = _effects(regions, alpha, background)
    if not wanted.any():
        return Rescue(alpha.copy(), ())
    kept = wanted[regions.labels]
    # Inside a hard edge an effect is as solid as the character; only what melts away is taken to be translucent.
    solid = np.where(_filled(kept), key_background(image, background), np.float32(0.0))
    soft = _soft(kept & (solid == 0.0), faint, regions.labels, len(wanted))
    boxes = tuple(regions.box(label) for label in np.flatnonzero(wanted).tolist())
    return Rescue(np.maximum(alpha, np.maximum(soft, solid)), boxes)


def _check(image: Pixels, alpha: Plane) -> None:
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        raise InvalidRequest("The image must be an HxWx3 array of uint8.", field="image")
    if not isinstance(alpha, np.ndarray) or alpha.dtype != np.float32 or alpha.shape != image.shape[:2]:
        raise InvalidRequest(
            "The alpha must be an HxW array of float32 of the image's height and width.", field="alpha"
        )
    if alpha.size == 0 or not (alpha.min() >= 0.0 and alpha.max() <= 1.0):
        raise InvalidRequest("The alpha must hold at least one value, all of them within 0 and 1.", field="alpha")


def _effects(regions: Regions, alpha: Plane, background: Background) -> Mask:
    """Per label: whether the region is an effect. Label 0 is the rest of the frame."""
    height, width = alpha.shape
    scale = min(height, width) / 512
    level = threshold(background)
    noise = (regions.area < max(5.0, 16.0 * scale**2)) | (regions.peak < 1.6 * level)
    dirt = (regions.peak < 4.0 * level) & (regions.area < 100.0 * scale**2)
    rim = regions.reach <= max(2.0, _FAR * scale)
    effects: Mask = ~(noise | dirt | rim | _border_line(regions, height, width) | _shadow(regions, alpha))
    effects[0] = False
    return effects


def _border_line(regions: Regions, height: int, width: int) -> Mask:
    """Regions that keep to a strip along the border and are long, or have no depth to speak of."""
    strip = max(2.0, _BORDER * min(height, width))
    along = (regions.top >= height - strip) | (regions.bottom <= strip)
    upright = (regions.left >= width - strip) | (regions.right <= strip)
    frame = (regions.right - regions.left >= width - 2) & (regions.bottom - regions.top >= height - 2)
    thin = regions.area < 4 * strip * min(height, width)
    return np.asarray(along | upright | (frame & thin), np.bool_)


def _shadow(regions: Regions, alpha: Plane) -> Mask:
    """Regions that darken the background evenly, without a hard edge, low and wide under the figure."""
    rows = np.flatnonzero((alpha > 0.5).any(axis=1))
    feet = rows[0] + 0.7 * (rows[-1] - rows[0]) if len(rows) else 0.6 * alpha.shape[0]
    grey = regions.chroma < 0.2
    low = regions.middle > feet
    wide = regions.right - regions.left > 1.5 * (regions.bottom - regions.top)
    return np.asarray(regions.darkens & grey & regions.soft & low & wide, np.bool_)


def _soft(halo: Mask, faint: Plane, labels: Labels, count: int) -> Plane:
    """The alpha of what melts into the background, 0 elsewhere. A seam too thin to be a glow stays out.

    The true alpha lies between the smallest one and what makes the densest pixel of the region opaque. The geometric
    mean of both is taken: glows are seldom of a pure colour, and seldom opaque.
    """
    wide = grown(opened(halo, _SEAM), _SEAM) & halo
    inside = np.where(wide, faint, np.float32(0.0))
    gain = 1.0 / np.sqrt(np.maximum(largest(labels, inside, count), 1e-3))
    return np.asarray(np.minimum(1.0, inside * gain[labels]), np.float32)


def _filled(kept: Mask) -> Mask:
    """The mask with its small holes filled: the pale heart of a spark belongs to it."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats((~kept).astype(np.uint8), connectivity=4)
    small = stats[:, cv2.CC_STAT_AREA] <= _HOLE_SHARE * kept.size
    small[0] = False
    return np.asarray(kept | small[labels], np.bool_)
