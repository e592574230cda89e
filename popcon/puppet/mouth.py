"""Finding a mouth: what is not skin, in the middle under a pair of eyes."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.imaging.arrays import Pixels

UNLIKE = 17.0
"""Distance in CIE L*a*b* from the skin."""
BRIGHT = 58.0
COLOURED = 40.0


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
    other = np.asarray((np.linalg.norm(lab - skin, axis=2) > UNLIKE) & (window[..., 3] > 128), np.uint8)
    _, labels, stats, centres = cv2.connectedComponentsWithStats(other, connectivity=8)
    best, best_score = 0, 0.0
    for number in range(1, len(stats)):
        score = _score(stats[number], centres[number], (window.shape[1], window.shape[0]), apart)
        if score > best_score:
            best, best_score = number, score
    return _mouth(image, labels == best, lab, (x0, y0)) if best else None


def _score(stats: NDArray[np.int32], centre: NDArray[np.float64], size: tuple[int, int], apart: float) -> float:
    """0 for what is no mouth, else the more, the wider it is and the better it sits in the middle."""
    left, top, width, height, area = (int(part) for part in stats)
    off = abs(centre[0] - size[0] / 2) / apart
    inside = left > 0 and left + width < size[0] and top + height < size[1]
    if not inside or off > 0.14 or not 0.09 * apart < width < 0.9 * apart or height > 0.6 * apart or area < 9:
        return 0.0
    return float((width / apart + 0.3 * centre[1] / size[1]) * (1 - 4 * off))


def _mouth(image: Pixels, found: NDArray[np.bool_], lab: NDArray[np.float32], corner: tuple[int, int]) -> Mouth:
    mask = np.zeros(image.shape[:2], np.uint8)
    mask[corner[1] : corner[1] + found.shape[0], corner[0] : corner[0] + found.shape[1]] = found
    left, top, width, height = cv2.boundingRect(mask)
    middle = np.median(lab[found], axis=0)
    beak = bool(middle[0] > BRIGHT and np.hypot(middle[1], middle[2]) > COLOURED and height > 0.35 * width)
    colour = np.median(image[mask > 0][:, :3], axis=0)
    name = "#" + bytes(int(part) for part in colour).hex()
    return Mouth(left + width / 2, top + height / 2, float(width), float(height), mask, beak, name)
