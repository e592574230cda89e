"""GIF put together by hand, with nothing of the writer's or of a library's."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

EMPTY, RED, GREEN, BLUE = (0, 0, 0, 0), (255, 0, 0, 255), (0, 255, 0, 255), (0, 0, 255, 255)
TABLE = bytes([0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255])
FOR_EVER = b"!\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00"
KEEP, BACKGROUND, PREVIOUS = 1, 2, 3


@dataclass(frozen=True)
class Drawn:
    """A frame: its HxW indices, its corner, and how it is shown. Index 0 is transparent unless told otherwise."""

    indices: Sequence[Sequence[int]] | NDArray[np.uint8]
    corner: tuple[int, int] = (0, 0)
    dispose: int = KEEP
    delay: int = 10
    transparent: int | None = 0
    table: bytes = b""
    flags: int = 0

    def bytes(self) -> bytes:
        pixels = np.asarray(self.indices, np.uint8)
        flags = self.flags | (0x81 if self.table else 0)
        return (
            control(self.dispose, self.delay, self.transparent)
            + struct.pack("<BHHHHB", 0x2C, *self.corner, pixels.shape[1], pixels.shape[0], flags)
            + self.table
            + plain_codes(pixels.tobytes())
        )


def control(dispose: int = KEEP, delay: int = 10, transparent: int | None = 0) -> bytes:
    flags = dispose << 2 | (transparent is not None)
    return b"!\xf9" + struct.pack("<BBHBB", 4, flags, delay, transparent or 0, 0)


def plain_codes(indices: bytes) -> bytes:
    """LZW that never refers to what was before: with a clear in time, every code keeps its first 8 bits. Indices are
    under 128."""
    codes = b"".join(b"\x80" + indices[at : at + 100] for at in range(0, len(indices), 100)) + b"\x81"
    blocks = (codes[at : at + 255] for at in range(0, len(codes), 255))
    return b"\x07" + b"".join(bytes([len(block)]) + block for block in blocks) + b"\0"


def by_hand(*frames: Drawn, canvas: tuple[int, int] = (2, 1), loop: bytes = FOR_EVER, table: bytes = TABLE) -> bytes:
    screen = struct.pack("<HHBBB", *canvas, 0x81 if table else 0, 0, 0)
    return b"GIF89a" + screen + table + loop + b"".join(frame.bytes() for frame in frames) + b";"
