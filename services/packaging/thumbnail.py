"""`preview.webp`: what a page shows of an emoji whose own file is no picture to a browser. Never an input."""

from itertools import islice

import numpy as np

from popcon.catalog.target import Target
from popcon.imaging.resize import resize_rgba
from services.packaging.emoji_rules import read_moving
from services.packaging.webp import Lossy, write_webp

NAME, MEDIA_TYPE = "preview.webp", "image/webp"
SIDE_MAX = 160  # a little more than the studio shows; at twice that it would weigh as much as the emoji
_LOSSY = Lossy(75)


def is_wanted(target: Target) -> bool:
    """Whether an emoji of a target needs a thumbnail of its own."""
    return not target.format.media_type.startswith("image/")


def make_thumbnail(emoji: bytes, target: Target) -> bytes:
    """An animated WebP, at most `SIDE_MAX` pixels wide and high, of what a packed emoji decodes to. Raises
    `PictureUnreadable`."""
    moving = read_moving(emoji, target.format)
    width, height = moving.canvas
    scale = min(1.0, SIDE_MAX / max(width, height))
    size = round(width * scale), round(height * scale)
    frames = [resize_rgba(frame, size) for frame in islice(moving.seen, target.timing.frames[1])]
    return write_webp(np.stack(frames), moving.delays, moving.plays, _LOSSY)
