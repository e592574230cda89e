"""The protocol that every way of making start frames and clips follows: `make(request, progress, stop) -> takes`.

A backend takes and gives plain arrays and data classes. It knows no bus, no store and no gRPC, so it can be used
from a notebook, a benchmark or a test. Backends check `stop` between units of work (a frame, a denoising step)
and raise `errors.Stopped` when it says so.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from popcon.errors import UnknownBackend
from popcon.imaging.clip import Clip
from popcon.v1 import common_pb2

B = TypeVar("B")

Progress = Callable[[float], None]
"""Called with the fraction done, 0..1, rising."""

Stop = Callable[[], bool]
"""True once the work is no longer wanted."""


@dataclass(frozen=True)
class Direction:
    """What an action should show: the preset it came from ("" for a custom one), its own words, and how strongly and
    fast it moves (1: as its preset does; `limits` says how far that goes)."""

    preset: str
    action_prompt: str
    effect_prompt: str
    strength: float = 1.0
    speed: float = 1.0


def direction(message: common_pb2.Direction) -> Direction:
    """The direction that a message carries."""
    return Direction(
        message.preset, message.action_prompt, message.effect_prompt, message.strength or 1.0, message.speed or 1.0
    )


def choose(asked: str, backends: Mapping[str, B], best: Sequence[str]) -> B:
    """The backend asked for; `auto` takes the first of `best` that there is. Raises `UnknownBackend`."""
    name = next((each for each in best if each in backends), "") if asked == "auto" else asked
    if name not in backends:
        raise UnknownBackend(f"There is no backend {asked}; choose auto or {', '.join(backends)}.", field="backend")
    return backends[name]


@dataclass(frozen=True)
class StartFrameRequest:
    """`character`: HxWx4 uint8 straight RGBA, cut out. `size`: side of the square start frame, pixels."""

    character: NDArray[np.uint8]
    direction: Direction
    takes: int
    seed: int
    size: int = 512


@dataclass(frozen=True)
class StartFrame:
    """One take: `image` is a square of uint8, straight RGBA (alpha known) or RGB on a plain background."""

    image: NDArray[np.uint8]
    seed: int
    extras: dict[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class MotionRequest:
    """`start_frame`: HxWx3 or HxWx4 uint8, as a `StartFrame.image`."""

    start_frame: NDArray[np.uint8]
    direction: Direction
    seed: int


class StartFrameBackend(Protocol):
    name: str

    def make(self, request: StartFrameRequest, progress: Progress, stop: Stop) -> Sequence[StartFrame]:
        """As many takes as were asked for. Raises `errors.Stopped`."""
        ...


class MotionBackend(Protocol):
    name: str

    def make(self, request: MotionRequest, progress: Progress, stop: Stop) -> Sequence[Clip]:
        """One clip or more, each a closed loop. Raises `errors.Stopped`."""
        ...
