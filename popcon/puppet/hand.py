"""The hand that drew a character: how wide its outline is, in which colour, and how pale it paints.

What is drawn into the picture takes these on, so that it looks as if the same hand had drawn it.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.imaging.arrays import Pixels

USUAL_LINE = 0.022
"""Width of an outline where a character has none, in character sizes (the mean of width and height)."""
LINES = (0.006, 0.045)
"""The thinnest and the widest outline, in character sizes; what is wider is a dark character without one."""
MAX_SIDE = 512
SAME = 60.0
OUTLINED_SHARE = 0.55
DARKER = 14.0
PALE = 0.38


@dataclass(frozen=True)
class Hand:
    """`line`: width of the outline, pixels of the picture. `ink`: its colour as `#rrggbb`, "" where the character has
    no outline. `paleness`: 0 for strong colours, 1 for pastel."""

    line: float
    ink: str = ""
    paleness: float = 0.0

    def tone(self, colour: str) -> str:
        """A colour `#rrggbb` as this hand would paint it: paler, as far as it paints pale."""
        share = PALE * self.paleness
        mixed = (round(part + share * (255 - part)) for part in bytes.fromhex(colour[1:]))
        return "#" + bytes(mixed).hex()


def measure(image: Pixels) -> Hand:
    """The hand of an HxWx4 uint8 straight RGBA picture that shows something."""
    scale = min(1.0, MAX_SIDE / max(image.shape[:2]))
    small = image if scale == 1.0 else _shrunk(image, scale)
    solid = np.asarray(small[..., 3] > small[..., 3].max() // 2, np.uint8)
    _, _, width, height = cv2.boundingRect(solid)
    unit = (width + height) / 2
    lab = np.asarray(cv2.cvtColor(small[..., :3].astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)
    # A border of nothing, so that what touches the edge of the picture has an outline there, too.
    bordered = cv2.copyMakeBorder(solid, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    depth = cv2.distanceTransform(bordered, cv2.DIST_L2, 5)[1:-1, 1:-1]
    found = _outline(lab, np.asarray(depth, np.float32), unit)
    inside = depth > (found[0] if found else USUAL_LINE * unit)
    if found is None:
        return Hand(USUAL_LINE * unit / scale, "", _paleness(lab[inside]))
    line, mask = found
    red, green, blue = np.median(small[mask][:, :3], axis=0)
    fairness = float(np.clip((np.median(lab[mask][:, 0]) - 25) / 25, 0, 1))
    ink = f"#{int(red):02x}{int(green):02x}{int(blue):02x}"
    return Hand(line / scale, ink, fairness * _paleness(lab[inside & ~mask]))


def _shrunk(image: Pixels, scale: float) -> Pixels:
    return np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)


def _outline(
    lab: NDArray[np.float32], depth: NDArray[np.float32], unit: float
) -> tuple[float, NDArray[np.bool_]] | None:
    """Width in pixels and pixels of the outline: one dark colour along most of the rim, less dark inside of it."""
    rim = (depth > 1.0) & (depth <= max(2.5, 0.5 * LINES[0] * unit))
    if not rim.any():
        return None
    colours = lab[rim]
    ink = np.median(colours[colours[:, 0] <= np.median(colours[:, 0])], axis=0)
    alike = (np.linalg.norm(lab - ink, axis=2) < _tolerance(lab, depth, ink, unit)) & (depth > 0)
    if alike[rim].mean() < OUTLINED_SHARE:
        return None
    reach = cv2.distanceTransform(alike.astype(np.uint8), cv2.DIST_L2, 5)
    ridge = (reach >= cv2.dilate(reach, np.ones((3, 3), np.uint8)) - 1e-3) & (reach > 0) & (depth < LINES[1] * unit)
    line = 2 * float(np.median(reach[ridge])) - 0.5 if ridge.any() else 0.0
    beyond = (depth > 1.5 * line) & (depth < 0.25 * unit)
    if line > LINES[1] * unit or not beyond.any() or np.median(lab[beyond][:, 0]) < ink[0] + DARKER:
        return None
    return max(line, LINES[0] * unit), np.asarray(alike, bool)


def _tolerance(lab: NDArray[np.float32], depth: NDArray[np.float32], ink: NDArray[np.float32], unit: float) -> float:
    """Half the way from the ink to what lies inside: the soft edge of the outline is cut in its middle."""
    inner = lab[depth > LINES[1] * unit]
    return min(SAME, 0.5 * float(np.median(np.linalg.norm(inner - ink, axis=1)))) if len(inner) else SAME


def _paleness(lab: NDArray[np.float32]) -> float:
    """1 where the coloured parts are light and weak, 0 where they are strong or dark."""
    if not len(lab):
        return 0.0
    chroma = np.hypot(lab[:, 1], lab[:, 2])
    weak = np.clip((45 - np.percentile(chroma, 85)) / 20, 0, 1)
    light = np.clip((np.percentile(lab[:, 0], 30) - 65) / 15, 0, 1)
    return float(weak * light)
