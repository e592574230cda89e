"""What is measured of each candidate, for the judge. All lengths are in pixels of a frame whose shorter side is 512."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.imaging import unmix
from popcon.imaging.arrays import Pixels, Plane
from services.matting.rescue.candidates import HELD, Candidates
from services.matting.rescue.evidence import Evidence, Levels
from services.matting.rescue.groups import Groups, Values

_TO_LUMA_CHROMA = np.array([[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]])
"""ITU-R BT.601, full range, as in JFIF 1.02."""
_SIDE = 512.0
_CLEARLY = 3.0
_DEEP = 2.5  # pixels


@dataclass(frozen=True)
class Measures:
    """One value per candidate under each name. `boxes`: n x 4 (left, top, right, bottom; right and bottom exclusive)."""

    values: dict[str, Values]
    boxes: NDArray[np.intp]

    def __getitem__(self, name: str) -> Values:
        return self.values[name]

    def table(self) -> Values:
        """n x number of measures, in the order in which they are made."""
        return np.stack(list(self.values.values()), axis=1)

    def looks(self) -> Values:
        """n x 6: middle of the box (x, y), log of the area, mean luma and both chromas off the background."""
        names = ("x", "y", "area", "luma", "blue", "red")
        x, y, area, luma, blue, red = (self.values[name] for name in names)
        return np.stack([x, y, np.log(np.maximum(area, 1.0)), luma, blue, red], axis=1)

    def evidence(self) -> list[str]:
        """Per candidate what speaks for it most: "colour", "contrast" or "softness"."""
        soft = self["hardness"] < 0.15
        colour = self["chroma"] > np.abs(self["luma"])
        return np.where(soft, "softness", np.where(colour, "colour", "contrast")).tolist()


def measure(image: Pixels, alpha: Plane, evidence: Evidence, found: Candidates) -> Measures:
    """The measures of the candidates of a frame; there must be one at least."""
    groups = found.groups
    rows, columns = (each.astype(np.float64) for each in np.divmod(groups.pixels, alpha.shape[1]))
    boxes = np.stack(
        [groups.least(columns), groups.least(rows), groups.most(columns) + 1, groups.most(rows) + 1], axis=1
    ).astype(np.intp)
    scale = _SIDE / min(alpha.shape)
    shape = _shape(groups, rows, columns, scale)
    looks = _looks(image, evidence, groups)
    place = _place(alpha, evidence, found, rows, columns, boxes, scale)
    contrast = looks["contrast"]
    values = shape | looks | place
    values["around"] = groups.total(groups.at(evidence.around)) / shape["pixels"] / np.maximum(contrast, 1.0)
    del values["pixels"]
    return Measures(values, boxes)


def _shape(groups: Groups, rows: Values, columns: Values, scale: float) -> dict[str, Values]:
    """Size, and the sides of the rectangle that has the same second moments."""
    area = groups.total(np.ones(len(rows)))
    x, y = groups.total(columns) / area, groups.total(rows) / area
    dx, dy = columns - x[groups.of], rows - y[groups.of]
    xx, yy, xy = (groups.total(a * b) / area for a, b in ((dx, dx), (dy, dy), (dx, dy)))
    middle, spread = (xx + yy) / 2 + 1 / 12, np.sqrt((xx - yy) ** 2 / 4 + xy * xy)
    length, breadth = np.sqrt(12.0 * (middle + spread)), np.sqrt(12.0 * np.maximum(middle - spread, 1 / 12))
    return {
        "pixels": area,
        "area": area * scale**2,
        "length": length * scale,
        "breadth": breadth * scale,
        "fill": area / (length * breadth),
    }


def _looks(image: Pixels, evidence: Evidence, groups: Groups) -> dict[str, Values]:
    """How far it is from the background, in which direction, and how hard its edge is."""
    area = groups.total(np.ones(len(groups.pixels)))
    shift = image.reshape(-1, 3)[groups.pixels] - evidence.background.field.reshape(-1, 3)[groups.pixels]
    shift = shift.astype(np.float64) @ _TO_LUMA_CHROMA.T
    mean = np.stack([groups.total(shift[:, channel]) for channel in range(3)], axis=1) / area[:, None]
    strength = groups.total(np.sqrt((shift * shift).sum(axis=1))) / area
    ratio, size = evidence.ratio(groups.pixels), groups.at(evidence.size)
    contrast = groups.most(size)
    inside = groups.at(_inside(groups))
    edge, deep = inside <= 1.5, inside > _DEEP
    slope = groups.at(_slope(evidence.size)) / 2.0
    within = np.maximum(groups.total(deep), 1.0)
    solid = groups.total(deep * size) / within
    varied = np.sqrt(np.maximum(groups.total(deep * size * size) / within - solid**2, 0.0))
    least = unmix.smallest_alpha(
        image.reshape(-1, 3)[groups.pixels].astype(np.float32),
        evidence.background.field.reshape(-1, 3)[groups.pixels],
    ).astype(np.float64)
    reached = groups.at(cv2.dilate(evidence.size, np.ones((5, 5), np.uint8)))
    return {
        "thickness": groups.most(inside),
        "peak": groups.most(ratio),
        "mean": groups.total(ratio) / area,
        "clear": groups.total(ratio > _CLEARLY) / area,
        "contrast": contrast,
        "typical": groups.total(size) / area,
        "chroma": np.hypot(mean[:, 1], mean[:, 2]),
        "luma": mean[:, 0],
        "blue": mean[:, 1],
        "red": mean[:, 2],
        "coherence": np.sqrt((mean * mean).sum(axis=1)) / np.maximum(strength, 1e-3),
        "hardness": groups.total(edge * slope) / np.maximum(groups.total(edge), 1.0) / np.maximum(contrast, 1.0),
        "solid": solid / np.maximum(contrast, 1.0),
        "varied": varied / np.maximum(solid, 1.0),
        "smooth": groups.total(deep * slope) / within / np.maximum(contrast, 1.0),
        "least": groups.total(least) / area,
        "densest": groups.most(least),
        "reached": groups.total(edge * reached) / np.maximum(groups.total(edge), 1.0) / np.maximum(contrast, 1.0),
        "steepest": groups.most(slope) / np.maximum(contrast, 1.0),
        "shade": -mean[:, 0] / max(float(evidence.background.colour.mean()), 1.0),
        "noise": np.full(groups.count, sum(evidence.noise)),
        "ringing": np.full(groups.count, sum(evidence.ringing)),
    }


def _place(
    alpha: Plane,
    evidence: Evidence,
    found: Candidates,
    rows: Values,
    columns: Values,
    boxes: NDArray[np.intp],
    scale: float,
) -> dict[str, Values]:
    """Where it lies: to the matte, the border and the character's feet."""
    groups = found.groups
    height, width = alpha.shape
    area = groups.total(np.ones(len(rows)))
    held = np.flatnonzero((alpha >= HELD).any(axis=1))
    top, bottom = (held[0], held[-1]) if len(held) else (0, height - 1)
    border = np.minimum.reduce([columns, width - 1 - columns, rows, height - 1 - rows])
    distance = groups.at(found.distance)
    return {
        "x": groups.total(columns) / area * scale,
        "y": groups.total(rows) / area * scale,
        "near": groups.least(distance) * scale,
        "far": groups.most(distance) * scale,
        "held": groups.total(groups.at(alpha)) / area,
        "border": groups.least(border) * scale,
        "along": groups.most(border) * scale,
        "low": (groups.total(rows) / area - top) / max(bottom - top, 1),
        "wide": (boxes[:, 2] - boxes[:, 0]) / (boxes[:, 3] - boxes[:, 1]),
        "crowd": np.full(groups.count, np.log1p(groups.count)),
        "rim": np.full(groups.count, found.rim * scale),
    }


def _inside(groups: Groups) -> Plane:
    """How deep each pixel lies in its candidate, pixels."""
    return np.asarray(cv2.distanceTransform((groups.labels > 0).view(np.uint8), cv2.DIST_L2, 3), np.float32)


def _slope(size: Levels) -> Levels:
    """Levels per two pixels, the steepest of a 3x3 window."""
    return np.asarray(cv2.morphologyEx(size, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)), np.uint8)
