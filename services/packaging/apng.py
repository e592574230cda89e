"""Writes APNG: https://www.w3.org/TR/png-3/ (acTL, fcTL, fdAT).

Only what every reader gets right is used: colour types 3 (palette) and 6 (RGBA), blend SOURCE, dispose NONE, the first
frame as default image. A frame stores the smallest box of pixels that changed; one equal to the frame before stores a
single pixel, because merging it would change how many frames there are and how long each is shown.
"""

import struct
import zlib
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

import numpy as np
import oxipng
from numpy.typing import NDArray

from popcon.errors import Internal

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PALETTE, _RGBA = 3, 6
_DELAY_MAX = 65_535
_LEVEL = 2  # higher ones take 2 to 20 times as long for less than 0.5 % of the bytes
_HASTE = {"level": 0, "filter": [oxipng.RowFilter.NoOp], "deflate": oxipng.Deflaters.libdeflater(8)}


def write_apng(
    frames: NDArray[np.uint8],
    delays: list[Fraction],
    plays: int,
    palette: NDArray[np.uint8] | None = None,
    draft: bool = False,
) -> bytes:
    """An APNG of NxHxW palette indices (`palette`: Kx4 uint8 straight RGBA, K ≤ 256) or of NxHxWx4 straight RGBA.

    `delays`: seconds per frame, kept as the exact fractions they are. `plays`: 0 is for ever. A `draft` shows the
    same, takes a tenth of the time and is a few percent larger. Raises `Internal` where a delay cannot be written
    exactly.
    """
    height, width = frames.shape[1:3]
    colour_type = _RGBA if palette is None else _PALETTE
    out = [_SIGNATURE, _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, colour_type, 0, 0, 0))]
    out.append(_chunk(b"acTL", struct.pack(">II", len(frames), plays)))
    if palette is not None:
        out += _palette_chunks(palette)
    sequence = 0
    for (left, top, right, bottom), frame, delay in zip(_changes(frames), frames, delays, strict=True):
        control = (sequence, right - left, bottom - top, left, top, *_exact(delay), 0, 0)
        out.append(_chunk(b"fcTL", struct.pack(">IIIIIHHBB", *control)))
        pixels = _deflate(frame[top:bottom, left:right])
        out.append(_chunk(b"fdAT", struct.pack(">I", sequence + 1) + pixels) if sequence else _chunk(b"IDAT", pixels))
        sequence += 2 if sequence else 1
    out.append(_chunk(b"IEND", b""))
    return bytes(oxipng.optimize_from_memory(b"".join(out), **(_HASTE if draft else {"level": _LEVEL})))


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _palette_chunks(palette: NDArray[np.uint8]) -> list[bytes]:
    """PLTE, and tRNS up to the last entry that is not opaque."""
    translucent = np.flatnonzero(palette[:, 3] < 255)
    alphas = palette[: int(translucent[-1]) + 1 if len(translucent) else 0, 3].tobytes()
    return [_chunk(b"PLTE", palette[:, :3].tobytes()), *([_chunk(b"tRNS", alphas)] if alphas else [])]


def _changes(frames: NDArray[np.uint8]) -> Iterator[tuple[int, int, int, int]]:
    """Per frame the box (left, top, right, bottom) of what differs from the frame before; all of it for the first."""
    yield 0, 0, frames.shape[2], frames.shape[1]
    for before, after in pairwise(frames):
        changed = before != after
        changed = changed.any(axis=2) if changed.ndim == 3 else changed
        rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
        if len(rows):
            yield int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
        else:
            yield 0, 0, 1, 1


def _exact(delay: Fraction) -> tuple[int, int]:
    if delay <= 0 or max(delay.numerator, delay.denominator) > _DELAY_MAX:
        raise Internal(f"A delay of {delay} s cannot be written exactly; choose another number of frames.")
    return delay.numerator, delay.denominator


def _deflate(pixels: NDArray[np.uint8]) -> bytes:
    """Rows without filters, not packed: the pass over the finished file sees to both."""
    rows = pixels.reshape(len(pixels), -1)
    return zlib.compress(np.pad(rows, ((0, 0), (1, 0))).tobytes(), 0)
