"""How opaque what is put back is.

A frame C is an effect F over its background B, C = aF + (1 - a)B: "over" of Porter and Duff (Compositing Digital
Images, SIGGRAPH 1984) on an opaque background. Three equations do not give four unknowns (a and F), so something must
be assumed (Smith and Blinn, Blue Screen Matting, SIGGRAPH 1996). Where F is the same, distances from the background are
in proportion to a: |C - B| = a |F - B|.

- A region with a hard edge is opaque inside, and F at its edge is taken to be the strongest colour just within:
  a = |C - B| / |F - B|, with its ends clipped, where blur and compression leave a tail.
- A region that is seen through or melts away is of one F. Its mean a is learned (`judge.share`), and a is in proportion
  to |C - B| with that mean.
- What an outline closes off is judged room by room (`rooms`).
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.imaging.arrays import Colours, Mask, Pixels, Plane
from popcon.imaging.masks import grown, square
from services.matting.rescue import rooms
from services.matting.rescue.evidence import HELD, Evidence, Levels, colours
from services.matting.rescue.groups import Groups, Values, grouped
from services.matting.rescue.parts import Indices, depth, part_of

_NEAR = 5  # pixels: within these an edge finds the colour within
_DEEP = 2.0  # pixels
_SOLID = 0.6  # mean opacity
_GAP = 10  # pixels
_STEP, _STEPS = 4, 3  # pixels, times
_SEEN = 4  # levels
_LIKE = 0.2  # of the colour
_BESIDE = 0.15  # of the window
_THIN = 3.5  # pixels from the edge
_VISIBLE = 0.1  # alpha
_CRUMB = 70  # pixels of a frame of 512
_WEAK = 0.25  # of the strongest around
_LEAST = 0.04  # alpha
_BLURRED = 0.22  # of the colour within: an edge's share at which it is still or already blurred out
_DEEPER = 4.0  # pixels
_FIRM = 0.85  # of the colour within
_PALE = 0.12  # of the colour within


def restored(image: Pixels, alpha: Plane, evidence: Evidence, wanted: Groups, shares: Values, fade: Values) -> Plane:
    """The alpha, HxW float32 0..1, with the wanted candidates put back. `shares`: the mean opacity of each where it is
    undiminished, `fade`: its opacity against that, both 0..1."""
    kept, held = wanted.mask, alpha >= HELD
    # What is thin shows its own colour nowhere for certain, and would melt for that alone.
    firm = (shares >= _SOLID) | (wanted.most(wanted.at(depth(kept))) <= _THIN)
    solid = wanted.only(firm).mask
    spread = _spread(image, evidence, kept, held)
    solid.ravel()[spread] = True
    kept.ravel()[spread] = True
    out = alpha.copy()
    _raise(out, *_hard(solid, evidence.size))
    _raise(out, *_melting(evidence, wanted, firm, shares))
    _raise(out, *rooms.filled(image, held, evidence, kept & (out >= HELD)))
    if fade.min() < 1.0:
        out = np.maximum(alpha, out * _fading(wanted, fade))
    crumbs = _crumbs((out > _VISIBLE) & ~held, evidence)
    out.ravel()[crumbs] = alpha.ravel()[crumbs]
    return out


def _fading(wanted: Groups, fade: Values) -> Plane:
    """HxW float32 0..1: at every pixel the fade of the candidate that is nearest."""
    labels = wanted.labels
    _, nearest = cv2.distanceTransformWithLabels(
        (labels == 0).astype(np.uint8), cv2.DIST_L2, 3, labelType=cv2.DIST_LABEL_PIXEL
    )
    known = np.zeros(int(nearest.max()) + 1, np.float32)
    known[nearest.ravel()[wanted.pixels]] = fade[wanted.of]
    return np.asarray(known[nearest], np.float32)


def _crumbs(shown: Mask, evidence: Evidence) -> Indices:
    """Flat indices of small pieces, much weaker than what is beside them: dirt that a candidate held together with its
    effect."""
    part = part_of(shown, 1)
    if part is None:
        return np.zeros(0, np.intp)
    _, labels = cv2.connectedComponents(shown[part.slices].view(np.uint8), connectivity=8)
    pixels = np.flatnonzero(labels)
    pieces = grouped(labels.shape, pixels, np.asarray(labels, np.int32).ravel()[pixels])
    strength, around = (pieces.most(pieces.at(plane[part.slices])) for plane in (evidence.size, evidence.around))
    small = pieces.areas < _CRUMB * (min(shown.shape) / 512) ** 2
    return part.flat(pieces.only(small & (strength < _WEAK * around)).pixels)


def _raise(out: Plane, pixels: Indices, made: Plane) -> None:
    """Raises `out`, in place, at flat indices to alphas that are visible."""
    visible = made >= _LEAST
    pixels = pixels[visible]
    out.ravel()[pixels] = np.maximum(out.ravel()[pixels], made[visible])


def _spread(image: Pixels, evidence: Evidence, kept: Mask, held: Mask) -> Indices:
    """Flat indices of what lies beside the matte and kept pixels and is of their colour, though dirt might explain it
    there."""
    reach = _STEPS * _STEP
    # Further than the mean of a window sees, nothing changes.
    near = grown(held, _GAP) & ~held & (evidence.size > _SEEN) & grown(kept, reach) & ~kept
    part = part_of(near, _STEP)
    if part is None:
        return np.zeros(0, np.intp)
    found, near = kept[part.slices].copy(), near[part.slices]
    frame, behind = image[part.slices], evidence.background.field[part.slices]
    for _ in range(_STEPS):
        joining = _alike(frame, behind, found, near)
        if not len(joining):
            break
        found.ravel()[joining] = True
    return part.pixels(found & ~kept[part.slices])


def _alike(frame: Pixels, behind: Colours, found: Mask, near: Mask) -> Indices:
    """Flat indices of pixels of `near` that are of the mean colour of what is found around them."""
    window = (2 * _STEP + 1, 2 * _STEP + 1)
    count = cv2.boxFilter(found.view(np.uint8), -1, window, normalize=False)
    open_to = near & ~found & (count > _BESIDE * window[0] * window[1])
    part = part_of(open_to, _STEP)
    if part is None:
        return np.zeros(0, np.intp)
    at, around = np.flatnonzero(open_to[part.slices]), count[part.slices].ravel()
    shift = cv2.subtract(frame[part.slices], np.ascontiguousarray(behind[part.slices]), dtype=cv2.CV_32F)
    total = cv2.boxFilter(cv2.copyTo(shift, found[part.slices].view(np.uint8)), -1, window, normalize=False)
    colour = colours(np.asarray(total, np.float32), at) / around[at]
    apart = np.abs(colours(np.asarray(shift, np.float32), at) - colour).max(axis=0)
    return part.flat(at[apart < _LIKE * np.abs(colour).max(axis=0)])


def _hard(solid: Mask, size: Levels) -> tuple[Indices, Plane]:
    """Flat indices and alphas: opaque within, and at the edge as near as the colour comes to the one within."""
    part = part_of(solid, _NEAR)
    if part is None:
        return np.zeros(0, np.intp), np.zeros(0, np.float32)
    kept, level = solid[part.slices], size[part.slices]
    inside = np.flatnonzero(grown(kept, 1))
    most = cv2.dilate(cv2.bitwise_and(level, level, mask=kept.view(np.uint8)), square(_NEAR)).ravel()[inside]
    edge = level.ravel()[inside] / np.maximum(most, 1).astype(np.float32)
    rim = np.clip((edge - _BLURRED) / (1.0 - 2.0 * _BLURRED), 0.0, 1.0)
    deep = depth(kept).ravel()[inside]
    firm = ((deep > _DEEP) & (edge > _FIRM)) | ((deep > _DEEPER) & (edge > _PALE))
    return part.flat(inside), np.where(firm, np.float32(1.0), rim)


def _melting(evidence: Evidence, wanted: Groups, firm: NDArray[np.bool_], shares: Values) -> tuple[Indices, Plane]:
    """Flat indices and alphas of what is not firm: in proportion to the distance from the background, as it is for one
    colour seen more or less through."""
    if firm.all():
        return np.zeros(0, np.intp), np.zeros(0, np.float32)
    soft = wanted.only(~firm)
    size = soft.at(evidence.size)
    mean = soft.total(size) / soft.areas
    made = np.minimum(1.0, size * (shares[~firm] / np.maximum(mean, 1.0))[soft.of])
    return soft.pixels, made.astype(np.float32)
