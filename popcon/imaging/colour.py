"""From whatever a picture file holds to upright 8-bit sRGB: orientation, profile, palette, depth, inks."""

import io
import struct

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageCms

from popcon.imaging.arrays import Pixels
from popcon.imaging.resize import cleared

# Exif 2.32, tag 0x0112: what brings a picture with that orientation upright.
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_DEEP = ("I", "I;16", "I;16B", "I;16L", "F")


def to_srgb(image: Image.Image) -> Pixels:
    """A loaded picture as HxWx4 uint8 straight RGBA in sRGB, RGB 0 where alpha is 0."""
    turn = _TURNS.get(_orientation(image))
    image = _through_profile(_eight_bits(image))
    if turn is not None:
        image = image.transpose(turn)
    return cleared(np.asarray(image if image.mode == "RGBA" else image.convert("RGBA")))


def _orientation(image: Image.Image) -> int:
    """The Exif orientation, 1 where there is none. Damaged Exif data does not make a picture unreadable."""
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except (OSError, SyntaxError, LookupError, TypeError, ValueError, struct.error):
        return 1


def _eight_bits(image: Image.Image) -> Image.Image:
    """The picture in a mode of 8-bit channels that a colour profile can be applied to."""
    if image.mode in _DEEP:
        grey = Image.fromarray(_scaled(np.asarray(image), image.mode))
        grey.info = {key: value for key, value in image.info.items() if key == "icc_profile"}
        return grey
    if "transparency" in image.info or image.mode in ("P", "PA", "La", "LA", "RGBa", "1"):
        # The hidden transparent colour is only matched before the profile changes the values.
        return image.convert("RGBA")
    return image


def _scaled(values: NDArray[np.generic], mode: str) -> NDArray[np.uint8]:
    """Deep grey values as 8 bits. Modes without a fixed range take the brightest value as white."""
    deep = np.nan_to_num(values.astype(np.float64), posinf=0.0, neginf=0.0)
    white = 65535.0 if mode.startswith("I;16") else max(float(deep.max()), 1.0)
    return np.asarray(np.rint(np.clip(deep / white, 0.0, 1.0) * 255.0), np.uint8)


def _through_profile(image: Image.Image) -> Image.Image:
    """The picture brought from its embedded profile to sRGB. Like viewers do, this ignores a profile it cannot use."""
    data = image.info.get("icc_profile")
    if not data:
        return image
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(data))
        if ImageCms.getProfileDescription(profile).startswith("sRGB"):
            return image
        turned = ImageCms.profileToProfile(
            image,
            profile,
            ImageCms.createProfile("sRGB"),
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode="RGBA" if image.mode == "RGBA" else "RGB",
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image
    return turned or image
