"""Cutting the character out of a picture: whole, with its detached parts, without stray specks."""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from popcon.errors import PictureBlank
from popcon.imaging import unmix
from popcon.imaging.arrays import Box, Pixels
from popcon.imaging.background import difference, estimate_background
from popcon.imaging.keying import key_background, threshold
from popcon.imaging.resize import cleared, content_box, over, resize_rgba

MAX_SIDE = 1536  # three times what a clip shows: a person waits for the cut-out, and nothing shows more of it
_CLEAR = 16  # alpha up to which a pixel counts as see-through
_CLEAR_SHARE = 0.02
_PLAIN_SHARE = 0.6  # of the border that a plain background must explain
_RIM_SHARE = 0.2  # of a part's rim that a background must reach to be the part's own
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
    whole = _separated(rgba)
    return _around(whole.image, whole, (0, 0), rgba.shape)


def cut_out_within(rgba: Pixels, within: Box) -> CutOut:
    """The character in a part of a picture; its box is in the whole of it.

    What the whole picture shows to be background is background in the part too, which matters where the part ends
    inside of the character. Where next to nothing of it lies along the rim of the part, as in the frame of a photo, the
    part is looked at as if it were the picture.
    """
    whole = _separated(rgba)
    left, top, right, bottom = (round(edge * whole.scale) for edge in within)
    part = whole.image[top:bottom, left:right]
    if part.size and whole.background != "busy" and _clear_along_rim(part) >= _RIM_SHARE:
        return _around(part, whole, (left, top), rgba.shape)
    left, top, right, bottom = within
    found = cut_out(rgba[top:bottom, left:right])
    return replace(found, box=_moved(found.box, left, top))


@dataclass(frozen=True)
class _Separated:
    """A picture at `scale` without its background."""

    image: Pixels
    background: str
    scale: float


def _separated(rgba: Pixels) -> _Separated:
    height, width = rgba.shape[:2]
    scale = min(1.0, MAX_SIDE / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    # In a photo nothing is see-through, so that its colours need no weights.
    is_opaque = bool((rgba[..., 3] == 255).all())
    small = rgba
    if scale < 1.0:
        small = (
            np.asarray(cv2.resize(rgba, size, interpolation=cv2.INTER_AREA)) if is_opaque else resize_rgba(rgba, size)
        )
    if (small[..., 3] <= _CLEAR).mean() >= _CLEAR_SHARE:
        return _Separated(small, "transparent", scale)
    rgb = np.ascontiguousarray(small[..., :3]) if is_opaque else over(small, (255, 255, 255))
    return _Separated(*_keyed(rgb), scale)


def _around(image: Pixels, whole: _Separated, origin: tuple[int, int], shape: tuple[int, ...]) -> CutOut:
    """The character of an image that lies at `origin` of the whole, which was of `shape` before it was reduced."""
    if whole.background != "busy":
        image = _without_specks(image)
    box = content_box(image[..., 3])
    if box is None or np.count_nonzero(image[..., 3] > _CLEAR) < _LEAST_PIXELS:
        raise PictureBlank(
            "Nothing can be seen in the picture; send one that shows a character on a plain or transparent background.",
            field="picture",
        )
    left, top, right, bottom = box
    found = _at_scale(_moved(box, *origin), whole.scale, shape[1], shape[0])
    return CutOut(image[top:bottom, left:right].copy(), found, whole.background)


def _clear_along_rim(rgba: Pixels) -> float:
    """The share of the outermost pixels that are see-through."""
    clear = rgba[..., 3] <= _CLEAR
    return float(np.concatenate([clear[0], clear[-1], clear[:, 0], clear[:, -1]]).mean())


def _moved(box: Box, right: int, down: int) -> Box:
    return box[0] + right, box[1] + down, box[2] + right, box[3] + down


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
