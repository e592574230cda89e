"""Looks: eyes drawn in place of a character's own, where its eyes were found.

The eyes are painted out with the colours around them and drawn again in their own colour. A character whose eyes were
not found keeps its face.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from popcon.imaging.arrays import Pixels
from popcon.imaging.resize import premultiply, unpremultiply
from popcon.puppet.anatomy import Anatomy, Eye
from popcon.puppet.marks import Mark, draw, stacked
from popcon.puppet.rig import Camera

Strokes = Callable[[Eye, int, str], Sequence[Mark]]
"""The marks of one eye: where, which side (-1 left, 1 right), its dark colour."""

WHITE = "#ffffff"


@dataclass(frozen=True)
class Look:
    """`strokes` of an eye; whether the character's own eyes are painted out first; the phases, from-to, it is worn."""

    strokes: Strokes
    replaces: bool = True
    worn: tuple[float, float] = (0.0, 1.0)


def _size(eye: Eye) -> float:
    return 0.5 * max(eye.width, eye.height)


def _line(shape: str, grow: float = 1.1, angle: float = 0.0) -> Strokes:
    """One stroked shape per eye; shape and angle are those of the right eye, the left one is its mirror image."""

    def strokes(eye: Eye, side: int, ink: str) -> Sequence[Mark]:
        return [Mark(shape, eye.x, eye.y, grow * _size(eye), side * angle, 1.0, float(side), ink)]

    return strokes


def _brow(shape: str, lift: float, angle: float) -> Strokes:
    def strokes(eye: Eye, side: int, ink: str) -> Sequence[Mark]:
        y = eye.y - lift * eye.height
        return [Mark(shape, eye.x, y, 0.95 * _size(eye), side * angle, 1.0, float(side), ink)]

    return strokes


def _filled(shape: str, grow: float, fill: str = "") -> Strokes:
    return lambda eye, _side, _ink: [Mark(shape, eye.x, eye.y, grow * _size(eye), 0, 1.0, 1.0, fill)]


def _wide(eye: Eye, _side: int, ink: str) -> Sequence[Mark]:
    size = _size(eye)
    return [
        Mark("eye disc", eye.x, eye.y, 1.45 * size, 0, 1.0, 1.0, ink),
        Mark("eye disc", eye.x, eye.y, 1.26 * size, 0, 1.0, 1.0, WHITE),
        Mark("eye disc", eye.x, eye.y, 0.66 * size, 0, 1.0, 1.0, ink),
        Mark("eye disc", eye.x + 0.22 * size, eye.y - 0.26 * size, 0.22 * size, 0, 1.0, 1.0, WHITE),
    ]


def _wink(eye: Eye, side: int, ink: str) -> Sequence[Mark]:
    return _line("eye arc up")(eye, side, ink) if side > 0 else _own(eye, ink)


def _own(eye: Eye, ink: str) -> Sequence[Mark]:
    """A plain dark eye with a highlight, in the size of the character's own."""
    size, wide = eye.height / 2, eye.width / eye.height
    return [
        Mark("eye disc", eye.x, eye.y, size, 0, 1.0, wide, ink),
        Mark("eye disc", eye.x + 0.25 * eye.width * 0.6, eye.y - 0.2 * eye.height, 0.34 * size, 0, 1.0, wide, WHITE),
    ]


def _both(*parts: Strokes) -> Strokes:
    return lambda eye, side, ink: [mark for part in parts for mark in part(eye, side, ink)]


LOOKS: Mapping[str, Look] = {
    "": Look(_line("eye arc down", 1.0), worn=(0.06, 0.17)),  # a blink
    "happy": Look(_line("eye arc up", 1.3)),
    "squeezed": Look(_line("eye chevron", 1.25)),
    "crying": Look(_both(_line("eye arc down", 1.3), _brow("eye brow", 1.05, 24))),
    "asleep": Look(_line("eye arc down", 1.3)),
    "angry": Look(_brow("eye brow heavy", 0.62, -24), replaces=False),
    "worried": Look(_brow("eye brow", 0.95, 22), replaces=False),
    "bashful": Look(_both(_line("eye arc up", 1.0), _brow("eye brow", 1.05, 20))),
    "weary": Look(_both(_line("eye half", 1.1), _brow("eye brow", 1.0, 18))),
    "blank": Look(_line("eye flat", 1.0)),
    "hearts": Look(_filled("heart", 1.5)),
    "stars": Look(_filled("star", 1.6)),
    "wide": Look(_wide, worn=(0.18, 0.86)),
    "wink": Look(_wink, worn=(0.16, 0.9)),
    "dizzy": Look(_line("eye spiral", 1.7)),
}
"""By name."""


def wear(image: Pixels, anatomy: Anatomy, look: Look) -> Pixels:
    """The picture (HxWx4 uint8 straight RGBA) with that look; the picture itself where no eyes were found."""
    if not anatomy.eyes_found:
        return image
    ink = _ink(image, anatomy.eyes[0])
    marks = [mark for eye, side in zip(anatomy.eyes, (-1, 1), strict=True) for mark in look.strokes(eye, side, ink)]
    drawn = draw(marks, Camera(), image.shape[0])
    base = premultiply(_without_eyes(image, anatomy) if look.replaces else image)
    return image if drawn is None else unpremultiply(stacked(base, drawn))


def _without_eyes(image: Pixels, anatomy: Anatomy) -> Pixels:
    mask = np.zeros(image.shape[:2], np.uint8)
    for eye in anatomy.eyes:
        # The soft edge of an eye reaches past its dark core.
        reach = (round(eye.width / 2 + 3), round(eye.height / 2 + 3))
        cv2.ellipse(mask, (round(eye.x), round(eye.y)), reach, 0, 0, 360, 255, -1)
    painted = image.copy()
    painted[..., :3] = cv2.inpaint(np.ascontiguousarray(image[..., :3]), mask, 3, cv2.INPAINT_TELEA)
    return painted


def _ink(image: Pixels, eye: Eye) -> str:
    """The dark colour of an eye."""
    half_width, half_height = max(1, int(eye.width / 3)), max(1, int(eye.height / 3))
    x, y = int(eye.x), int(eye.y)
    patch = image[y - half_height : y + half_height + 1, x - half_width : x + half_width + 1, :3].reshape(-1, 3)
    red, green, blue = patch[np.argsort(patch.sum(axis=1))[: max(1, len(patch) // 2)]].mean(axis=0)
    return f"#{int(red):02x}{int(green):02x}{int(blue):02x}"
