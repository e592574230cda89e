"""Effects of the split "test": the same kinds as in "tune", each drawn another way."""

from bench.matting.pen import Pen, Sketch, circle, ellipse, group, line, linear, path, polar, polygon, radial
from bench.matting.pen import star as corners

FRAME_WIDE = '<radialGradient gradientUnits="userSpaceOnUse" cx="50" cy="50" r="50"'  # one gradient for all shapes


def spark(pen: Pen) -> str:
    """A long cross over a short one turned by 45 degrees, pale in the middle."""
    small = group(polygon(corners(4, 26, 5), pen.paint()), "rotate(45 50 50)")
    return small + polygon(corners(4, 48, 7), pen.paint()) + circle(50, 50, 7, f'fill="{pen.second}"')


def star(pen: Pen) -> str:
    """A fat star with round corners."""
    soft = f'fill="{pen.fill}" stroke="{pen.fill}" stroke-width="12" stroke-linejoin="round"'
    rim = f'fill="{pen.line}" stroke="{pen.line}" stroke-width="{12 + 2 * pen.width:.1f}" stroke-linejoin="round"'
    outer = polygon(corners(5, 38, 21), rim) if pen.width else ""
    return outer + polygon(corners(5, 38, 21), soft)


def tear(pen: Pen) -> str:
    """A stream that runs in a bow and ends in a drop."""
    return path("M20 8 C60 10 84 40 82 74 A13 13 0 0 1 56 76 C58 48 44 30 20 8z", pen.paint())


def sweat_drop(pen: Pen) -> str:
    """Two or three drops that fly apart."""
    drop = path("M50 0 C46 12 38 18 38 28 A12 12 0 0 0 62 28 C62 18 54 12 50 0z", pen.paint())
    return "".join(group(drop, f"rotate({turn} 50 96)") for turn in ((-40, 0, 40) if pen.chance(0.5) else (-24, 24)))


def heart(pen: Pen) -> str:
    """A plump heart beside a small one, or alone with a shine."""
    plump = "M50 90 C8 62 0 40 8 24 C18 6 42 10 50 30 C58 10 82 6 92 24 C100 40 92 62 50 90z"
    if pen.chance(0.4):
        return group(path(plump, pen.paint()), "translate(0 26) scale(.7)") + group(
            path(plump, pen.paint()), "translate(62 0) scale(.36)"
        )
    return path(plump, pen.paint()) + ellipse(27, 32, 6, 9, 'fill="#ffffff" fill-opacity="0.7"', 30)


def anger_mark(pen: Pen) -> str:
    """Four corners, thick, with an outline of their own."""
    corner = path("M57 6 L67 6 L67 33 L94 33 L94 43 L57 43z", pen.paint())
    return "".join(group(corner, f"rotate({turn} 50 50)") for turn in (0, 90, 180, 270))


def motion_lines(pen: Pen) -> str:
    """Trembling zigzags or waves, side by side."""
    gap = pen.between(16, 30)
    wave = pen.chance(0.5)
    out = ""
    for i in range(pen.whole(2, 3)):
        x = 22 + i * gap
        if wave:
            out += path(f"M{x} 10 q12 10 0 20 t0 20 t0 20 t0 20", pen.ink())
        else:
            out += line([(x + (6 if j % 2 else 0), 12 + 15 * j) for j in range(6)], pen.ink())
    return out


def speed_lines(pen: Pen) -> str:
    """Long wedges that taper to a point."""
    out = ""
    gap = pen.between(6, 15)
    for i in range(pen.whole(3, 5)):
        y, thick = 10 + gap * i, max(pen.stroke / 2, 0.6 * pen.pixel)
        out += polygon([(pen.between(0, 24), y), (98, y - thick), (98, y + thick)], f'fill="{pen.fill}"')
    return out


def zzz(pen: Pen) -> str:
    """Block letters with serifs cut off, two of them."""
    block = "M0 0 H30 V8 L12 24 H30 V32 H0 V24 L18 8 H0z"
    return group(path(block, pen.paint()), "translate(10 50) scale(1.1)") + group(
        path(block, pen.paint()), "translate(50 4) rotate(8) scale(1.35)"
    )


def exclamation(pen: Pen) -> str:
    """A slanted pair."""
    one = polygon([(30, 8), (46, 4), (40, 62), (32, 62)], pen.paint()) + ellipse(34, 80, 8, 9, pen.paint())
    return one + group(one, "translate(28 -2) rotate(8 34 50)")


def question(pen: Pen) -> str:
    """Thin, angular, with a square dot."""
    hook = line([(28, 26), (36, 10), (64, 10), (72, 28), (50, 50), (50, 68)], pen.ink(max(pen.stroke, 8)))
    return hook + f'<rect x="44" y="80" width="12" height="12" fill="{pen.fill}"/>'


def music_note(pen: Pen) -> str:
    """Two quavers under one beam."""
    beam = polygon([(30, 18), (82, 8), (82, 20), (30, 30)], pen.paint())
    stems = line([(32, 22), (32, 78)], pen.ink(5)) + line([(80, 14), (80, 70)], pen.ink(5))
    return stems + beam + ellipse(22, 80, 12, 9, pen.paint(), -18) + ellipse(70, 72, 12, 9, pen.paint(), -18)


