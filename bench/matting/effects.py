"""An effect before it has a place: what it is, its colours, its size; drawn as a patch."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.matting.art import ART, Split
from bench.matting.backgrounds import Colour
from bench.matting.canvas import UNITS, Patch, draw, warped
from bench.matting.compose import contrast
from bench.matting.glyphs import available, glyph
from bench.matting.pen import Pen, levels

VIVID = (
    "#ffd21e",
    "#ff5c8a",
    "#e8413c",
    "#3f9df0",
    "#7fd0ff",
    "#38b46a",
    "#a06be0",
    "#ff9a3c",
    "#222222",
    "#f2559b",
    "#1fb5c9",
)
PALE = ("#fff6ae", "#fff0a0", "#c4f0fa", "#d2f5f7", "#ffd9e4", "#e6dcfb", "#fde7c8", "#d8f5d4", "#e2e2e6")
GRAY = ("#333333", "#555555", "#777777", "#999999", "#b4b4b4", "#4a4038")
Levels = NDArray[np.float64]

FAMILIES = {"vivid": VIVID, "pale": PALE, "gray": GRAY}
SEE_THROUGH = ("glow", "whoosh", "steam", "rings")
FILLED_WHITE = ("speech bubble", "cloud")
GLYPH_SHARE = 0.25


@dataclass(frozen=True)
class Kind:
    """`sizes`: the range of its width, as a share of the frame. `colours`: shares of vivid, pale, gray, low (a little
    off the background). `outlined`: share with an outline. `opacity`: range of it. `stroked`: made of strokes, whose
    width is chosen in pixels."""

    sizes: tuple[float, float]
    colours: tuple[float, float, float, float] = (0.68, 0.26, 0.06, 0.0)
    outlined: float = 0.4
    opacity: tuple[float, float] = (0.85, 1.0)
    stroked: bool = False
    weight: float = 1.0


KINDS: Mapping[str, Kind] = {
    "spark": Kind((0.03, 0.22), (0.6, 0.4, 0, 0), 0.3),
    "star": Kind((0.04, 0.2)),
    "tear": Kind((0.03, 0.14), (0.6, 0.4, 0, 0), 0.5),
    "sweat drop": Kind((0.03, 0.16), (0.55, 0.45, 0, 0), 0.5),
    "heart": Kind((0.035, 0.25), (0.75, 0.25, 0, 0)),
    "anger mark": Kind((0.05, 0.16), (0.9, 0.05, 0.05, 0), 0.3),
    "motion lines": Kind((0.07, 0.2), (0.15, 0.2, 0.5, 0.15), 0, stroked=True, weight=1.6),
    "speed lines": Kind((0.15, 0.4), (0, 0.2, 0.2, 0.6), 0, stroked=True, weight=1.6),
    "zzz": Kind((0.08, 0.24), (0.5, 0.25, 0.25, 0), 0.4, stroked=True),
    "exclamation": Kind((0.06, 0.18), (0.7, 0.15, 0.15, 0)),
    "question": Kind((0.06, 0.18), (0.7, 0.15, 0.15, 0)),
    "music note": Kind((0.06, 0.18), (0.55, 0.25, 0.2, 0), 0.3),
    "burst": Kind((0.55, 1.0), (0.35, 0.6, 0, 0.05), 0.25, (0.7, 1.0), weight=1.5),
    "glow": Kind((0.1, 0.5), (0.6, 0.4, 0, 0), 0, (0.7, 1.0), weight=1.4),
    "whoosh": Kind((0.14, 0.4), (0.45, 0.35, 0.2, 0), 0, weight=1.4),
    "speech bubble": Kind((0.1, 0.28), (0.5, 0, 0.5, 0), 1.0, weight=1.3),
    "cloud": Kind((0.08, 0.25), (0.4, 0.1, 0.5, 0), 1.0, weight=1.2),
    "confetti": Kind((0.2, 0.6), (0.8, 0.2, 0, 0), 0),
    "dots": Kind((0.08, 0.2), (0.55, 0.3, 0.15, 0), 0.1),
    "shock lines": Kind((0.1, 0.25), (0.3, 0.2, 0.5, 0), 0, stroked=True),
    "rings": Kind((0.05, 0.22), (0.5, 0.4, 0.1, 0), 0),
    "steam": Kind((0.08, 0.25), (0.15, 0.6, 0.25, 0), 0, (0.6, 1.0)),
    "flame": Kind((0.06, 0.22), (0.9, 0.1, 0, 0), 0.4),
}


@dataclass(frozen=True)
class Paper:
    """What an effect is drawn on: `colour` of the background, `side` in pixels, `scale` of it to the finished frame's
    side, `floor`: by how many levels an effect must stand out."""

    colour: Colour
    side: int
    scale: float
    floor: float


@dataclass(frozen=True)
class Mark:
    """A drawn effect. `patch`: around (0, 0). `labels`: its slices, but for those of its place."""

    kind: str
    art: str
    patch: Patch
    labels: tuple[str, ...]


def named(colour: Levels) -> str:
    return "#" + "".join(f"{round(min(255.0, max(0.0, value))):02x}" for value in colour)


def kinds(random: np.random.Generator, count: int) -> list[str]:
    """So many kinds of effect: mostly different ones, now and then one kind several times."""
    names = list(KINDS)
    weights = np.array([KINDS[name].weight for name in names])
    drawn = [str(name) for name in random.choice(names, size=count, p=weights / weights.sum())]
    return [drawn[0]] * count if count > 1 and random.random() < 0.15 else drawn


def mark(random: np.random.Generator, split: Split, kind: str, paper: Paper) -> Mark | None:
    """An effect that stands out from the paper, or None where no try did."""
    for _ in range(6):
        made = _draw(random, split, kind, paper)
        if contrast(made.patch, paper.colour) >= paper.floor:
            return made
    return None


def _draw(random: np.random.Generator, split: Split, kind: str, paper: Paper) -> Mark:
    traits, art = KINDS[kind], ART[split]
    low, high = traits.sizes
    size = paper.side * low * (high / low) ** random.random()
    symbols = art.symbols.get(kind, ())
    opacity = float(random.uniform(*traits.opacity)) if random.random() < 0.5 else 1.0
    see_through = ("see-through",) if kind in SEE_THROUGH or opacity < 0.9 else ()
    if symbols and available() and random.random() < GLYPH_SHARE:
        text = str(random.choice(symbols))
        patch = warped(glyph(text), size, float(random.uniform(-20, 20)))
        return Mark(kind, text, patch.faded(opacity), ("glyph", *see_through))
    pen, palette = _pen(random, kind, paper, size)
    turn = float(random.uniform(-180, 180) if traits.stroked and kind != "zzz" else random.uniform(-25, 25))
    patch = draw(art.marks[kind](pen), size, turn).faded(opacity)
    if random.random() < 0.15 and not traits.stroked:
        patch = patch.blurred(float(random.uniform(0.5, 0.02 * size + 0.6)))
    thin = ("thin",) if traits.stroked and pen.stroke / pen.pixel <= 2.05 * paper.scale else ()
    return Mark(kind, f"{kind} ({split})", patch, ("drawn", *see_through, *palette, *thin))


def _pen(random: np.random.Generator, kind: str, paper: Paper, size: float) -> tuple[Pen, tuple[str, ...]]:
    """The pen, and the slice that its colour makes."""
    traits, pixel = KINDS[kind], UNITS / size
    family = str(random.choice(["vivid", "pale", "gray", "low"], p=traits.colours))
    fill = _near(random, paper) if family == "low" else str(random.choice(FAMILIES[family]))
    filled_white = kind in FILLED_WHITE
    outlined = filled_white or random.random() < traits.outlined
    dark = np.array(levels(fill)) * random.uniform(0.25, 0.7)
    line = str(random.choice((*GRAY, "#222222", "#8aa0b8"))) if filled_white and random.random() < 0.6 else named(dark)
    width = max(1.0 * pixel, float(random.uniform(1.5, 5.0))) if outlined else 0.0
    stroke = float(random.uniform(1.0, 2.0) if random.random() < 0.45 else random.uniform(2.2, 6.0)) * pixel
    second = named(np.array(levels(fill)) * 0.4 + 255 * 0.6)
    own = np.random.default_rng(int(random.integers(2**31)))
    labels = {"pale": ("pale",), "low": ("low-contrast",)}.get(family, ())
    return Pen(own, fill, line, second, width, pixel, stroke), labels


def _near(random: np.random.Generator, paper: Paper) -> str:
    """A colour up to 24 levels beyond what must be seen: darker than the paper, or lighter where there is room."""
    away = (paper.floor + 4 + random.uniform(0, 24)) * random.uniform(0.8, 1.0, 3)
    lighter = max(paper.colour) < 180 and random.random() < 0.5
    return named(np.array(paper.colour) + (away if lighter else -away))
