"""What a file says of itself in its first bytes."""

import struct

from popcon.catalog.target import Format, Size
from services.packaging import webm_reader

HEAD_BYTES = 1024  # a WebM tells its size late

Look = tuple[Format | None, Size | None]
"""Format and canvas, as far as they can be told."""

UNKNOWN: Look = None, None


def look(head: bytes) -> Look:
    """Format and canvas by the first `HEAD_BYTES` of a file. A still PNG passes for an APNG."""
    if head.startswith(b"\x89PNG") and len(head) >= 24:
        width, height = struct.unpack_from(">II", head, 16)
        return Format.APNG, (width, height)
    if head.startswith(b"RIFF") and head[8:16] == b"WEBPVP8X" and len(head) >= 30:
        return Format.WEBP, (1 + int.from_bytes(head[24:27], "little"), 1 + int.from_bytes(head[27:30], "little"))
    if head.startswith((b"GIF87a", b"GIF89a")) and len(head) >= 10:
        width, height = struct.unpack_from("<HH", head, 6)
        return Format.GIF, (width, height)
    if head.startswith(b"\x1aE\xdf\xa3"):
        return Format.WEBM, webm_reader.canvas(head)
    return UNKNOWN
