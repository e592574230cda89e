"""Still pictures made from finished emoji: the set's tab image, and thumbnails."""

from itertools import islice

import numpy as np

from popcon.catalog.targets import Target
from popcon.errors import PictureUnreadable
from popcon.imaging.arrays import Pixels
from popcon.imaging.png import encode_png
from services.packaging import placement
from services.packaging.emoji_rules import read_moving

_TAB_MARGIN = 2
_THUMBNAIL_SIDE = 128


def tab_image(emoji: bytes, target: Target) -> bytes:
    """The set's tab image from one of its packed emoji: a still RGBA PNG of the target's tab size.

    Raises `PictureUnreadable` or `PictureBlank`.
    """
    return _fitted(telling_frame(emoji, target), target.tab_size, _TAB_MARGIN)


def thumbnail(emoji: bytes, target: Target) -> bytes:
    """A square still RGBA PNG of a packed emoji, 128 pixels. Raises `PictureUnreadable` or `PictureBlank`."""
    return _fitted(telling_frame(emoji, target), (_THUMBNAIL_SIDE, _THUMBNAIL_SIDE), 0)


def telling_frame(emoji: bytes, target: Target) -> Pixels:
    """The frame of a packed emoji that shows most, the earliest of equals: that is where its effects are at their
    fullest. HxWx4 uint8 straight RGBA. Raises `PictureUnreadable`."""
    moving = read_moving(emoji, target.media_type)
    if moving.canvas != target.canvas:
        raise PictureUnreadable("The emoji is not on its target's canvas; pack it again.", field="canvas")
    return max(islice(moving.seen, target.frames[1]), key=lambda frame: int(frame[..., 3].sum(dtype=np.int64)))


def _fitted(frame: Pixels, size: tuple[int, int], margin: int) -> bytes:
    # RGBA whatever the colours are: an optimiser would store a grey character as greyscale, which platforms refuse.
    return encode_png(placement.place(frame, placement.fit([frame], size, margin)), level=9)
