"""Characters of the split "tune", in a box of 100 units. A pen's `fill`, `second` and outline are theirs."""

from bench.matting.pen import Pen, Sketch, circle, ellipse, limb, path, polygon


def eyes(x: float, y: float, gap: float, size: float = 3.4) -> str:
    """Two dark eyes with a shine, around (x, y)."""
    pair = [circle(x + side * gap, y, size, 'fill="#2a211c"') for side in (-1, 1)]
    shine = [circle(x + side * gap - size * 0.3, y - size * 0.35, size * 0.32, 'fill="#fff"') for side in (-1, 1)]
    return "".join(pair + shine)


def smile(pen: Pen, x: float, y: float, width: float = 5.0) -> str:
    return path(f"M{x - width} {y} q{width} {width} {2 * width} 0", pen.ink(1.6, "#3a2a24"))


def cat(pen: Pen) -> str:
    tail = limb("M66 80 C88 82 90 62 80 56", 7, pen)
    ears = polygon([(24, 34), (26, 6), (46, 22)], pen.paint()) + polygon([(76, 34), (74, 6), (54, 22)], pen.paint())
    body = ellipse(50, 78, 20, 18, pen.paint()) + ellipse(50, 82, 11, 11, f'fill="{pen.second}"')
    head = ellipse(50, 38, 30, 25, pen.paint())
    feet = ellipse(40, 95, 8, 4.5, pen.paint()) + ellipse(60, 95, 8, 4.5, pen.paint())
    return tail + ears + body + feet + head + eyes(50, 38, 11) + smile(pen, 50, 47)


def bunny(pen: Pen) -> str:
    ears = ellipse(38, 16, 7, 19, pen.paint(), -10) + ellipse(62, 16, 7, 19, pen.paint(), 10)
    arms = limb("M34 68 C18 62 14 50 20 44", 6, pen) + limb("M66 68 C84 66 86 78 66 82", 6, pen)
    body = ellipse(50, 78, 19, 18, pen.paint()) + ellipse(50, 81, 11, 12, f'fill="{pen.second}"')
    head = circle(50, 44, 23, pen.paint())
    feet = ellipse(39, 95, 9, 4.5, pen.paint()) + ellipse(61, 95, 9, 4.5, pen.paint())
    return ears + arms + body + feet + head + eyes(50, 42, 9) + smile(pen, 50, 50, 4)


def penguin(pen: Pen) -> str:
    wings = ellipse(20, 58, 7, 20, pen.paint(), 18) + ellipse(80, 58, 7, 20, pen.paint(), -18)
    body = ellipse(50, 52, 30, 42, pen.paint())
    belly = ellipse(50, 64, 21, 27, 'fill="#ffffff"') + ellipse(50, 34, 19, 14, 'fill="#ffffff"')
    feet = ellipse(38, 95, 9, 4, pen.paint("#f7a934")) + ellipse(62, 95, 9, 4, pen.paint("#f7a934"))
    beak = polygon([(45, 40), (55, 40), (50, 47)], 'fill="#f7a934"')
    return wings + feet + body + belly + eyes(50, 34, 9) + beak


def ghost(pen: Pen) -> str:
    """White, with a shade towards its hem, so that it is never lost on white."""
    shade = (
        '<defs><linearGradient id="s" x2="0" y2="1"><stop stop-color="#fff"/><stop offset=".45" stop-color="#fff"/>'
        f'<stop offset="1" stop-color="{pen.second}"/></linearGradient></defs>'
    )
    line = f'stroke="{pen.line}" stroke-width="{max(pen.width, 1.6):.2f}" stroke-linejoin="round"'
    sheet = "M16 92 V46 C16 18 32 6 50 6 C68 6 84 18 84 46 V92 Q75 80 67 92 Q58 82 50 92 Q42 82 33 92 Q25 80 16 92z"
    cheeks = ellipse(32, 52, 5, 3, 'fill="#f9b7c0"') + ellipse(68, 52, 5, 3, 'fill="#f9b7c0"')
    return shade + path(sheet, f'fill="url(#s)" {line}') + eyes(50, 42, 11, 4.4) + cheeks + smile(pen, 50, 52, 4)


