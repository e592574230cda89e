"""Hard edges: the alpha of their pixels from the colours on both sides, as far as the matte may be wrong there."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.imaging import unmix
from popcon.imaging.arrays import Colours, Mask, Pixels, Plane
from popcon.imaging.masks import square
from services.matting.behind import Behind, Places

_REACH = 3  # pixels within which a hard edge goes from clear to solid
_CLEAR, _SOLID = 13, 150  # of 255
_WIDE = 2  # pixels by which a matte may reach too far
_TIGHT = 1  # pixels by which it may fall short; by another one where the picture leaves no doubt
_SURE = (0.3, 0.7)  # alphas between which doubt ends
_STEPS = 3
_DEEP = 3  # pixels inside a matte: what lies there is figure, whatever its colour
_RISE = 0.08  # a ramp that rises by less from pixel to pixel has come to its end
_CHROMA = 0.4  # of its weight: encoders smear colour further than brightness
_PERCEIVED = np.array([[0.299, 0.587, 0.114], [-0.169, -0.331, 0.5], [0.5, -0.419, -0.081]], np.float32)
_PERCEIVED[1:] *= _CHROMA
_BETWEEN = 0.12  # of the pixels around hard edges: those that antialiasing alone leaves between both colours
_DIRTY = 2.0  # grey levels off the line
_SMEARED = 0.05  # of alpha: from here on no doubt ends
_CAUTION_UP, _CAUTION_DOWN = 6.0, 0.5
_OFF_LINE = 0.25  # of the distance between both colours, by which a mixture may miss their line


@dataclass(frozen=True)
class Edges:
    """`places`: N flat indices of edge pixels. `colours`: Nx3 float32 0..255, the figure's colour beside each.
    `alpha`: N float32 0..1, what both sides' colours say. `trust`: N float32 0..1, how far that is to be believed.
    `smear`: of the whole picture, how far in alpha an encoder has smeared edges, 0..0.2."""

    places: Places
    colours: Colours
    alpha: Plane
    trust: Plane
    smear: float


@dataclass(frozen=True)
class _Rays:
    """Pixels on the way inwards from each of N edge pixels, the first of S its own. `colours`: SxNx3. `behind`: Nx3.
    `alpha`: SxN, 0..255. `deep`: SxN, whether far inside the matte. `offset`: SxNx3, from the background, on
    perceptual axes."""

    colours: Colours
    behind: Colours
    alpha: Plane
    deep: Mask
    offset: Colours


@dataclass(frozen=True)
class _Mixture:
    """N pixels as mixtures of figure and background. `colours`: the figure's, Nx3. `share`: its part in each, 0..1.
    `contrast`: how far apart both colours are. `miss`: how far the pixel lies from the line between them."""

    colours: Colours
    share: Plane
    contrast: Plane
    miss: Plane


def find_edges(rgb: Pixels, alpha: Pixels, back: Behind) -> Edges:
    """The hard edges of an HxWx3 uint8 picture with an HxW uint8 alpha.

    From each edge pixel the way leads up the matte until the colour stops moving away from the background. There the
    figure is solid, and mixing its colour with the background's explains the pixel: `unmix.alpha_of`. The result
    keeps to what a matte too wide or too tight by a pixel or two would say, and to the matte itself as far as the
    picture is smeared.
    """
    bounds = _bounds(alpha)
    places = np.flatnonzero(_hard(alpha) & (bounds[0] < bounds[-1]))
    rays = _rays(rgb, alpha, back, places)
    mixture = _mixture(rays, _plateau(rays, back.dirt), _around(alpha, places))
    smear = _smear(mixture)
    contrast = mixture.contrast
    trust = _smooth((contrast - 4 - 3 * back.dirt) / (6 + 6 * back.dirt))
    trust = trust * _smooth(2 - mixture.miss / np.maximum(_OFF_LINE * contrast, 2 + 2 * back.dirt))
    # What dirt alone could add or take is neither a veil outside nor a hole inside.
    doubt = np.minimum(0.2, 2 * back.dirt / np.maximum(contrast, 1))
    share = np.clip((mixture.share - doubt) / (1 - 2 * doubt), 0, 1)
    limits = [np.asarray(plane.ravel()[places] / np.float32(255), np.float32) for plane in bounds]
    share = _within(share, limits, unmix.smallest_alpha(rays.colours[0], rays.behind), smear)
    return Edges(places, mixture.colours, _weighed(share, rays.alpha[0] / np.float32(255), smear), trust, smear)


def _mixture(rays: _Rays, steps: Places, around: Plane) -> _Mixture:
    end = steps, np.arange(len(steps))
    # What is see-through as a whole is so at its plateau too: the figure's own colour lies further out by that much.
    opacity = np.maximum(around, unmix.smallest_alpha(rays.colours[end], rays.behind))[:, None]
    front, seen = np.asarray(rays.offset[end] / opacity, np.float32), rays.offset[0]
    share = unmix.alpha_of(seen, np.zeros_like(seen), front)
    colours = np.clip(rays.behind + (rays.colours[end] - rays.behind) / opacity, 0, 255)
    return _Mixture(np.asarray(colours, np.float32), share, _length(front), _length(seen - share[:, None] * front))


def _within(share: Plane, limits: list[Plane], least: Plane, smear: float) -> Plane:
    """The share between the limits of `_bounds`. `least`: what a pixel's own colour asks for wherever it is figure."""
    floor, near, far = limits
    sure = _smooth((share - _SURE[0]) / (_SURE[1] - _SURE[0])) * max(0.0, 1 - smear / _SMEARED)
    highest = np.maximum(near + sure * (far - near), np.where(near > _SURE[0], least, 0))
    return np.asarray(np.clip(share, floor, highest), np.float32)


