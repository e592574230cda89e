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
SEAM = 3.0
"""How far beyond what holds it on a bending limb keeps still, pixels."""
MOST_STILL = 0.68
SHEAR = 1.3
"""How far a bending limb may be sheared, so that it does not grow thin."""
BENT = 0.85
"""Where along its free part a bending limb has its whole angle."""
CENTRAL = 0.1
TENTACLES = 3


@dataclass(frozen=True, eq=False)
class Limb:
    """`kind`: `arm`, `ear`, `tail`, `tentacle` or `antenna`. `side`: -1 left, 1 right. `root`: where it hangs on;
    `tip`: its farthest point; `joint`: half its width; `still`: the radius about the root within which it is one with
    the body and bends from, 0 for one that turns as a whole. `mask`: HxW uint8, 1 where it is. `confidence`: 0..1, how
    slender and free it is. Pixels."""

    kind: str
    side: int
    root: tuple[float, float]
    tip: tuple[float, float]
    joint: float
    still: float
    mask: Mask
    confidence: float

    @cached_property
    def outline(self) -> Floats:
        """Nx2 points on its edge."""
        contours, _ = cv2.findContours(self.mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        points = np.concatenate([contour[:, 0] for contour in contours]).astype(np.float32)
        return points[:: max(1, len(points) // OUTLINE_POINTS)] + np.float32(0.5)

    @cached_property
    def window(self) -> tuple[slice, slice]:
        """The rows and columns around it, and what of the body it may reach under."""
        left, top, width, height = cv2.boundingRect(self.mask)
        room = math.ceil(2 * self.joint) + 8
        return slice(max(0, top - room), top + height + room), slice(max(0, left - room), left + width + room)

    def within(self) -> "Limb":
        """The same in a picture of its window alone."""
        rows, columns = self.window
        root, tip = ((x - columns.start, y - rows.start) for x, y in (self.root, self.tip))
        return replace(self, root=root, tip=tip, mask=np.ascontiguousarray(self.mask[rows, columns]))

    @property
    def length(self) -> float:
        return math.dist(self.root, self.tip)

    @property
    def most(self) -> float:
        """The largest angle that it can be turned by, radians."""
        return SHEAR * BENT * (1 - self.still / self.length) / 1.5 if self.still else math.pi

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
    named = _named(best, cv2.boundingRect(solid), axis)
    return tuple(sorted(named, key=lambda limb: -limb.confidence)[:LIMBS_MAX])


def _named(limbs: Sequence[Limb], frame: Sequence[int], axis: float) -> list[Limb]:
    """What a single limb looks like depends on the others: an ear or an arm has a partner, tentacles are many."""
    _, top, width, height = frame
    arms = {limb.side for limb in limbs if limb.kind == "arm"}
    many = sum(limb.kind in ("arm", "tail") for limb in limbs) >= TENTACLES

    def kind(limb: Limb) -> str:
        if limb.kind == "ear":
            return "antenna" if abs(limb.root[0] - axis) < CENTRAL * width else "ear"
        if many:
            return "tentacle"
        return "tail" if len(arms) == 1 and limb.root[1] > top + 0.38 * height else limb.kind

    return [replace(limb, kind=kind(limb)) for limb in limbs]


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
    joint = np.asarray(np.argwhere(contact)[:, ::-1] + 0.5, np.float64)
    root = _root(points, joint)
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
    still = float(np.hypot(*(joint - root).T).max()) + SEAM
    whole = np.asarray(cv2.dilate(mask, np.ones((5, 5), np.uint8)), np.uint8) & (mask | core)
    return Limb(kind, side, *where, half, still, whole, confidence) if kind else None


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
    away = np.sqrt(across * across + down * down) - np.float32(limb.still)
    along = np.clip(away / np.float32(limb.length - limb.still), 0, np.float32(1.5))
    turn = np.float32(-limb.side) * (np.float32(angle) * _bend(limb, along) + np.float32(curl) * along)
    cos, sin = np.cos(turn), np.sin(turn)
    return (
        np.float32(limb.root[0]) + cos * across - sin * down,
        np.float32(limb.root[1]) + sin * across + cos * down,
    )


def _bend(limb: Limb, along: Floats) -> Floats:
    """How much of its angle a limb has turned by so far along it."""
    if not limb.still:
        return np.ones_like(along)
    eased = np.minimum(along / np.float32(BENT), 1)
    return np.asarray(eased * eased * (3 - 2 * eased), np.float32)