def robot(pen: Pen) -> str:
    antenna = path("M50 16 V6", pen.ink(2.4, pen.line)) + circle(50, 5, 3.4, pen.paint("#e8564f"))
    head = f'<rect x="24" y="15" width="52" height="36" rx="9" {pen.paint()}/>'
    screen = '<rect x="30" y="22" width="40" height="22" rx="6" fill="#2c3440"/>'
    lights = "".join(circle(x, 33, 4.4, 'fill="#7cf2e4"') for x in (40, 60))
    arms = limb("M32 60 C12 58 10 78 30 78", 5, pen) + limb("M68 60 C86 58 88 46 82 40", 5, pen)
    body = f'<rect x="30" y="53" width="40" height="32" rx="7" {pen.paint(pen.second)}/>'
    legs = "".join(f'<rect x="{x}" y="86" width="10" height="11" rx="3" {pen.paint()}/>' for x in (35, 55))
    return antenna + arms + legs + body + head + screen + lights


def girl(pen: Pen) -> str:
    """Hair in strands, a skirt, one hand on the hip."""
    strands = "".join(
        path(f"M{x} 30 q{bend} 30 {bend * 1.6:.0f} {length}", pen.ink(2.2, pen.fill))
        for x, bend, length in ((24, -6, 46), (27, -3, 52), (73, 3, 52), (76, 6, 46), (22, -9, 36), (78, 9, 36))
    )
    back = ellipse(50, 36, 30, 30, pen.paint())
    arms = limb("M42 66 C24 66 22 80 40 82", 4.4, pen, "#fbd9c0") + limb(
        "M58 66 C72 64 80 56 84 46", 4.4, pen, "#fbd9c0"
    )
    legs = limb("M44 86 V95", 5, pen, "#fbd9c0") + limb("M56 86 V95", 5, pen, "#fbd9c0")
    dress = path("M42 60 H58 L70 88 H30z", pen.paint(pen.second))
    face = ellipse(50, 40, 24, 22, pen.paint("#fde0c8"))
    fringe = path("M25 36 C26 12 74 12 75 36 C66 24 60 30 56 24 C50 32 40 24 25 36z", pen.paint())
    return back + strands + arms + legs + dress + face + fringe + eyes(50, 43, 10, 3.6) + smile(pen, 50, 52, 4)


def chick(pen: Pen) -> str:
    """A round bird with soft shading, no outline of its own below the pen's."""
    shade = (
        '<defs><radialGradient id="s" cx=".4" cy=".35" r=".75"><stop stop-color="#ffffff" stop-opacity=".55"/>'
        '<stop offset=".5" stop-color="#ffffff" stop-opacity="0"/><stop offset="1" stop-opacity=".22"/>'
        "</radialGradient></defs>"
    )
    tuft = limb("M50 14 C44 8 50 2 56 4", 3, pen)
    wings = ellipse(16, 58, 8, 14, pen.paint(), 25) + ellipse(84, 58, 8, 14, pen.paint(), -25)
    legs = limb("M40 88 V96", 3, pen, "#f59a3c") + limb("M60 88 V96", 3, pen, "#f59a3c")
    body = circle(50, 52, 38, pen.paint()) + shade + circle(50, 52, 38, 'fill="url(#s)"')
    return tuft + wings + legs + body + eyes(50, 44, 13, 4) + polygon([(44, 52), (56, 52), (50, 60)], 'fill="#f5863c"')


def wisp(pen: Pen) -> str:
    """A floating figure whose hands and crown stand apart from it."""
    crown = path("M36 12 l4 -9 6 6 4 -8 4 8 6 -6 4 9z", pen.paint(pen.second))
    hands = circle(12, 60, 6, pen.paint()) + circle(88, 54, 6, pen.paint())
    body = path("M22 44 C22 22 34 18 50 18 C66 18 78 22 78 44 C78 72 60 76 56 96 C44 84 22 74 22 44z", pen.paint())
    return crown + hands + body + eyes(50, 44, 11, 4) + smile(pen, 50, 54)


FIGURES: dict[str, Sketch] = {
    "cat": cat,
    "bunny": bunny,
    "penguin": penguin,
    "ghost": ghost,
    "robot": robot,
    "girl": girl,
    "chick": chick,
    "wisp": wisp,
}
