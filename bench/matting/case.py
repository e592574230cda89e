"""What a case of the benchmark holds. Every array of a case has the same height and width."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Plane = NDArray[np.float32]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Effect:
    """One effect of a frame. `kind`: such as "heart" or "glow". `alpha`: HxW float32 0..1, as much of it as is seen (0
    where the character hides it). `key`: the same effect has the same key in every frame of a clip."""

    kind: str
    alpha: Plane
    key: int = 0


@dataclass(frozen=True)
class Case:
    """A frame and its truth.

    `frame`: HxWx3 uint8 RGB, after the encoder. `alpha`: HxW float32 0..1, character and effects. `character`: HxW, the
    character's own. `matte`: HxW, what a model gives. `foreground`: HxWx3 uint8, the true colours where alpha is not 0.
    `background`: HxWx3 uint8, what the frame shows where alpha is 0, dirt left out. `dirt`: by cause ("shadow",
    "border line", "specks", "smudge", "checkerboard"), where the frame shows it. `holes`: where the matte lost a piece
    of the character. `slices`: every label under which the case is counted, such as "gradient", "h264 crf 30", "glow".
    """

    name: str
    frame: Pixels
    alpha: Plane
    character: Plane
    effects: tuple[Effect, ...]
    matte: Plane
    foreground: Pixels
    background: Pixels
    holes: Mask
    dirt: dict[str, Mask] = field(default_factory=dict)
    slices: tuple[str, ...] = ()


@dataclass(frozen=True)
class ClipCase:
    """The frames of a clip, in order."""

    name: str
    frames: tuple[Case, ...]
