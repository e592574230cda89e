"""Writes animated GIF: https://www.w3.org/Graphics/GIF/spec-gif89a.txt, and the NETSCAPE2.0 block that makes it loop.

A pixel of a GIF is opaque or it is not there, so soft edges need a decision first: `harden` makes it. Each frame then
stores the smallest box that changed; one equal to the frame before stores a single pixel, because merging it would
change how many frames there are. Only the LZW coding of a box is left to Pillow.
"""

import struct
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import GifImagePlugin, Image

from popcon.catalog.target import Colour
from popcon.errors import InvalidRequest
from popcon.imaging.arrays import Box

_TRANSPARENT = 0
_KEEP, _CLEAR = 1, 2
_FOR_EVER = b"!\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00"
# Viewers show what asks for less than 0.02 s ten times as long.
_DELAY_MIN, _DELAY_MAX = 2, 65_535
_OPAQUE_FROM = 128


def harden(frames: NDArray[np.uint8], matte: Colour | None) -> NDArray[np.uint8]:
    """NxHxWx4 uint8 straight RGBA with every alpha 0 or 255, RGB 0 where it is 0.

    On a `matte`, whatever can be seen is composed onto it. Without one, pixels of at least half cover become opaque in
    their own unmixed colour: an edge ends in the colour of the art, so that no background shows a rim of another.
    """
    alpha = frames[..., 3:]
    if matte is None:
        seen, colour = alpha >= _OPAQUE_FROM, frames[..., :3]
    else:
        cover = alpha / np.float32(255)
        mixed = frames[..., :3] * cover + np.array(matte, np.float32) * (1 - cover)
        seen, colour = alpha > 0, np.rint(mixed).astype(np.uint8)
    return np.concatenate([colour * seen, np.where(seen, np.uint8(255), np.uint8(0))], axis=3)


def write_gif(
    frames: NDArray[np.uint8], palette: NDArray[np.uint8], delays: Sequence[Fraction], matte: Colour | None = None
) -> bytes:
    """A GIF of NxHxW uint8 indices into `palette` (Kx4 uint8, K ≤ 256) that plays for ever. Index 0 is transparent, or
    the `matte` where there is one.

    `delays`: seconds per frame. The format counts hundredths, so the end of each frame is rounded, not each delay: the
    whole lasts what it should to 5 ms. Raises `InvalidRequest` where a frame would be shown for less than 0.02 s.
    """
    height, width = frames.shape[1:]
    table = palette[:, :3].copy()
    table[0] = matte or (0, 0, 0)
    bits = max(1, int(len(table) - 1).bit_length())
    out = [b"GIF89a", struct.pack("<HHBBB", width, height, 0xF0 | (bits - 1), _TRANSPARENT, 0)]
    out += [table.tobytes().ljust(3 << bits, b"\0"), _FOR_EVER]
    drawings = _drawings(frames) if matte is None else _opaque_drawings(frames)
    for delay, (body, dispose) in zip(_hundredths(delays), drawings, strict=True):
        flags = dispose << 2 | (matte is None)
        out += [struct.pack("<3sBHBB", b"!\xf9\x04", flags, delay, _TRANSPARENT, 0), body]
    return b"".join([*out, b";"])


def _hundredths(delays: Sequence[Fraction]) -> list[int]:
    ends = [0, *(round(end * 100) for end in accumulate(delays))]
    counts = [after - before for before, after in pairwise(ends)]
    if not _DELAY_MIN <= min(counts) <= max(counts) <= _DELAY_MAX:
        raise InvalidRequest("A GIF shows each frame for 0.02 s to 655 s; make the loop longer or shorter.")
    return counts


def _drawings(frames: NDArray[np.uint8]) -> Iterator[tuple[bytes, int]]:
    """Per frame what is drawn and how it is disposed of.

    Drawing can only add. What the next frame no longer has must be cleared with the box of this one, so the box takes
    it in. The last frame is followed by the first: some viewers begin again on what is left.
    """
    canvas = np.zeros_like(frames[0])
    for number, frame in enumerate(frames):
        gone = (frame != _TRANSPARENT) & (frames[(number + 1) % len(frames)] == _TRANSPARENT)
        box = _box((canvas != frame) | gone) if number else (0, 0, frame.shape[1], frame.shape[0])
        region = np.s_[box[1] : box[3], box[0] : box[2]]
        drawn = frame[region]
        fresh = np.where(drawn == canvas[region], _TRANSPARENT, drawn)
        yield min(_encode(drawn, box), _encode(fresh, box), key=len), _CLEAR if gone.any() else _KEEP
        canvas = frame.copy()
        if gone.any():
            canvas[region] = _TRANSPARENT


def _opaque_drawings(frames: NDArray[np.uint8]) -> Iterator[tuple[bytes, int]]:
    yield _encode(frames[0], (0, 0, frames.shape[2], frames.shape[1])), _KEEP
    for before, after in pairwise(frames):
        left, top, right, bottom = box = _box(before != after)
        yield _encode(after[top:bottom, left:right], box), _KEEP


def _box(marked: NDArray[np.bool_]) -> Box:
    """The smallest box around what is marked; a single pixel where nothing is."""
    rows, columns = np.flatnonzero(marked.any(axis=1)), np.flatnonzero(marked.any(axis=0))
    if not len(rows):
        return 0, 0, 1, 1
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _encode(indices: NDArray[np.uint8], box: Box) -> bytes:
    """Image descriptor and LZW data of HxW indices."""
    return b"".join(GifImagePlugin.getdata(Image.fromarray(np.ascontiguousarray(indices)), box[:2]))
