"""Seeded clips with truth: a scene whose character bobs and whose effects appear, move, pulsate and vanish."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from bench.matting import dirt, encode, model, scenes
from bench.matting.art import NUMBER, Split
from bench.matting.canvas import Patch, swayed
from bench.matting.case import ClipCase, Mask, Pixels, Plane
from bench.matting.compose import Flat

ENCODERS = {"lossless": 0.1, "jpeg": 0.1, "h264": 0.8}
Settled = tuple[scenes.Scene, Flat]
FRESH_SPECKS = 0.25  # share of frames with a speck that no other frame has
CLIP = 7  # part of every seed


@dataclass(frozen=True)
class Motion:
    """How one drawing moves. `drift`: pixels over the whole clip (x, y). `pulse`: of its size, as a share. `swing`:
    degrees. `phase`: 0..1. `shown`: the first and last moment 0..1; it fades in and out over `fade` of the clip.
    `carried`: whether it bobs with the character."""

    drift: tuple[float, float]
    pulse: float
    swing: float
    phase: float
    shown: tuple[float, float]
    fade: float
    carried: bool

    def opacity(self, moment: float) -> float:
        first, last = self.shown
        if not first <= moment <= last:
            return 0.0
        into = 1.0 if first <= 0 else min(1.0, (moment - first + 1e-3) / self.fade)
        out = 1.0 if last >= 1 else min(1.0, (last - moment + 1e-3) / self.fade)
        return min(into, out)


@dataclass(frozen=True)
class Bob:
    """How the character moves: `lift` pixels up and down, `squash` of its height, `sway` degrees, once per clip."""

    lift: float
    squash: float
    sway: float


@dataclass(frozen=True)
class Plan:
    """A clip before it is drawn. `motions`: by number of the drawing, which all of its effects share."""

    setting: scenes.Scene
    bob: Bob
    motions: Mapping[int, Motion]
    inner: int
    side: int


def clip_cases(split: Split, count: int, seed: int = 0, side: int = 384) -> Iterator[ClipCase]:
    """`count` clips of 8 to 16 frames; the clip of an index is the same whatever the count. `side`: a multiple of 8."""
    scenes.check(side)
    for index in range(count):
        random = np.random.default_rng([NUMBER[split], CLIP, seed, index])
        yield clip(random, split, side, f"{split}-clip-{seed}-{index:04d}")


def clip(random: np.random.Generator, split: Split, side: int, name: str) -> ClipCase:
    made = plan(random, split, side)
    how, ground = made.setting.how, made.setting.ground.pixels
    moments = np.linspace(0, 1, int(random.integers(8, 17)), endpoint=False).tolist()
    settled = [scenes.settled(at(made, moment), made.inner, side) for moment in moments]
    grimes = _grimes(random, settled, ground, made.inner / side)
    frames = _encoded(random, settled, grimes, how)
    if gone := _erased(settled, ground, frames):
        settled = [scenes.without(setting, flat, gone) for setting, flat in settled]
        frames = _encoded(random, settled, grimes, how)
    habit = int(random.integers(2**31))
    cases = []
    for number, ((setting, flat), grime, frame) in enumerate(zip(settled, grimes, frames, strict=True)):
        full = scenes.enlarged_frame(frame, side, how)
        # The model's faults stay the same from frame to frame; its edges flicker.
        own = np.random.default_rng(habit)
        case = scenes.finished(own, f"{name}-{number:02d}", setting, flat, grime, full, side)
        cases.append(replace(case, matte=model.flickered(random, case.matte)))
    return ClipCase(name, tuple(cases))


def plan(random: np.random.Generator, split: Split, side: int) -> Plan:
    how = encode.encoder(random, split, ENCODERS)
    inner = 2 * round(side * how.scale / 2)
    setting = scenes.scene(random, split, inner, how)
    bob = Bob(random.uniform(0, 0.025) * inner, random.uniform(0, 0.05), random.uniform(0, 4))
    numbers = sorted({scenes.drawing(layer.key) for layer in setting.layers if layer.kind})
    return Plan(setting, bob, {number: _motion(random, inner) for number in numbers}, inner, side)


def _motion(random: np.random.Generator, side: int) -> Motion:
    first = float(random.choice([0.0, random.uniform(0.1, 0.5)], p=[0.6, 0.4]))
    last = float(random.choice([1.0, random.uniform(first + 0.3, 0.95)], p=[0.6, 0.4]))
    still = random.random() < 0.25
    drift = (0.0, 0.0) if still else tuple((random.normal(0, 0.035, 2) * side).tolist())
    return Motion(
        (float(drift[0]), float(drift[1])),
        pulse=0.0 if still else float(random.uniform(0, 0.15)),
        swing=0.0 if still else float(random.uniform(0, 8)),
        phase=float(random.random()),
        shown=(first, last),
        fade=float(random.uniform(0.05, 0.2)),
        carried=bool(random.random() < 0.4),
    )


def at(made: Plan, moment: float) -> scenes.Scene:
    """The scene at a moment 0..1 of the clip, which is a closed loop for the character."""
    wave = float(np.sin(2 * np.pi * moment))
    lift = -made.bob.lift * abs(wave)
    layers = []
    for layer in made.setting.layers:
        if not layer.kind:
            scale = (1 + made.bob.squash * wave / 2, 1 - made.bob.squash * wave / 2)
            layers.append(replace(layer, patch=swayed(layer.patch, 0, lift, scale, made.bob.sway * wave)))
            continue
        motion = made.motions[scenes.drawing(layer.key)]
        opacity = motion.opacity(moment)
        if opacity > 0:
            layers.append(replace(layer, patch=_played(layer.patch, motion, moment, lift).faded(opacity)))
    return replace(made.setting, layers=tuple(layers))


def _played(patch: Patch, motion: Motion, moment: float, lift: float) -> Patch:
    wave = float(np.sin(2 * np.pi * (moment + motion.phase)))
    x, y = motion.drift[0] * moment, motion.drift[1] * moment + (lift if motion.carried else 0.0)
    size = 1 + motion.pulse * wave
    return swayed(patch, x, y, (size, size), motion.swing * wave)


def _grimes(random: np.random.Generator, settled: Sequence[Settled], ground: Plane, pixel: float) -> list[dirt.Dirt]:
    """The same dirt in all frames, and in some a speck that is gone in the next."""
    keep = scenes.off_limits([flat for _, flat in settled])
    lasting = dirt.dirt(random, dirt.causes(random), ground, settled[0][1].character, keep, pixel)
    return [_speckled(random, lasting, keep, pixel) for _ in settled]


def _speckled(random: np.random.Generator, grime: dirt.Dirt, keep: Mask, pixel: float) -> dirt.Dirt:
    if random.random() >= FRESH_SPECKS:
        return grime
    fresh = dirt.specks(random, keep.shape[0], keep, pixel, few=1)
    return replace(grime, over={**grime.over, "specks": grime.over.get("specks", np.float32(0)) + fresh})


def _encoded(
    random: np.random.Generator, settled: Sequence[Settled], grimes: Sequence[dirt.Dirt], how: encode.Encoder
) -> list[Pixels]:
    grainy = [
        encode.grained(random, scenes.picture(flat, setting.ground.pixels, grime), how.grain)
        for (setting, flat), grime in zip(settled, grimes, strict=True)
    ]
    if how.kind == "h264":
        return encode.h264(grainy, how)
    return [encode.jpeg(frame, how) for frame in grainy] if how.kind == "jpeg" else grainy


def _erased(settled: Sequence[Settled], ground: Plane, frames: Sequence[Pixels]) -> set[int]:
    """Effects that the encoder erased from half of the frames that they are in, or more."""
    lost: Counter[int] = Counter()
    shown: Counter[int] = Counter()
    for (_, flat), frame in zip(settled, frames, strict=True):
        lost.update(scenes.erased(flat, ground, frame))
        shown.update(effect.key for effect in flat.effects)
    return {key for key, count in lost.items() if 2 * count >= shown[key]}
