"""Effects that float around the character."""

import math
from collections.abc import Sequence

from popcon.puppet.curves import fade, life, pop, smoothstep
from popcon.puppet.effect import Effect, Follow, Setting
from popcon.puppet.marks import Mark

CONFETTI = ("#ff5b8d", "#ffd02e", "#3fc3ff", "#6ddb6a", "#a98bff")


def sparks(setting: Setting) -> Effect:
    """Four-pointed glints that twinkle around the upper half."""
    spots = [(-0.98, 0.86, 0.125), (0.98, 0.9, 0.15), (1.1, 0.5, 0.095), (-1.12, 0.44, 0.11), (0.62, 1.05, 0.085)]
    places = [(*setting.at(x + setting.jitter(0.05), y + setting.jitter(0.03)), size) for x, y, size in spots]

    def marks(phase: float, _: Follow) -> Sequence[Mark]:
        out = []
        for i, (x, y, size) in enumerate(places):
            age = life(phase, 0.08 + i * 0.2, 0.72)
            if age is not None:
                glow = math.sin(math.pi * age) ** 0.8
                out.append(Mark("spark", x, y, size * setting.unit * glow, 30 * (age - 0.5), smoothstep(2.5 * glow)))
        return out

    return marks


def stars(setting: Setting) -> Effect:
    """Stars that burst from behind the character."""
    angles = [-150 + setting.jitter(8), -100, -42 + setting.jitter(8), 8, -188]
    x, y = setting.at(0, 0.55)
    across, up = (setting.at(1, 0)[0] - x) * 1.12, (y - setting.at(0, 1)[1]) * 1.12

    def marks(phase: float, _: Follow) -> Sequence[Mark]:
        out = []
        for i, angle in enumerate(angles):
            age = life(phase, 0.2 + 0.1 * (i % 3), 0.7)
            if age is not None:
                way = 0.5 + 0.5 * (1 - (1 - age) ** 3)
                size = 0.115 * setting.unit * fade(age, 0.2, 0.35)
                turn = math.radians(angle)
                place = (x + across * way * math.cos(turn), y + up * way * math.sin(turn))
                out.append(Mark("star", *place, size, 70 * age, fade(age, 0.15, 0.3), behind=True))
        return out

    return marks


def _rising(
    setting: Setting, shape: str, lanes: Sequence[tuple[float, float, float]], fills: Sequence[str] = ("",)
) -> Effect:
    """Marks that rise beside the character: lanes of (across, size, birth)."""
    low, high = setting.at(0, 0.42)[1], setting.at(0, 1.02)[1]

    def marks(phase: float, _: Follow) -> Sequence[Mark]:
        out = []
        for i, (across, size, birth) in enumerate(lanes):
            age = life(phase, birth, 0.86)
            if age is not None:
                drift = 0.035 * setting.unit * math.sin(math.tau * (age + 0.3 * i))
                y = low + (high - low) * (age * 0.75 + 0.25 * smoothstep(age))
                swing = 14 * math.sin(math.tau * (age * 1.2 + 0.4 * i))
                grown = size * setting.unit * pop(age, 0.3) * (0.7 + 0.3 * fade(age, 0.3, 0.25))
                x = setting.at(across, 0)[0] + drift
                out.append(Mark(shape, x, y, grown, swing, fade(age, 0.12, 0.25), fill=fills[i % len(fills)]))
        return out

    return marks


def hearts(setting: Setting) -> Effect:
    """Hearts that rise on both sides."""
    shift = setting.jitter(0.04)
    lanes = [(-1.0 + shift, 0.13, 0.08), (0.98 + shift, 0.16, 0.3), (-0.72, 0.1, 0.56), (0.82, 0.115, 0.78)]
    return _rising(setting, "heart", lanes)


def notes(setting: Setting) -> Effect:
    """Musical notes that rise on both sides."""
    lanes = [(1.0, 0.14, 0.1), (-1.02, 0.15, 0.35), (0.84, 0.12, 0.6), (-0.86, 0.12, 0.85)]
    return _rising(setting, "note", lanes, ("", "#ff6aa8", "#3fb7ff", "#ffb52e"))


def flowers(setting: Setting) -> Effect:
    """Flowers that rise on both sides."""
    lanes = [(-1.0, 0.12, 0.1), (1.0, 0.14, 0.33), (-0.86, 0.1, 0.58), (0.86, 0.1, 0.82)]
    return _rising(setting, "flower", lanes, ("", "#ffd98a", "#ff9fc6", "#c5b2ff"))


def confetti(setting: Setting) -> Effect:
    """Paper that is thrown up behind and flutters down."""
    count = 12
    papers = [
        (-1.15 + 2.3 * (i + 0.5) / count + setting.jitter(0.06), float(setting.rng.uniform(0, 1)), i / count * 5 % 1)
        for i in range(count)
    ]
    top, bottom = setting.at(0, 1.08)[1], setting.at(0, 0.3)[1]

    def marks(phase: float, _: Follow) -> Sequence[Mark]:
        out = []
        for i, (across, dice, birth) in enumerate(papers):
            age = life(phase, birth, 0.9)
            if age is not None:
                x, _y = setting.at(across + 0.06 * math.sin(math.tau * (age + dice)), 0)
                flip = math.cos(math.tau * (2 * age + dice))
                opacity = fade(age, 0.12, 0.25)
                size, angle = (0.052 + 0.014 * dice) * setting.unit, 360 * dice + 160 * age
                y = top + (bottom - top) * age
                fill = CONFETTI[i % len(CONFETTI)]
                out.append(Mark("confetti", x, y, size, angle, opacity, 0.35 + 0.65 * abs(flip), fill, i % 2 == 0))
        return out

    return marks


