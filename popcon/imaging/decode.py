"""Pictures from people: bounded, sniffed, turned upright, brought to 8-bit sRGB.

Bytes are counted before anything is read, pixels before anything is decoded; only the formats of `limits.MEDIA_TYPES`
are tried, and the name or declared type of a file is never trusted.
"""

import io
import struct
import warnings
import zlib

from PIL import Image

from popcon.catalog import limits
from popcon.errors import PictureTooLarge, PictureUnreadable, UnsupportedMedia
from popcon.imaging import colour
from popcon.imaging.arrays import Pixels

# Every reader now: Pillow looks for them when it meets a file that no other reads, and the jail opens no files.
Image.init()

# Format name of Pillow by media type.
_FORMATS = {
    "image/png": "PNG",
    "image/jpeg": "JPEG",
    "image/webp": "WEBP",
    "image/gif": "GIF",
    "image/bmp": "BMP",
    "image/tiff": "TIFF",
}
_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
)
# What Pillow's readers raise on damaged files.
_TROUBLE: tuple[type[Exception], ...] = (
    OSError,
    SyntaxError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)


def sniff_media_type(data: bytes) -> str:
    """The media type that the first bytes show, one of `limits.MEDIA_TYPES`. Raises `UnsupportedMedia` otherwise."""
    for signature, media_type in _SIGNATURES:
        if data.startswith(signature):
            return media_type
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    raise UnsupportedMedia(
        "This file is not a picture that can be read; send a PNG, JPEG, WebP, GIF, BMP or TIFF.", field="picture"
    )


def decode_picture(data: bytes) -> Pixels:
    """The first frame of a picture file as HxWx4 uint8 straight RGBA, upright, in sRGB.

    Raises `PictureUnreadable` (empty, damaged, too small), `PictureTooLarge` (bytes, side or pixels over the limit;
    known before a pixel is decoded) and `UnsupportedMedia` (no kind of file that popcon reads).
    """
    _check_bytes(data)
    media_type = sniff_media_type(data)
    with warnings.catch_warnings():
        # Sizes are bounded here, and a warning about odd metadata must not decide over a readable picture.
        warnings.simplefilter("ignore")
        try:
            with Image.open(io.BytesIO(data), formats=[_FORMATS[media_type]]) as image:
                _check_size(*image.size)
                image.load()
                return colour.to_srgb(image)
        except Image.DecompressionBombError as error:
            raise _too_large("it has too many pixels") from error
        except _TROUBLE as error:
            raise _unreadable() from error


def _check_bytes(data: bytes) -> None:
    if not data:
        raise PictureUnreadable("The picture is empty (0 bytes); send the file again.", field="picture")
    if len(data) > limits.PICTURE_MAX_BYTES:
        raise _too_large(f"the file has {len(data):,} bytes, the limit is {limits.PICTURE_MAX_BYTES:,}")


def _check_size(width: int, height: int) -> None:
    if max(width, height) > limits.PICTURE_MAX_SIDE:
        raise _too_large(f"it has {width}x{height} pixels, no side may be over {limits.PICTURE_MAX_SIDE}")
    if width * height > limits.PICTURE_MAX_PIXELS:
        raise _too_large(f"it has {width * height:,} pixels, the limit is {limits.PICTURE_MAX_PIXELS:,}")
    if min(width, height) < limits.PICTURE_MIN_SIDE:
        raise PictureUnreadable(
            f"The picture has only {width}x{height} pixels; send one with sides of {limits.PICTURE_MIN_SIDE} or more.",
            field="picture",
        )


def _too_large(what: str) -> PictureTooLarge:
    return PictureTooLarge(f"The picture is too large: {what}; send a smaller one.", field="picture")


def _unreadable() -> PictureUnreadable:
    return PictureUnreadable(
        "The picture is damaged or cut short and cannot be read; save it again and send the new file.", field="picture"
    )
