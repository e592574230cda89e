"""Keying: the alpha of a figure on a plain background, by what the border connects to.

Background-coloured pixels that the border reaches are transparent; the same colour inside a closed outline belongs to
the figure, unless the background is of a marked colour: white bellies are common, bellies of just that blue are holes.
Halos that melt into the background without an edge (glows, floor shadows) are no part of the figure either. The rim of
what remains gets its alpha by unmixing against the colour just behind it.
"""

import cv2
import numpy as np

from popcon.imaging.arrays import Mask, Pixels, Plane
from popcon.imaging.background import Background, difference, estimate_background
from popcon.imaging.masks import border, connected, grown, nearest, opened, square
from popcon.imaging.rim import rim_alpha

_THRESHOLD = 6.0  # grey levels that count as different on a clean background
_NOISE_FACTOR = 4.0
_FAINT = 24.0  # grey levels up to which something thin may be dirt
_SMEAR = 2  # pixels: the radius of what is too thick to be dirt
_TINTED = 40.0  # grey levels between the channels of a background that no figure repeats by chance
_SOFT_SLOPE = 3.0  # grey levels per pixel: anything less is no edge
_SOFT_WIDTH = 3.5  # pixels: a rise that takes longer is no edge, however high
_SOFT_REACH = 6  # pixels: how far around a pixel its rise is followed
_NECK = 1  # pixels: a gap of up to twice this in an outline lets nothing in
_SOFT_NECK = 3
_INLET = 2.0  # pixels: the radius up to which something behind a gap is an inlet and not a room
_ALIKE = 12.0  # grey levels within which a halo goes on up to the figure's edge
_STRAY_PIXELS = 10  # on a picture of 512
_STRIP = 0.012  # of the shorter side: how far a line along the border may reach into the picture


def key_background(rgb: Pixels, background: Background | None = None) -> Plane:
    """The alpha, HxW float32 0..1, of the figure in an HxWx3 uint8 picture on a plain background, which is estimated
    where it is not given."""
    background = background or estimate_background(rgb)
    return rim_alpha(rgb, background, figure(rgb, background))


def threshold(background: Background) -> float:
    """Grey levels from which a pixel counts as different from the background."""
    return _THRESHOLD + _NOISE_FACTOR * background.noise


def figure(rgb: Pixels, background: Background) -> Mask:
    """HxW: True where the picture shows the figure, the partly covered pixels of its rim included."""
    distance = difference(denoised(rgb, background.noise), background)
    different = _without_dirt(distance > threshold(background), distance, background.noise)
    seed = border(different.shape)
    outside = _reached(~different, seed, _NECK)
    outside |= _inlets(~different, seed, outside)
    if np.ptp(background.colour) >= _TINTED:
        outside |= connected(~different, opened(~different, _SMEAR))
    halo = _reached(outside | _soft(distance, background.noise), outside, _SOFT_NECK) & ~outside
    if halo.any():
        outside |= _up_to_the_edge(halo, rgb, background.noise)
    return _without_strays(~outside)


def denoised(rgb: Pixels, noise: float) -> Pixels:
    """Smoothed, edges kept, as much as a noise (grey levels) asks for; the same array where it asks for nothing."""
    if noise < 1.0:
        return rgb
    return np.asarray(cv2.bilateralFilter(rgb, 7, sigmaColor=6.0 * noise, sigmaSpace=2.0), np.uint8)


def _without_dirt(different: Mask, distance: Plane, noise: float) -> Mask:
    """What differs, without the faint thin smears that compression leaves around edges: faint pixels stay only within
    solid areas and next to clearly different pixels."""
    strong = grown(distance > _FAINT + _NOISE_FACTOR * noise, _SMEAR)
    return np.asarray(different & (strong | grown(opened(different, _SMEAR), 1)), np.bool_)


def _reached(free: Mask, seed: Mask, neck: int) -> Mask:
    """What the seed reaches through free pixels without squeezing through a gap of up to 2 * `neck` pixels."""
    wide = cv2.erode(free.astype(np.uint8), square(neck), borderType=cv2.BORDER_CONSTANT, borderValue=1)
    return np.asarray(grown(connected(wide > 0, seed), neck) & free, np.bool_)


def _inlets(free: Mask, seed: Mask, reached: Mask) -> Mask:
    """What `_reached` left out for being narrow, where it ends before it widens: no room behind a gap."""
    rest = connected(free, seed) & ~reached
    _, labels = cv2.connectedComponents(rest.astype(np.uint8), connectivity=4)
    radius = np.asarray(cv2.distanceTransform(rest.astype(np.uint8), cv2.DIST_C, 3), np.float32)
    return np.asarray(rest & ~np.isin(labels, np.unique(labels[radius > _INLET])), np.bool_)


def _soft(distance: Plane, noise: float) -> Mask:
    """Pixels that lie on no edge: the picture changes slowly there, or has been rising for a while, or goes on rising
    as slowly for a while (the foot of a ramp). A pale outline before a strong colour is none of these."""
    smooth = np.asarray(cv2.GaussianBlur(distance, (0, 0), 1.0), np.float32)
    near, far = square(1), square(_SOFT_REACH)
    slope = (cv2.dilate(smooth, near) - cv2.erode(smooth, near)) / 2.0
    gentle = slope <= _SOFT_SLOPE + noise
    risen = smooth - cv2.erode(smooth, far) >= _SOFT_WIDTH * slope
    rising = (cv2.dilate(smooth, far) - smooth >= _SOFT_WIDTH * slope) & (cv2.dilate(slope, far) <= 1.5 * slope)
    return np.asarray(gentle | risen | rising, np.bool_)


def _up_to_the_edge(halo: Mask, rgb: Pixels, noise: float) -> Mask:
    """A halo with the pixels between it and the figure's edge, which the search for slopes had to leave out."""
    row, column = nearest(halo)
    change = np.abs(rgb.astype(np.int16) - rgb[row, column]).max(axis=2)
    return np.asarray(halo | (grown(halo, _SOFT_NECK) & (change <= _ALIKE + 3.0 * noise)), np.bool_)


def _without_strays(inside: Mask) -> Mask:
    """The mask without dots of a few pixels and without lines that run along the border of the picture."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(inside.astype(np.uint8), connectivity=8)
    left, top, width, height, area = np.asarray(stats).T
    rows, columns = inside.shape
    shorter = min(rows, columns)
    strip = max(2, round(_STRIP * shorter))
    along = ((top + height <= strip) | (top >= rows - strip)) & (width > 0.3 * columns)
    upright = ((left + width <= strip) | (left >= columns - strip)) & (height > 0.3 * rows)
    stray = along | upright | (area < _STRAY_PIXELS * (shorter / 512) ** 2)
    return np.asarray(inside & ~stray[labels], np.bool_)
