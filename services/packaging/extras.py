"""The pictures of a set beside its emoji (tab image, main image, icon, poster), made from one finished emoji."""

from itertools import islice

import numpy as np

from popcon.catalog.target import Extra, Format, Target
from popcon.errors import PictureUnreadable
from popcon.imaging.arrays import Pixels
from popcon.imaging.png import encode_png
from services.packaging import placement
from services.packaging.emoji import pack_emoji
from services.packaging.emoji_rules import Moving, read_moving


def make_extra(emoji: bytes, target: Target, extra: Extra) -> bytes:
    """An extra picture of a set from one of its packed emoji. Raises `PictureUnreadable` or `PictureBlank`."""
    moving = _open(emoji, target)
    frames = list(islice(moving.seen, target.timing.frames[1]))
    if extra.format is Format.PNG:
        return _still(telling(frames), extra)
    return pack_emoji(frames, moving.delays, target.for_extra(extra)).data


def _open(emoji: bytes, target: Target) -> Moving:
    moving = read_moving(emoji, target.format)
    if not target.sizes.takes(moving.canvas):
        raise PictureUnreadable("The emoji is not on its target's canvas; pack it again.", field="canvas")
    return moving


def telling(frames: list[Pixels]) -> Pixels:
    """The frame that shows most, the earliest of equals: that is where its effects are at their fullest."""
    return max(frames, key=lambda frame: int(frame[..., 3].sum(dtype=np.int64)))


def _still(frame: Pixels, extra: Extra) -> bytes:
    # RGBA whatever the colours are: an optimiser would store a grey character as greyscale, which platforms refuse.
    placed = placement.place(frame, placement.fit([frame], extra.size, extra.margin))
    return encode_png(placed, level=9)
