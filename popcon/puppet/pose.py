"""A pose, and where it takes each point of the character.

Lengths are fractions of the character's height, angles are radians, positive angles and `lean` go to the right. Every
part is weighted by the height above the base line, so that the feet stay and the head moves most.
"""

from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

NECK = 0.42
INVERSION_STEPS = 8


class Body(NamedTuple):
    """What a pose is relative to, in pixels: the middle of the base line, and the character's size. `arms`: whether
    what sticks out at the left and right flank is slim enough to be flapped."""

    x: float
    base: float
    width: float
    height: float
    arms: tuple[bool, bool] = (True, True)


@dataclass(frozen=True)
class Pose:
    """`side`, `hop`: shift to the right and up. `stretch`: height factor; the width is its inverse, so the area stays.
    `lean`: shear. `bend`: a curve to the side. `tilt`: turn of the upper body.
    `nod`: upper body down. `swell`: growth of the upper body. `flap_left`, `flap_right`: that flank up."""

    side: float = 0.0
    hop: float = 0.0
    stretch: float = 1.0
    lean: float = 0.0
    bend: float = 0.0
    tilt: float = 0.0
    nod: float = 0.0
    swell: float = 0.0
    flap_left: float = 0.0
    flap_right: float = 0.0

    def scaled(self, strength: float) -> "Pose":
        """Every part `strength` times as far from rest."""
        rest = Pose()
        parts = {part.name: getattr(rest, part.name) for part in fields(self)}
        return Pose(**{name: value + strength * (getattr(self, name) - value) for name, value in parts.items()})

    def mirrored(self) -> "Pose":
        """The same to the other side."""
        return Pose(
            -self.side, self.hop, self.stretch, -self.lean, -self.bend, -self.tilt, self.nod, self.swell,
            self.flap_right, self.flap_left,
        )  # fmt: skip


def sources(pose: Pose, body: Body, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """For points of the posed picture, the points of the rest picture that they show; float32 pixels, any shape."""
    u = x - body.x - pose.side * body.height
    h = body.base - y - pose.hop * body.height
    u, h = u * np.float32(pose.stretch), h / np.float32(pose.stretch)
    v = h / np.float32(body.height)
    u = u - np.float32(body.height) * (np.float32(pose.lean) * v + np.float32(pose.bend) * v * np.abs(v))
    u, h = _upper(pose, body, u, h, v)
    h = h - _flap(pose, body, u, h)
    return body.x + u, body.base - h


def _upper(pose: Pose, body: Body, u: Floats, h: Floats, v: Floats) -> tuple[Floats, Floats]:
    weight = _smoothstep((v - 0.25) / 0.5)
    neck = np.float32(NECK * body.height)
    angle = np.float32(pose.tilt) * weight
    cos, sin = np.cos(angle), np.sin(angle)
    h = h - neck + np.float32(pose.nod * body.height) * _smoothstep((v - 0.1) / 0.7)
    u, h = cos * u - sin * h, sin * u + cos * h
    shrink = np.asarray(1 / (1 + np.float32(pose.swell) * weight), np.float32)
    return u * shrink, h * shrink + neck


def _flap(pose: Pose, body: Body, u: Floats, h: Floats) -> Floats:
    across = u / np.float32(body.width / 2)
    v = h / np.float32(body.height)
    left, right = pose.flap_left * body.arms[0], pose.flap_right * body.arms[1]
    lift = right * _smoothstep((across - 0.45) / 0.6) + left * _smoothstep((-across - 0.45) / 0.6)
    return np.asarray(body.height * lift * _smoothstep(v / 0.25) * _smoothstep((0.85 - v) / 0.3), np.float32)


def _smoothstep(x: Floats) -> Floats:
    x = np.minimum(np.maximum(x, 0), 1)
    return np.asarray(x * x * (3 - 2 * x), np.float32)


def targets(pose: Pose, body: Body, points: Floats) -> Floats:
    """Where Nx2 float32 points of the rest picture go: the inverse of `sources`, by fixed-point iteration, which
    converges because a pose moves neighbours by less than their distance."""
    found = points.copy()
    for _ in range(INVERSION_STEPS):
        x, y = sources(pose, body, found[:, 0], found[:, 1])
        found += points - np.stack([x, y], axis=1)
    return found
