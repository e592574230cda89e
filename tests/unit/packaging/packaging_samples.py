"""Small clips, and a chunk tool of the tests' own to plant faults with."""

import struct
import zlib
from collections.abc import Callable
from fractions import Fraction
from functools import cache

import numpy as np
from numpy.typing import NDArray

from popcon.catalog import targets
from services.packaging.emoji import pack_emoji

SIGNATURE = b"\x89PNG\r\n\x1a\n"
LINE = targets.find("line-emoji")
WEB = targets.find("web")

Chunks = list[tuple[bytes, bytes]]


def soft_clip(count: int, side: int = 64, seed: int = 0) -> list[NDArray[np.uint8]]:
    """A shaded ball with a soft edge that goes round, and a faint glow that pulses: straight RGBA."""
    rows, columns = np.mgrid[0:side, 0:side] / side
    grain = np.random.default_rng(seed).normal(0, 2, (side, side, 3))
    frames = []
    for turn in np.arange(count) * 2 * np.pi / count:
        across, down = columns - 0.5 - 0.1 * np.cos(turn), rows - 0.5 - 0.1 * np.sin(turn)
        far = np.hypot(across, down)
        body = np.clip((0.28 - far) * side / 2, 0, 1)
        glow = (0.3 + 0.1 * np.sin(turn)) * np.clip(1 - np.hypot(columns - 0.15, rows - 0.15) / 0.1, 0, 1)
        colour = np.stack([200 + 50 * across, 120 - 90 * down, 80 + 60 * far], axis=2) + grain
        colour = np.where((glow > body)[..., None], [255, 240, 120], colour)
        rgba = np.dstack([colour, 255 * np.maximum(body, glow)])
        frame = np.clip(np.rint(rgba), 0, 255).astype(np.uint8)
        frame[frame[..., 3] == 0] = 0
        frames.append(frame)
    return frames


def even(seconds: int, count: int) -> list[Fraction]:
    return [Fraction(seconds, count)] * count


@cache
def line_emoji(seed: int = 0) -> bytes:
    """A LINE emoji that holds every rule: 8 frames over 1 s, 4 plays."""
    return pack_emoji(soft_clip(8, seed=seed), even(1, 8), LINE).data


def split(data: bytes) -> Chunks:
    chunks, at = [], len(SIGNATURE)
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        chunks.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + length]))
        at += 12 + length
    return chunks


def join(chunks: Chunks) -> bytes:
    return SIGNATURE + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )


def edit(data: bytes, kind: bytes, change: Callable[[bytes], bytes], every: bool = False) -> bytes:
    """The file with the body of its first chunk of a kind changed, or of all of them, checksums made good."""
    chunks = split(data)
    hits = [number for number, chunk in enumerate(chunks) if chunk[0] == kind]
    for number in hits if every else hits[:1]:
        chunks[number] = (kind, change(chunks[number][1]))
    return join(chunks)


def control(
    sequence: int,
    box: tuple[int, int, int, int],
    delay: tuple[int, int] = (1, 10),
    dispose: int = 0,
    blend: int = 0,
) -> tuple[bytes, bytes]:
    """An fcTL chunk; `box` is width, height, left, top."""
    return b"fcTL", struct.pack(">IIIIIHHBB", sequence, *box, *delay, dispose, blend)


def pixels(rgba: NDArray[np.uint8]) -> bytes:
    return zlib.compress(b"".join(b"\0" + row.tobytes() for row in rgba))
