"""The clip: what a motion run makes and everything after it reads.

On disk it is `clip.json` and `frames/0000.png`, `frames/0001.png`…: 8-bit sRGB, square, lossless. A clip is a closed
loop: the frame after the last is the first. Times are exact fractions of a second, never milliseconds.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from popcon.errors import ArtifactDamaged
from popcon.imaging.png import decode_png, encode_png

Frame = NDArray[np.uint8]

SCHEMA = 1
DESCRIPTION = "clip.json"
MAX_FRAMES = 240
MAX_SIDE = 2048


@dataclass(frozen=True)
class EffectHint:
    """An effect that was drawn on purpose: its kind (`sparks`, `tears`…) and the box (left, top, right, bottom; pixels,
    right and bottom exclusive) it keeps to over the whole clip."""

    kind: str
    box: tuple[int, int, int, int]


@dataclass(frozen=True)
class Clip:
    """`frames`: all HxWx4 straight RGBA with RGB 0 where alpha is 0 (`alpha_known`), or all HxWx3 on `background`.
    `durations`: seconds per frame, one per frame, each > 0. `background`: 8-bit sRGB, None where alpha is known."""

    frames: Sequence[Frame]
    durations: Sequence[Fraction]
    background: tuple[int, int, int] | None = None
    effects: Sequence[EffectHint] = field(default_factory=tuple)

    @property
    def alpha_known(self) -> bool:
        return bool(self.frames[0].shape[2] == 4)

    @property
    def duration(self) -> Fraction:
        """Seconds of one turn of the loop."""
        return sum(self.durations, Fraction(0))


def frame_name(index: int) -> str:
    """The file name of a frame, counted from 0."""
    return f"frames/{index:04d}.png"


def encode_clip(clip: Clip) -> dict[str, bytes]:
    """File names to contents: `clip.json` and one PNG per frame."""
    description = {
        "schema": SCHEMA,
        "side": clip.frames[0].shape[0],
        "alpha": "known" if clip.alpha_known else "unknown",
        "background": clip.background,
        "durations": [[duration.numerator, duration.denominator] for duration in clip.durations],
        "effects": [{"kind": effect.kind, "box": effect.box} for effect in clip.effects],
    }
    files = {DESCRIPTION: json.dumps(description, indent=1).encode()}
    return files | {frame_name(index): encode_png(frame) for index, frame in enumerate(clip.frames)}


def decode_clip(files: Mapping[str, bytes]) -> Clip:
    """The clip in the files that `encode_clip` wrote. Raises `ArtifactDamaged` where one is missing or not as it was
    written; no frame is decoded before its header shows the side that `clip.json` promises."""
    try:
        description = json.loads(_file(files, DESCRIPTION))
        side, channels = _shape(description)
        durations = [_duration(pair) for pair in description["durations"]]
        background = None if channels == 4 else _colour(description["background"])
        effects = tuple(EffectHint(str(effect["kind"]), _box(effect["box"])) for effect in description["effects"])
    except (ValueError, KeyError, TypeError, ZeroDivisionError, RecursionError) as error:
        raise _damaged(f"{DESCRIPTION} is not as it was written ({error!r})") from error
    if not 1 <= len(durations) <= MAX_FRAMES:
        raise _damaged(f"{DESCRIPTION} lists {len(durations)} frames, 1 to {MAX_FRAMES} are possible")
    frames = [decode_png(_file(files, frame_name(index)), max_side=side) for index in range(len(durations))]
    if any(frame.shape != (side, side, channels) for frame in frames):
        raise _damaged(f"a frame is not the {side}x{side} picture of {channels} channels that {DESCRIPTION} promises")
    return Clip(frames, durations, background, effects)


def _damaged(what: str) -> ArtifactDamaged:
    return ArtifactDamaged(f"The stored clip is damaged: {what}; make the motion again.")


def _file(files: Mapping[str, bytes], name: str) -> bytes:
    try:
        return files[name]
    except KeyError:
        raise _damaged(f"{name} is missing") from None


def _shape(description: dict[str, Any]) -> tuple[int, int]:
    """Side and channels."""
    if description["schema"] != SCHEMA:
        raise ValueError(f"schema {description['schema']!r}")
    side = _whole(description["side"])
    if not 1 <= side <= MAX_SIDE:
        raise ValueError(f"side {side}")
    return side, {"known": 4, "unknown": 3}[description["alpha"]]


def _whole(value: Any) -> int:
    if type(value) is not int:
        raise ValueError(f"{value!r} is not a whole number")
    return value


def _duration(pair: Any) -> Fraction:
    numerator, denominator = map(_whole, pair)
    duration = Fraction(numerator, denominator)
    if duration <= 0:
        raise ValueError(f"duration {duration}")
    return duration


def _colour(values: Any) -> tuple[int, int, int]:
    red, green, blue = map(_whole, values)
    if not all(0 <= value <= 255 for value in (red, green, blue)):
        raise ValueError(f"colour {values}")
    return red, green, blue


def _box(values: Any) -> tuple[int, int, int, int]:
    left, top, right, bottom = map(_whole, values)
    return left, top, right, bottom
