"""Loops to measure: a character's action as it is seen, and the same movement of the body alone."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.catalog.presets import PRESETS, Preset
from popcon.imaging.arrays import Pixels
from popcon.imaging.resize import premultiply
from popcon.puppet.direction import Play
from popcon.puppet.rig import Camera
from popcon.puppet.scene import Scene
from popcon.puppet.still import strike

Frames = NDArray[np.uint8]
"""NxHxHx4, straight RGBA."""


@dataclass(frozen=True)
class Loop:
    """`frames`: what is seen. `body`: the same frames without effects, NxHxHx4 float32 premultiplied RGBA 0..255, where
    the body is in `frames`. `start`: the start frame, HxHx4 uint8 straight RGBA. `camera`: from `start` to `frames`."""

    preset: str
    frames: Frames
    body: NDArray[np.float32]
    start: Pixels
    camera: Camera
    seconds: float


def play_of(preset: Preset) -> Play:
    """What the puppet plays for a preset."""
    return Play(preset.motion, preset.effects, preset.face)


def start_frame(character: Pixels, preset: Preset, side: int) -> Pixels:
    """The picture that an action starts from, a square of `side` pixels; `character`: HxWx4 uint8 straight RGBA."""
    return strike(character, preset.motion, 1.0, side)


def loop(character: Pixels, preset: Preset, side: int, seed: int) -> Loop:
    """One action, drawn with and without its effects."""
    start, play = start_frame(character, preset, side), play_of(preset)
    seen, alone = Scene(start, play, seed), Scene(start, replace(play, effects=()), seed)
    move = _between(alone.camera, seen.camera)
    body = [cv2.warpAffine(premultiply(frame), move, (side, side)) for frame in alone.frames()]
    return Loop(
        preset.id, np.stack(list(seen.frames())), np.stack(body), start, seen.camera, float(sum(seen.durations))
    )


def loops(character: Pixels, side: int, seed: int) -> Iterator[Loop]:
    """All actions of one character."""
    for preset in PRESETS.values():
        yield loop(character, preset, side, seed)


def _between(source: Camera, target: Camera) -> NDArray[np.float64]:
    """2x3: from the view of one camera to that of another. Pixel centres lie half a pixel in."""
    scale = target.scale / source.scale
    shift = [target.x - scale * source.x, target.y - scale * source.y]
    return np.array([[scale, 0, shift[0] + 0.5 * scale - 0.5], [0, scale, shift[1] + 0.5 * scale - 0.5]])
