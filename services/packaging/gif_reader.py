"""Reads GIF from its blocks up, to judge what the writer made: https://www.w3.org/Graphics/GIF/spec-gif89a.txt.

Nothing here is shared with the writer, and no library's idea of an animation is trusted: blocks, boxes and disposal are
read as the specification has them. Only the LZW decoding of single frames is left to Pillow, each wrapped as a still
picture of its own.
"""

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from PIL import Image

from popcon.errors import PictureUnreadable
from popcon.imaging.arrays import Pixels

_SIGNATURES = (b"GIF87a", b"GIF89a")
_EXTENSION, _IMAGE, _TRAILER = 0x21, 0x2C, 0x3B
_CONTROL, _APPLICATION = 0xF9, 0xFF
_LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")
_DISPOSE_BACKGROUND, _DISPOSE_PREVIOUS = 2, 3
_HAS_TABLE, _INTERLACED = 0x80, 0x40


@dataclass(frozen=True)
class Frame:
    """Box of a frame on the canvas, its delay in seconds, how it is cleared, which index is transparent (None: none),
    its colour table (RGB bytes) and its compressed pixels."""

    width: int
    height: int
    left: int
    top: int
    delay: Fraction
    dispose: int
    transparent: int | None
    interlaced: bool
    table: bytes
    pixels: bytes


@dataclass(frozen=True)
class Gif:
    """`plays`: 0 is for ever. Sizes in pixels."""

    width: int
    height: int
    plays: int
    frames: tuple[Frame, ...]


class _Blocks:
    """A file that is read from front to back."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, count: int) -> bytes:
        found = self.data[self.at : self.at + count]
        if len(found) < count:
            raise _damaged("chunks", "it ends inside a block")
        self.at += count
        return found

    def sub_blocks(self) -> list[bytes]:
        """The data sub-blocks up to their terminator."""
        found = []
        while count := self.take(1)[0]:
            found.append(self.take(count))
        return found

    def table(self, flags: int) -> bytes:
        return self.take(3 << (flags & 7) + 1) if flags & _HAS_TABLE else b""


@dataclass(frozen=True)
class _Control:
    delay: Fraction = Fraction(0)
    dispose: int = 0
    transparent: int | None = None


def read(data: bytes) -> Gif:
    """The structure of a GIF; no pixel is decoded. Raises `PictureUnreadable`, whose `field` is `signature` or
    `chunks`."""
    if not data.startswith(_SIGNATURES):
        raise _damaged("signature", "it does not begin as a GIF does")
    blocks = _Blocks(data)
    width, height, flags = struct.unpack("<6xHHB2x", blocks.take(13))
    table = blocks.table(flags)
    plays, control, frames = 1, _Control(), []
    while (kind := blocks.take(1)[0]) != _TRAILER:
        if kind == _IMAGE:
            frames.append(_frame(blocks, control, table, (width, height)))
            control = _Control()
        elif kind == _EXTENSION:
            label, bodies = blocks.take(1)[0], blocks.sub_blocks()
            if label == _CONTROL:
                control = _controlled(bodies)
            elif label == _APPLICATION:
                plays = _plays(bodies, plays)
        else:
            raise _damaged("chunks", f"it has an unknown block at byte {blocks.at - 1}")
    if not frames or blocks.at != len(data):
        raise _damaged("chunks", "it has no frame" if not frames else "it goes on after its end")
    return Gif(width, height, plays, tuple(frames))


def compose(gif: Gif) -> Iterator[Pixels]:
    """Each frame as it is seen: HxWx4 uint8 straight RGBA, RGB 0 where alpha is 0. The caller bounds the canvas and the
    frames it takes. Raises `PictureUnreadable` with field `pixels`."""
    canvas = np.zeros((gif.height, gif.width, 4), np.uint8)
    for frame in gif.frames:
        region = canvas[frame.top : frame.top + frame.height, frame.left : frame.left + frame.width]
        before = region.copy()
        indices = _decode(frame)
        drawn = np.ones(indices.shape, bool) if frame.transparent is None else indices != frame.transparent
        table = np.frombuffer(frame.table, np.uint8).reshape(-1, 3)
        if drawn.any() and int(indices[drawn].max()) >= len(table):
            raise _damaged("pixels", "one of its pixels has a colour that its table lacks")
        region[drawn, :3] = table[indices[drawn]]
        region[drawn, 3] = 255
        yield canvas.copy()
        if frame.dispose == _DISPOSE_BACKGROUND:
            region[:] = 0
        elif frame.dispose == _DISPOSE_PREVIOUS:
            region[:] = before


def _frame(blocks: _Blocks, control: _Control, table: bytes, canvas: tuple[int, int]) -> Frame:
    left, top, width, height, flags = struct.unpack("<HHHHB", blocks.take(9))
    own = blocks.table(flags) or table
    begin = blocks.at
    blocks.take(1)
    blocks.sub_blocks()
    if not (0 < width <= canvas[0] - left and 0 < height <= canvas[1] - top):
        raise _damaged("chunks", "one of its frames is empty or leaves the canvas")
    if not own:
        raise _damaged("chunks", "one of its frames has no colour table")
    return Frame(
        width=width,
        height=height,
        left=left,
        top=top,
        delay=control.delay,
        dispose=control.dispose,
        transparent=control.transparent,
        interlaced=bool(flags & _INTERLACED),
        table=own,
        pixels=blocks.data[begin : blocks.at],
    )


def _controlled(bodies: list[bytes]) -> _Control:
    if [len(body) for body in bodies] != [4]:
        raise _damaged("chunks", "one of its graphic control blocks is misshapen")
    flags, delay, transparent = struct.unpack("<BHB", bodies[0])
    dispose = flags >> 2 & 7
    if dispose > _DISPOSE_PREVIOUS:
        raise _damaged("chunks", "one of its frames is disposed of in an unknown way")
    return _Control(Fraction(delay, 100), dispose, transparent if flags & 1 else None)


def _plays(bodies: list[bytes], plays: int) -> int:
    """Viewers take the number of the block as how often the animation is repeated after it was shown once."""
    if len(bodies) < 2 or bodies[0] not in _LOOPS or len(bodies[1]) != 3 or bodies[1][0] != 1:
        return plays
    repeats = int.from_bytes(bodies[1][1:], "little")
    return repeats + 1 if repeats else 0


def _decode(frame: Frame) -> Pixels:
    """HxW colour indices."""
    box = struct.pack("<HHHHB", 0, 0, frame.width, frame.height, _INTERLACED if frame.interlaced else 0)
    # Without a colour table Pillow leaves the indices as they are.
    still = b"GIF89a" + struct.pack("<HHBBB", frame.width, frame.height, 0, 0, 0) + b"," + box + frame.pixels + b";"
    try:
        with Image.open(io.BytesIO(still), formats=["GIF"]) as image:
            return np.array(image)
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise _damaged("pixels", "the pixels of one of its frames cannot be decoded") from error


def _damaged(what: str, message: str) -> PictureUnreadable:
    return PictureUnreadable(f"The GIF is damaged: {message}; make it again.", field=what)
