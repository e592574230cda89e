"""PNG of our own frames and masks: exact, 8 bits, grey, RGB or RGBA. Pictures from people go through `decode`."""

import io
import struct

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from popcon.catalog import limits
from popcon.errors import ArtifactDamaged

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_MODES = ("L", "RGB", "RGBA")


def encode_png(array: NDArray[np.uint8], level: int = 1) -> bytes:
    """HxW, HxWx3 or HxWx4 uint8 as PNG. `level`: zlib effort, 1 (fast) to 9."""
    out = io.BytesIO()
    Image.fromarray(array).save(out, "PNG", compress_level=level)
    return out.getvalue()


def encode_indexed_png(indices: NDArray[np.uint8], palette: NDArray[np.uint8]) -> bytes:
    """HxW uint8 indices into Kx4 uint8 straight RGBA, K ≤ 256, as PNG with a palette."""
    image, out = Image.fromarray(indices), io.BytesIO()
    image.putpalette(palette.tobytes(), "RGBA")
    image.save(out, "PNG", compress_level=9)
    return out.getvalue()


def decode_png(data: bytes, max_side: int = limits.PICTURE_MAX_SIDE) -> NDArray[np.uint8]:
    """The HxW, HxWx3 or HxWx4 uint8 array in a PNG of ours. Raises `ArtifactDamaged` for anything else, and for a side
    over `max_side` before a pixel is decoded."""
    # The header is read by hand because Pillow warns about sizes before we could refuse them.
    if len(data) < 33 or not data.startswith(_SIGNATURE):
        raise _damaged("it is not a PNG")
    width, height = struct.unpack(">II", data[16:24])
    if not (0 < width <= max_side and 0 < height <= max_side):
        raise _damaged(f"it claims {width}x{height} pixels")
    try:
        with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
            image.load()
    except (OSError, SyntaxError, ValueError, struct.error) as error:
        raise _damaged(str(error)) from error
    if image.mode not in _MODES:
        raise _damaged(f"its pixels are {image.mode}")
    return np.asarray(image)


def _damaged(what: str) -> ArtifactDamaged:
    return ArtifactDamaged(f"A stored frame is damaged: {what}; make it again.")
