"""Characters of the split "test", in a box of 100 units. None of them, nor their parts, occurs in "tune"."""

from bench.matting.pen import Pen, Sketch, circle, ellipse, limb, line, lumps, path, polygon

SKIN = "#f6cda6"
INK = "#33261f"


def face(pen: Pen, y: float, gap: float) -> str:
    """Tall eyes, an open mouth now and then, red cheeks."""
    dark = f'fill="{INK}"'
    pair = "".join(ellipse(50 + side * gap, y, 3, 4.6, dark) for side in (-1, 1))
    shine = "".join(circle(50 + side * gap + 1, y - 2, 1.2, 'fill="#fff"') for side in (-1, 1))
    cheeks = "".join(
        ellipse(50 + side * gap * 1.6, y + 8, 4, 2.4, 'fill="#f08c8c" fill-opacity=".6"') for side in (-1, 1)
    )
    mouth = ellipse(50, y + 9, 3, 3.6, 'fill="#a63c3c"') if pen.chance(0.4) else path(
        f"M45 {y + 7} q2.5 4 5 0 q2.5 4 5 0", pen.ink(1.5, INK)
    )  # fmt: skip
    return pair + shine + cheeks + mouth


def bear(pen: Pen) -> str:
    """One paw on the hip, one raised."""
    ears = "".join(circle(x, 18, 10, pen.paint()) + circle(x, 18, 5, f'fill="{pen.second}"') for x in (28, 72))
    arms = limb("M36 62 C12 60 14 84 36 82", 7, pen) + limb("M64 64 C80 60 84 48 80 38", 7, pen)
    body = ellipse(50, 76, 21, 19, pen.paint()) + ellipse(50, 79, 13, 12, f'fill="{pen.second}"')
    legs = "".join(f'<rect x="{x}" y="86" width="13" height="12" rx="6" {pen.paint()}/>' for x in (34, 53))
    head = ellipse(50, 36, 28, 24, pen.paint()) + ellipse(50, 44, 11, 8, f'fill="{pen.second}"')
    return ears + arms + legs + body + head + face(pen, 33, 10)


def dog(pen: Pen) -> str:
    """Hanging ears, a collar, a tail that wags."""
    tail = limb("M28 80 C14 78 10 66 16 58", 5, pen)
    body = path("M32 92 C26 66 34 58 50 58 C66 58 74 66 68 92z", pen.paint()) + ellipse(
        50, 80, 10, 12, 'fill="#ffffff"'
    )
    paws = ellipse(38, 94, 9, 4.5, pen.paint()) + ellipse(62, 94, 9, 4.5, pen.paint())
    head = path("M26 36 C26 14 74 14 74 36 C74 56 62 60 50 60 C38 60 26 56 26 36z", pen.paint())
    ears = ellipse(22, 40, 8, 18, pen.paint(pen.second), 12) + ellipse(78, 40, 8, 18, pen.paint(pen.second), -12)
    collar = path("M34 60 Q50 67 66 60", pen.ink(4, "#d8433b"))
    nose = ellipse(50, 45, 4, 3, f'fill="{INK}"')
    return tail + body + paws + head + ears + collar + face(pen, 35, 11) + nose


def panda(pen: Pen) -> str:
    """Black and white whatever the pen's colours; its white meets a white background with a thin line only."""
    edge = f'stroke="#2e2e33" stroke-width="{max(1.0, pen.width * 0.6):.2f}"'
    black, white = f'fill="#2e2e33" {edge}', f'fill="#fefefe" {edge}'
    limbs = ellipse(22, 70, 8, 14, black, 30) + ellipse(78, 70, 8, 14, black, -30)
    legs = ellipse(36, 92, 11, 7, black) + ellipse(64, 92, 11, 7, black)
    ears = circle(26, 18, 9, black) + circle(74, 18, 9, black)
    body, head = ellipse(50, 76, 24, 20, white), ellipse(50, 40, 31, 26, white)
    patches = ellipse(38, 40, 8, 10, 'fill="#2e2e33"', 25) + ellipse(62, 40, 8, 10, 'fill="#2e2e33"', -25)
    whites = circle(39, 40, 3.2, 'fill="#fff"') + circle(61, 40, 3.2, 'fill="#fff"')
    return ears + body + limbs + legs + head + patches + whites + ellipse(50, 51, 4, 3, 'fill="#2e2e33"')


def octopus(pen: Pen) -> str:
    """Arms with the background between them."""
    curls = (
        "M30 64 C20 78 8 78 8 92",
        "M40 68 C36 82 26 84 26 96",
        "M60 68 C64 82 74 84 74 96",
        "M70 64 C80 78 92 78 92 92",
    )
    arms = "".join(limb(curl, 7, pen) for curl in curls) + limb("M50 68 V94", 7, pen)
    head = path("M18 44 C18 12 82 12 82 44 C82 66 70 74 50 74 C30 74 18 66 18 44z", pen.paint())
    spots = "".join(circle(x, y, r, f'fill="{pen.second}"') for x, y, r in ((34, 32, 4), (46, 27, 3), (64, 32, 4.5)))
    return arms + head + spots + face(pen, 44, 13)


