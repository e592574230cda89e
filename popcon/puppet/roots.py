"""The roots of limbs: whether an arm can be taken off its body as a whole, by what is drawn where it holds on."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.imaging.arrays import Pixels
from popcon.puppet.limbs import MOST_STILL, SEAM, Limb

Floats = NDArray[np.float32]

UNLIKE = 45.0
"""A distance in RGB from which on a colour is another one."""
SLENDER = 2.1
"""A joint up to so many halves of its limb's width long can be covered by a round root."""
LEAK = 0.25


def rooted(image: Pixels, limbs: Iterable[Limb]) -> tuple[Limb, ...]:
    """The limbs of an HxWx4 uint8 straight RGBA picture as they can be moved without a tear: arms that are slender, or
    parted from the body by a line, turn as a whole; others bend, or stay where too much of them is one with the
    body. An ear does not move alone."""
    movable = list(_movable(image, limbs))
    pair = {limb.side for limb in movable if limb.kind == "ear"} == {-1, 1}
    return tuple(limb for limb in movable if limb.kind != "ear" or pair)


def _movable(image: Pixels, limbs: Iterable[Limb]) -> Iterator[Limb]:
    for limb in limbs:
        free = _free(image, limb) if limb.kind == "arm" else None
        if free:
            yield free
        elif limb.still <= MOST_STILL * limb.length:
            yield limb


def _free(image: Pixels, limb: Limb) -> Limb | None:
    part, near = np.ascontiguousarray(image[limb.window]), limb.within()
    found = line(part, near)
    if found:
        grown, reached = _up_to_line(part, near, found[1])
        if reached <= LEAK:
            mask = limb.mask.copy()
            mask[limb.window] = grown
            return replace(limb, still=0.0, mask=mask)
    return replace(limb, still=0.0) if limb.still - SEAM <= SLENDER * limb.joint else None


def _up_to_line(image: Pixels, limb: Limb, ink: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], float]:
    """The limb with what is like it on the body's side, as far as the nearest line; and how much of its joint has none
    within reach, as a share of the limb's width."""
    inner = limb.mask & _unlike(image, ink)
    away, nearest = nearest_of(inner > 0)
    colours = np.zeros((int(nearest.max()) + 1, 3), np.uint8)
    colours[nearest[inner > 0]] = image[inner > 0][:, :3]
    like = np.linalg.norm(image[..., :3].astype(np.float32) - colours[nearest], axis=2) < UNLIKE
    reach = away < limb.joint
    open_to = np.asarray((inner > 0) | (like & reach & solid(image) & (_unlike(image, ink) > 0)), np.uint8)
    _, labels = cv2.connectedComponents(open_to, connectivity=4)
    held = np.isin(labels, np.unique(labels[inner > 0])) & (open_to > 0)
    far = held & (away > 0.8 * limb.joint) & (limb.mask == 0)
    grown = (smooth(held | (limb.mask > 0), 0.15 * limb.joint) & solid(image)) | limb.mask
    return _with_crumbs(grown, image, ink, limb.joint), float(far.sum()) / (0.2 * limb.joint * 2 * limb.joint)


def _unlike(image: Pixels, ink: NDArray[np.uint8], least: float = UNLIKE) -> NDArray[np.uint8]:
    return np.asarray(np.linalg.norm(image[..., :3].astype(np.float32) - ink, axis=2) > least, np.uint8)


def _with_crumbs(mask: NDArray[np.uint8], image: Pixels, ink: NDArray[np.uint8], joint: float) -> NDArray[np.uint8]:
    """With what a limb leaves on the line that it was parted by: the soft edge of the line, and thin bits."""
    trunk = np.asarray(solid(image) & (mask == 0), np.uint8)
    edge = np.asarray(cv2.dilate(mask, np.ones((5, 5), np.uint8)), np.uint8) & trunk & _unlike(image, ink, UNLIKE / 2)
    near = np.asarray(cv2.dilate(mask, disc(0.3 * joint)), np.uint8) & trunk
    plain = np.asarray(cv2.morphologyEx(trunk & ~edge, cv2.MORPH_OPEN, disc(0.25 * joint)), np.uint8)
    thin = near & ~plain
    return np.asarray(mask | edge | thin, np.uint8)


def without_spurs(limb: Limb, image: Pixels) -> NDArray[np.bool_]:
    """Where a limb is, but for what is thin and lies along the body, such as bits of a line."""
    trunk = np.asarray(solid(image) & (limb.mask == 0), np.uint8)
    near = np.asarray(cv2.dilate(trunk, np.ones((9, 9), np.uint8)), np.uint8)
    plain = np.asarray(cv2.morphologyEx(limb.mask, cv2.MORPH_OPEN, disc(0.3 * limb.joint)), np.uint8)
    return np.asarray((limb.mask & ~(near & ~plain)) > 0, bool)


def disc(radius: float) -> NDArray[np.uint8]:
    """The pixels within a radius, at least 1, of the middle one."""
    size = 2 * max(1, round(radius)) + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)), np.uint8)


def smooth(shape: NDArray[np.bool_], radius: float) -> NDArray[np.uint8]:
    """A shape without the roughness of single pixels."""
    return np.asarray(cv2.GaussianBlur(shape.astype(np.float32), (0, 0), max(0.8, radius)) > 0.5, np.uint8)


def line(image: Pixels, limb: Limb) -> tuple[float, NDArray[np.uint8]] | None:
    """Width, pixels, and colour of a limb's outline; None where its edge has the colour of what lies inside."""
    depth = cv2.distanceTransform(solid(image).astype(np.uint8), cv2.DIST_L2, 5)[limb.mask > 0].astype(np.int32)
    colours = image[limb.mask > 0][:, :3]
    rings = [colours[depth == at] for at in range(1, int(limb.joint) + 1)]
    middles = [np.median(ring, axis=0) for ring in rings if len(ring) > 8]
    if len(middles) < 4:
        return None
    away = [float(np.linalg.norm(middle - middles[1])) for middle in middles]
    width = next((at for at, distance in enumerate(away) if at > 1 and distance > UNLIKE), 0)
    return (width + 0.5, np.asarray(middles[1], np.uint8)) if 0 < width < 0.7 * len(middles) else None


def solid(image: Pixels) -> NDArray[np.bool_]:
    """Where an HxWx4 picture shows its character."""
    return np.asarray(image[..., 3] > image[..., 3].max() // 2, bool)


def nearest_of(places: NDArray[np.bool_]) -> tuple[Floats, NDArray[np.int32]]:
    """Of every pixel the distance to the nearest of some places, and a number that this place has alone."""
    away, labels = cv2.distanceTransformWithLabels(
        np.asarray(~places, np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    return np.asarray(away, np.float32), np.asarray(labels, np.int32)
