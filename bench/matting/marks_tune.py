"""Effects of the split "tune": one drawing for each kind, in a box of 100 units."""

from bench.matting.pen import (
    Pen,
    Sketch,
    circle,
    ellipse,
    group,
    limb,
    line,
    linear,
    lumps,
    path,
    polar,
    polygon,
    radial,
)
from bench.matting.pen import star as corners


def spark(pen: Pen) -> str:
    waist = pen.between(5, 12)
    return polygon(corners(4, 46, waist * 1.4), pen.paint())


def star(pen: Pen) -> str:
    return polygon(corners(5, 46, pen.between(18, 26)), pen.paint())


def tear(pen: Pen) -> str:
    return path("M50 6 C40 34 22 50 22 68 A28 26 0 0 0 78 68 C78 50 60 34 50 6z", pen.paint())


def sweat_drop(pen: Pen) -> str:
    shine = path("M38 70 q2 12 12 13", pen.ink(4, "#ffffff"))
    return path("M52 4 C44 30 26 46 28 70 A24 24 0 0 0 76 68 C74 46 58 34 52 4z", pen.paint()) + shine


def heart(pen: Pen) -> str:
    return path("M50 88 C0 54 6 12 30 12 C42 12 48 22 50 28 C52 22 58 12 70 12 C94 12 100 54 50 88z", pen.paint())


def anger_mark(pen: Pen) -> str:
    arc = path("M56 10 Q56 44 90 44", pen.ink(pen.between(8, 12)))
    return "".join(group(arc, f"rotate({turn} 50 50)") for turn in (0, 90, 180, 270))


def motion_lines(pen: Pen) -> str:
    """Bows side by side, or short straight strokes in a fan."""
    if pen.chance(0.4):
        turns = [-50 + 28 * i for i in range(pen.whole(3, 4))]
        reach = pen.between(55, 80)
        return "".join(line([polar(36, t, 10, 60), polar(reach, t, 10, 60)], pen.ink()) for t in turns)
    gap = pen.between(14, 26)
    count = pen.whole(2, 4)
    bend = pen.between(4, 16)
    arcs = [f"M{20 + i * gap} 10 q{bend} 40 0 {70 + pen.between(-14, 8):.1f}" for i in range(count)]
    return "".join(path(arc, pen.ink()) for arc in arcs)


def speed_lines(pen: Pen) -> str:
    gap = pen.between(5, 13)
    rows = [8 + i * gap for i in range(pen.whole(3, 6))]
    return "".join(line([(pen.between(0, 30), y), (pen.between(62, 100), y)], pen.ink()) for y in rows)


def zzz(pen: Pen) -> str:
    out = ""
    for x, y, size in ((6, 66, 20), (30, 40, 26), (60, 6, 34)):
        out += line([(x, y), (x + size, y), (x, y + size), (x + size, y + size)], pen.ink(max(pen.stroke, size * 0.16)))
    return out


def exclamation(pen: Pen) -> str:
    return path("M38 6 h24 l-6 58 h-12z", pen.paint()) + circle(50, 84, 10, pen.paint())


def question(pen: Pen) -> str:
    hook = limb("M28 30 C28 2 74 2 72 30 C72 48 50 46 50 66", 12, pen)
    return hook + circle(50, 88, 8, pen.paint())


def music_note(pen: Pen) -> str:
    stem = path("M46 74 V12 q6 22 30 24", pen.ink(7))
    return stem + ellipse(34, 76, 15, 11, pen.paint(), -20)


def burst(pen: Pen) -> str:
    """Spikes, or round lobes."""
    if pen.chance(0.3):
        return lumps([(*polar(34, 45 * i), 15) for i in range(8)] + [(50, 50, 34)], pen)
    rays = pen.whole(9, 18)
    return polygon(corners(rays, 50, pen.between(28, 38), pen.between(0, 90)), pen.paint())


def glow(pen: Pen) -> str:
    peak = pen.between(0.55, 0.95)
    stops = [(0, peak), (0.35, peak * 0.7), (0.7, peak * 0.22), (1, 0)]
    return radial("g", pen.fill, stops) + circle(50, 50, 50, 'fill="url(#g)"')


