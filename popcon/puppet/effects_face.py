"""Effects on the face; they follow it."""

import math
from collections.abc import Sequence

from popcon.puppet.anatomy import Eye
from popcon.puppet.curves import dip, fade, keys, life, pop
from popcon.puppet.effect import Effect, Follow, Setting
from popcon.puppet.marks import Mark


def tears(setting: Setting) -> Effect:
    """Streams over both cheeks, and drops that fly off to the sides."""
    eyes = setting.anatomy.eyes
    shift = setting.jitter(0.04)

    def marks(phase: float, follow: Follow) -> Sequence[Mark]:
        out: list[Mark] = []
        for eye, side in zip(eyes, (-1, 1), strict=True):
            out.extend(_running(setting, follow, phase, eye, side))
            out.extend(_flying(setting, follow, phase + shift + 0.13 * side, eye, side))
        return out

    return marks


def _running(setting: Setting, follow: Follow, phase: float, eye: Eye, side: int) -> Sequence[Mark]:
    out = []
    for i in range(2):
        age = life(phase, i / 2 + 0.12 * side, 0.92)
        if age is not None:
            down = eye.height * 0.45 + setting.unit * (0.06 + 0.25 * age * age)
            x, y = follow(eye.x + side * (0.1 * eye.width + 0.03 * setting.unit * age), eye.y + down)
            out.append(Mark("drop", x, y, 0.082 * setting.unit * pop(age, 0.3), 0, fade(age, 0.1, 0.25)))
    return out


def _flying(setting: Setting, follow: Follow, phase: float, eye: Eye, side: int) -> Sequence[Mark]:
    """Thrown outwards and up, falling: the drop's point looks back along its way."""
    out = []
    for i in range(2):
        age = life(phase, i / 2, 0.8)
        if age is not None:
            x, y = follow(eye.x + side * (0.5 * eye.width + 0.1 * setting.unit), eye.y)
            across, up = side * 0.27 * age, 0.4 * age - 0.72 * age * age
            heading = math.degrees(math.atan2(side * 0.27, 0.4 - 1.44 * age))
            place = (x + across * setting.unit, y - up * setting.unit)
            out.append(
                Mark("drop", *place, 0.085 * setting.unit * pop(age, 0.25), heading + 180, fade(age, 0.12, 0.25))
            )
    return out


def laughing_tears(setting: Setting) -> Effect:
    """One small tear at the outer corner of each eye that jumps off with the laughter."""
    eyes = setting.anatomy.eyes

    def marks(phase: float, follow: Follow) -> Sequence[Mark]:
        out = []
        for eye, side in zip(eyes, (-1, 1), strict=True):
            for birth in (0.1, 0.6) if side < 0 else (0.35, 0.85):
                age = life(phase, birth, 0.48)
                if age is not None:
                    x, y = follow(eye.x + side * (0.6 * eye.width + 0.07 * setting.unit), eye.y - 0.01 * setting.unit)
                    out_by, up = side * 0.16 * age * setting.unit, (0.3 * age - 0.34 * age * age) * setting.unit
                    size = 0.068 * setting.unit * pop(age, 0.25)
                    out.append(Mark("drop", x + out_by, y - up, size, -side * (65 - 20 * age), fade(age, 0.12, 0.3)))
        return out

    return marks


def blush(setting: Setting) -> Effect:
    """Red cheeks that glow and fade."""
    left, right = setting.anatomy.eyes
    down = 0.12 * (right.x - left.x) + 0.8 * max(left.height, right.height)
    glow = dip(0.35, rest=0.55)

    def marks(phase: float, follow: Follow) -> Sequence[Mark]:
        out = []
        for eye, side in ((left, -1), (right, 1)):
            x, y = follow(eye.x + side * 0.55 * eye.width, eye.y + down)
            out.append(Mark("blush", x, y, 0.21 * (right.x - left.x) + 0.02 * setting.unit, 0, glow(phase)))
        return out

    return marks


def gloom(setting: Setting) -> Effect:
    """Blue lines that hang over the forehead."""
    x, y = setting.face
    left, right = setting.anatomy.eyes
    spread = (right.x - left.x) * 0.85
    depth = keys((0, 0.75), (0.5, 1.0))

    def marks(phase: float, follow: Follow) -> Sequence[Mark]:
        out = []
        for i in range(5):
            long = setting.unit * (0.06 + 0.025 * (i % 2)) * depth(phase)
            place = follow(x + spread * (i / 4 - 0.5), y - 0.21 * setting.unit)
            out.append(Mark("gloom", place[0], place[1] + long, long, 0, 0.75 * depth(phase)))
        return out

    return marks


def sigh(setting: Setting) -> Effect:
    """A small cloud that is breathed out to the side."""
    x, y = setting.face
    left, right = setting.anatomy.eyes
    start_x, start_y = x + 0.3 * (right.x - left.x), y + 0.16 * setting.unit

    def marks(phase: float, follow: Follow) -> Sequence[Mark]:
        age = life(phase, 0.3, 0.62)
        if age is None:
            return []
        way = 1 - (1 - age) ** 2
        place_x, place_y = follow(start_x, start_y)
        size = setting.unit * (0.04 + 0.11 * way)
        return [
            Mark(
                "puff",
                place_x + 0.4 * way * setting.unit,
                place_y + 0.05 * way * setting.unit,
                size,
                6,
                fade(age, 0.2, 0.5),
            )
        ]

    return marks


def sleep_bubble(setting: Setting) -> Effect:
    """A bubble at the nose that grows and shrinks with the breath."""
    x, y = setting.face
    left, right = setting.anatomy.eyes
    breath = keys((0, 0.45), (0.42, 1.0), (0.74, 0.32))

    def marks(phase: float, follow: Follow) -> Sequence[Mark]:
        size = 0.12 * setting.unit * breath(phase)
        nose_x, nose_y = follow(x + 0.12 * (right.x - left.x), y + 0.07 * setting.unit)
        return [Mark("bubble", nose_x + 0.75 * size, nose_y + 0.6 * size, size, 0, 0.82)]

    return marks
