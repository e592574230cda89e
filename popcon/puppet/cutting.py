"""Cutting limbs out of a picture: each with a root that reaches under the body, and an outline where it is cut."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.imaging.arrays import Pixels
from popcon.imaging.resize import premultiply
from popcon.puppet.limbs import FAINT, Limb

Floats = NDArray[np.float32]

RIM = 3.0
"""How far a limb's soft edge may reach out of its mask, pixels."""
UNDER = 0.6
"""How far a limb reaches under the body, in halves of its width."""
UNLIKE = 45.0
"""A distance in RGB from which on a colour is no longer the outline's."""


def shares(image: Pixels, limbs: Sequence[Limb]) -> list[Floats]:
    """For each limb, HxW float32, 1 where a pixel is nearer to it than to all else; soft edges go with what they
    edge."""
    if not limbs:
        return []
    names = np.asarray(_solid(image), np.int32)
    for number, limb in enumerate(limbs, 2):
        names[limb.mask > 0] = number
    away, nearest = _nearest(names > 0)
    name_of = np.zeros(int(nearest.max()) + 1, np.int32)
    name_of[nearest[names > 0]] = names[names > 0]
    belongs = np.where(away < RIM, name_of[nearest], 0)
    return [np.asarray(belongs == number, np.float32) for number in range(2, len(limbs) + 2)]


def cut(image: Pixels, limb: Limb, share: Floats) -> Floats:
    """A limb of an HxWx4 uint8 straight RGBA picture: HxWx4 float32 premultiplied RGBA, 0..255, with what it has under
    the body in its own colours."""
    inner = cv2.erode(limb.mask, np.ones((3, 3), np.uint8), iterations=3)
    inner = inner if inner.any() else limb.mask
    _, nearest = _nearest(inner > 0)
    colour_of = np.zeros((int(nearest.max()) + 1, 4), np.uint8)
    colour_of[nearest[inner > 0]] = image[inner > 0]
    hidden = _hidden(limb) & (share == 0) & _solid(image)
    picture = image.copy()
    picture[hidden] = colour_of[nearest[hidden]]
    shape = (share > 0) | hidden
    _outline(picture, image, limb, shape)
    softness = cv2.blur(shape.astype(np.float32), (3, 3))
    visible = premultiply(picture) * (image[..., 3:] > FAINT)
    return np.asarray(visible * np.where(hidden, softness, shape)[..., None], np.float32)


def _hidden(limb: Limb) -> NDArray[np.bool_]:
    """Where a limb may reach under the body: a strip along it, and a round joint."""
    strip, _ = _nearest(limb.mask > 0)
    disc = np.zeros(limb.mask.shape, np.uint8)
    cv2.circle(disc, (round(limb.root[0]), round(limb.root[1])), round(limb.joint), 1, -1)
    return np.asarray((strip < UNDER * limb.joint) | (disc > 0), bool)


def _outline(picture: Pixels, image: Pixels, limb: Limb, shape: NDArray[np.bool_]) -> None:
    """Draws a limb's own outline along the edge where it was cut, where it has an outline."""
    line = _line(image, limb)
    if line is None:
        return
    width, colour = line
    depth, nearest = _nearest(~shape)
    inside_of = np.zeros(int(nearest.max()) + 1, bool)
    inside_of[nearest[~shape]] = _solid(image)[~shape]
    picture[shape & (depth < width) & inside_of[nearest], :3] = colour


def _line(image: Pixels, limb: Limb) -> tuple[float, NDArray[np.uint8]] | None:
    """Width, pixels, and colour of a limb's outline; None where its edge has the colour of what lies inside."""
    depth, _ = _nearest(~_solid(image))
    rings = [image[(limb.mask > 0) & (depth >= at) & (depth < at + 1)][:, :3] for at in range(1, int(limb.joint) + 1)]
    middles = [np.median(ring, axis=0) for ring in rings if len(ring) > 8]
    if len(middles) < 4:
        return None
    away = [float(np.linalg.norm(middle - middles[1])) for middle in middles]
    width = next((at for at, distance in enumerate(away) if at > 1 and distance > UNLIKE), 0)
    return (width + 0.5, np.asarray(middles[1], np.uint8)) if 0 < width < 0.7 * len(middles) else None


def _solid(image: Pixels) -> NDArray[np.bool_]:
    return np.asarray(image[..., 3] > image[..., 3].max() // 2, bool)


def _nearest(places: NDArray[np.bool_]) -> tuple[Floats, NDArray[np.int32]]:
    """Of every pixel the distance to the nearest of some places, and a number that this place has alone."""
    away, labels = cv2.distanceTransformWithLabels(
        np.asarray(~places, np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    return np.asarray(away, np.float32), np.asarray(labels, np.int32)
