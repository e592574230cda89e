"""Reads APNG from its chunks up, to judge what the writer made: https://www.w3.org/TR/png-3/.

Nothing here is shared with the writer, and no library's idea of an animation is trusted: chunks, sequence numbers and
compositing are read as the specification has them. Only the pixels of single frames are left to a PNG decoder, each
wrapped as a still picture of its own.
"""

import io
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from PIL import Image

from popcon.errors import PictureUnreadable
from popcon.imaging.arrays import Pixels

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_DISPOSE_BACKGROUND, _DISPOSE_PREVIOUS = 1, 2
_BLEND_OVER = 1

Chunk = tuple[bytes, bytes]


@dataclass(frozen=True)
class Frame:
    """Box of a frame on the canvas, its delay in seconds, how it is drawn and cleared, and its compressed pixels."""

    width: int
    height: int
    left: int
    top: int
    delay: Fraction
    dispose: int
    blend: int
    pixels: bytes


@dataclass(frozen=True)
class Apng:
    """An APNG, or a still PNG where `animated` is False and one frame without delay is all there is.

    `hidden_default`: the default image is not part of the animation. `plays`: 0 is for ever."""

    width: int
    height: int
    depth: int
    colour_type: int
    animated: bool
    plays: int
    hidden_default: bool
    frames: tuple[Frame, ...]
    header: bytes
    palette: tuple[Chunk, ...]


def read(data: bytes) -> Apng:
    """The structure of a PNG or APNG; no pixel is decoded. Raises `PictureUnreadable`, whose `field` is what is wrong:
    `signature`, `crc`, `chunks` or `sequence`."""
    chunks = list(_chunks(data))
    kinds = [kind for kind, _ in chunks]
    if kinds[:1] != [b"IHDR"] or kinds[-1] != b"IEND" or b"IDAT" not in kinds or len(chunks[0][1]) != 13:
        raise _damaged("chunks", "its chunks do not run from IHDR over IDAT to IEND")
    width, height, depth, colour_type = struct.unpack(">IIBB", chunks[0][1][:10])
    animation = [body for kind, body in chunks[: kinds.index(b"IDAT")] if kind == b"acTL"]
    if not animation:
        pixels = b"".join(body for kind, body in chunks if kind == b"IDAT")
        frames, plays = [Frame(width, height, 0, 0, Fraction(0), 0, 0, pixels)], 1
    else:
        frames, plays = _animation(chunks, animation, width, height)
    hidden = bool(animation) and b"fcTL" not in kinds[: kinds.index(b"IDAT")]
    if not hidden and (frames[0].width, frames[0].height) != (width, height):
        raise _damaged("sequence", "its first frame does not fill the canvas")
    return Apng(
        width=width,
        height=height,
        depth=depth,
        colour_type=colour_type,
        animated=bool(animation),
        plays=plays,
        hidden_default=hidden,
        frames=tuple(frames),
        header=chunks[0][1],
        palette=tuple(chunk for chunk in chunks if chunk[0] in (b"PLTE", b"tRNS")),
    )


def compose(apng: Apng) -> Iterator[Pixels]:
    """Each frame as it is seen: HxWx4 uint8 straight RGBA, RGB 0 where alpha is 0. The caller bounds the canvas and the
    frames it takes. Raises `PictureUnreadable` with field `pixels`."""
    canvas = np.zeros((apng.height, apng.width, 4), np.uint8)
    for number, frame in enumerate(apng.frames):
        region = np.s_[frame.top : frame.top + frame.height, frame.left : frame.left + frame.width]
        before = canvas[region].copy()
        drawn = _decode(apng, frame)
        canvas[region] = _over(drawn, before) if frame.blend == _BLEND_OVER else drawn
        seen = canvas.copy()
        seen[seen[..., 3] == 0] = 0
        yield seen
        if frame.dispose == _DISPOSE_BACKGROUND or (frame.dispose == _DISPOSE_PREVIOUS and number == 0):
            canvas[region] = 0
        elif frame.dispose == _DISPOSE_PREVIOUS:
            canvas[region] = before


