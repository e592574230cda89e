"""Marks: drawings placed, turned, sized and faded, and drawn as one transparent picture."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from popcon.imaging.resize import premultiply
from popcon.puppet.drawing import HALF_BODY, ROUND, drawing, markup, render
from popcon.puppet.hand import Hand
from popcon.puppet.pose import Floats
from popcon.puppet.rig import Camera

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Mark:
    """`drawing`: its name. `x`, `y`, `size` (half of its body's side): pixels of the rest picture. `angle`: degrees,
    clockwise. `wide`: a factor of the width, negative mirrors. `fill`: a colour in place of the body's own. `behind`:
    under the character. `hand`: whose lines and colours it takes on, None for its own."""

    drawing: str
    x: float
    y: float
    size: float
    angle: float = 0.0
    opacity: float = 1.0
    wide: float = 1.0
    fill: str = ""
    behind: bool = False
    hand: Hand | None = None

    @property
    def visible(self) -> bool:
        return self.size > 0.5 and self.opacity > 0.01

    def box(self) -> Box:
        """left, top, right, bottom of the turned drawing, outline included."""
        drawn = drawing(self.drawing)
        across, down = drawn.reach(drawn.width_factor(self.hand, self.size))
        across, down = across * self.size * abs(self.wide), down * self.size
        turn = np.deg2rad(self.angle)
        cos, sin = abs(float(np.cos(turn))), abs(float(np.sin(turn)))
        half_width, half_height = across * cos + down * sin, across * sin + down * cos
        return self.x - half_width, self.y - half_height, self.x + half_width, self.y + half_height


def union(boxes: Iterable[Box]) -> Box:
    """The smallest box around one or more."""
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def draw(marks: Iterable[Mark], camera: Camera, side: int) -> Floats | None:
    """The marks in their order on a square of `side` pixels: float32 premultiplied RGBA, 0..255; None without any."""
    seen = [mark for mark in marks if mark.visible]
    if not seen:
        return None
    left, top, right, bottom = _window(seen, camera, side)
    out = np.zeros((side, side, 4), np.float32)
    if left < right and top < bottom:
        scale, x, y = f"{camera.scale:.5f}", camera.x - left, camera.y - top
        shapes = "".join(_placed(mark, index) for index, mark in enumerate(seen))
        text = f'<g transform="matrix({scale} 0 0 {scale} {x:.3f} {y:.3f})" {ROUND}>{shapes}</g>'
        out[top:bottom, left:right] = premultiply(render(text, right - left, bottom - top))
    return out


def stacked(lowest: Floats, *layers: Floats) -> Floats:
    """Premultiplied layers, HxWx4 float32 0..255, laid over each other."""
    out = lowest
    for layer in layers:
        out = layer + out * (1 - layer[..., 3:] / np.float32(255))
    return out


def _window(marks: Sequence[Mark], camera: Camera, side: int) -> tuple[int, int, int, int]:
    """The pixels that the marks touch: most of the time goes into pixels, and most of those are empty."""
    left, top, right, bottom = union(mark.box() for mark in marks)
    low = np.floor([camera.scale * left + camera.x - 1, camera.scale * top + camera.y - 1])
    high = np.ceil([camera.scale * right + camera.x + 1, camera.scale * bottom + camera.y + 1])
    (left_edge, top_edge), (right_edge, bottom_edge) = (np.clip(edge, 0, side).astype(int) for edge in (low, high))
    return int(left_edge), int(top_edge), int(right_edge), int(bottom_edge)


def _placed(mark: Mark, index: int) -> str:
    # A group's opacity costs a layer of its own, so an opaque mark goes without.
    opacity = f' opacity="{mark.opacity:.3f}"' if mark.opacity < 0.995 else ""
    factor = drawing(mark.drawing).width_factor(mark.hand, mark.size)
    body = markup(mark.drawing, mark.fill, factor, mark.hand, mark.wide < 0).replace("@", f"m{index}-")
    size = mark.size / HALF_BODY
    return (
        f'<g transform="translate({mark.x:.2f} {mark.y:.2f}) rotate({mark.angle:.2f}) '
        f'scale({size * mark.wide:.5f} {size:.5f})"{opacity}>{body}</g>'
    )
