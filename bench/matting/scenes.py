"""Seeded frames with truth: a character, its effects, a background, dirt, an encoder, and a simulated matte."""

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, replace

import cv2
import numpy as np

from bench.matting import backgrounds, compose, dirt, effects, encode, figures, model, place
from bench.matting.art import NUMBER, Split
from bench.matting.case import Case, Effect, Mask, Pixels, Plane
from bench.matting.compose import Flat, Layer

COUNTS = (0.12, 0.2, 0.2, 0.17, 0.12, 0.08, 0.05, 0.03, 0.03)  # of 0 to 8 effects
FLOOR, STRONG_FLOOR = 13.0, 20.0  # levels an effect stands out, before a mild and a strong encoder
SHOWS, SHOWN = 0.35, 0.65  # at 0.35 of that it is still seen, which must be true for 0.65 of its mass
LEAST_LEFT, LEAST_LEVELS = 0.35, 5.0  # what an encoder must leave of an effect: share of its contrast, levels
MOST = 8  # effects of a frame
PARTS = 100  # room for the effects of one drawing in its keys
LARGE, TINY, GAP = 0.03, 0.0006, 0.0008  # shares of the frame


@dataclass(frozen=True)
class Scene:
    """A frame before it is drawn in full. `layers`: from back to front."""

    layers: tuple[Layer, ...]
    ground: backgrounds.Ground
    how: encode.Encoder


def cases(split: Split, count: int, seed: int = 0, side: int = 512) -> Iterator[Case]:
    """`count` cases; the case of an index is the same whatever the count. `side` in pixels, a multiple of 8."""
    check(side)
    for index in range(count):
        random = np.random.default_rng([NUMBER[split], seed, index])
        yield case(random, split, side, f"{split}-{seed}-{index:04d}")


def check(side: int) -> None:
    """Raises `ValueError` for a side that is no multiple of 8, or too small for a character with effects."""
    if side % 8 or side < 128:
        raise ValueError("The side must be a multiple of 8, at least 128.")


def drawing(key: int) -> int:
    """Which drawing of the scene an effect's key belongs to: one drawing may be several effects."""
    return key // PARTS


def case(random: np.random.Generator, split: Split, side: int, name: str) -> Case:
    how = encode.encoder(random, split)
    inner = 2 * round(side * how.scale / 2)
    setting, flat = settled(scene(random, split, inner, how), inner, side)
    ground, clear = setting.ground.pixels, off_limits([flat])
    grime = dirt.dirt(random, dirt.causes(random), ground, flat.character, clear, inner / side)
    frame = encode.round_trip(random, picture(flat, ground, grime), how)
    if gone := erased(flat, ground, frame):
        setting, flat = without(setting, flat, gone)
        frame = encode.round_trip(random, picture(flat, ground, grime), how)
    return finished(random, name, setting, flat, grime, enlarged_frame(frame, side, how), side)


def scene(random: np.random.Generator, split: Split, side: int, how: encode.Encoder) -> Scene:
    """A character and effects around it on a background of `side` x `side`."""
    ground = backgrounds.ground(random, split, side)
    who = figures.figure(random, split, side, ground.colour)
    body = who.patch.plane(side, side)
    behind: list[Layer] = []
    before: list[Layer] = []
    taken = np.zeros((side, side), np.bool_)
    paper = effects.Paper(ground.colour, side, how.scale, STRONG_FLOOR if how.strong else FLOOR)
    for number, kind in enumerate(effects.kinds(random, int(random.choice(len(COUNTS), p=COUNTS)))):
        mark = effects.mark(random, split, kind, paper)
        spot = mark and place.placed(random, mark.patch, kind, body, taken)
        if not mark or not spot:
            continue
        patch, back = spot
        parts = compose.pieces(patch)
        if len(behind) + len(before) + len(parts) > MOST:
            continue
        if kind not in ("burst", "glow"):
            taken |= patch.plane(side, side) > 0.05
        named = [Layer(part, kind, mark.art, PARTS * number + i, mark.labels) for i, part in enumerate(parts)]
        (behind if back else before).extend(named)
    character = Layer(who.patch, "", who.art, labels=who.labels)
    return Scene((*behind, character, *before), ground, how)


def settled(setting: Scene, inner: int, side: int) -> tuple[Scene, Flat]:
    """The scene without effects of which too little is seen, and its flat picture at the size it is made in."""
    flat = compose.flatten(setting.layers, inner)
    away = compose.widest(flat.colour * 255 - flat.alpha[..., None] * setting.ground.pixels)
    floor = 0.8 * (STRONG_FLOOR if setting.how.strong else FLOOR)
    enough = compose.SEEN * (inner / side) ** 2
    gone = {
        effect.key
        for effect in flat.effects
        if float((effect.alpha * (1 - flat.character)).sum()) < enough
        or compose.stands_out(effect, away, flat.character) < floor
        or compose.seen_share(effect, away, flat.character, SHOWS * floor) < SHOWN
    }
    return without(setting, flat, gone)


