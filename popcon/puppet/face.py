"""Looks: eyes and mouth drawn in place of a character's own, where its own were found.

Its own are painted out with the colours around them and drawn again in its own dark colour. What was not found is left
as it is.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.imaging.arrays import Pixels
from popcon.imaging.resize import premultiply, unpremultiply
from popcon.puppet.anatomy import Anatomy, Eye
from popcon.puppet.marks import Mark, draw, stacked
from popcon.puppet.mouths import MOUTHS
from popcon.puppet.rig import Camera

Strokes = Callable[[Eye, int, str], Sequence[Mark]]
"""The marks of one eye: where, which side (-1 left, 1 right), its dark colour."""

WHITE = "#ffffff"


@dataclass(frozen=True)
class Expression:
    """`eyes`: their strokes, None for its own; whether the character's own eyes are painted out first; `mouth`: one of
    `MOUTHS`, "" for its own."""

    eyes: Strokes | None = None
    replaces: bool = True
    mouth: str = ""


Look = tuple[tuple[float, str], ...]
"""Phases, rising from 0, each with the expression that is worn from then on."""


def worn(look: Look, phase: float) -> str:
    """The name of the expression at a phase, 0..1."""
    return [name for start, name in look if start <= phase][-1]


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


def _aside(eye: Eye, _side: int, ink: str) -> Sequence[Mark]:
    """A pupil that looks up and to the right."""
    size = _size(eye)
    return [
        Mark("eye disc", eye.x, eye.y, 1.3 * size, 0, 1.0, 1.0, ink),
        Mark("eye disc", eye.x, eye.y, 1.12 * size, 0, 1.0, 1.0, WHITE),
        Mark("eye disc", eye.x + 0.36 * size, eye.y - 0.42 * size, 0.58 * size, 0, 1.0, 1.0, ink),
    ]


def _wink(eye: Eye, side: int, ink: str) -> Sequence[Mark]:
    return _line("eye arc up", 1.2)(eye, side, ink) if side > 0 else _own(eye, ink)


def _own(eye: Eye, ink: str) -> Sequence[Mark]:
    """A plain dark eye with a highlight, in the size of the character's own."""
    size, wide = eye.height / 2, eye.width / eye.height
    return [
        Mark("eye disc", eye.x, eye.y, size, 0, 1.0, wide, ink),
        Mark("eye disc", eye.x + 0.25 * eye.width * 0.6, eye.y - 0.2 * eye.height, 0.34 * size, 0, 1.0, wide, WHITE),
    ]


def _dot(eye: Eye, _side: int, ink: str) -> Sequence[Mark]:
    return [Mark("eye disc", eye.x, eye.y, 0.45 * _size(eye), 0, 1.0, 1.0, ink)]


def _both(*parts: Strokes) -> Strokes:
    return lambda eye, side, ink: [mark for part in parts for mark in part(eye, side, ink)]


_SOBBING = _both(_line("eye arc down", 1.3), _brow("eye brow", 1.05, 24))

EXPRESSIONS: Mapping[str, Expression] = {
    "own": Expression(),
    "blink": Expression(_line("eye arc down", 1.0)),
    "greeting": Expression(mouth="open"),
    "smiling": Expression(_line("eye arc up", 1.3)),
    "delighted": Expression(_line("eye arc up", 1.3), mouth="open"),
    "chuckling": Expression(_line("eye chevron", 1.25), mouth="small open"),
    "laughing": Expression(_line("eye chevron", 1.25), mouth="open"),
    "squeezed": Expression(_line("eye chevron", 1.25), mouth="wavy"),
    "refusing": Expression(_both(_line("eye arc down", 1.1), _brow("eye brow heavy", 0.8, -20)), mouth="frown"),
    "wailing": Expression(_SOBBING, mouth="wail"),
    "sobbing": Expression(_SOBBING, mouth="frown"),
    "asleep": Expression(_line("eye arc down", 1.3)),
    "snoring": Expression(_line("eye arc down", 1.3), mouth="o"),
    "angry": Expression(_brow("eye brow heavy", 0.62, -24), replaces=False, mouth="frown"),
    "roaring": Expression(_brow("eye brow heavy", 0.62, -24), replaces=False, mouth="wail"),
    "fierce": Expression(_brow("eye brow heavy", 0.62, -24), replaces=False, mouth="open"),
    "worried": Expression(_brow("eye brow", 0.95, 22), replaces=False, mouth="frown"),
    "bashful": Expression(_both(_line("eye arc up", 1.0), _brow("eye brow", 1.05, 20)), mouth="wavy"),
    "weary": Expression(_both(_line("eye half", 1.1), _brow("eye brow", 1.0, 18)), mouth="frown"),
    "sighing": Expression(_both(_line("eye half", 1.1), _brow("eye brow", 1.0, 18)), mouth="o"),
    "blank": Expression(_dot, mouth="flat"),
    "hearts": Expression(_filled("heart", 1.5), mouth="open"),
    "stars": Expression(_filled("star", 1.6), mouth="open"),
    "wide": Expression(_wide, mouth="o"),
    "wink": Expression(_wink, mouth="open"),
    "dizzy": Expression(_line("eye spiral", 1.7), mouth="wavy"),
    "wondering": Expression(_aside, mouth="flat"),
    "bright": Expression(_brow("eye brow", 1.1, -10), replaces=False, mouth="open"),
}
"""By name."""

