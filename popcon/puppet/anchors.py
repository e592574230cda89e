"""Anchors: the named places of a character that marks start from, by name, and in what lengths they are told there.

A mark's place is `x` outwards and `y` up from its anchor; on the left side the same is mirrored.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from popcon.puppet.effect import Setting

SIGN_OUT = 0.14
SIGN_UP = 0.05
SIGN_HALF = 0.19
"""Sizes: how far a sign's middle stands outside of what the body has beside it, and over the top of the head."""
MOUTH_DOWN = 0.16


@dataclass(frozen=True)
class Spot:
    """A place in pixels of the rest picture. `across`, `up`: pixels per unit of length of the way from there.
    `follows`: whether it moves with the body. `aside`: pixels from there to the right and down that stay as they are
    however the body turns, so that what makes one sign stays together."""

    x: float
    y: float
    across: float
    up: float
    follows: bool
    aside: tuple[float, float] | None = None


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
    left, right = setting.eyes
    face_x, face_y = setting.face
    unit = setting.unit
    return Spot(face_x + side * x * (right.x - left.x), face_y - y * unit, unit, unit, True)


def _mouth(setting: Setting, side: int, x: float, y: float) -> Spot:
    """Under the face; lengths as there."""
    return _face(setting, side, x, y - MOUTH_DOWN)


def _eyes(setting: Setting, side: int, x: float, y: float) -> Spot:
    """The outer corner of an eye; lengths in sizes."""
    eye, unit = setting.eyes[side > 0], setting.unit
    return Spot(eye.x + side * (0.5 * eye.width + x * unit), eye.y - y * unit, unit, unit, True)


def _lids(setting: Setting, side: int, x: float, y: float) -> Spot:
    """The lower edge of an eye; lengths in sizes."""
    eye, unit = setting.eyes[side > 0], setting.unit
    return Spot(eye.x + side * x * unit, eye.y + 0.45 * eye.height - y * unit, unit, unit, True)


def _cheeks(setting: Setting, side: int, x: float, y: float) -> Spot | None:
    """Below and outside an eye that was found; lengths in sizes."""
    if not setting.anatomy.eyes_found:
        return None
    left, right = setting.eyes
    eye, unit = setting.eyes[side > 0], setting.unit
    down = 0.12 * (right.x - left.x) + 0.8 * max(left.height, right.height)
    return Spot(eye.x + side * (0.55 * eye.width + x * unit), eye.y + down - y * unit, unit, unit, True)


def _nose(setting: Setting, side: int, x: float, y: float) -> Spot | None:
    """As `face`, where eyes were found: elsewhere it might be in an eye."""
    return _face(setting, side, x, y) if setting.anatomy.eyes_found else None


def _crown(setting: Setting, side: int, x: float, y: float) -> Spot:
    """The top of the head, between ears and under antennas; x in halves of its width, y in sizes."""
    head, unit = setting.head, setting.unit
    return Spot(head.x + side * x * head.half, head.top - y * unit, head.half, unit, True)


def _sign(setting: Setting, side: int, x: float, y: float) -> Spot:
    """Free room beside the top of the head, where signs pop up; lengths in sizes."""
    unit, head = setting.unit, setting.head
    middle = head.top - SIGN_UP * unit
    beside = setting.anatomy.outline[np.abs(setting.anatomy.outline[:, 1] - middle) < SIGN_HALF * unit][:, 0]
    out = max([0.7 * head.half, *(side * (beside - head.x))])
    place = head.x + side * (out + SIGN_OUT * unit)
    return Spot(place, middle, unit, unit, True, (side * x * unit, -y * unit))


def _aloft(setting: Setting, side: int, x: float, y: float) -> Spot:
    """As `sign`, not moving with the head."""
    return replace(_sign(setting, side, x, y), follows=False)


def _temple(setting: Setting, side: int, x: float, y: float) -> Spot:
    """On the head, up and to the side of the eyes; lengths in sizes."""
    unit, head = setting.unit, setting.head
    height = min(head.top + 0.1 * unit, setting.face[1] - 0.16 * unit)
    return Spot(head.x + side * (0.8 * head.half + x * unit), height - y * unit, unit, unit, True)


ANCHORS: Mapping[str, Callable[[Setting, int, float, float], Spot | None]] = {
    "aloft": _aloft,
    "around": _around,
    "beside": _beside,
    "cheeks": _cheeks,
    "crown": _crown,
    "ears": _ears,
    "eyes": _eyes,
    "face": _face,
    "head": _head,
    "lids": _lids,
    "middle": _middle,
    "mouth": _mouth,
    "nose": _nose,
    "sign": _sign,
    "temple": _temple,
}
"""By name: called with the setting, the side (-1 left, 1 right) and the place by the anchor; None where the character
is not known to have such a place."""
