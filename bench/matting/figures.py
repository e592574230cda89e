"""A character of a split, with colours and outline of its own, at its place in the frame."""

from dataclasses import dataclass

import numpy as np

from bench.matting.art import ART, Split
from bench.matting.backgrounds import Colour
from bench.matting.canvas import UNITS, Patch, Rgba, draw, moved, warped
from bench.matting.glyphs import available, glyph
from bench.matting.pen import Pen, levels

COATS = (
    ("#f08a24", "#ffe9c8"),
    ("#f6c945", "#fff3c4"),
    ("#9a6b4a", "#ecd9c4"),
    ("#7aa7d9", "#eaf2fb"),
    ("#f4a6b8", "#ffffff"),
    ("#6b6f76", "#c9ccd1"),
    ("#2f3136", "#f4f4f4"),
    ("#fafafa", "#dfe6ee"),
    ("#808080", "#b0b0b0"),
    ("#8bc48a", "#f0fae0"),
    ("#b79ae0", "#f2ecfb"),
    ("#e2574c", "#ffd9c9"),
    ("#3c4f8a", "#c8d4f2"),
    ("#e8dccb", "#ffffff"),
)
OUTLINES = {"bold": 0.32, "thin": 0.34, "none": 0.18, "pale": 0.16}
GLYPH_SHARE = 0.35


@dataclass(frozen=True)
class Figure:
    """`patch`: at its place. `art`: the drawing's name, or the glyph. `labels`: its slices."""

    patch: Patch
    art: str
    labels: tuple[str, ...]


def figure(random: np.random.Generator, split: Split, side: int, background: Colour) -> Figure:
    """A character of 35 to 75 % of the frame, near its middle, upright or leaning a little."""
    size = side * float(random.uniform(0.38, 0.8))  # of the drawing's box, of which the character fills most
    angle, stretch = float(random.normal(0, 4)), float(random.uniform(0.92, 1.08))
    if available() and random.random() < GLYPH_SHARE:
        art, label = str(random.choice(ART[split].creatures)), "glyph character"
        height, width = glyph(art).shape[:2]
        factor = 0.92 * size / max(height, width)
        patch = sharpened(warped(glyph(art), factor * width, angle, stretch), factor)
    else:
        art, label = str(random.choice(list(ART[split].figures))), "drawn character"
        patch = draw(
            ART[split].figures[art](_pen(random, size, background)), size, angle, stretch, float(random.normal(0, 2))
        )
    height, width = patch.rgba.shape[:2]
    x = side / 2 + random.normal(0, 0.05) * side
    y = side * random.uniform(0.5, 0.62)
    x = float(np.clip(x, width / 2 + 6, side - width / 2 - 6))
    y = float(np.clip(y, height / 2 + 6, side - height / 2 - 6))
    return Figure(moved(patch.centred(0, 0), x, y), art, (label,))


def sharpened(patch: Patch, factor: float) -> Patch:
    """With an enlarged bitmap's soft rim made steep again; colours stay."""
    if factor <= 1:
        return patch
    alpha = patch.rgba[..., 3]
    steep = np.clip((alpha - 0.5) * np.float32(factor) + 0.5, 0, 1)
    gain = steep / np.maximum(alpha, np.float32(1e-4))
    rgba: Rgba = np.minimum(patch.rgba * gain[..., None], 1).astype(np.float32)
    return Patch(rgba, patch.left, patch.top).trimmed()


def _pen(random: np.random.Generator, size: float, background: Colour) -> Pen:
    fill, second = COATS[int(random.integers(len(COATS)))]
    outline = str(random.choice(list(OUTLINES), p=list(OUTLINES.values())))
    if outline in ("none", "pale") and min(_distance(fill, background), _distance(second, background)) < 40:
        outline = "thin"  # a coat of the background's colour would not be seen without a line
    dark = str(random.choice(["#2b1a12", "#1d1d22", "#4a3020", "#3b2a4a"]))
    line = {"pale": str(random.choice(["#e9d9c4", "#d7dbe6", "#ffffff"]))}.get(outline, dark)
    pixel = UNITS / size
    width = {
        "bold": random.uniform(1.8, 3.2),
        "thin": max(pixel, random.uniform(0.6, 1.2)),
        "pale": random.uniform(1.2, 3.0),
    }
    own = np.random.default_rng(int(random.integers(2**31)))
    return Pen(own, fill, line, second, float(width.get(outline, 0.0)), pixel)


def _distance(colour: str, background: Colour) -> int:
    """By how many levels two colours differ in the channel where they differ most."""
    return max(abs(one - other) for one, other in zip(levels(colour), background, strict=True))
