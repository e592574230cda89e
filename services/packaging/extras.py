"""The pictures of a set beside its emoji (tab image, main image, icon, poster), made from one finished emoji."""

from dataclasses import replace
from itertools import islice

import cv2
import numpy as np

from popcon.catalog.target import Extra, Format, Target
from popcon.errors import PictureUnreadable
from popcon.imaging.arrays import Mask, Pixels
from popcon.imaging.png import encode_png
from services.packaging import placement
from services.packaging.emoji import pack_emoji
from services.packaging.emoji_rules import Moving, read_moving

# A figure so many times as tall as it is wide is a thin line in a small picture: its upper part is shown instead, so
# many times as tall as it is wide.
_TALL = 2.0
_BUST = 1.45


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
    bust = _bust(frame)
    spot = placement.fit([frame if bust is None else bust], extra.size, extra.margin)
    if bust is not None:  # the cut goes along the edge, so that the figure rises from it
        spot = replace(spot, corner=(spot.corner[0], extra.size[1] - spot.size[1]))
    # RGBA whatever the colours are: an optimiser would store a grey character as greyscale, which platforms refuse.
    return encode_png(placement.place(frame if bust is None else bust, spot), level=9)


def _bust(frame: Pixels) -> Pixels | None:
    """Head, shoulders and the effects around them of a tall figure; None for any other."""
    seen = frame[..., 3] >= placement.VISIBLE
    rows = np.flatnonzero(seen.any(axis=1))
    if not len(rows):
        return None
    # Not the outer box: effects beside a figure make it no wider.
    width = float(np.percentile(seen[rows].sum(axis=1), 85))
    if len(rows) < _TALL * width:
        return None
    cut = rows[0] + round(_BUST * width)
    kept = np.where(_crossed(seen, cut)[..., None], 0, frame)
    kept[cut:] = 0
    return np.asarray(kept, np.uint8)


def _crossed(seen: Mask, cut: int) -> Mask:
    """Effects that a cut before a row would halve: everything on both sides of it but the figure."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(seen.astype(np.uint8))
    tops, heights, areas = (stats[:, kind] for kind in (cv2.CC_STAT_TOP, cv2.CC_STAT_HEIGHT, cv2.CC_STAT_AREA))
    crossed = (tops < cut) & (tops + heights > cut)
    crossed[0] = False
    crossed[1 + int(np.argmax(areas[1:]))] = False
    return np.asarray(crossed[labels], np.bool_)