def _chunks(data: bytes) -> Iterator[Chunk]:
    if not data.startswith(_SIGNATURE):
        raise _damaged("signature", "it does not begin as a PNG does")
    at = len(_SIGNATURE)
    while at < len(data):
        if at + 12 > len(data):
            raise _damaged("chunks", "it ends inside a chunk")
        (length,) = struct.unpack_from(">I", data, at)
        kind, end = data[at + 4 : at + 8], at + 8 + length
        if end + 4 > len(data):
            raise _damaged("chunks", "it ends inside a chunk")
        if zlib.crc32(data[at + 4 : end]) != struct.unpack_from(">I", data, end)[0]:
            raise _damaged("crc", f"the checksum of its chunk {kind.decode('latin-1')!r} at byte {at} does not match")
        yield kind, data[at + 8 : end]
        at = end + 4


def _animation(chunks: list[Chunk], animation: list[bytes], width: int, height: int) -> tuple[list[Frame], int]:
    if len(animation) > 1 or len(animation[0]) != 8:
        raise _damaged("chunks", "it has more than one acTL chunk, or a misshapen one")
    announced, plays = struct.unpack(">II", animation[0])
    controls, parts = _in_sequence(chunks)
    frames = [_frame(control, b"".join(part)) for control, part in zip(controls, parts, strict=True)]
    if len(frames) != announced or announced == 0:
        raise _damaged("sequence", f"it announces {announced} frames and has {len(frames)}")
    for number, frame in enumerate(frames, 1):
        if not (
            frame.pixels
            and 0 < frame.width <= width - frame.left
            and 0 < frame.height <= height - frame.top
            and frame.dispose <= _DISPOSE_PREVIOUS
            and frame.blend <= _BLEND_OVER
        ):
            raise _damaged("sequence", f"frame {number} is empty, leaves the canvas or is drawn in an unknown way")
    return frames, plays


def _in_sequence(chunks: list[Chunk]) -> tuple[list[bytes], list[list[bytes]]]:
    """Control and pixel chunks of each frame; the default image belongs to the frame whose fcTL comes before it."""
    controls: list[bytes] = []
    parts: list[list[bytes]] = []
    expected = 0
    for kind, body in chunks:
        if kind in (b"fcTL", b"fdAT"):
            if len(body) < 4 or struct.unpack(">I", body[:4])[0] != expected:
                raise _damaged("sequence", f"its frame chunks are not numbered in order at {expected}")
            expected += 1
        if kind == b"fcTL":
            controls.append(body)
            parts.append([])
        elif kind == b"fdAT" and parts:
            parts[-1].append(body[4:])
        elif kind == b"fdAT":
            raise _damaged("sequence", "it has frame pixels before any fcTL")
        elif kind == b"IDAT" and parts:
            parts[-1].append(body)
    return controls, parts


def _frame(control: bytes, pixels: bytes) -> Frame:
    if len(control) != 26:
        raise _damaged("chunks", "one of its fcTL chunks is misshapen")
    _, width, height, left, top, num, den, dispose, blend = struct.unpack(">IIIIIHHBB", control)
    return Frame(width, height, left, top, Fraction(num, den or 100), dispose, blend, pixels)


def _decode(apng: Apng, frame: Frame) -> Pixels:
    header = struct.pack(">II", frame.width, frame.height) + apng.header[8:]
    chunks = [(b"IHDR", header), *apng.palette, (b"IDAT", frame.pixels), (b"IEND", b"")]
    still = _SIGNATURE + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )
    try:
        with Image.open(io.BytesIO(still), formats=["PNG"]) as image:
            return np.array(image.convert("RGBA"))
    except (OSError, SyntaxError, ValueError, struct.error, zlib.error) as error:
        raise _damaged("pixels", "the pixels of one of its frames cannot be decoded") from error


def _over(top: Pixels, bottom: Pixels) -> Pixels:
    """Straight alpha compositing; RGB is 0 where nothing is left to see."""
    upper, lower = top[..., 3:] / 255.0, bottom[..., 3:] / 255.0
    alpha = upper + lower * (1.0 - upper)
    colour = top[..., :3] * upper + bottom[..., :3] * lower * (1.0 - upper)
    colour = colour / np.where(alpha > 0, alpha, 1.0)
    return np.asarray(np.rint(np.concatenate([colour, alpha * 255.0], axis=2)), np.uint8)


def _damaged(what: str, message: str) -> PictureUnreadable:
    return PictureUnreadable(f"The PNG is damaged: {message}; make it again.", field=what)
