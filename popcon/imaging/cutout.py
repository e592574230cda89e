"""Cutting the character out of a picture: whole, with its detached parts, without stray specks."""

from dataclasses import dataclass

import cv2
import numpy as np

from popcon.errors import PictureBlank
from popcon.imaging import unmix
from popcon.imaging.arrays import Box, Pixels
from popcon.imaging.background import difference, estimate_background
from popcon.imaging.keying import key_background, threshold
from popcon.imaging.resize import cleared, content_box, over, resize_rgba

MAX_SIDE = 2048
_CLEAR = 16  # alpha up to which a pixel counts as see-through
_CLEAR_SHARE = 0.02
_PLAIN_SHARE = 0.6  # of the border that a plain background must explain
_SPECK_SHARE = 0.0002  # of the figure's area
_SPECK_PIXELS = 6
_LEAST_PIXELS = 64


@dataclass(frozen=True)
class CutOut:
    """`image`: HxWx4 uint8 straight RGBA, the character in its box, RGB 0 where alpha is 0. `box`: where that is in the
    picture as it was sent. `background`: `transparent`, `plain`, or `busy`: no plain background was found and the whole
    picture is kept."""

    image: Pixels
    box: Box
    background: str


def cut_out(rgba: Pixels) -> CutOut:
    """The character in an HxWx4 uint8 straight RGBA picture. A picture with a side over `MAX_SIDE` is reduced first.
    Raises `PictureBlank` where nothing can be seen."""
    height, width = rgba.shape[:2]
    scale = min(1.0, MAX_SIDE / max(height, width))
    small = resize_rgba(rgba, (max(1, round(width * scale)), max(1, round(height * scale)))) if scale < 1.0 else rgba
    if (small[..., 3] <= _CLEAR).mean() >= _CLEAR_SHARE:
        image, background = small, "transparent"
    else:
        image, background = _keyed(over(small, (255, 255, 255)))
    if background != "busy":
        image = _without_specks(image)
    box = content_box(image[..., 3])
    if box is None or np.count_nonzero(image[..., 3] > _CLEAR) < _LEAST_PIXELS:
        raise PictureBlank(
            "Nothing can be seen in the picture; send one that shows a character on a plain or transparent background.",
            field="picture",
        )
    left, top, right, bottom = box
    return CutOut(image[top:bottom, left:right].copy(), _at_scale(box, scale, width, height), background)


def _keyed(rgb: Pixels) -> tuple[Pixels, str]:
    """The figure on its plain background as straight RGBA, or the whole picture where there is no such background."""
    background = estimate_background(rgb)
    if background.share < _PLAIN_SHARE and (difference(rgb, background) > threshold(background)).any():
        return np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)]), "busy"
    return unmix.separate(rgb, background.field, key_background(rgb, background)), "plain"


def _without_specks(rgba: Pixels) -> Pixels:
    """The picture without what is too small, and too far from anything larger, to be part of the character."""
    seen = rgba[..., 3] > _CLEAR
    # Neighbouring dots (a dotted line, a spray of sparks) stand or fall together.
    reach = max(1, round(0.004 * max(seen.shape)))
    joined = cv2.dilate(seen.astype(np.uint8), np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    _, labels = cv2.connectedComponents(joined, connectivity=8)
    area = np.bincount(labels[seen], minlength=int(labels.max()) + 1)
    kept = area >= max(_SPECK_PIXELS, _SPECK_SHARE * area.sum())
    kept[0] = False
    return cleared(np.asarray(rgba * kept[labels][..., None], np.uint8))


def _at_scale(box: Box, scale: float, width: int, height: int) -> Box:
    """The box in the unreduced picture, rounded outwards."""
    left, top, right, bottom = (edge / scale for edge in box)
    return int(left), int(top), min(width, int(np.ceil(right))), min(height, int(np.ceil(bottom)))
