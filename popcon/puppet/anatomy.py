"""Where things are in a picture of a character: its box, outline, neck, limbs, eyes and mouth.

Nothing here is certain. Eyes are two dark blobs of like size at one height; where there are none, places that suit most
characters stand in and `eyes_found` says so. What else is not found is left alone.
"""

from dataclasses import dataclass
from itertools import combinations

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.errors import PictureBlank
from popcon.imaging.arrays import Pixels
from popcon.puppet.limbs import FAINT, Limb, find_limbs
from popcon.puppet.mouth import Mouth, find_mouth
from popcon.puppet.pose import NECK, NECK_SPAN, Body, Floats
from popcon.puppet.roots import rooted

OUTLINE_POINTS = 240
DARK = 105
SOLID = 250
"""An alpha from which on a character hides what lies behind it."""
WAIST = 0.8
SHORT_NECK_SPAN = 0.36
SPOTS = 4
RESTLESS = 48.0


@dataclass(frozen=True)
class Eye:
    """An ellipse, pixels."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Anatomy:
    """`box`: left, top, right, bottom; `outline`: Nx2 float32, points on the edge of every part; `eyes`: left, right,
    `eyes_found` or guessed; `body`: what poses are relative to; `limbs` that can swing; `mouth`, where eyes and it were
    found. Pixels."""

    box: tuple[float, float, float, float]
    outline: Floats
    eyes: tuple[Eye, Eye]
    eyes_found: bool
    body: Body
    limbs: tuple[Limb, ...] = ()
    mouth: Mouth | None = None

    def edge(self, up: float, side: int) -> float:
        """x of the outermost point on one side (-1 left, 1 right) around a height, 0 base to 1 top."""
        _, top, _, bottom = self.box
        y = bottom - up * (bottom - top)
        band = self.outline[np.abs(self.outline[:, 1] - y) < 0.08 * (bottom - top)]
        if not len(band):
            return self.box[1 + side]
        return float(band[:, 0].max() if side > 0 else band[:, 0].min())


def study(image: Pixels) -> Anatomy:
    """The anatomy of an HxWx4 uint8 straight RGBA picture. Raises `PictureBlank` where nothing can be seen."""
    alpha = image[..., 3]
    if alpha.max() <= FAINT:
        raise PictureBlank("Nothing can be seen in the picture; send one that shows a character.", field="picture")
    # A character may be see-through as a whole.
    solid = np.asarray(alpha > alpha.max() // 2, np.uint8)
    left, top, width, height = cv2.boundingRect(solid)
    box = (float(left), float(top), float(left + width), float(top + height))
    eyes = find_eyes(image, solid)
    foot = _foot(solid, top, height)
    # A limb of a see-through character would be seen through the body that it reaches under.
    limbs = rooted(image, find_limbs(solid, foot)) if np.median(alpha[solid > 0]) >= SOLID else ()
    mouth = find_mouth(image, (eyes[0].x, eyes[0].y), (eyes[1].x, eyes[1].y)) if eyes else None
    neck = _neck(_trunk(solid, limbs)[top : top + height], (eyes[0].y - top) / height if eyes else 0.0)
    body = Body(foot, box[3], float(width), float(height), *neck)
    outline = _outline(np.asarray(alpha > FAINT, np.uint8))
    return Anatomy(box, outline, eyes or _usual_eyes(box), eyes is not None, body, limbs, mouth)


def _foot(solid: NDArray[np.uint8], top: int, height: int) -> float:
    """x of the middle of what stands on the ground."""
    columns = np.flatnonzero(solid[top + int(0.8 * height) : top + height].any(axis=0))
    return float(columns[0] + columns[-1] + 1) / 2


def _trunk(solid: NDArray[np.uint8], limbs: tuple[Limb, ...]) -> NDArray[np.uint8]:
    trunk = solid.copy()
    for limb in limbs:
        trunk[limb.mask > 0] = 0
    return trunk


def _neck(trunk: NDArray[np.uint8], eyes: float) -> tuple[float, float]:
    """Where the head begins and over how much it passes into the body, fractions of the height: at the narrowest place
    between two wider ones, below the eyes (`eyes`: from the top, 0 where not found)."""
    widths = cv2.blur(trunk.sum(axis=1, dtype=np.float32)[:, None], (1, 9))[:, 0]
    height = len(widths)
    first, last = int(max(0.25, eyes + 0.06) * height), int(0.78 * height)
    if last - first < 8:
        return NECK, NECK_SPAN
    row = first + int(np.argmin(widths[first:last]))
    wider = min(widths[:row].max(), widths[row:].max())
    found = first < row < last - 1 and widths[row] < WAIST * wider
    return (1 - row / height, SHORT_NECK_SPAN) if found else (NECK, NECK_SPAN)


def _outline(solid: NDArray[np.uint8]) -> Floats:
    contours, _ = cv2.findContours(solid, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    points = np.concatenate([contour[:, 0] for contour in contours]).astype(np.float32)
    thin = points[:: max(1, len(points) // OUTLINE_POINTS)]
    # The extremes stay, so that the box of the outline is the box of the character.
    extremes = points[[points[:, 0].argmin(), points[:, 0].argmax(), points[:, 1].argmin(), points[:, 1].argmax()]]
    return np.concatenate([thin, extremes]) + np.float32(0.5)


def _usual_eyes(box: tuple[float, float, float, float]) -> tuple[Eye, Eye]:
    left, top, right, bottom = box
    width, height = right - left, bottom - top
    x, y = (left + right) / 2, top + 0.42 * height
    size = 0.07 * min(width, height)
    return Eye(x - 0.15 * width, y, size, size), Eye(x + 0.15 * width, y, size, size)


def find_eyes(image: Pixels, solid: NDArray[np.uint8]) -> tuple[Eye, Eye] | None:
    """Left and right eye in an HxWx4 uint8 straight RGBA picture, or None; `solid`: HxW uint8, 1 in the character."""
    _, top, width, height = cv2.boundingRect(solid)
    light = image[..., :3].astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
    dark = ((light < DARK) & (solid > 0)).astype(np.uint8)
    count, _, stats, centres = cv2.connectedComponentsWithStats(dark, connectivity=8)
    area = float(width * height)
    blobs = [
        Eye(float(centres[i][0]) + 0.5, float(centres[i][1]) + 0.5, float(stats[i][2]), float(stats[i][3]))
        for i in range(1, count)
        if 0.0006 * area < stats[i][4] < 0.02 * area
        and stats[i][4] > 0.55 * stats[i][2] * stats[i][3]
        and 0.4 < stats[i][2] / stats[i][3] < 2.0
        and top + 0.12 * height < centres[i][1] < top + 0.8 * height
    ]
    if len(blobs) > SPOTS:
        return None
    pairs = [
        (_oddness(a, b, width, height) + _unrest(image, a, b), a, b)
        for a, b in combinations(sorted(blobs, key=lambda eye: eye.x), 2)
    ]
    best = min(pairs, key=lambda pair: pair[0], default=None)
    return (best[1], best[2]) if best and best[0] < 1 else None


def _oddness(a: Eye, b: Eye, width: float, height: float) -> float:
    """0 for a perfect pair of eyes; 1 and more for what is none."""
    apart = (b.x - a.x) / width
    unlike = abs(np.log(a.width * a.height / (b.width * b.height)))
    if not 0.1 < apart < 0.65 or b.x - a.x < 1.5 * max(a.width, b.width):
        return 2.0
    return float(unlike / 0.7 + abs(a.y - b.y) / (0.06 * height))


def _unrest(image: Pixels, a: Eye, b: Eye) -> float:
    """0 where both eyes lie on the same plain colour; 1 and more where a drawing over them would not fit in."""
    rings = []
    for eye in (a, b):
        turn = np.linspace(0, 2 * np.pi, 16, endpoint=False)
        x = np.clip(eye.x + (0.5 * eye.width + 4) * np.cos(turn), 0, image.shape[1] - 1).astype(int)
        y = np.clip(eye.y + (0.5 * eye.height + 4) * np.sin(turn), 0, image.shape[0] - 1).astype(int)
        rings.append(image[y, x, :3].astype(np.float32))
    middles = [np.median(ring, axis=0) for ring in rings]
    spread = max(
        float(np.median(np.abs(ring - middle).max(axis=1))) for ring, middle in zip(rings, middles, strict=True)
    )
    return max(spread, float(np.abs(middles[0] - middles[1]).max())) / RESTLESS
