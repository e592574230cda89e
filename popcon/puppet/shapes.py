"""The drawn shapes, as SVG in a unit square (-1..1, y down), by name.

A shape is drawn twice: wide in its outline colour, then as itself, so that it reads on white and on black.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

INK = "#3a2a4d"


@dataclass(frozen=True)
class Shape:
    """`path`: SVG path data. `fill`, `line`: colours of the body and of the outline. `pen`: width of the stroke that
    draws the body, 0 for a filled one. `edge`: width of the outline. `detail`: SVG on top, where
    `currentColor` is the body's. `reach`: half extents to the right and down, outline included."""

    path: str
    fill: str
    line: str
    pen: float = 0.0
    edge: float = 0.13
    detail: str = ""
    reach: tuple[float, float] = (1.15, 1.15)


def _star(points: int, inner: float) -> str:
    corners = [
        (math.sin(math.pi * i / points) * r, -math.cos(math.pi * i / points) * r)
        for i in range(2 * points)
        for r in ((1.0, inner)[i % 2],)
    ]
    return "M" + " L".join(f"{x:.3f} {y:.3f}" for x, y in corners) + " Z"


def _petals(count: int) -> str:
    circles = [(0.55 * math.sin(math.tau * i / count), -0.55 * math.cos(math.tau * i / count)) for i in range(count)]
    return " ".join(f"M{x - 0.42:.3f} {y:.3f} a.42.42 0 1 0 .84 0 a.42.42 0 1 0 -.84 0 Z" for x, y in circles)


HEART = (
    "M0 .92 C-1.3 .02 -1.08 -.86 -.52 -.86 C-.2 -.86 0 -.62 0 -.42 C0 -.62 .2 -.86 .52 -.86 C1.08 -.86 1.3 .02 0 .92 Z"
)
DROP = "M0 -1 C.24 -.5 .66 -.06 .66 .36 A.66 .64 0 0 1 -.66 .36 C-.66 -.06 -.24 -.5 0 -1 Z"
SPARK = "M0 -1 C.1 -.36 .36 -.1 1 0 C.36 .1 .1 .36 0 1 C-.1 .36 -.36 .1 -1 0 C-.36 -.1 -.1 -.36 0 -1 Z"
VEIN = " ".join(
    f"M{x * 0.36:.2f} {y * 0.92:.2f} Q{x * 0.36:.2f} {y * 0.36:.2f} {x * 0.92:.2f} {y * 0.36:.2f}"
    for x in (-1, 1)
    for y in (-1, 1)
)
FLAME = (
    "M0 -1 C.1 -.6 .62 -.3 .62 .3 C.62 .76 .32 .98 0 .98 C-.32 .98 -.62 .76 -.62 .3 "
    "C-.62 .04 -.48 -.14 -.4 -.34 C-.3 -.12 -.2 -.06 -.12 -.06 C-.2 -.4 -.12 -.76 0 -1 Z"
)
BULB = "M-.34 .5 C-.34 .26 -.74 .08 -.74 -.3 A.74 .7 0 0 1 .74 -.3 C.74 .08 .34 .26 .34 .5 Z"
CLOUD = "M-.62 .5 A.4 .4 0 0 1 -.66 -.24 A.44 .44 0 0 1 .06 -.5 A.42 .42 0 0 1 .72 -.14 A.34 .34 0 0 1 .62 .5 Z"
BALLOON = (
    "M-.5 -.86 H.5 Q1 -.86 1 -.4 V.06 Q1 .5 .5 .5 H-.1 Q-.4 .9 -.86 .96 Q-.62 .74 -.6 .49 "
    "Q-1 .44 -1 .06 V-.4 Q-1 -.86 -.5 -.86 Z"
)
SHEEN = 'stroke="#fff" stroke-opacity=".85" stroke-linecap="round" fill="none"'
HELLO = (
    f'<path d="M-.62 -.54 V.16 M-.2 -.54 V.16 M-.62 -.18 H-.2 M.12 -.16 V.16 M.52 -.56 V-.1" fill="none" '
    f'stroke="{INK}" stroke-width=".17" stroke-linecap="round"/>'
    f'<g fill="{INK}"><circle cx=".12" cy="-.48" r=".105"/><circle cx=".52" cy=".15" r=".105"/></g>'
)