def whoosh(pen: Pen) -> str:
    """A crescent that fades, or bows behind each other, each fainter."""
    if pen.chance(0.35):
        bows = [(f"M{20 + 16 * i} 8 q{30 - 4 * i} 42 0 84", 0.6 - 0.15 * i) for i in range(3)]
        return "".join(path(bow, pen.ink(7) + f' opacity="{peak:.2f}"') for bow, peak in bows)
    peak = pen.between(0.35, 0.75)
    fade = linear("w", pen.fill, [(0, 0), (0.5, peak * 0.6), (1, peak)])
    return fade + path("M2 70 Q40 10 98 22 Q58 30 2 70z", 'fill="url(#w)"')


def speech_bubble(pen: Pen) -> str:
    shape = (
        "M50 10 C80 10 96 26 96 44 C96 64 76 76 50 76 Q44 76 38 75 L20 94 L24 70 C10 64 4 56 4 44 C4 26 20 10 50 10z"
    )
    dots = "".join(circle(x, 44, 5, f'fill="{pen.line}"') for x in (30, 50, 70)) if pen.chance(0.6) else ""
    return path(shape, pen.paint("#ffffff")) + dots


def cloud(pen: Pen) -> str:
    return lumps([(28, 58, 20), (50, 44, 26), (74, 56, 20), (52, 62, 22)], pen, "#ffffff")


def confetti(pen: Pen) -> str:
    out = ""
    for _ in range(pen.whole(3, 6)):
        x, y, long = pen.between(8, 92), pen.between(8, 92), pen.between(6, 11)
        colour = str(pen.random.choice([pen.fill, pen.second, "#ff6f91", "#5ec8f2", "#ffd447"]))
        box = f'<rect x="{x:.1f}" y="{y:.1f}" width="{long:.1f}" height="{long * 0.55:.1f}" fill="{colour}"/>'
        out += group(box, f"rotate({pen.between(0, 180):.0f} {x:.1f} {y:.1f})")
    return out


def dots(pen: Pen) -> str:
    radius = max(2.2 * pen.pixel, pen.between(3, 6))
    return "".join(circle(*polar(pen.between(20, 46), 120 * i), radius, pen.paint()) for i in range(3))


def shock_lines(pen: Pen) -> str:
    count = pen.whole(3, 6)
    turns = [-90 + (i - (count - 1) / 2) * 26 for i in range(count)]
    return "".join(line([polar(52, t, 50, 96), polar(pen.between(76, 92), t, 50, 96)], pen.ink()) for t in turns)


def rings(pen: Pen) -> str:
    wash = f'fill="{pen.fill}" fill-opacity="0.16" stroke="{pen.fill}" stroke-width="{max(pen.stroke, 3):.2f}"'
    shine = path("M30 40 a24 24 0 0 1 14 -16", pen.ink(5, "#ffffff"))
    return circle(50, 50, 42, wash) + shine


def steam(pen: Pen) -> str:
    wisps = [f"M{x} 94 q-16 -22 0 -44 q16 -22 0 -44" for x in (24, 50, 76)]
    return "".join(path(wisp, pen.ink(pen.between(6, 10)) + ' opacity="0.75"') for wisp in wisps)


def flame(pen: Pen) -> str:
    inner = path("M50 94 C34 92 34 70 50 54 C66 70 66 92 50 94z", f'fill="{pen.second}"')
    return path("M50 96 C14 96 16 60 34 40 C36 54 44 54 44 46 C44 28 52 16 60 4 C60 34 86 44 84 68 C82 90 66 96 50 96z",
                pen.paint()) + inner  # fmt: skip


MARKS: dict[str, Sketch] = {
    "spark": spark,
    "star": star,
    "tear": tear,
    "sweat drop": sweat_drop,
    "heart": heart,
    "anger mark": anger_mark,
    "motion lines": motion_lines,
    "speed lines": speed_lines,
    "zzz": zzz,
    "exclamation": exclamation,
    "question": question,
    "music note": music_note,
    "burst": burst,
    "glow": glow,
    "whoosh": whoosh,
    "speech bubble": speech_bubble,
    "cloud": cloud,
    "confetti": confetti,
    "dots": dots,
    "shock lines": shock_lines,
    "rings": rings,
    "steam": steam,
    "flame": flame,
}
