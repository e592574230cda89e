"""A pose, and where it takes each point of the character.

Lengths are fractions of the character's height, angles are radians, positive angles and `lean` go to the right. Every
part of the body is weighted by the height above the base line, so that the feet stay and the head moves most.
"""

from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

NECK = 0.42
NECK_SPAN = 0.5
INVERSION_STEPS = 8


class Body(NamedTuple):
    """What a pose is relative to, in pixels: the middle of the base line, and the character's size. `neck`: where the
    head begins, and `neck_span`: over how much it passes into the body, both as fractions of the height."""

    x: float
    base: float
    width: float
    height: float
    neck: float = NECK
    neck_span: float = NECK_SPAN


@dataclass(frozen=True)
class Pose:
    """`side`, `hop`: shift to the right and up. `stretch`: height factor; the width is its inverse, so the area stays.
    `lean`: shear. `bend`: a curve to the side. `tilt`: turn of the upper body.
    `nod`: upper body down. `swell`: growth of the upper body.

    Limbs, where there are any: `lift_left`, `lift_right`: an arm's way up, 0 as it is, 1 quite up, -1 quite down.
    `wag_left`, `wag_right`: an arm's turn, up. `perk`: ears up and in, or down and out. `tail`: the tail's turn, up."""

    side: float = 0.0
    hop: float = 0.0
    stretch: float = 1.0
    lean: float = 0.0
    bend: float = 0.0
    tilt: float = 0.0
    nod: float = 0.0
    swell: float = 0.0
    lift_left: float = 0.0
    lift_right: float = 0.0
    wag_left: float = 0.0
    wag_right: float = 0.0
    perk: float = 0.0
    tail: float = 0.0

    def scaled(self, strength: float) -> "Pose":
        """Every part `strength` times as far from rest."""
        rest = Pose()
        parts = {part.name: getattr(rest, part.name) for part in fields(self)}
        return Pose(**{name: value + strength * (getattr(self, name) - value) for name, value in parts.items()})

    def mirrored(self) -> "Pose":
        """The same to the other side."""
        return Pose(
            -self.side, self.hop, self.stretch, -self.lean, -self.bend, -self.tilt, self.nod, self.swell,
            self.lift_right, self.lift_left, self.wag_right, self.wag_left, self.perk, self.tail,
        )  # fmt: skip


def sources(pose: Pose, body: Body, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """For points of the posed picture, the points of the rest picture that they show; float32 pixels, any shape."""
    u = x - body.x - pose.side * body.height
    h = body.base - y - pose.hop * body.height
    u, h = u * np.float32(pose.stretch), h / np.float32(pose.stretch)
    v = h / np.float32(body.height)
    u = u - np.float32(body.height) * (np.float32(pose.lean) * v + np.float32(pose.bend) * v * np.abs(v))
    u, h = _upper(pose, body, u, h, v)
    return body.x + u, body.base - h


def _upper(pose: Pose, body: Body, u: Floats, h: Floats, v: Floats) -> tuple[Floats, Floats]:
    weight = _smoothstep((v - body.neck) / body.neck_span + np.float32(0.34))
    neck = np.float32(body.neck * body.height)
    angle = np.float32(pose.tilt) * weight
    cos, sin = np.cos(angle), np.sin(angle)
    h = h - neck + np.float32(pose.nod * body.height) * _smoothstep((v - 0.1) / 0.7)
    u, h = cos * u - sin * h, sin * u + cos * h
    shrink = np.asarray(1 / (1 + np.float32(pose.swell) * weight), np.float32)
    return u * shrink, h * shrink + neck


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