def burst(pen: Pen) -> str:
    """Rays that stand apart, like the sun behind a hero; sometimes they fade outwards."""
    count = pen.whole(8, 14)
    half = 90 / count * pen.between(0.7, 1.1)
    turns = [i * 360 / count for i in range(count)]
    fading = pen.chance(0.35)
    fade = radial("r", pen.fill, [(0, 1), (0.6, 0.9), (1, 0.1)]).replace("<radialGradient", FRAME_WIDE)
    paint = 'fill="url(#r)"' if fading else f'fill="{pen.fill}"'
    rays = "".join(polygon([(50, 50), polar(50, t - half), polar(50, t + half)], paint) for t in turns)
    return fade + rays if fading else rays


def glow(pen: Pen) -> str:
    """A soft ring around a fainter middle, sometimes flat."""
    peak = pen.between(0.5, 0.85)
    stops = [(0, peak * 0.75), (0.5, peak), (0.75, peak * 0.4), (1, 0)]
    return radial("g", pen.fill, stops) + ellipse(50, 50, 50, pen.between(30, 50), 'fill="url(#g)"')


def whoosh(pen: Pen) -> str:
    """A ribbon that curls, with brighter streaks in it."""
    peak = pen.between(0.35, 0.65)
    fade = linear("w", pen.fill, [(0, peak), (0.7, peak * 0.5), (1, 0)])
    ribbon = path("M4 40 C30 4 70 8 98 50 C72 30 40 32 16 62 C20 50 14 44 4 40z", 'fill="url(#w)"')
    return fade + ribbon + path("M14 42 C40 14 66 18 84 34", pen.ink(2.5) + f' opacity="{peak:.2f}"')


def speech_bubble(pen: Pen) -> str:
    """A box with round corners and its tail below, or a thought with two small bubbles."""
    if pen.chance(0.4):
        small = circle(26, 80, 7, pen.paint("#ffffff")) + circle(14, 94, 4.5, pen.paint("#ffffff"))
        return ellipse(54, 38, 42, 30, pen.paint("#ffffff")) + small
    shape = "M16 8 H84 Q96 8 96 20 V56 Q96 68 84 68 H66 L74 92 L46 68 H16 Q4 68 4 56 V20 Q4 8 16 8z"
    rows = [line([(20, y), (pen.between(56, 80), y)], pen.ink(3, pen.line)) for y in (26, 38, 50)]
    return path(shape, pen.paint("#ffffff")) + ("".join(rows) if pen.chance(0.5) else "")


def cloud(pen: Pen) -> str:
    """A flat bottom, bumps of different height."""
    bumps = "M18 74 C2 74 2 52 18 50 C16 32 38 28 44 40 C50 22 76 26 74 46 C92 42 100 72 82 74z"
    return path(bumps, pen.paint("#ffffff"))


def confetti(pen: Pen) -> str:
    """Discs, triangles and curls."""
    out = ""
    for i in range(pen.whole(3, 6)):
        x, y, size = pen.between(8, 88), pen.between(8, 88), pen.between(3, 5.5)
        colour = str(pen.random.choice([pen.fill, pen.second, "#8bd450", "#b48cf2", "#ff9d5c"]))
        if i % 3 == 0:
            out += circle(x, y, size, f'fill="{colour}"')
        elif i % 3 == 1:
            out += polygon([(x, y - size), (x + size, y + size), (x - size, y + size)], f'fill="{colour}"')
        else:
            out += path(f"M{x:.1f} {y:.1f} q4 -6 8 0 t8 0", pen.ink(max(2.0, 1.6 * pen.pixel), colour))
    return out


def dots(pen: Pen) -> str:
    """Small diamonds and plus signs."""
    size = max(2.8 * pen.pixel, pen.between(4, 7))
    out = ""
    for i in range(pen.whole(2, 4)):
        x, y = polar(pen.between(24, 44), 97 * i)
        if i % 2:
            plus = pen.ink(size * 0.6)
            out += line([(x - size, y), (x + size, y)], plus) + line([(x, y - size), (x, y + size)], plus)
        else:
            out += polygon([(x, y - size), (x + size, y), (x, y + size), (x - size, y)], f'fill="{pen.fill}"')
    return out


def shock_lines(pen: Pen) -> str:
    """Small lightning strokes in a fan."""
    bolt = line([(50, 46), (55, 34), (46, 26), (51, 8)], pen.ink())
    return "".join(group(bolt, f"rotate({turn} 50 96)") for turn in (-30, 0, 30))


def rings(pen: Pen) -> str:
    """Flat halos, one within the other."""
    width = max(pen.stroke, 3)
    outer = ellipse(50, 50, 46, 18, pen.ink(width))
    return outer + (ellipse(50, 50, 26, 8, pen.ink(width * 0.8)) if pen.chance(0.5) else "")


def steam(pen: Pen) -> str:
    """Soft puffs that thin out as they rise."""
    fade = radial("p", pen.fill, [(0, 0.85), (0.6, 0.6), (1, 0)])
    puffs = [(38, 80, 18), (58, 58, 20), (42, 34, 17), (60, 14, 13)]
    return fade + "".join(circle(x, y, r, 'fill="url(#p)"') for x, y, r in puffs)


def flame(pen: Pen) -> str:
    """Three tongues."""
    left = "M50 96 C18 96 12 70 20 44 C28 52 30 58 34 58 C32 36 42 20 50 6"
    right = "C58 22 68 36 66 58 C72 56 74 50 80 42 C90 70 82 96 50 96z"
    return path(left + right, pen.paint()) + ellipse(50, 80, 13, 13, f'fill="{pen.second}"')


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
