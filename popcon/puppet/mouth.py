"""Finding a mouth: what is not skin, in the middle under a pair of eyes."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.imaging.arrays import Pixels

UNLIKE = 17.0
"""Distance in CIE L*a*b* from the skin."""
DARKER = 10.0
STRONGER = 30.0
BRIGHT = 50.0
COLOURED = 40.0
YELLOW = 0.8
BEAK = 0.25
"""The share of a beak that is bright, coloured, and more yellow than a tongue is."""
THIN = 0.62
TALL = 0.4
NOSE = 0.42
"""The upper part of a tall thin drawing that is a nose on a mouth."""


@dataclass(frozen=True, eq=False)
class Mouth:
    """Middle and size, pixels. `mask`: HxW uint8, 1 where it is drawn. `beak`: whether it is a bright coloured thing
    rather than a line or an opening; one opens a beak and does not paint it out. `colour`: `#rrggbb`."""

    x: float
    y: float
    width: float
    height: float
    mask: NDArray[np.uint8]
    beak: bool
    colour: str


def find_mouth(image: Pixels, left: tuple[float, float], right: tuple[float, float]) -> Mouth | None:
    """The mouth in an HxWx4 uint8 straight RGBA picture under eyes at two places (x, y), or None."""
    apart, middle, eyes = right[0] - left[0], (left[0] + right[0]) / 2, (left[1] + right[1]) / 2
    x0, x1 = max(0, int(middle - 0.55 * apart)), int(middle + 0.55 * apart)
    y0, y1 = max(0, int(eyes + 0.12 * apart)), int(eyes + 1.05 * apart)
    window = image[y0:y1, x0:x1]
    if min(window.shape[:2]) < 8 or (window[..., 3] > 128).mean() < 0.6:
        return None
    lab = np.asarray(cv2.cvtColor(window[..., :3].astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)
    skin = np.median(lab[window[..., 3] > 128], axis=0)
    unlike = (np.linalg.norm(lab - skin, axis=2) > UNLIKE) & (window[..., 3] > 128)
    # A muzzle is lighter than the skin around it, or hardly more coloured.
    drawn = (lab[..., 0] < skin[0] - DARKER) | (_chroma(lab) > _chroma(skin) + STRONGER)
    other = np.asarray(unlike & drawn, np.uint8)
    _, labels, stats, centres = cv2.connectedComponentsWithStats(other, connectivity=8)
    best, best_score = 0, 0.0
    for number in range(1, len(stats)):
        # A face may be tilted.
        below = y0 + centres[number][1] - eyes
        straight = middle - below * (right[1] - left[1]) / apart - x0
        off = abs(float(centres[number][0]) + 0.5 - straight) / apart
        score = _score(stats[number], off, below / apart, (window.shape[1], window.shape[0]), apart)
        if score > best_score:
            best, best_score = number, score
    return _mouth(image, labels == best, lab, (x0, y0)) if best else None


def _score(stats: NDArray[np.int32], off: float, below: float, size: tuple[int, int], apart: float) -> float:
    """0 for what is no mouth, else the more, the wider it is, the lower, and the better it sits in the middle; `off`,
    `below`: how far its middle is from that of the eyes, in distances between them."""
    left, top, width, height, area = (int(part) for part in stats)
    inside = left > 0 and left + width < size[0] and top + height < size[1]
    if not inside or off > 0.14 or not 0.09 * apart < width < 0.9 * apart or height > 0.6 * apart or area < 9:
        return 0.0
    return float((width / apart + 0.5 * below) * (1 - 4 * off))


def _mouth(image: Pixels, found: NDArray[np.bool_], lab: NDArray[np.float32], corner: tuple[int, int]) -> Mouth:
    mask = np.zeros(image.shape[:2], np.uint8)
    mask[corner[1] : corner[1] + found.shape[0], corner[0] : corner[0] + found.shape[1]] = found
    left, top, width, height = cv2.boundingRect(mask)
    own = lab[found]
    bright = (own[:, 0] > BRIGHT) & (_chroma(own) > COLOURED) & (own[:, 2] > YELLOW * own[:, 1])
    beak = bool(bright.mean() > BEAK and height > 0.35 * width)
    thin = found.sum() < THIN * width * height
    if not beak and thin and height > TALL * width:
        mask[: top + round(NOSE * height)] = 0
        left, top, width, height = cv2.boundingRect(mask)
    elif not thin:
        # With what is in it: a tongue, teeth.
        cv2.fillPoly(mask, [cv2.convexHull(np.argwhere(mask)[:, ::-1].astype(np.int32))], 1)
    colour = np.median(image[mask > 0][:, :3], axis=0)
    name = "#" + bytes(int(part) for part in colour).hex()
    return Mouth(left + width / 2, top + height / 2, float(width), float(height), mask, beak, name)


def _chroma(lab: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(np.hypot(lab[..., 1], lab[..., 2]), np.float32)
