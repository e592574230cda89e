"""Unmixing: taking C = aF + (1 - a)B apart, where B is known.

The equation is "over" of Porter and Duff (Compositing Digital Images, SIGGRAPH 1984) on an opaque background. One pixel
gives three equations for four unknowns (a and F); Smith and Blinn (Blue Screen Matting, SIGGRAPH 1996) list what may be
assumed to solve it. Two of these are used here: F is known, or F lies in the cube of colours and a is smallest.

Colours are float arrays of shape ...x3 on the scale 0..255, alphas float arrays of shape ..., 0..1.
"""

import cv2
import numpy as np

from popcon.imaging.arrays import Colours, Pixels, Plane

_LEAST_ROOM = 24.0  # grey levels


def smallest_alpha(colour: Colours, background: Colours) -> Plane:
    """The smallest alpha with which some colour of the cube, over the background, gives the colour seen.

    A channel with next to no room on one side (brighter than a nearly white background) may miss by a few levels:
    taken by the letter, one level of noise there would claim full opacity.
    """
    room = np.where(colour > background, 255.0 - background, background)
    needed = np.abs(colour - background) / np.maximum(room, _LEAST_ROOM)
    # Channel by channel: NumPy is slow to reduce an axis of three.
    most = np.maximum(np.maximum(needed[..., 0], needed[..., 1]), needed[..., 2])
    return np.asarray(most.clip(0.0, 1.0), np.float32)


def alpha_of(colour: Colours, background: Colours, foreground: Colours) -> Plane:
    """The alpha that explains the colour best (least squares), where the foreground colour is known."""
    reach = foreground - background
    along = np.einsum("...i,...i->...", colour - background, reach)
    length = np.einsum("...i,...i->...", reach, reach)
    return np.asarray(np.clip(along / np.maximum(length, 1e-3), 0.0, 1.0), np.float32)


def foreground_of(colour: Colours, background: Colours, alpha: Plane) -> Colours:
    """The foreground colour that explains the colour seen with a given alpha, clipped to 0..255; 0 where alpha is 0."""
    opacity = alpha[..., None]
    mixed = colour - (1.0 - opacity) * background
    return np.asarray(np.where(opacity > 0, np.clip(mixed / np.maximum(opacity, 1e-3), 0, 255), 0), np.float32)


def separate(rgb: Pixels, background: Colours, alpha: Plane) -> Pixels:
    """HxWx3 uint8 taken off its background: HxWx4 uint8 straight RGBA, RGB 0 where alpha rounds to 0.

    Colours are unmixed with the rounded alpha, so that laying the result over the background gives the picture back as
    closely as 8 bits can.
    """
    rounded = np.rint(alpha * np.float32(255.0)).astype(np.uint8)
    separated = joined(rgb, rounded)
    rows, columns = np.divmod(np.flatnonzero((rounded > 0) & (rounded < 255)), alpha.shape[1])
    opacity = np.asarray(rounded[rows, columns] / np.float32(255.0), np.float32)
    mixed = foreground_of(rgb[rows, columns].astype(np.float32), background[rows, columns], opacity)
    separated[rows, columns, :3] = np.rint(mixed)
    return separated


def joined(rgb: Pixels, alpha: Pixels) -> Pixels:
    """HxWx3 and HxW uint8 as HxWx4, RGB 0 where alpha is 0."""
    shown = cv2.bitwise_and(rgb, rgb, mask=alpha)
    together = np.empty((*alpha.shape, 4), np.uint8)
    cv2.mixChannels([shown, alpha], [together], [0, 0, 1, 1, 2, 2, 3, 3])
    return together
