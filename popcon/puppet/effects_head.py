"""Signs at and over the head."""

import math
from collections.abc import Sequence

from popcon.puppet.curves import fade, life, pop, smoothstep
from popcon.puppet.effect import Effect, Follow, Setting
from popcon.puppet.marks import Mark


def _corner(setting: Setting, gap: float = 0.0) -> tuple[float, float]:
    """Upper right of the head, on the outline or `gap` units outside."""
    x, y = setting.beside(1, 0.84, gap)
    return min(x, setting.at(1.0, 0)[0] + gap * setting.unit), y


def anger_mark(setting: Setting) -> Effect:
    """The crossed vein at the temple, throbbing."""
    face_x, face_y = setting.face
    x, y = _corner(setting)
    place = (0.8 * x + 0.2 * face_x, min(y, face_y - 0.16 * setting.unit))

    def marks(phase: float, follow: Follow) -> Sequence[Mark]:
        throb = 1 + 0.16 * math.sin(math.tau * (2 * phase - 0.1))
        return [Mark("vein", *follow(*place), 0.165 * setting.unit * throb, 8 + 4 * math.sin(math.tau * 2 * phase))]

    return marks


def _sign(setting: Setting, shape: str, size: float, across: float, birth: float, span: float) -> Effect:
    """A sign that pops up over the head, wobbles and goes; across as in `Setting.at`."""
    x, y = setting.at(across, 0.84)

    def marks(phase: float, follow: Follow) -> Sequence[Mark]:
        age = life(phase, birth, span)
        if age is None:
            return []
        grown = size * setting.unit * pop(age, 0.16) * (0.55 + 0.45 * smoothstep((1 - age) / 0.14))
        wobble = 9 * math.sin(math.tau * 3 * age) * (1 - age)
        place_x, place_y = follow(x, y)
        rise = 0.05 * setting.unit * (1 - smoothstep(age / 0.2))
        return [Mark(shape, place_x, place_y + rise, grown, wobble + 8 * across, smoothstep((1 - age) / 0.14))]

    return marks


def question_mark(setting: Setting) -> Effect:
    """A question mark at the upper right, and a small one at the left."""
    big = _sign(setting, "question", 0.22, 0.92, 0.12, 0.8)
    small = _sign(setting, "question", 0.13, -0.96, 0.3, 0.6)
    return lambda phase, follow: [*big(phase, follow), *small(phase, follow)]


def exclamation_mark(setting: Setting) -> Effect:
    """Two exclamation marks at the upper right."""
    first = _sign(setting, "exclamation", 0.21, 0.82, 0.16, 0.7)
    second = _sign(setting, "exclamation", 0.18, 1.16, 0.2, 0.66)
    return lambda phase, follow: [*first(phase, follow), *second(phase, follow)]


def light_bulb(setting: Setting) -> Effect:
    """A bulb that lights over the head, with rays."""
    bulb = _sign(setting, "bulb", 0.21, 0.9, 0.14, 0.74)
    x, y = setting.at(0.9, 0.84)

    def marks(phase: float, follow: Follow) -> Sequence[Mark]:
        age = life(phase, 0.24, 0.56)
        if age is None:
            return bulb(phase, follow)
        rays = []
        for angle in (-150, -105, -60, -15, 195):
            turn, reach = math.radians(angle), setting.unit * (0.25 + 0.05 * age)
            place = follow(x, y)
            spot = (place[0] + reach * math.cos(turn), place[1] - 0.04 * setting.unit + reach * math.sin(turn))
            rays.append(Mark("ray", *spot, 0.06 * setting.unit * fade(age, 0.2, 0.5), angle - 90, fade(age)))
        return [*bulb(phase, follow), *rays]

    return marks


def check_mark(setting: Setting) -> Effect:
    """A green tick at the upper right."""
    return _sign(setting, "check", 0.22, 0.95, 0.14, 0.78)


def cross(setting: Setting) -> Effect:
    """A red cross at the upper right."""
    return _sign(setting, "cross", 0.19, 0.95, 0.12, 0.8)


def greeting(setting: Setting) -> Effect:
    """A speech bubble that says hi."""
    return _sign(setting, "balloon", 0.25, 0.9, 0.1, 0.84)


def zzz(setting: Setting) -> Effect:
    """Letters of sleep that rise from the head, growing."""
    x, y = setting.at(0.5, 0.9)

    def marks(phase: float, _: Follow) -> Sequence[Mark]:
        out = []
        for i in range(3):
            age = life(phase, 0.1 + i / 3, 0.98)
            if age is not None:
                across = setting.unit * (0.4 * age + 0.03 * math.sin(math.tau * (age + i / 3)))
                size = setting.unit * (0.045 + 0.095 * age)
                out.append(
                    Mark("zed", x + across, y - 0.3 * setting.unit * age, size, 6 + 10 * age, fade(age, 0.2, 0.3))
                )
        return out

    return marks


def dots(setting: Setting) -> Effect:
    """Three dots, one after the other."""

    def marks(phase: float, follow: Follow) -> Sequence[Mark]:
        out = []
        for i in range(3):
            shown = smoothstep((phase - 0.1 - 0.13 * i) / 0.1) * smoothstep((0.92 - phase) / 0.1)
            x, y = follow(*setting.at(-1.1 + 0.3 * i, 0.96))
            lift = 0.025 * setting.unit * math.sin(math.tau * (2 * phase - 0.12 * i))
            out.append(Mark("dot", x, y - lift, 0.06 * setting.unit * (0.5 + 0.5 * shown), 0, shown))
        return out

    return marks


def dizzy_stars(setting: Setting) -> Effect:
    """Stars that circle the head."""
    x, _ = setting.face
    y = setting.at(0, 0.88)[1]
    across, down = 0.45 * setting.unit, 0.1 * setting.unit

    def marks(phase: float, follow: Follow) -> Sequence[Mark]:
        out = []
        centre_x, centre_y = follow(x, y)
        for i in range(4):
            turn = math.tau * (phase + i / 4)
            near = math.sin(turn)
            size = setting.unit * (0.09 + 0.025 * near)
            place = (centre_x + across * math.cos(turn), centre_y + down * near)
            out.append(Mark("star", *place, size, 360 * phase + 90 * i, 1.0, behind=near < 0))
        return out

    return marks


def sweat_drop(setting: Setting) -> Effect:
    """A drop that runs down the temple."""
    face_x, face_y = setting.face
    x, y = _corner(setting)
    x = 0.86 * x + 0.14 * face_x
    up = (setting.anatomy.box[3] - face_y) / (setting.anatomy.box[3] - setting.anatomy.box[1])
    out = max(setting.anatomy.edge(up, 1) - x, 0.0)

    def marks(phase: float, follow: Follow) -> Sequence[Mark]:
        age = life(phase, 0.1, 0.86)
        if age is None:
            return []
        slide = smoothstep((age - 0.25) / 0.7)
        place = follow(x + slide * out, y + slide * max(face_y - y, 0.0))
        return [Mark("drop", *place, 0.115 * setting.unit * pop(age, 0.2), 10, fade(age, 0.1, 0.25))]

    return marks
