"""Resizing, cropping and compositing of straight RGBA without coloured fringes.

Everything that averages pixels does so on premultiplied floats: the colour of a transparent pixel then weighs nothing.
Blending stays in sRGB values, as every chat platform and browser does it.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.imaging.arrays import Box, Pixels


def premultiply(rgba: Pixels) -> NDArray[np.float32]:
    """HxWx4 uint8 straight RGBA to HxWx4 float32, 0..255, colours multiplied by alpha."""
    out = rgba.astype(np.float32)
    out[..., :3] *= out[..., 3:] / 255.0
    return out


def unpremultiply(premultiplied: NDArray[np.float32]) -> Pixels:
    """The inverse of `premultiply`, rounded; values out of range are clipped, and RGB is 0 where alpha rounds to 0."""
    alpha = np.clip(np.rint(premultiplied[..., 3:]), 0, 255)
    colour = premultiplied[..., :3] * (255.0 / np.maximum(premultiplied[..., 3:], 0.5))
    colour = np.where(alpha > 0, np.clip(np.rint(colour), 0, 255), 0)
    return np.concatenate([colour, alpha], axis=2).astype(np.uint8)


def resize_rgba(rgba: Pixels, size: tuple[int, int]) -> Pixels:
    """HxWx4 uint8 straight RGBA resampled to `size` (width, height), straight again.

    An axis that shrinks is averaged by area; an axis that grows is interpolated by cubics.
    """
    height, width = rgba.shape[:2]
    if (width, height) == size:
        return cleared(rgba)
    pixels = premultiply(rgba)
    smaller = (min(width, size[0]), min(height, size[1]))
    if smaller != (width, height):
        pixels = np.asarray(cv2.resize(pixels, smaller, interpolation=cv2.INTER_AREA), np.float32)
    if smaller != size:
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_CUBIC), np.float32)
    return unpremultiply(pixels)


def cleared(rgba: Pixels) -> Pixels:
    """A copy of an HxWx4 picture with RGB 0 where alpha is 0."""
    return np.asarray(rgba * (rgba[..., 3:] > 0), np.uint8)


def over(rgba: Pixels, colour: tuple[int, int, int]) -> Pixels:
    """HxWx4 uint8 straight RGBA laid over a plain 8-bit sRGB colour: HxWx3 uint8."""
    alpha = rgba[..., 3:].astype(np.float32) / 255.0
    mixed = rgba[..., :3] * alpha + np.asarray(colour, np.float32) * (1.0 - alpha)
    return np.asarray(np.rint(mixed), np.uint8)


def content_box(alpha: NDArray[np.uint8]) -> Box | None:
    """The smallest box that holds every non-zero pixel of an HxW alpha; None where there is none."""
    left, top, width, height = cv2.boundingRect(np.ascontiguousarray(alpha))
    return (left, top, left + width, top + height) if width else None


def pad(rgba: Pixels, left: int, top: int, right: int, bottom: int) -> Pixels:
    """An HxWx4 picture with that many transparent pixels added to each side."""
    return np.pad(rgba, ((top, bottom), (left, right), (0, 0)))


def crop_to_square(rgba: Pixels, margin: float = 0.0) -> Pixels:
    """What is visible of an HxWx4 picture, centred in a transparent square whose free edge on the longer axis is
    `margin` (a fraction of the square's side, 0..0.5 exclusive). Nothing visible is cut off; no pixel is resampled.
    A picture with nothing visible becomes one transparent pixel."""
    left, top, right, bottom = content_box(rgba[..., 3]) or (0, 0, 1, 1)
    width, height = right - left, bottom - top
    side = int(np.ceil(max(width, height) / (1.0 - 2.0 * margin)))
    x, y = (side - width) // 2, (side - height) // 2
    return pad(rgba[top:bottom, left:right], x, y, side - width - x, side - height - y)
