"""What a drawing is made with: its colours, its outline, and shapes that several drawings share."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

Point = tuple[float, float]


@dataclass(frozen=True)
class Pen:
    """`fill`, `line`, `second`: "#rrggbb". `width`: of the outline in units, 0 for none. `pixel`: units to a pixel.
    `stroke`: width in units of effects that are strokes. `random`: for what varies within a drawing."""

    random: np.random.Generator
    fill: str
    line: str
    second: str = "#ffffff"
    width: float = 0.0
    pixel: float = 1.0
    stroke: float = 3.0

    def between(self, low: float, high: float) -> float:
        return float(self.random.uniform(low, high))

    def whole(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return int(self.random.integers(low, high + 1))

    def chance(self, share: float) -> bool:
        return bool(self.random.random() < share)

    def paint(self, fill: str | None = None) -> str:
        """The attributes of a filled shape with the pen's outline."""
        outline = f' stroke="{self.line}" stroke-width="{self.width:.2f}" stroke-linejoin="round"' if self.width else ""
        return f'fill="{fill or self.fill}"{outline}'

    def ink(self, width: float | None = None, colour: str | None = None) -> str:
        """The attributes of a stroke."""
        width = self.stroke if width is None else width
        return (
            f'fill="none" stroke="{colour or self.fill}" stroke-width="{width:.2f}" stroke-linecap="round" '
            'stroke-linejoin="round"'
        )


Sketch = Callable[[Pen], str]


def levels(colour: str) -> tuple[int, int, int]:
    """ "#rrggbb" as numbers 0..255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def path(data: str, paint: str) -> str:
    return f'<path d="{data}" {paint}/>'


def circle(x: float, y: float, radius: float, paint: str) -> str:
    return f'<circle cx="{x:.2f}" cy="{y:.2f}" r="{radius:.2f}" {paint}/>'


def ellipse(x: float, y: float, rx: float, ry: float, paint: str, turn: float = 0.0) -> str:
    turned = f' transform="rotate({turn:.1f} {x:.2f} {y:.2f})"' if turn else ""
    return f'<ellipse cx="{x:.2f}" cy="{y:.2f}" rx="{rx:.2f}" ry="{ry:.2f}" {paint}{turned}/>'


def polygon(points: Iterable[Point], paint: str) -> str:
    return f'<polygon points="{" ".join(f"{x:.2f},{y:.2f}" for x, y in points)}" {paint}/>'


def line(points: Iterable[Point], paint: str) -> str:
    return f'<polyline points="{" ".join(f"{x:.2f},{y:.2f}" for x, y in points)}" {paint}/>'


def group(body: str, transform: str) -> str:
    return f'<g transform="{transform}">{body}</g>'


def polar(radius: float, degrees: float, x: float = 50.0, y: float = 50.0) -> Point:
    """The point at an angle (clockwise from the right) and distance from (x, y)."""
    turn = np.deg2rad(degrees)
    return x + radius * float(np.cos(turn)), y + radius * float(np.sin(turn))


def star(points: int, outer: float, inner: float, turn: float = -90.0) -> list[Point]:
    """The corners of a star around (50, 50)."""
    step = 180.0 / points
    return [polar(inner if i % 2 else outer, turn + i * step) for i in range(2 * points)]


def lumps(circles: Iterable[tuple[float, float, float]], pen: Pen, fill: str | None = None) -> str:
    """Circles (x, y, radius) that melt into one shape with one outline around all of them."""
    circles = list(circles)
    colour = fill or pen.fill
    rims = f'fill="{pen.line}" stroke="{pen.line}" stroke-width="{pen.width:.2f}"'
    outer = "".join(circle(x, y, r, rims) for x, y, r in circles) if pen.width else ""
    return outer + "".join(circle(x, y, r - pen.width / 2, f'fill="{colour}"') for x, y, r in circles)


def radial(name: str, colour: str, stops: Iterable[tuple[float, float]]) -> str:
    """A radial gradient of one colour: (offset, opacity) from the middle outwards. Used as fill="url(#name)"."""
    inner = "".join(f'<stop offset="{at}" stop-color="{colour}" stop-opacity="{alpha:.3f}"/>' for at, alpha in stops)
    return f'<defs><radialGradient id="{name}">{inner}</radialGradient></defs>'


def linear(name: str, colour: str, stops: Iterable[tuple[float, float]]) -> str:
    """As `radial`, from left to right."""
    inner = "".join(f'<stop offset="{at}" stop-color="{colour}" stop-opacity="{alpha:.3f}"/>' for at, alpha in stops)
    return f'<defs><linearGradient id="{name}">{inner}</linearGradient></defs>'


def limb(data: str, width: float, pen: Pen, fill: str | None = None) -> str:
    """An arm or a tail: a thick stroke with an outline around it."""
    rim = path(data, pen.ink(width + 2 * pen.width, pen.line)) if pen.width else ""
    return rim + path(data, pen.ink(width, fill or pen.fill))
