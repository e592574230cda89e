"""Anchors: the named places of a character that marks start from, by name, and in what lengths they are told there.

A mark's place is `x` outwards and `y` up from its anchor; on the left side the same is mirrored.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from popcon.puppet.effect import Setting

TEMPLE_UP = 0.84
SIGN_OUT = 0.92
SIGN_UP = 0.84
MOUTH_DOWN = 0.16


@dataclass(frozen=True)
class Spot:
    """A place in pixels of the rest picture. `across`, `up`: pixels per unit of length of the way from there.
    `follows`: whether it moves with the body."""

    x: float
    y: float
    across: float
    up: float
    follows: bool


def _around(setting: Setting, side: int, x: float, y: float) -> Spot:
    """The box: x 1 is its edge, y 0 its base and 1 its top."""
    return _by_box(setting, side * x, y, follows=False)


def _head(setting: Setting, side: int, x: float, y: float) -> Spot:
    """As `around`, moving with the head."""
    return _by_box(setting, side * x, y, follows=True)


def _by_box(setting: Setting, across: float, up: float, follows: bool) -> Spot:
    left, top, right, bottom = setting.anatomy.box
    return Spot(*setting.at(across, up), (right - left) / 2, bottom - top, follows)


def _middle(setting: Setting, side: int, x: float, y: float) -> Spot:
    """Just above the middle of the body; lengths are half its width and half its height."""
    left, top, right, bottom = setting.anatomy.box
    across, up = (right - left) / 2, (bottom - top) / 2
    middle_x, middle_y = setting.at(0, 0.55)
    return Spot(middle_x + side * x * across, middle_y - y * up, across, up, False)


def _beside(setting: Setting, side: int, x: float, y: float) -> Spot:
    """`x` sizes outside the outline at a height `y`, 0 base to 1 top."""
    edge = setting.anatomy.edge(y, side) + side * x * setting.unit
    return Spot(edge, setting.at(0, y)[1], setting.unit, setting.unit, False)


def _ears(setting: Setting, side: int, x: float, y: float) -> Spot:
    """`x` sizes outside the outline, `y` sizes over the eyes."""
    _, top, _, bottom = setting.anatomy.box
    height = setting.face[1] - y * setting.unit
    edge = setting.anatomy.edge((bottom - height) / (bottom - top), side) + side * x * setting.unit
    return Spot(edge, height, setting.unit, setting.unit, False)


def _face(setting: Setting, side: int, x: float, y: float) -> Spot:
    """Between the eyes; x in distances between the eyes, y in sizes."""
    left, right = setting.anatomy.eyes
    face_x, face_y = setting.face
    unit = setting.unit
    return Spot(face_x + side * x * (right.x - left.x), face_y - y * unit, unit, unit, True)


def _mouth(setting: Setting, side: int, x: float, y: float) -> Spot:
    """Under the face; lengths as there."""
    return _face(setting, side, x, y - MOUTH_DOWN)


def _eyes(setting: Setting, side: int, x: float, y: float) -> Spot:
    """The outer corner of an eye; lengths in sizes."""
    eye, unit = setting.anatomy.eyes[side > 0], setting.unit
    return Spot(eye.x + side * (0.5 * eye.width + x * unit), eye.y - y * unit, unit, unit, True)


def _lids(setting: Setting, side: int, x: float, y: float) -> Spot:
    """The lower edge of an eye; lengths in sizes."""
    eye, unit = setting.anatomy.eyes[side > 0], setting.unit
    return Spot(eye.x + side * x * unit, eye.y + 0.45 * eye.height - y * unit, unit, unit, True)


def _cheeks(setting: Setting, side: int, x: float, y: float) -> Spot:
    """Below and outside an eye; lengths in sizes."""
    left, right = setting.anatomy.eyes
    eye, unit = setting.anatomy.eyes[side > 0], setting.unit
    down = 0.12 * (right.x - left.x) + 0.8 * max(left.height, right.height)
    return Spot(eye.x + side * (0.55 * eye.width + x * unit), eye.y + down - y * unit, unit, unit, True)


def _sign(setting: Setting, side: int, x: float, y: float) -> Spot:
    """Beside the top of the head, where signs pop up; lengths in sizes."""
    sign_x, sign_y = setting.at(side * SIGN_OUT, SIGN_UP)
    unit = setting.unit
    return Spot(sign_x + side * x * unit, sign_y - y * unit, unit, unit, True)


def _temple(setting: Setting, side: int, x: float, y: float) -> Spot:
    """Within the outline, up and to the side of the eyes; lengths in sizes."""
    face_x, face_y = setting.face
    unit = setting.unit
    edge_x, edge_y = setting.anatomy.edge(TEMPLE_UP, side), setting.at(0, TEMPLE_UP)[1]
    place_x = 0.82 * edge_x + 0.18 * face_x + side * x * unit
    return Spot(place_x, min(edge_y, face_y - 0.16 * unit) - y * unit, unit, unit, True)


ANCHORS: Mapping[str, Callable[[Setting, int, float, float], Spot]] = {
    "around": _around,
    "beside": _beside,
    "cheeks": _cheeks,
    "ears": _ears,
    "eyes": _eyes,
    "face": _face,
    "head": _head,
    "lids": _lids,
    "middle": _middle,
    "mouth": _mouth,
    "sign": _sign,
    "temple": _temple,
}
"""By name: called with the setting, the side (-1 left, 1 right) and the place by the anchor."""
