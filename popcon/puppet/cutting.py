"""Cutting limbs out of a picture, so that no cut is ever seen.

A limb that bends is one with the body around its root, which both layers show. One that turns as a whole is cut along a
line of the drawing, or across where it is slender, and gets a round root under the body.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.imaging.arrays import Pixels
from popcon.imaging.resize import premultiply
from popcon.puppet.limbs import FAINT, Limb
from popcon.puppet.roots import Floats, line, nearest_of, smooth, solid, without_spurs

RIM = 3.0
"""How far a limb's soft edge may reach out of its mask, pixels."""
ROUND = 0.25
"""How round the corners of a cut limb are, in halves of its width."""
SOFT = 0.8
OVERLAP = 3.0
"""How much of what keeps still a bending limb shows beyond the body's own share, pixels."""


def shares(image: Pixels, limbs: Sequence[Limb]) -> list[Floats]:
    """For each limb, HxW float32, 1 where the body leaves a pixel to it: where it is nearer to it than to all else, so
    that soft edges go with what they edge, and where it moves."""
    if not limbs:
        return []
    names = np.asarray(solid(image), np.int32)
    for number, limb in enumerate(limbs, 2):
        names[limb.mask > 0] = number
        if limb.still:
            names[(_around(limb) < limb.still) & (names > 0)] = 1
    away, nearest = nearest_of(names > 0)
    name_of = np.zeros(int(nearest.max()) + 1, np.int32)
    name_of[nearest[names > 0]] = names[names > 0]
    belongs = np.where(away < RIM, name_of[nearest], 0)
    return [np.asarray(belongs == number, np.float32) for number in range(2, len(limbs) + 2)]


def left_to_body(share: Floats) -> Floats:
    """HxWx1, 0..1: how much of each pixel the body keeps."""
    return np.asarray(1 - cv2.blur(share, (3, 3))[..., None], np.float32)


def cut(image: Pixels, limb: Limb, share: Floats) -> Floats:
    """A limb of an HxWx4 uint8 straight RGBA picture: HxWx4 float32 premultiplied RGBA, 0..255, with the root that it
    has under the body."""
    way = _bending if limb.still else _turning
    out = np.zeros(image.shape, np.float32)
    out[limb.window] = way(np.ascontiguousarray(image[limb.window]), limb.within(), share[limb.window])
    return out


def _bending(image: Pixels, limb: Limb, share: Floats) -> Floats:
    visible = premultiply(image) * (image[..., 3:] > FAINT)
    root = np.abs(_around(limb) - limb.still) < OVERLAP
    under = root & (cv2.dilate(limb.mask, np.ones((5, 5), np.uint8)) > 0)
    covered = left_to_body(share)[..., 0] * visible[..., 3] > 254
    return np.asarray(visible * np.where(covered, under, _rest(visible, share))[..., None], np.float32)


def _turning(image: Pixels, limb: Limb, share: Floats) -> Floats:
    found = line(image, limb)
    width = found[0] if found else 0.0
    # Soft edges lie outside of what is solid.
    own = (share > 0) & (without_spurs(limb, image) | ~solid(image))
    shape = smooth(own | (_hidden(limb) & solid(image)), ROUND * limb.joint) > 0
    softness = cv2.GaussianBlur(shape.astype(np.float32), (0, 0), SOFT)
    hidden = (softness > 0) & ~own & solid(image)
    picture = _coloured(image, limb, hidden | _beside(hidden, image, width), width)
    if found:
        _outline(picture, image, shape | own, *found)
    visible = premultiply(picture) * (image[..., 3:] > FAINT)
    return np.asarray(visible * np.where(hidden, softness, _rest(visible, share) * own)[..., None], np.float32)


def _beside(hidden: NDArray[np.bool_], image: Pixels, width: float) -> NDArray[np.bool_]:
    """Next to what is hidden, but for the limb's outer line: there the limb may show bits of the body's line."""
    depth = cv2.distanceTransform(solid(image).astype(np.uint8), cv2.DIST_L2, 5)
    away = cv2.distanceTransform(np.asarray(~hidden, np.uint8), cv2.DIST_L2, 5)
    return np.asarray((away < width) & (depth > width + 2), bool)


def _rest(visible: Floats, share: Floats) -> Floats:
    """HxW: so much of each pixel that with the body over it the picture is whole again."""
    kept, alpha = left_to_body(share)[..., 0], visible[..., 3] / np.float32(255)
    return np.asarray((1 - kept) / np.maximum(1 - kept * alpha, 1e-3), np.float32)


def _around(limb: Limb) -> Floats:
    """Of every pixel its distance to the root."""
    rows, columns = np.ogrid[0 : limb.mask.shape[0], 0 : limb.mask.shape[1]]
    return np.asarray(np.hypot(columns + 0.5 - limb.root[0], rows + 0.5 - limb.root[1]), np.float32)


def _hidden(limb: Limb) -> NDArray[np.bool_]:
    """Where a limb that turns as a whole may reach under the body: what makes it round."""
    whole = np.zeros(limb.mask.shape, np.uint8)
    cv2.circle(whole, (round(limb.root[0]), round(limb.root[1])), round(limb.joint), 1, -1)
    whole |= limb.mask
    cv2.fillPoly(whole, [cv2.convexHull(np.argwhere(whole)[:, ::-1].astype(np.int32))], 1)
    return np.asarray(whole > 0, bool)


def _coloured(image: Pixels, limb: Limb, hidden: NDArray[np.bool_], width: float) -> Pixels:
    """The picture with hidden places in the colours that the limb has nearest to them, inside of an outline so wide."""
    depth = cv2.distanceTransform(limb.mask, cv2.DIST_L2, 5)
    inner = depth > min(width + 3, 0.7 * float(depth.max()))
    _, nearest = nearest_of(inner)
    colour_of = np.zeros((int(nearest.max()) + 1, 4), np.uint8)
    colour_of[nearest[inner]] = image[inner]
    picture = image.copy()
    picture[hidden] = colour_of[nearest[hidden]]
    return picture


def _outline(picture: Pixels, image: Pixels, shape: NDArray[np.bool_], width: float, colour: NDArray[np.uint8]) -> None:
    """Draws an outline along the edge of a shape where it was cut out of the character."""
    depth, nearest = nearest_of(~shape)
    inside_of = np.zeros(int(nearest.max()) + 1, bool)
    inside_of[nearest[~shape]] = solid(image)[~shape]
    drawn = (depth < width + 1) & inside_of[nearest] & solid(image)
    opacity = np.clip(width + 0.5 - depth[drawn], 0, 1)[:, None]
    picture[drawn, :3] = np.round(opacity * colour + (1 - opacity) * picture[drawn, :3])
