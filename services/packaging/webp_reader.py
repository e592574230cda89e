"""Reads animated WebP, to judge what the writer made: https://developers.google.com/speed/webp/docs/riff_container.

Structure is read from the chunks; pixels are left to libwebp's decoder.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from PIL import Image

from popcon.errors import PictureUnreadable
from popcon.imaging.arrays import Pixels

_ANIMATED = 0x02


@dataclass(frozen=True)
class Webp:
    """`delays`: seconds per frame; none where it is not animated. `plays`: 0 is for ever. Sizes in pixels."""

    width: int
    height: int
    plays: int
    delays: tuple[Fraction, ...]
    data: bytes


def read(data: bytes) -> Webp:
    """The structure of a WebP; no pixel is decoded. Raises `PictureUnreadable`, whose `field` is `signature` or
    `chunks`."""
    chunks = list(_chunks(data))
    header = next((body for kind, body in chunks if kind == b"VP8X" and len(body) >= 10), b"")
    animation = next((body for kind, body in chunks if kind == b"ANIM" and len(body) >= 6), b"")
    if not (header and animation and header[0] & _ANIMATED):
        return Webp(0, 0, 1, (), data)
    delays = tuple(Fraction(_number(body[12:15]), 1000) for kind, body in chunks if kind == b"ANMF" and len(body) >= 16)
    return Webp(_number(header[4:7]) + 1, _number(header[7:10]) + 1, _number(animation[4:6]), delays, data)


def compose(webp: Webp) -> Iterator[Pixels]:
    """Each frame as it is seen: HxWx4 uint8 straight RGBA, RGB 0 where alpha is 0. The caller bounds the canvas and the
    frames it takes. Raises `PictureUnreadable` with field `pixels`."""
    try:
        with Image.open(io.BytesIO(webp.data), formats=["WEBP"]) as image:
            for number in range(len(webp.delays)):
                image.seek(number)
                seen = np.array(image.convert("RGBA"))
                seen[seen[..., 3] == 0] = 0
                yield seen
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise PictureUnreadable("The WebP cannot be decoded; make it again.", field="pixels") from error


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        raise PictureUnreadable("The file does not begin as a WebP does; make it again.", field="signature")
    at = 12
    while at < len(data):
        end = at + 8 + _number(data[at + 4 : at + 8])
        if end > len(data) or at + 8 > len(data):
            raise PictureUnreadable("The WebP ends inside a chunk; make it again.", field="chunks")
        yield data[at : at + 4], data[at + 8 : end]
        at = end + (end & 1)  # chunks are padded to an even length


def _number(field: bytes) -> int:
    return int.from_bytes(field, "little")
