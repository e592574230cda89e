"""Mouths, as marks in a character's own colours, by name."""

from collections.abc import Callable, Mapping, Sequence

from popcon.puppet.marks import Mark
from popcon.puppet.mouth import Mouth

Drawn = Callable[[Mouth, float, str], Sequence[Mark]]
"""The marks of a mouth: where and how large the character's own is, how far its eyes are apart, its dark colour."""

CAVITY = "#8f2438"


def _half_width(mouth: Mouth, apart: float, share: float) -> float:
    """Half of the width, pixels: a share of the eyes' distance, but not far from the character's own."""
    return max(0.5 * share * apart, 0.36 * mouth.width)


def _opened(share: float, tall: float, angle: float = 0.0, tongue: bool = True) -> Drawn:
    """A mouth that is open: round below, or above for an angle of 180 degrees; `tall`: height over width."""

    def marks(mouth: Mouth, apart: float, ink: str) -> Sequence[Mark]:
        if mouth.beak:
            return _gap(mouth, tall)
        size = _half_width(mouth, apart, share) * tall
        y = mouth.y + 0.12 * size
        out = [
            Mark("mouth open", mouth.x, y, size, angle, 1.0, 1 / tall, ink),
            Mark("mouth open", mouth.x, y, 0.8 * size, angle, 1.0, 1 / tall, CAVITY),
        ]
        return [*out, Mark("mouth tongue", mouth.x, y, 0.86 * size, 0, 1.0, 1 / tall)] if tongue else out

    return marks


def _gap(mouth: Mouth, tall: float) -> Sequence[Mark]:
    """A beak stays as it is, and shows a gap."""
    size = 0.3 * tall * mouth.height
    return [Mark("mouth open", mouth.x, mouth.y + 0.14 * mouth.height, size, 0, 1.0, 0.3 * mouth.width / size, CAVITY)]


def _round(mouth: Mouth, apart: float, ink: str) -> Sequence[Mark]:
    if mouth.beak:
        return _gap(mouth, 0.7)
    size = 0.8 * _half_width(mouth, apart, 0.3)
    y = mouth.y + 0.35 * size
    return [
        Mark("eye disc", mouth.x, y, 1.15 * size, 0, 1.0, 0.82, ink),
        Mark("eye disc", mouth.x, y, 0.85 * size, 0, 1.0, 0.8, CAVITY),
    ]


def _stroke(shape: str) -> Drawn:
    """A closed mouth; a beak closes by itself."""

    def marks(mouth: Mouth, apart: float, ink: str) -> Sequence[Mark]:
        return [] if mouth.beak else [Mark(shape, mouth.x, mouth.y, _half_width(mouth, apart, 0.28), fill=ink)]

    return marks


MOUTHS: Mapping[str, Drawn] = {
    "open": _opened(0.5, 0.9),
    "small open": _opened(0.4, 0.6),
    "wail": _opened(0.46, 0.85, 180, tongue=False),
    "o": _round,
    "flat": _stroke("eye flat"),
    "frown": _stroke("eye arc up"),
    "wavy": _stroke("mouth wavy"),
}
"""By name."""