def _weighed(share: Plane, given: Plane, smear: float) -> Plane:
    """The given alpha moved to the share by as much as the change stands out from the smear: Wiener's filter. A veil
    beside an edge shows more than a piece that is missing, so that rising asks for more than falling."""
    change = share - given
    error = np.where(change > 0, _CAUTION_UP, _CAUTION_DOWN) * np.float32(smear)
    square = change * change
    return np.asarray(given + change * square / (square + error * error + 1e-9), np.float32)


def _hard(alpha: Pixels) -> Mask:
    """Where clear and solid lie close together."""
    window = square(_REACH)
    return np.asarray((cv2.dilate(alpha, window) > _SOLID) & (cv2.erode(alpha, window) < _CLEAR), np.bool_)


def _bounds(alpha: Pixels) -> list[Pixels]:
    """The smallest alpha, the largest, and the largest where there is no doubt."""
    near = cv2.dilate(alpha, square(_TIGHT))
    return [np.asarray(each, np.uint8) for each in (cv2.erode(alpha, square(_WIDE)), near, cv2.dilate(near, square(1)))]


def _rays(rgb: Pixels, alpha: Pixels, back: Behind, places: Places) -> _Rays:
    height, width = alpha.shape
    across, down = (each.ravel()[places] for each in cv2.spatialGradient(cv2.GaussianBlur(alpha, (5, 5), 1.0)))
    # Every step moves by a whole pixel along the longer axis.
    length = np.maximum(np.maximum(np.abs(across), np.abs(down)), 1).astype(np.float32)
    rows, columns = np.divmod(places, width)
    step = np.arange(_STEPS + 1, dtype=np.float32)[:, None]
    y = np.clip(np.rint(rows + step * (down / length)), 0, height - 1).astype(np.int32)
    x = np.clip(np.rint(columns + step * (across / length)), 0, width - 1).astype(np.int32)
    on = y * width + x
    colours = _pick(rgb, on).astype(np.float32)
    beyond = back.at(rows, columns)
    offset = np.asarray((colours - beyond) @ _PERCEIVED.T, np.float32)
    deep = cv2.erode(alpha, square(_DEEP)).ravel()[on] > 127
    return _Rays(colours, beyond, alpha.ravel()[on].astype(np.float32), deep, offset)


def _around(alpha: Pixels, places: Places) -> Plane:
    """The largest alpha within a hard edge's reach."""
    return np.asarray(cv2.dilate(alpha, square(_REACH)).ravel()[places] / np.float32(255), np.float32)


def _smear(mixture: _Mixture) -> float:
    """How far an encoder has smeared edges, in alpha. On a clean picture next to nothing misses the line between both
    colours; on one that was smeared more pixels than usual lie between them."""
    between = (mixture.contrast > 40) & (mixture.share > 0.05) & (mixture.share < 0.95)
    if between.sum() < 20:
        return 0.0
    dirty = min(1.0, float(np.percentile(mixture.miss[between], 75)) / _DIRTY)
    return min(0.2, 0.5 * max(0.0, float(between.mean()) - _BETWEEN)) * dirty


def _pick(rgb: Pixels, places: NDArray[np.int32]) -> Pixels:
    """Pixels by flat index. Whole words are gathered several times as fast as rows of three bytes."""
    words = cv2.cvtColor(rgb, cv2.COLOR_RGB2RGBA).view(np.uint32).ravel()
    return np.asarray(words[places][..., None].view(np.uint8)[..., :3], np.uint8)


def _plateau(rays: _Rays, dirt: float) -> Places:
    """N steps: the first at which the colour has left the background, lies well inside, and rises no more."""
    away = _length(rays.offset)
    most = away.max(axis=0)
    left = away > np.minimum(0.15 * most + 4 + 2 * dirt, 0.7 * most)
    inside = rays.alpha >= 0.6 * rays.alpha.max(axis=0)
    still = away[1:] - away[:-1] < _RISE * away[:-1] + 2 + dirt
    stop = still & inside[:-1] & (left[:-1] | rays.deep[:-1])
    return np.where(stop.any(axis=0), stop.argmax(axis=0), _STEPS)


def _length(vectors: Colours) -> Plane:
    return np.asarray(np.sqrt(np.einsum("...i,...i->...", vectors, vectors)), np.float32)


def _smooth(x: Plane) -> Plane:
    """0 up to 0, 1 from 1 on, smoothly rising between."""
    x = np.clip(x, 0, 1)
    return np.asarray(x * x * (3 - 2 * x), np.float32)