_CHUCKLES = tuple((i / 8, "laughing" if i % 2 == 0 else "chuckling") for i in range(8))

LOOKS: Mapping[str, Look] = {
    "": ((0, "own"), (0.06, "blink"), (0.17, "own")),
    "greeting": ((0, "greeting"), (0.44, "smiling"), (0.58, "greeting")),
    "happy": ((0, "delighted"),),
    "content": ((0, "smiling"),),
    "squeezed": ((0, "squeezed"),),
    "refusing": ((0, "refusing"),),
    "laughing": _CHUCKLES,
    "crying": ((0, "wailing"), (0.4, "sobbing"), (0.5, "wailing"), (0.9, "sobbing")),
    "asleep": ((0, "asleep"), (0.3, "snoring"), (0.7, "asleep")),
    "angry": ((0, "angry"), (0.34, "roaring"), (0.84, "angry")),
    "fierce": ((0, "fierce"),),
    "worried": ((0, "worried"), (0.3, "bashful"), (0.64, "worried")),
    "bashful": ((0, "bashful"),),
    "weary": ((0, "weary"), (0.3, "sighing"), (0.62, "weary")),
    "blank": ((0, "blank"),),
    "hearts": ((0, "hearts"),),
    "stars": ((0, "stars"),),
    "wide": ((0, "wide"), (0.1, "squeezed"), (0.2, "wide")),
    "wink": ((0, "wink"), (0.66, "greeting"), (0.8, "wink")),
    "dizzy": ((0, "dizzy"),),
    "wondering": ((0, "wondering"), (0.44, "blink"), (0.5, "wondering")),
    "bright": ((0, "bright"), (0.1, "blink"), (0.2, "bright")),
}
"""By name."""


def wear(image: Pixels, anatomy: Anatomy, expression: Expression) -> Pixels:
    """The picture (HxWx4 uint8 straight RGBA) with that expression; the picture itself where no eyes were found."""
    if not anatomy.eyes_found:
        return image
    ink = _ink(image, anatomy.eyes[0])
    base, marks = image, list[Mark]()
    if expression.eyes:
        base = _without(base, _eyes_mask(image, anatomy)) if expression.replaces else base
        marks += [m for eye, side in zip(anatomy.eyes, (-1, 1), strict=True) for m in expression.eyes(eye, side, ink)]
    mouth = anatomy.mouth
    if mouth and expression.mouth:
        apart = anatomy.eyes[1].x - anatomy.eyes[0].x
        base = (
            base
            if mouth.beak
            else _without(base, np.asarray(cv2.dilate(mouth.mask, np.ones((7, 7), np.uint8)), np.uint8))
        )
        marks += MOUTHS[expression.mouth](mouth, apart, ink)
    drawn = draw(marks, Camera(), image.shape[0])
    return base if drawn is None else unpremultiply(stacked(premultiply(base), drawn))


def _eyes_mask(image: Pixels, anatomy: Anatomy) -> NDArray[np.uint8]:
    mask = np.zeros(image.shape[:2], np.uint8)
    for eye in anatomy.eyes:
        # The soft edge of an eye reaches past its dark core.
        reach = (round(eye.width / 2 + 3), round(eye.height / 2 + 3))
        cv2.ellipse(mask, (round(eye.x), round(eye.y)), reach, 0, 0, 360, 255, -1)
    return mask


def _without(image: Pixels, mask: NDArray[np.uint8]) -> Pixels:
    """The picture with a place painted over in the colours around it."""
    left, top, width, height = cv2.boundingRect(mask)
    rows, columns = slice(max(0, top - 6), top + height + 6), slice(max(0, left - 6), left + width + 6)
    painted = image.copy()
    part = np.ascontiguousarray(image[rows, columns, :3])
    painted[rows, columns, :3] = cv2.inpaint(part, np.ascontiguousarray(mask[rows, columns]), 3, cv2.INPAINT_TELEA)
    return painted


def _ink(image: Pixels, eye: Eye) -> str:
    """The dark colour of an eye."""
    half_width, half_height = max(1, int(eye.width / 3)), max(1, int(eye.height / 3))
    x, y = int(eye.x), int(eye.y)
    patch = image[y - half_height : y + half_height + 1, x - half_width : x + half_width + 1, :3].reshape(-1, 3)
    red, green, blue = patch[np.argsort(patch.sum(axis=1))[: max(1, len(patch) // 2)]].mean(axis=0)
    return f"#{int(red):02x}{int(green):02x}{int(blue):02x}"