def boy(pen: Pen) -> str:
    """Spiky hair whose points end in single strands, arms akimbo."""
    arms = limb("M41 66 C20 62 18 80 40 84", 4.6, pen, SKIN) + limb("M59 66 C80 62 82 80 60 84", 4.6, pen, SKIN)
    legs = limb("M44 86 V96", 5.5, pen, "#4a5a78") + limb("M56 86 V96", 5.5, pen, "#4a5a78")
    shirt = f'<rect x="38" y="60" width="24" height="28" rx="6" {pen.paint(pen.second)}/>'
    head = ellipse(50, 40, 25, 22, pen.paint(SKIN))
    spikes = [
        (22, 40), (14, 26), (26, 24), (20, 8), (36, 16), (42, 1), (52, 14), (64, 2), (66, 16), (84, 10), (76, 24),
        (88, 28), (78, 40), (70, 28), (60, 34), (50, 26), (40, 34), (30, 28),
    ]  # fmt: skip
    strands = "".join(
        line([(x, y), (x + dx, y - 9)], pen.ink(0.9, pen.fill)) for x, y, dx in ((20, 10, -4), (42, 4, 2), (83, 12, 6))
    )
    return arms + legs + shirt + head + strands + polygon(spikes, pen.paint()) + face(pen, 43, 10)


def knight(pen: Pen) -> str:
    """Grays only, a sword that stands off the body."""
    steel = (
        '<defs><linearGradient id="k"><stop stop-color="#5b6069"/><stop offset=".5" stop-color="#b4bac4"/>'
        '<stop offset="1" stop-color="#6b717b"/></linearGradient></defs>'
    )
    sword = line([(86, 20), (86, 66)], pen.ink(3.4, "#9ba3ad")) + line([(79, 66), (93, 66)], pen.ink(3, "#5d4630"))
    arms = limb("M66 68 C78 66 84 70 86 72", 6, pen, "#6f757e") + limb("M34 66 C14 66 16 84 36 84", 6, pen, "#6f757e")
    body = path("M32 60 H68 L72 90 H28z", pen.paint("#808080"))
    legs = "".join(f'<rect x="{x}" y="88" width="13" height="10" rx="3" {pen.paint("#565b63")}/>' for x in (33, 54))
    helmet = path("M26 54 V34 C26 10 74 10 74 34 V54 Q50 66 26 54z", pen.paint("url(#k)"))
    visor = path("M30 36 H70 V43 H30z", 'fill="#23262b"') + "".join(
        circle(x, 39.5, 2, 'fill="#e8e8e8"') for x in (42, 58)
    )
    plume = path("M50 12 C56 -2 76 2 78 16 C68 8 60 12 50 16z", pen.paint(pen.second))
    return steel + plume + sword + arms + legs + body + helmet + visor


def snowman(pen: Pen) -> str:
    """White on white: a bluish shade, a line where there is one, twigs for arms."""
    shade = (
        '<defs><radialGradient id="w" cx=".4" cy=".35" r=".7"><stop stop-color="#fff"/>'
        '<stop offset=".6" stop-color="#f6f9fc"/>'
        '<stop offset="1" stop-color="#bfcfdd"/></radialGradient></defs>'
    )
    paint = f'fill="url(#w)" stroke="{pen.line}" stroke-width="{pen.width:.2f}"'
    twigs = path("M24 62 L6 48 M14 54 L6 58 M76 62 L94 46 M86 53 L95 56", pen.ink(1.8, "#6b4a33"))
    balls = circle(50, 74, 25, paint) + circle(50, 36, 19, paint)
    scarf = path("M34 50 Q50 60 66 50 L66 56 Q50 65 34 56z", pen.paint(pen.fill))
    hat = path("M36 22 H64 M40 22 V6 H60 V22", f'fill="#39404d" {pen.ink(3, "#39404d")[12:]}')
    carrot = polygon([(50, 36), (66, 40), (50, 42)], 'fill="#f18a33"')
    coal = "".join(circle(x, y, 2.2, f'fill="{INK}"') for x, y in ((43, 32), (57, 32), (50, 68), (50, 78)))
    return shade + twigs + balls + scarf + hat + carrot + coal


def sheep(pen: Pen) -> str:
    """Wool in lumps, thin legs, and a halo that floats apart."""
    legs = "".join(limb(f"M{x} 80 V96", 4, pen, "#4b4148") for x in (34, 44, 58, 68))
    ring = [
        (22, 60, 13),
        (28, 44, 13),
        (42, 36, 13),
        (60, 36, 13),
        (74, 46, 13),
        (78, 62, 12),
        (66, 74, 13),
        (50, 76, 13),
        (34, 74, 13),
    ]
    wool = lumps([*ring, (50, 58, 24)], pen, pen.second)
    head = ellipse(50, 46, 16, 18, pen.paint("#5a4e55")) + lumps(
        [(42, 27, 7), (50, 24, 8), (58, 27, 7)], pen, pen.second
    )
    ears = ellipse(30, 40, 7, 3.6, pen.paint("#5a4e55"), -20) + ellipse(70, 40, 7, 3.6, pen.paint("#5a4e55"), 20)
    white = "".join(circle(x, 45, 3.6, 'fill="#fff"') + circle(x, 45.6, 2, f'fill="{INK}"') for x in (44, 56))
    halo = ellipse(50, 8, 14, 4, pen.ink(2.6, "#e9b92c"))
    return legs + wool + ears + head + white + halo


FIGURES: dict[str, Sketch] = {
    "bear": bear,
    "dog": dog,
    "panda": panda,
    "octopus": octopus,
    "boy": boy,
    "knight": knight,
    "snowman": snowman,
    "sheep": sheep,
}
