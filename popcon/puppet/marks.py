"""Marks: shapes placed, turned, sized and faded, and drawn as one transparent picture."""

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
import resvg_py

from popcon.imaging.resize import premultiply
from popcon.puppet.pose import Floats
from popcon.puppet.rig import Camera
from popcon.puppet.shapes import SHAPES, Shape

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Mark:
    """`x`, `y`, `size` (half of the shape's side): pixels of the rest picture. `angle`: degrees, clockwise. `wide`: a
    factor of the width, negative mirrors. `fill`: a colour in place of the shape's own. `behind`: under the
    character."""

    shape: str
    x: float
    y: float
    size: float
    angle: float = 0.0
    opacity: float = 1.0
    wide: float = 1.0
    fill: str = ""
    behind: bool = False

    @property
    def visible(self) -> bool:
        return self.size > 0.5 and self.opacity > 0.01

    def box(self) -> Box:
        """left, top, right, bottom of the turned shape, outline included."""
        across, down = SHAPES[self.shape].reach
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
    drawn = [_markup(mark) for mark in marks if mark.visible]
    if not drawn:
        return None
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{side}" height="{side}">'
        f'<g transform="matrix({camera.scale:.5f} 0 0 {camera.scale:.5f} {camera.x:.3f} {camera.y:.3f})" '
        f'stroke-linejoin="round" stroke-linecap="round">{"".join(drawn)}</g></svg>'
    )
    data = resvg_py.svg_to_bytes(svg_string=svg, skip_system_fonts=True)
    bgra = np.asarray(cv2.imdecode(np.frombuffer(bytes(data), np.uint8), cv2.IMREAD_UNCHANGED), np.uint8)
    return premultiply(np.asarray(cv2.cvtColor(bgra, cv2.COLOR_BGRA2RGBA), np.uint8))


def stacked(lowest: Floats, *layers: Floats) -> Floats:
    """Premultiplied layers, HxWx4 float32 0..255, laid over each other."""
    out = lowest
    for layer in layers:
        out = layer + out * (1 - layer[..., 3:] / np.float32(255))
    return out


def _markup(mark: Mark) -> str:
    shape = SHAPES[mark.shape]
    fill = mark.fill or shape.fill
    # A group's opacity costs a layer of its own, so an opaque mark goes without.
    opacity = f' opacity="{mark.opacity:.3f}"' if mark.opacity < 0.995 else ""
    return (
        f'<g transform="translate({mark.x:.2f} {mark.y:.2f}) rotate({mark.angle:.2f}) '
        f'scale({mark.size * mark.wide:.3f} {mark.size:.3f})"{opacity} color="{fill}">'
        f"{_body(shape, fill)}{shape.detail}</g>"
    )


def _body(shape: Shape, fill: str) -> str:
    outline = f'fill="none" stroke="{shape.line}" stroke-width="{shape.pen + 2 * shape.edge:.3f}"'
    body = f'fill="none" stroke="{fill}" stroke-width="{shape.pen:.3f}"' if shape.pen else f'fill="{fill}"'
    return f'<path d="{shape.path}" {outline}/><path d="{shape.path}" {body}/>'
