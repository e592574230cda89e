"""Limbs: slender parts that stick out of a silhouette, by its shape alone.

What an opening takes away from the silhouette is slender (Serra, Image Analysis and Mathematical Morphology, 1982);
what touches the rest of it in one place and reaches out far enough can be swung about that place.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.uint8]
Floats = NDArray[np.float32]
Points = NDArray[np.float64]

FAINT = 4
"""An alpha, 0..255, up to which a pixel counts as nothing."""
OPENINGS = (0.62, 0.46, 0.32)
"""Radii of the opening, as shares of the largest circle that fits in; what finds most is used."""
LEAST_AREA = 0.006
LEAST_REACH = 0.1
MOST_AREA = 0.2
SURE = 0.5
LIMBS_MAX = 6
OUTLINE_POINTS = 60
STANDS_OUT = 1.4
SLIVER = 0.4


@dataclass(frozen=True, eq=False)
class Limb:
    """`kind`: `arm`, `ear` or `tail`. `side`: -1 left, 1 right. `root`: where it hangs on; `tip`: its farthest point;
    `joint`: half its width. `mask`: HxW uint8, 1 where it is. `confidence`: 0..1, how slender and free it
    is. Pixels."""

    kind: str
    side: int
    root: tuple[float, float]
    tip: tuple[float, float]
    joint: float
    mask: Mask
    confidence: float

    @cached_property
    def outline(self) -> Floats:
        """Nx2 points on its edge."""
        contours, _ = cv2.findContours(self.mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        points = np.concatenate([contour[:, 0] for contour in contours]).astype(np.float32)
        return points[:: max(1, len(points) // OUTLINE_POINTS)] + np.float32(0.5)

    @property
    def length(self) -> float:
        return math.dist(self.root, self.tip)

    @property
    def rise(self) -> float:
        """Angle above the horizontal, radians, seen from the body outwards: pi/2 points up."""
        return math.atan2(self.root[1] - self.tip[1], self.side * (self.tip[0] - self.root[0]))


def find_limbs(solid: Mask, axis: float) -> tuple[Limb, ...]:
    """The limbs of an HxW uint8 silhouette, 1 inside; `axis`: x of the character's middle. At most `LIMBS_MAX`, and
    none that is less than `SURE`."""
    inside = np.asarray(cv2.distanceTransform(np.pad(solid, 1), cv2.DIST_L2, 5)[1:-1, 1:-1], np.float32)
    best: list[Limb] = []
    for share in OPENINGS:
        found = [limb for limb in _slender(solid, inside, share * float(inside.max()), axis) if limb.confidence > SURE]
        if sum(limb.confidence for limb in found) > 1.15 * sum(limb.confidence for limb in best):
            best = found
    sides = {limb.side for limb in best if limb.kind == "arm"}
    named = [replace(limb, kind="tail") if _lonely(limb, sides, solid) else limb for limb in best]
    return tuple(sorted(named, key=lambda limb: -limb.confidence)[:LIMBS_MAX])


def _lonely(limb: Limb, sides: set[int], solid: Mask) -> bool:
    """Whether something like an arm has no partner and holds on below the shoulders: a tail."""
    _, top, _, height = cv2.boundingRect(solid)
    return limb.kind == "arm" and len(sides) == 1 and limb.root[1] > top + 0.38 * height


def _slender(solid: Mask, inside: Floats, radius: float, axis: float) -> Iterator[Limb]:
    eroded = np.asarray(inside > radius, np.uint8)
    # A pixel more, so that the rounding of corners does not count as slender.
    core = solid & (cv2.distanceTransform(1 - eroded, cv2.DIST_L2, 5) <= radius + 1.5).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(solid & ~core, connectivity=4)
    touching = np.asarray(cv2.dilate(core, np.ones((3, 3), np.uint8)), np.uint8)
    whole, frame = int(solid.sum()), cv2.boundingRect(solid)
    for number in range(1, len(stats)):
        if LEAST_AREA * whole < stats[number][4] < MOST_AREA * whole:
            mask = np.asarray(labels == number, np.uint8)
            limb = _limb(mask, mask & touching, core, frame, axis)
            if limb:
                yield limb


def _limb(mask: Mask, contact: Mask, core: Mask, frame: Sequence[int], axis: float) -> Limb | None:
    # What holds on in two places, like a handle, cannot swing; what does not hold on at all is no part of the body.
    if cv2.connectedComponents(cv2.dilate(contact, np.ones((5, 5), np.uint8)))[0] != 2:
        return None
    points = np.asarray(np.argwhere(mask)[:, ::-1] + 0.5, np.float64)
    root = _root(points, np.asarray(np.argwhere(contact)[:, ::-1] + 0.5, np.float64))
    distances = np.hypot(*(points - root).T)
    tip = points[distances >= np.quantile(distances, 0.97)].mean(axis=0)
    half = max(2.0, float(cv2.distanceTransform(np.pad(mask, 1), cv2.DIST_L2, 5).max()))
    reach = float(np.hypot(*(tip - root)))
    _, top, width, height = frame
    size = (width + height) / 2
    if reach < max(LEAST_REACH * size, 1.6 * half):
        return None
    side = 1 if root[0] + 0.5 * (tip - root)[0] >= axis else -1
    kind = _kind(root, tip, points[:, 1].max(), core, (top, height), side)
    confidence = min(1.0, reach / (3.2 * half)) * min(1.0, reach / (0.18 * size))
    where = (float(root[0]), float(root[1])), (float(tip[0]), float(tip[1]))
    whole = _whole(mask, contact, core, half)
    return Limb(kind, side, *where, half, whole, confidence) if kind else None


def _whole(mask: Mask, contact: Mask, core: Mask, half: float) -> Mask:
    """The limb with what the opening left of it on the body: a thin seam, the bulge of its circle into the root of
    a limb that stands out, which ends straight, and the slivers in the corners."""
    whole = np.asarray(cv2.dilate(mask, np.ones((5, 5), np.uint8)), np.uint8) & (mask | core)
    hull = cv2.convexHull(np.argwhere(contact)[:, ::-1].astype(np.int32))
    if cv2.minEnclosingCircle(hull)[1] < STANDS_OUT * half:
        cv2.fillPoly(whole, [hull], 1)
    whole &= mask | core
    trunk = (mask | core) & ~whole
    near = np.asarray(cv2.distanceTransform(1 - whole, cv2.DIST_L2, 5) < half, np.uint8)
    plain = np.asarray(cv2.morphologyEx(trunk, cv2.MORPH_OPEN, _disc(SLIVER * half)), np.uint8)
    return np.asarray(whole | (near & trunk & ~plain), np.uint8)


def _disc(radius: float) -> Mask:
    size = 2 * max(1, round(radius)) + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)), np.uint8)


def _root(points: Points, joint: Points) -> Points:
    """The middle of what holds on; of its upper third where the limb hangs along the body, as from a shoulder."""
    middle = joint.mean(axis=0)
    if points[:, 1].mean() < middle[1]:
        return np.asarray(middle, np.float64)
    return np.asarray(joint[joint[:, 1] <= np.quantile(joint[:, 1], 0.34)].mean(axis=0), np.float64)


def _kind(root: Points, tip: Points, lowest: float, core: Mask, span: tuple[int, int], side: int) -> str:
    """`lowest`: y of its lowest point; `span`: top and height of the character. "" for what had better stay: legs,
    which carry the body, and what belongs to a face."""
    top, height = span
    down, out, up = (root[1] - top) / height, side * (tip[0] - root[0]), root[1] - tip[1]
    column = np.flatnonzero(core[:, min(int(root[0]), core.shape[1] - 1)])
    if down < 0.34 and up > 0.5 * abs(out) and (not len(column) or root[1] < column[0] + 0.1 * height):
        return "ear"
    if (down > 0.55 and lowest > top + 0.92 * height) or down < 0.27:
        return ""
    return "arm" if down < 0.72 else "tail"


def swung(limb: Limb, angle: float, curl: float, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Points of a limb turned by `angle` about its root, and by `curl` more towards its tip; radians, up is positive.

    The distance from the root stays, so that `swung` with both negated undoes it exactly.
    """
    across, down = x - np.float32(limb.root[0]), y - np.float32(limb.root[1])
    along = np.minimum(np.sqrt(across * across + down * down) / np.float32(limb.length), np.float32(1.5))
    turn = np.float32(-limb.side) * (np.float32(angle) + np.float32(curl) * along)
    cos, sin = np.cos(turn), np.sin(turn)
    return (
        np.float32(limb.root[0]) + cos * across - sin * down,
        np.float32(limb.root[1]) + sin * across + cos * down,
    )
