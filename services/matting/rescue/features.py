"""What is measured of each candidate, for the judge. All lengths are in pixels of a frame whose shorter side is 512."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.imaging import unmix
from popcon.imaging.arrays import Pixels, Plane
from popcon.imaging.masks import square
from services.matting.rescue.candidates import Candidates
from services.matting.rescue.evidence import HELD, Evidence, Levels, colours
from services.matting.rescue.groups import Groups, Values
from services.matting.rescue.parts import depth

TO_LUMA_CHROMA = np.array([[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]])
"""ITU-R BT.601, full range, as in JFIF 1.02."""
SOFT = 0.15
"""A hardness below which a candidate has no edge."""

_SIDE = 512.0
_CLEARLY = 3.0
_DEEP = 2.5  # pixels
_OUTERMOST = 1.5  # pixels

NAMES = (
    *("area", "length", "breadth", "fill", "thickness", "peak", "mean", "clear", "contrast", "typical", "chroma"),
    *("luma", "blue", "red", "coherence", "hardness", "solid", "varied", "smooth", "least", "densest", "reached"),
    *("steepest", "shade", "noise", "ringing", "x", "y", "near", "far", "held", "border", "along", "low", "wide"),
    *("crowd", "rim", "around"),
)
"""The measures, in the order in which the judge was trained on them."""


@dataclass(frozen=True)
class Measures:
    """One value per candidate under each name. `boxes`: n x 4: left, top, right, bottom, pixels; right and bottom
    exclusive."""

    values: dict[str, Values]
    boxes: NDArray[np.intp]

    def __getitem__(self, name: str) -> Values:
        return self.values[name]

    def table(self) -> Values:
        """n x number of measures, in the order in which they are made."""
        return np.stack(list(self.values.values()), axis=1)

    def looks(self) -> Values:
        """n x 7: middle (x, y), log of the area, mean luma and both chromas off the background, and the most that it is
        off it."""
        names = ("x", "y", "area", "luma", "blue", "red", "contrast")
        x, y, area, *rest = (self.values[name] for name in names)
        return np.stack([x, y, np.log(np.maximum(area, 1.0)), *rest], axis=1)

    def evidence(self) -> list[str]:
        """Per candidate what speaks for it most: "colour", "contrast" or "softness"."""
        soft = self["hardness"] < SOFT
        colour = self["chroma"] > np.abs(self["luma"])
        kinds: list[str] = np.where(soft, "softness", np.where(colour, "colour", "contrast")).tolist()
        return kinds


def measure(image: Pixels, alpha: Plane, evidence: Evidence, found: Candidates) -> Measures:
    """The measures of the candidates of a frame; there must be one at least."""
    groups = found.groups
    rows, columns = (each.astype(np.float64) for each in np.divmod(groups.pixels, alpha.shape[1]))
    boxes = np.stack(
        [groups.least(columns), groups.least(rows), groups.most(columns) + 1, groups.most(rows) + 1], axis=1
    ).astype(np.intp)
    scale = _SIDE / min(alpha.shape)
    size = groups.at(evidence.size)
    contrast = groups.most(size)
    values = (
        _shape(groups, rows, columns, scale)
        | _edge(evidence, groups, size)
        | _strength(evidence, groups, size)
        | _colour(image, evidence, groups)
        | _place(alpha, found, rows, columns, scale)
    )
    top, bottom = _extent(alpha)
    values["contrast"] = contrast
    values["low"] = (groups.total(rows) / groups.areas - top) / max(bottom - top, 1)
    values["wide"] = (boxes[:, 2] - boxes[:, 0]) / (boxes[:, 3] - boxes[:, 1])
    values["around"] = groups.total(groups.at(evidence.around)) / groups.areas / np.maximum(contrast, 1.0)
    return Measures({name: values[name] for name in NAMES}, boxes)


def _shape(groups: Groups, rows: Values, columns: Values, scale: float) -> dict[str, Values]:
    """Size, and the sides of the rectangle that has the same second moments."""
    area = groups.areas
    x, y = groups.total(columns) / area, groups.total(rows) / area
    dx, dy = columns - x[groups.of], rows - y[groups.of]
    xx, yy, xy = (groups.total(a * b) / area for a, b in ((dx, dx), (dy, dy), (dx, dy)))
    middle, spread = (xx + yy) / 2 + 1 / 12, np.sqrt((xx - yy) ** 2 / 4 + xy * xy)
    length, breadth = np.sqrt(12.0 * (middle + spread)), np.sqrt(12.0 * np.maximum(middle - spread, 1 / 12))
    return {
        "area": area * scale**2,
        "length": length * scale,
        "breadth": breadth * scale,
        "fill": area / (length * breadth),
    }


def _edge(evidence: Evidence, groups: Groups, size: Values) -> dict[str, Values]:
    """How hard its edge is, and how even it is inside."""
    inside = groups.at(depth(groups.mask))
    edge, deep = inside <= _OUTERMOST, inside > _DEEP
    slope = groups.at(_slope(evidence.size)) / 2.0
    least, most = np.maximum(groups.total(edge), 1.0), np.maximum(groups.most(size), 1.0)
    within = np.maximum(groups.total(deep), 1.0)
    solid = groups.total(deep * size) / within
    varied = np.sqrt(np.maximum(groups.total(deep * size * size) / within - solid**2, 0.0))
    return {
        "thickness": groups.most(inside),
        "hardness": groups.total(edge * slope) / least / most,
        "solid": solid / most,
        "varied": varied / np.maximum(solid, 1.0),
        "smooth": groups.total(deep * slope) / within / most,
        "reached": groups.total(edge * groups.at(evidence.near)) / least / most,
        "steepest": groups.most(slope) / most,
    }


def _strength(evidence: Evidence, groups: Groups, size: Values) -> dict[str, Values]:
    """How far it is from the background."""
    ratio = evidence.ratio(groups.pixels)
    return {
        "peak": groups.most(ratio),
        "mean": groups.total(ratio) / groups.areas,
        "clear": groups.total(ratio > _CLEARLY) / groups.areas,
        "typical": groups.total(size) / groups.areas,
        "noise": np.full(groups.count, sum(evidence.noise)),
        "ringing": np.full(groups.count, sum(evidence.ringing)),
    }


def _colour(image: Pixels, evidence: Evidence, groups: Groups) -> dict[str, Values]:
    """In which direction it is from the background."""
    area = groups.areas
    colour, behind = colours(image, groups.pixels), colours(evidence.background.field, groups.pixels)
    shift = TO_LUMA_CHROMA @ (colour - behind).astype(np.float64)
    luma, blue, red = (groups.total(channel) / area for channel in shift)
    strength = groups.total(np.sqrt((shift * shift).sum(axis=0))) / area
    least = unmix.smallest_alpha(colour.T.astype(np.float32), behind.T).astype(np.float64)
    return {
        "chroma": np.hypot(blue, red),
        "luma": luma,
        "blue": blue,
        "red": red,
        "coherence": np.sqrt(luma * luma + blue * blue + red * red) / np.maximum(strength, 1e-3),
        "least": groups.total(least) / area,
        "densest": groups.most(least),
        "shade": -luma / max(float(evidence.background.colour.mean()), 1.0),
    }


def _place(alpha: Plane, found: Candidates, rows: Values, columns: Values, scale: float) -> dict[str, Values]:
    """Where it lies: to the frame, its border and the matte."""
    groups, area = found.groups, found.groups.areas
    height, width = alpha.shape
    border = np.minimum(np.minimum(columns, width - 1 - columns), np.minimum(rows, height - 1 - rows))
    distance = groups.at(found.distance)
    return {
        "x": groups.total(columns) / area * scale,
        "y": groups.total(rows) / area * scale,
        "near": groups.least(distance) * scale,
        "far": groups.most(distance) * scale,
        "held": groups.total(groups.at(alpha)) / area,
        "border": groups.least(border) * scale,
        "along": groups.most(border) * scale,
        "crowd": np.full(groups.count, np.log1p(groups.count)),
        "rim": np.full(groups.count, found.rim * scale),
    }


def _extent(alpha: Plane) -> tuple[int, int]:
    """The first and the last row that the matte holds; of the frame where it holds none."""
    held = np.flatnonzero((alpha >= HELD).any(axis=1))
    return (int(held[0]), int(held[-1])) if len(held) else (0, len(alpha) - 1)


def _slope(size: Levels) -> Levels:
    """Levels per two pixels, the steepest of a 3x3 window."""
    return np.asarray(cv2.morphologyEx(size, cv2.MORPH_GRADIENT, square(1)), np.uint8)
