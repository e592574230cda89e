"""The clips of the benchmark of packs: a cat that hops among nine glowing sparks, over its own translucent shadow.

Three finishes: `flat` has plain colours, `soft` gradients, `grain` the texture of paint and a noise that differs from
frame to frame, as video models leave it. All of it is drawn here, from signed distances, so that edges are smooth.
"""

import numpy as np
from numpy.typing import NDArray

Frames = NDArray[np.uint8]
Plane = NDArray[np.float64]
Colour = tuple[int, int, int]

FINISHES = ("flat", "soft", "grain")
_FUR, _BELLY, _LINE, _BLUSH, _SPARK, _SHADOW = (
    (246, 178, 107),
    (255, 236, 210),
    (74, 48, 40),
    (240, 120, 120),
    (255, 226, 110),
    (40, 30, 60),
)
_STROKE = 0.014


def cat(side: int, count: int, finish: str) -> Frames:
    """NxSxSx4 uint8 straight RGBA, RGB 0 where alpha is 0: a closed loop of `count` frames in one of `FINISHES`."""
    return np.stack([_frame(side, number, count, finish) for number in range(count)])


class _Canvas:
    """Premultiplied layers, one over another. Lengths are fractions of the side, measured from the upper left."""

    def __init__(self, side: int, finish: str) -> None:
        self.side, self.finish = side, finish
        self.y, self.x = (np.mgrid[0:side, 0:side] + 0.5) / side
        self.pixels = np.zeros((side, side, 4))

    def paint(self, colour: Colour, alpha: Plane, shines: bool = False) -> None:
        """Adds a layer; what shines has no shade of its own."""
        shade = np.ones_like(alpha)
        if self.finish != "flat" and not shines:
            shade = 1.08 - 0.35 * (self.x - 0.3) - 0.5 * (self.y - 0.35)
        rgb = np.clip(np.array(colour) * shade[..., None], 0, 255)
        self.pixels = np.dstack([rgb * alpha[..., None], alpha]) + self.pixels * (1 - alpha[..., None])

    def oval(self, centre: tuple[float, float], radii: tuple[float, float], turn: float = 0.0) -> Plane:
        """Signed distance, negative inside, exact at the edge to first order."""
        across, down = self.x - centre[0], self.y - centre[1]
        u = (across * np.cos(turn) + down * np.sin(turn)) / radii[0]
        v = (down * np.cos(turn) - across * np.sin(turn)) / radii[1]
        far = np.hypot(u, v) + 1e-9
        return np.asarray(far * (far - 1) / np.maximum(np.hypot(u / radii[0], v / radii[1]), 1e-9))

    def inside(self, distance: Plane) -> Plane:
        return np.clip(0.5 - distance * self.side, 0, 1)

    def part(self, colour: Colour, distance: Plane) -> None:
        """A shape with an outline around it."""
        self.paint(_LINE, self.inside(distance - _STROKE))
        self.paint(colour, self.inside(distance))


def _frame(side: int, number: int, count: int, finish: str) -> Frames:
    turn = 2 * np.pi * number / count
    on = _Canvas(side, finish)
    hop, lean = 0.06 * (1 - np.cos(turn)) / 2, 0.025 * np.sin(turn)
    squash = 1 + 0.06 * np.cos(turn)
    on.paint(_SHADOW, 0.35 * np.clip(0.5 - on.oval((0.5, 0.9), (0.3 - hop, 0.05)) * 14, 0, 1))
    _body(on, 0.5 + lean, 0.9 - hop, squash, turn)
    _head(on, 0.5 + 2.2 * lean, 0.9 - hop - 0.42 * (2 - squash), 2.5 * lean)
    for spark in range(9):
        _spark(on, spark, turn)
    return _finished(on, number)


def _body(on: _Canvas, x: float, ground: float, squash: float, turn: float) -> None:
    for step in range(5):
        bend = 0.3 * np.sin(turn + step * 0.5)
        on.part(_FUR, on.oval((x + 0.2 + 0.035 * step, ground - 0.1 - 0.045 * step * (1 + bend)), (0.05, 0.05)))
    on.part(_FUR, on.oval((x, ground - 0.19 / squash), (0.23 * squash, 0.2 / squash)))
    on.paint(_BELLY, on.inside(on.oval((x, ground - 0.14 / squash), (0.13 * squash, 0.12 / squash))))
    for hand in (-1, 1):
        on.part(_FUR, on.oval((x + 0.12 * hand, ground - 0.03), (0.07, 0.045)))
        reach = 0.04 * np.sin(turn + hand)
        on.part(_FUR, on.oval((x + 0.23 * hand, ground - 0.22 + reach), (0.045, 0.085), hand * (0.6 + 4 * reach)))


def _head(on: _Canvas, x: float, y: float, tilt: float) -> None:
    for ear in (-1, 1):
        on.part(_FUR, on.oval((x + 0.17 * ear, y - 0.2), (0.06, 0.12), ear * 0.35 + tilt))
        on.paint(_BLUSH, on.inside(on.oval((x + 0.17 * ear, y - 0.19), (0.03, 0.07), ear * 0.35 + tilt)))
    on.part(_FUR, on.oval((x, y), (0.29, 0.23), tilt))
    for eye in (-1, 1):
        on.paint(_LINE, on.inside(on.oval((x + 0.12 * eye, y - 0.02), (0.03, 0.045))))
        on.paint((255, 255, 255), on.inside(on.oval((x + 0.12 * eye + 0.01, y - 0.04), (0.01, 0.013))))
        on.paint(_BLUSH, 0.5 * np.clip(0.5 - on.oval((x + 0.19 * eye, y + 0.06), (0.045, 0.028)) * 40, 0, 1))
    on.paint(_LINE, on.inside(on.oval((x, y + 0.075), (0.045, 0.03))))
    on.paint(_BLUSH, on.inside(on.oval((x, y + 0.085), (0.025, 0.015))))


def _spark(on: _Canvas, spark: int, turn: float) -> None:
    """A core and the glow around it, on a ring that goes round once a loop by one place."""
    angle = (spark + turn / (2 * np.pi)) * 2 * np.pi / 9
    centre = 0.5 + 0.43 * np.cos(angle), 0.48 + 0.42 * np.sin(angle)
    pulse = 1 + 0.25 * np.sin(turn + spark)
    far = np.hypot(on.x - centre[0], on.y - centre[1])
    on.paint(_SPARK, 0.75 * np.exp(-((far / (0.018 * pulse)) ** 2)) * (far < 0.05), shines=True)
    on.paint((255, 250, 225), on.inside(far - 0.012 * pulse), shines=True)


def _finished(on: _Canvas, number: int) -> Frames:
    alpha = on.pixels[..., 3:]
    colour = on.pixels[..., :3] / np.maximum(alpha, 1e-6)
    if on.finish == "grain":
        paint, noise = np.random.default_rng(7), np.random.default_rng(100 + number)
        colour += paint.normal(0, 2.2, (on.side, on.side, 1)) + noise.normal(0, 0.7, colour.shape)
    out = np.clip(np.rint(np.dstack([colour, 255 * alpha])), 0, 255).astype(np.uint8)
    out[out[..., 3] == 0] = 0
    return out
