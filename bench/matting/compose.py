"""Layers laid over each other: the picture, its alpha, and how much of every effect is seen."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from bench.matting.canvas import Patch
from bench.matting.case import Effect, Mask, Plane

NEAR = 12  # pixels: pieces of one drawing that are nearer belong to one effect
SEEN = 12.0  # pixels of alpha: less of an effect is none


@dataclass(frozen=True)
class Layer:
    """`kind`: "" for the character. `art`: the drawing's name. `key`: of the effect. `labels`: slices that it makes."""

    patch: Patch
    kind: str
    art: str
    key: int = 0
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Flat:
    """`colour`: HxWx3 float32 0..1, multiplied by `alpha` (HxW). `character`: its own alpha, hidden or not."""

    colour: Plane
    alpha: Plane
    character: Plane
    effects: tuple[Effect, ...]


def flatten(layers: Sequence[Layer], side: int) -> Flat:
    """The layers from back to front in a frame of `side` x `side`."""
    colour, clear = np.zeros((side, side, 3), np.float32), np.ones((side, side), np.float32)
    character = np.zeros((side, side), np.float32)
    seen: list[tuple[Layer, Plane]] = []
    for layer in layers:
        place, part = layer.patch.within(side, side)
        through = 1 - part[..., 3]
        colour[place] = colour[place] * through[..., None] + part[..., :3]
        clear[place] *= through
        for _, plane in seen:
            plane[place] *= through
        if layer.kind:
            seen.append((layer, layer.patch.plane(side, side)))
        else:
            character = layer.patch.plane(side, side)
    effects = tuple(Effect(layer.kind, plane, layer.key) for layer, plane in seen)
    return Flat(colour, 1 - clear, character, effects)


def pieces(patch: Patch) -> list[Patch]:
    """The parts of a drawing that stand apart by `NEAR` pixels or more, from left to right; what is too little to be an
    effect is left out. So strokes of one group are one effect where they are drawn near together."""
    support = (patch.rgba[..., 3] > 0.02).astype(np.uint8)
    if not support.size:
        return []
    roomy = cv2.copyMakeBorder(support, NEAR, NEAR, NEAR, NEAR, cv2.BORDER_CONSTANT, value=0)
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (NEAR - 1, NEAR - 1))
    count, labels = cv2.connectedComponents(cv2.dilate(roomy, brush))
    labels = labels[NEAR:-NEAR, NEAR:-NEAR]
    parts = []
    for label in range(1, count):
        inside = labels == label
        if float(patch.rgba[..., 3][inside].sum()) >= SEEN:
            parts.append(Patch(patch.rgba * inside[..., None], patch.left, patch.top).trimmed())
    return sorted(parts, key=lambda part: part.left)


def contrast(patch: Patch, colour: tuple[int, int, int]) -> float:
    """How far the patch stands out from a plain colour, in levels: the mean over its 12 best pixels."""
    return _best(widest(patch.rgba[..., :3] * 255 - patch.rgba[..., 3:] * np.array(colour, np.float32)))


def widest(levels: Plane) -> Plane:
    """HxWx3 differences: the largest of the channels, without its sign."""
    one, two, three = cv2.split(np.abs(levels))
    return np.asarray(np.maximum(np.maximum(one, two), three), np.float32)


def stands_out(effect: Effect, away: Plane, character: Plane) -> float:
    """As `contrast`, in a finished picture: `away` is by how many levels that differs from its background."""
    return _best(away[(effect.alpha > 0.02) & (character < 0.5)])


def seen_share(effect: Effect, away: Plane, character: Plane, level: float) -> float:
    """The share of the effect's mass off the character that shows: by `level` or more, or enclosed by what does."""
    rows, columns = np.flatnonzero(effect.alpha.any(axis=1)), np.flatnonzero(effect.alpha.any(axis=0))
    if not len(rows):
        return 0.0
    box = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    alpha = effect.alpha[box] * (1 - character[box])
    shows = ((away[box] >= level) & (effect.alpha[box] > 0.004)).astype(np.uint8)
    outlines, _ = cv2.findContours(shows, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = cv2.drawContours(shows, outlines, -1, 1, cv2.FILLED) > 0
    return float(alpha[filled].sum() / max(float(alpha.sum()), 1e-6))


def enclosed(character: Plane) -> Mask:
    """Where the background shows through the character, such as between an arm and the body."""
    solid = (character > 0.5).astype(np.uint8)
    outlines, _ = cv2.findContours(solid, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    whole = cv2.drawContours(np.zeros_like(solid), outlines, -1, 1, cv2.FILLED)
    return np.asarray((whole > 0) & (character < 0.5), np.bool_)


def remains(effect: Effect, exact: Plane, frame: Plane, character: Plane) -> tuple[float, float]:
    """What an encoder left of an effect: its share, and how many levels that is.

    `exact`, `frame`: HxWx3, by how much the picture differs from its background before and after the encoder. The share
    is the projection of the one on the other where the effect is dense.
    """
    dense = (effect.alpha > 0.3 * effect.alpha.max()) & (character < 0.05)
    drawn, left = exact[dense], frame[dense]
    share = float((drawn * left).sum()) / max(float((drawn * drawn).sum()), 1e-6)
    return share, share * float(np.abs(drawn).max(axis=-1).mean()) if len(drawn) else 0.0


def _best(away: Plane) -> float:
    flat = away.ravel()
    count = min(12, flat.size)
    return float(np.partition(flat, flat.size - count)[-count:].mean()) if count else 0.0
