"""Where an action sits on the canvas: one scale and one place for all its frames, so that nothing wobbles."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from popcon.errors import PictureBlank
from popcon.imaging.arrays import Box, Pixels
from popcon.imaging.resize import content_box, resize_rgba

# A haze that nobody sees must not shrink the character.
VISIBLE = 8


@dataclass(frozen=True)
class Placement:
    """`box`: part of the source that is kept. `size`: (width, height) it is resized to. `corner`: (left, top) of that
    on a canvas of `canvas` (width, height). All pixels."""

    box: Box
    size: tuple[int, int]
    corner: tuple[int, int]
    canvas: tuple[int, int]


def fit(frames: Sequence[Pixels], canvas: tuple[int, int], margin: int) -> Placement:
    """The largest placement of everything visible in any frame, centred, `margin` pixels from the edges.

    `frames`: HxWx4 uint8 straight RGBA, one size. Raises `PictureBlank` where no frame shows anything.
    """
    peak = np.maximum.reduce([frame[..., 3] for frame in frames])
    box = content_box(np.where(peak >= VISIBLE, peak, 0).astype(np.uint8))
    if box is None:
        raise PictureBlank("Every frame is transparent; make the motion or the matte again.")
    width, height = box[2] - box[0], box[3] - box[1]
    scale = min((canvas[0] - 2 * margin) / width, (canvas[1] - 2 * margin) / height)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return Placement(box, size, ((canvas[0] - size[0]) // 2, (canvas[1] - size[1]) // 2), canvas)


def place(frame: Pixels, placement: Placement) -> Pixels:
    """An HxWx4 straight RGBA frame on its transparent canvas; RGB is 0 where alpha is 0."""
    left, top, right, bottom = placement.box
    x, y = placement.corner
    width, height = placement.size
    out = np.zeros((placement.canvas[1], placement.canvas[0], 4), np.uint8)
    out[y : y + height, x : x + width] = resize_rgba(frame[top:bottom, left:right], placement.size)
    out[out[..., 3] == 0] = 0
    return out