def without(setting: Scene, flat: Flat, gone: Set[int]) -> tuple[Scene, Flat]:
    """The scene and its flat picture less the effects of these keys."""
    if not gone:
        return setting, flat
    layers = tuple(layer for layer in setting.layers if not layer.kind or layer.key not in gone)
    return replace(setting, layers=layers), compose.flatten(layers, flat.alpha.shape[0])


def erased(flat: Flat, ground: Plane, frame: Pixels) -> set[int]:
    """The keys of effects of which an encoder left so little that nobody could see them: no truth of that frame."""
    exact = flat.colour * 255 - flat.alpha[..., None] * ground
    encoded = frame - ground
    left = {effect.key: compose.remains(effect, exact, encoded, flat.character) for effect in flat.effects}
    return {key for key, (share, levels) in left.items() if share < LEAST_LEFT or levels < LEAST_LEVELS}


def picture(flat: Flat, ground: Plane, grime: dirt.Dirt) -> Plane:
    """HxWx3 float32 levels: character and effects over the background with its dirt."""
    below = ground + sum(grime.under.values(), np.float32(0))
    frame = flat.colour * 255 + (1 - flat.alpha[..., None]) * below
    for plane in grime.over.values():
        frame = frame + plane[..., None]
    return np.clip(frame, 0, 255)


def enlarged_frame(frame: Pixels, side: int, how: encode.Encoder) -> Pixels:
    return encode.enlarged(frame, side, how)  # type: ignore[arg-type,return-value]  # OpenCV rounds and clips uint8


def finished(
    random: np.random.Generator, name: str, setting: Scene, flat: Flat, grime: dirt.Dirt, frame: Pixels, side: int
) -> Case:
    """The case of a frame that is encoded already: truth resampled as the frame was, and a simulated matte."""
    how = setting.how

    def full(plane: Plane) -> Plane:
        return np.clip(encode.enlarged(plane, side, how), 0, 1) if plane.shape[0] != side else plane

    alpha = _clean(full(flat.alpha))
    character = np.minimum(_clean(full(flat.character)), alpha)
    shown = tuple(Effect(e.kind, np.minimum(_clean(full(e.alpha)), alpha), e.key) for e in flat.effects)
    colour = full(flat.colour) / np.maximum(alpha, np.float32(1e-3))[..., None]
    foreground = np.where(alpha[..., None] > 0, np.rint(np.clip(colour, 0, 1) * 255), 0).astype(np.uint8)
    backdrop = np.clip(np.rint(encode.enlarged(setting.ground.pixels, side, how)), 0, 255).astype(np.uint8)
    masks = _masks(grime, flat, side)
    shade = full(grime.shadow) if "shadow" in masks else np.zeros_like(alpha)
    matte = model.simulate(random, character, shown, shade)
    labels = _labels(setting, shown, character, alpha, tuple(masks), matte.labels)
    return Case(name, frame, alpha, character, shown, matte.alpha, foreground, backdrop, matte.holes, masks, labels)


def _clean(plane: Plane) -> Plane:
    """Without the traces that resampling leaves."""
    return np.where(plane < 0.004, np.float32(0), plane)


def _masks(grime: dirt.Dirt, flat: Flat, side: int) -> dict[str, Mask]:
    masks = grime.masks(flat.alpha)
    if flat.alpha.shape[0] == side:
        return masks
    return {
        cause: cv2.resize(mask.astype(np.uint8), (side, side), interpolation=cv2.INTER_LINEAR) > 0
        for cause, mask in masks.items()
    }


def _labels(
    setting: Scene,
    shown: Sequence[Effect],
    character: Plane,
    alpha: Plane,
    causes: tuple[str, ...],
    matte: tuple[str, ...],
) -> tuple[str, ...]:
    """All slices of a case, in order of the alphabet."""
    labels = {*setting.ground.labels, *setting.how.labels, *causes, *matte, *(effect.kind for effect in shown)}
    for layer in setting.layers:
        labels.update(layer.labels)
    if compose.enclosed(character).mean() > GAP:
        labels.add("gap")
    near = cv2.dilate((character > 0.2).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    for effect in shown:
        mass = float(effect.alpha.sum())
        on = float((effect.alpha * (character > 0.5)).sum()) / mass
        if on >= 0.08:
            labels.add("overlapping")
        elif (near & (effect.alpha > 0.1)).any():
            labels.add("touching")
        labels |= {"large"} if mass > LARGE * alpha.size else {"tiny"} if mass < TINY * alpha.size else set()
    return tuple(sorted(labels if shown else labels | {"no effect"}))


def off_limits(flats: Sequence[Flat]) -> Mask:
    """Where a speck would be taken for a part of something: near the character or an effect of any of the frames."""
    shown = np.logical_or.reduce([flat.alpha > 0.02 for flat in flats])
    return np.asarray(cv2.dilate(shown.astype(np.uint8), np.ones((13, 13), np.uint8)), np.bool_)