SHAPES: Mapping[str, Shape] = {
    "spark": Shape(SPARK, "#ffd93b", "#a35a00", edge=0.2, reach=(1.22, 1.22)),
    "star": Shape(_star(5, 0.52), "#ffd02e", "#a35a00", edge=0.2, reach=(1.17, 1.22)),
    "heart": Shape(
        HEART,
        "#ff4b78",
        "#8c0f3c",
        edge=0.2,
        detail=f'<path d="M-.62 -.2 Q-.66 -.52 -.42 -.56" {SHEEN} stroke-width=".15"/>',
        reach=(1.2, 1.15),
    ),
    "drop": Shape(
        DROP,
        "#5cc8ff",
        "#0e5fae",
        edge=0.2,
        detail=f'<path d="M-.34 .34 Q-.32 .62 -.08 .68" {SHEEN} stroke-width=".16"/>',
        reach=(0.88, 1.22),
    ),
    "zed": Shape("M-.62 -.72 H.6 L-.6 .72 H.66", "#8ea2ff", "#2c2f86", pen=0.36, edge=0.2),
    "question": Shape(
        "M-.46 -.44 C-.5 -1 .52 -1.02 .5 -.42 C.48 -.06 0 -.04 0 .3 M0 .8 V.801",
        "#ffc52e",
        "#7a4300",
        pen=0.34,
        edge=0.2,
        reach=(0.9, 1.26),
    ),
    "exclamation": Shape("M0 -.8 V.22 M0 .78 V.781", "#ff4a4a", "#7d0a1c", pen=0.42, edge=0.2, reach=(0.43, 1.23)),
    "vein": Shape(VEIN, "#ff3b45", "#7d0a1c", pen=0.28, edge=0.17, reach=(1.25, 1.25)),
    "note": Shape(
        "M-.42 .62 m-.3 0 a.3 .23 0 1 0 .6 0 a.3 .23 0 1 0 -.6 0 M-.12 .6 V-.78 C.1 -.4 .62 -.42 .44 .06",
        "#8b6bff",
        "#33207d",
        pen=0.2,
        edge=0.18,
        detail='<ellipse cx="-.42" cy=".62" rx=".3" ry=".23" fill="currentColor"/>',
    ),
    "puff": Shape(CLOUD, "#f4f6ff", "#5d6791", edge=0.17, reach=(1.1, 0.8)),
    "balloon": Shape(BALLOON, "#ffffff", INK, edge=0.14, detail=HELLO),
    "flower": Shape(
        _petals(5), "#ff9fc6", "#a32c66", edge=0.18, detail='<circle r=".28" fill="#ffe066"/>', reach=(1.16, 1.17)
    ),
    "flame": Shape(
        FLAME,
        "#ff7a1f",
        "#8f1c00",
        edge=0.16,
        reach=(0.8, 1.18),
        detail='<path d="M.02 -.1 C.1 .14 .34 .3 .34 .54 C.34 .78 .18 .9 0 .9 C-.18 .9 -.34 .78 -.34 .52 '
        'C-.34 .3 -.04 .2 .02 -.1 Z" fill="#ffd94a"/>',
    ),
    "aura": Shape(
        FLAME,
        "#ff7a1f",
        "#8f1c00",
        edge=0.05,
        reach=(0.7, 1.08),
        detail=f'<path d="{FLAME}" transform="translate(0 .16) scale(.8)" fill="#ffb52e"/>',
    ),
    "bulb": Shape(
        BULB,
        "#ffe14a",
        "#7a4300",
        edge=0.17,
        reach=(0.93, 1.19),
        detail='<path d="M-.27 .56 H.27 V.8 Q.27 .98 0 .98 Q-.27 .98 -.27 .8 Z" fill="#9aa3c4" stroke="#7a4300" '
        'stroke-width=".1" stroke-linejoin="round"/>'
        f'<path d="M-.42 -.28 Q-.4 -.6 -.1 -.68" {SHEEN} stroke-width=".14"/>',
    ),
    "check": Shape("M-.74 .08 L-.22 .6 L.76 -.56", "#27c46b", "#06572d", pen=0.42, edge=0.2, reach=(1.2, 1.04)),
    "cross": Shape("M-.6 -.6 L.6 .6 M.6 -.6 L-.6 .6", "#ff4a5b", "#7d0a1c", pen=0.42, edge=0.2),
    "ray": Shape("M0 -.9 L.22 .68 Q0 .98 -.22 .68 Z", "#ffc52e", "#8f4a00", edge=0.17, reach=(0.4, 1.1)),
    "swish": Shape("M-.1 -.86 Q.46 0 -.1 .86", "#ffb21e", "#7a4300", pen=0.26, edge=0.16, reach=(0.5, 1.17)),
    "wiggle": Shape(
        "M0 -.86 Q.36 -.58 0 -.29 T0 .29 T0 .86", "#6fc3ff", "#14508f", pen=0.24, edge=0.16, reach=(0.5, 1.16)
    ),
    "confetti": Shape("M-.5 -.8 H.5 V.8 H-.5 Z", "#ff5b8d", INK, edge=0.24, reach=(0.75, 1.05)),
    "dot": Shape("M-.8 0 A.8 .8 0 1 0 .8 0 A.8 .8 0 1 0 -.8 0 Z", "#cfd6f2", "#4a5280", edge=0.26),
    "bubble": Shape(
        "M-.86 0 A.86 .86 0 1 0 .86 0 A.86 .86 0 1 0 -.86 0 Z",
        "#bfe9ff",
        "#3d8fc4",
        edge=0.12,
        detail=f'<path d="M-.5 -.1 Q-.46 -.5 -.1 -.56" {SHEEN} stroke-width=".16"/>',
    ),
    "flake": Shape("M0 -.86 V.86 M-.74 -.43 L.74 .43 M.74 -.43 L-.74 .43", "#a9e4ff", "#1d6fae", pen=0.2, edge=0.18),
    "blush": Shape(
        "M-1 0 A1 .6 0 1 0 1 0 A1 .6 0 1 0 -1 0 Z",
        "#ff6f91",
        "none",
        edge=0.0,
        reach=(1.02, 0.62),
        detail='<path d="M-.5 .26 L-.3 -.26 M-.1 .26 L.1 -.26 M.3 .26 L.5 -.26" stroke="#d92b5c" stroke-width=".13" '
        'stroke-linecap="round"/>',
    ),
    "gloom": Shape("M0 -1 V.9", "#5a66c9", "none", pen=0.15, edge=0.0, reach=(0.1, 1.1)),
    # Eyes, as on the right side; `fill` is the ink where a mark gives none.
    "eye arc up": Shape("M-.8 .3 Q0 -.85 .8 .3", INK, "none", pen=0.38, edge=0.0),
    "eye arc down": Shape("M-.8 -.1 Q0 .85 .8 -.1", INK, "none", pen=0.38, edge=0.0),
    "eye chevron": Shape("M.7 -.62 L-.6 0 L.7 .62", INK, "none", pen=0.38, edge=0.0),
    "eye flat": Shape("M-.8 0 H.8", INK, "none", pen=0.32, edge=0.0),
    "eye half": Shape("M-.85 -.1 H.85 M-.5 .06 A.5 .5 0 0 0 .5 .06", INK, "none", pen=0.3, edge=0.0),
    "eye brow": Shape("M-.62 .08 Q0 -.16 .62 .08", INK, "none", pen=0.32, edge=0.0),
    "eye brow heavy": Shape("M-.95 0 H.95", INK, "none", pen=0.46, edge=0.0, reach=(1.2, 0.26)),
    "eye disc": Shape("M-1 0 A1 1 0 1 0 1 0 A1 1 0 1 0 -1 0 Z", INK, "none", edge=0.0),
    "eye spiral": Shape(
        "M0 .06 A.2 .2 0 0 1 .3 .06 A.4 .4 0 0 1 -.45 .06 A.56 .56 0 0 1 .62 .02 A.74 .74 0 0 1 -.2 .74",
        INK,
        "none",
        pen=0.19,
        edge=0.0,
        reach=(0.75, 0.87),
    ),
    "mouth open": Shape(
        "M-1 -.42 Q0 -.2 1 -.42 C1.04 .5 .52 .96 0 .96 C-.52 .96 -1.04 .5 -1 -.42 Z", INK, "none", edge=0.0
    ),
    "mouth tongue": Shape(
        "M-.6 .5 Q0 .02 .6 .5 C.46 .78 .22 .84 0 .84 C-.22 .84 -.46 .78 -.6 .5 Z", "#ff8492", "none", edge=0.0
    ),
    "mouth wavy": Shape("M-.9 .12 Q-.6 -.36 -.3 .06 T.3 .06 T.9 0", INK, "none", pen=0.3, edge=0.0),
}