def snow(setting: Setting) -> Effect:
    """Snowflakes that sink."""
    flakes = [(-1.08, 0.1, 0.0), (1.05, 0.12, 0.2), (-0.8, 0.085, 0.45), (0.78, 0.09, 0.62), (1.12, 0.08, 0.8)]
    top, bottom = setting.at(0, 1.02)[1], setting.at(0, 0.52)[1]

    def marks(phase: float, _: Follow) -> Sequence[Mark]:
        out = []
        for across, size, birth in flakes:
            age = life(phase, birth + 0.1, 0.9)
            if age is not None:
                x = setting.at(across + 0.07 * math.sin(math.tau * age), 0)[0]
                y = top + (bottom - top) * age
                out.append(Mark("flake", x, y, size * setting.unit, 70 * age, fade(age, 0.15, 0.25)))
        return out

    return marks


def steam(setting: Setting) -> Effect:
    """Puffs that shoot out at both sides of the head."""
    height = setting.face[1] - 0.1 * setting.unit
    up = (setting.anatomy.box[3] - height) / (setting.anatomy.box[3] - setting.anatomy.box[1])

    def marks(phase: float, _: Follow) -> Sequence[Mark]:
        out = []
        for side in (-1, 1):
            for birth in (0.28, 0.62):
                age = life(phase, birth, 0.5)
                if age is not None:
                    way = 1 - (1 - age) ** 2
                    x, y = setting.beside(side, up, 0.02 + 0.15 * way)
                    size = setting.unit * (0.055 + 0.065 * way)
                    opacity = 0.95 * fade(age, 0.12, 0.5)
                    out.append(Mark("puff", x, y - 0.09 * way * setting.unit, size, -12 * side, opacity, float(side)))
        return out

    return marks


def flames(setting: Setting) -> Effect:
    """Fire behind the character."""
    middle, (_, base) = setting.at(0, 0.5)[0], setting.at(0, -0.02)
    left, top, right, bottom = setting.anatomy.box
    aura = 0.62 * (bottom - top), 0.52 * (right - left)
    # The middle and half height, in units of the aura's; shape; phase.
    tongues = [(0.0, 1.0, "aura", 0.35), (-0.86, 0.42, "flame", 0.1), (0.86, 0.36, "flame", 0.6)]

    def marks(phase: float, _: Follow) -> Sequence[Mark]:
        out = []
        for across, tall, shape, lag in tongues:
            lick = math.sin(math.tau * (2 * phase + lag))
            size = aura[0] * tall * (1 + 0.06 * lick)
            x = middle + across * aura[1]
            sway = 4 * math.sin(math.tau * (phase + lag))
            wide = aura[1] / (0.62 * aura[0]) if shape == "aura" else 1.1
            out.append(Mark(shape, x, base - size * 0.98, size, sway, 1.0, wide * (1 - 0.08 * lick), behind=True))
        return out

    return marks


def motion_lines(setting: Setting) -> Effect:
    """Curved lines on both sides, in step with a movement twice per loop."""

    def marks(phase: float, _: Follow) -> Sequence[Mark]:
        out = []
        for side in (-1, 1):
            swing = max(0.0, side * math.sin(math.tau * 2 * phase))
            shown = smoothstep(1.6 * swing)
            for i, size in enumerate((0.13, 0.085)):
                x, y = setting.beside(side, 0.62, 0.07 + 0.085 * i + 0.025 * swing)
                tall = size * setting.unit * (0.6 + 0.4 * shown)
                out.append(Mark("swish", x, y, tall, -10 * side, shown, float(side)))
        return out

    return marks


def shiver_lines(setting: Setting) -> Effect:
    """Wavy lines on both sides that tremble."""

    def marks(phase: float, _: Follow) -> Sequence[Mark]:
        out = []
        for side in (-1, 1):
            for i, up in enumerate((0.42, 0.18)):
                tremble = math.sin(math.tau * (5 * phase + 0.3 * i))
                x, y = setting.beside(side, up, 0.075 + 0.01 * tremble)
                opacity = 0.8 + 0.2 * math.sin(math.tau * (phase + 0.5 * i))
                out.append(Mark("wiggle", x, y, 0.105 * setting.unit, 0, opacity, side * (1 + 0.15 * tremble)))
        return out

    return marks


def burst(setting: Setting) -> Effect:
    """Short rays around the head that shoot out at once."""
    x, y = setting.at(0, 0.6)
    across, up = setting.at(1, 0)[0] - x, y - setting.at(0, 1)[1]

    def marks(phase: float, _: Follow) -> Sequence[Mark]:
        age = life(phase, 0.18, 0.62)
        if age is None:
            return []
        out = []
        way = 0.98 + 0.2 * (1 - (1 - age) ** 3)
        for angle in (-168, -142, -116, -2):
            turn = math.radians(angle)
            place = (x + across * way * 1.06 * math.cos(turn), y + up * way * math.sin(turn))
            size = 0.1 * setting.unit * fade(age, 0.15, 0.6)
            out.append(Mark("ray", *place, size, angle - 90, fade(age, 0.1, 0.4)))
        return out

    return marks
