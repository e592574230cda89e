"""How opaque what is put back is.

A frame C is an effect F over its background B, C = aF + (1 - a)B: "over" of Porter and Duff (Compositing Digital
Images, SIGGRAPH 1984) on an opaque background. Three equations do not give four unknowns (a and F), so something must
be assumed (Smith and Blinn, Blue Screen Matting, SIGGRAPH 1996). Where F is the same, distances from the background are
in proportion to a: |C - B| = a |F - B|.

- How opaque a pixel of an effect is, a small net says (`net`): by how near its colour comes to the strongest one around
  it, apart for luma and colour, by how the colour rises there, and by what its candidate as a whole looks like. On a
  hard edge that is the share of the strongest colour; where an effect is seen through or melts away, its own F is
  likely rather than known.
- What an outline closes off is judged room by room (`rooms`).
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.imaging.arrays import Colours, Mask, Pixels, Plane
from popcon.imaging.masks import grown
from services.matting.rescue import net, pixels, rooms
from services.matting.rescue.evidence import HELD, Evidence, colours
from services.matting.rescue.groups import Groups, Values, grouped
from services.matting.rescue.parts import Indices, Part, part_of

_PAINT = 0.8  # mean opacity
_GAP = 10  # pixels
_STEP, _STEPS = 4, 3  # pixels, times
_SEEN = 4  # levels
_LIKE = 0.2  # of the colour
_BESIDE = 0.15  # of the window
_VISIBLE = 0.1  # alpha
_CRUMB = 70  # pixels of a frame of 512
_WEAK = 0.25  # of the strongest around
_MOST = 0.5  # of its candidate
_LEAST = 0.04  # alpha


def restored(
    image: Pixels,
    alpha: Plane,
    evidence: Evidence,
    wanted: Groups,
    traits: Values,
    fade: Values,
    edged: NDArray[np.bool_],
) -> Plane:
    """The alpha, HxW float32 0..1, with the wanted candidates put back. `traits`: of each, by `net.traits`; `fade`: the
    opacity of each against when it is undiminished, 0..1; `edged`: whether it has an edge at all."""
    whole, held = kept(image, alpha, evidence, wanted), alpha >= HELD
    out = alpha.copy()
    sights = pixels.look(image, alpha, evidence, wanted, whole)
    made = np.minimum(net.opacity(sights, traits), sights.most)
    # What is paint by all that is known of it is opaque inside, not nearly so.
    paint = edged & (np.expm1(traits[:, -1]) >= _PAINT)
    made[sights.inside & paint[sights.of]] = 1.0
    made = np.maximum(made, sights.least)
    _raise(out, sights.pixels, made)
    # What melts away closes nothing off.
    walls = whole & ~wanted.only(~edged).mask & (out >= HELD)
    _raise(out, *rooms.filled(image, held, evidence, walls))
    if fade.min() < 1.0:
        out = np.maximum(alpha, out * _fading(wanted, fade))
    crumbs = _crumbs((out > _VISIBLE) & ~held, evidence, wanted)
    out.ravel()[crumbs] = alpha.ravel()[crumbs]
    return out


def kept(image: Pixels, alpha: Plane, evidence: Evidence, wanted: Groups) -> Mask:
    """HxW: the wanted candidates with what joins them."""
    whole = wanted.mask
    whole.ravel()[_spread(image, evidence, whole, alpha >= HELD)] = True
    return whole


def _fading(wanted: Groups, fade: Values) -> Plane:
    """HxW float32 0..1: at every pixel the fade of the candidate that is nearest."""
    labels = wanted.labels
    _, nearest = cv2.distanceTransformWithLabels(
        (labels == 0).astype(np.uint8), cv2.DIST_L2, 3, labelType=cv2.DIST_LABEL_PIXEL
    )
    known = np.zeros(int(nearest.max()) + 1, np.float32)
    known[nearest.ravel()[wanted.pixels]] = fade[wanted.of]
    return np.asarray(known[nearest], np.float32)


def _crumbs(shown: Mask, evidence: Evidence, wanted: Groups) -> Indices:
    """Flat indices of small pieces, much weaker than what is beside them: dirt that a candidate held together with its
    effect. What is most of its candidate is the effect."""
    part = part_of(shown, 1)
    if part is None:
        return np.zeros(0, np.intp)
    near = shown[part.slices]
    _, labels = cv2.connectedComponents(near.view(np.uint8), connectivity=8)
    at = np.flatnonzero(near)
    of = labels.ravel()[at]
    small = (np.bincount(of) < _CRUMB * (min(shown.shape) / 512) ** 2)[of]
    pieces = grouped(near.shape, at[small], of[small])
    if not pieces.count:
        return pieces.pixels
    strength, around = (pieces.most(pieces.at(plane[part.slices])) for plane in (evidence.size, evidence.around))
    weak = pieces.only(strength < _WEAK * around)
    return part.flat(weak.only(~_whole(weak, part, wanted)).pixels) if weak.count else weak.pixels


def _whole(pieces: Groups, part: Part, wanted: Groups) -> NDArray[np.bool_]:
    """Per piece of a part of the frame whether it is of a candidate that is in such pieces for the most part."""
    mask = np.zeros(wanted.shape, np.bool_)
    mask[part.slices] = pieces.mask
    whole = wanted.only(wanted.total(wanted.at(mask)) > _MOST * wanted.areas).mask
    return np.asarray(pieces.total(pieces.at(whole[part.slices])) > 0, np.bool_)


def _raise(out: Plane, at: Indices, made: Plane) -> None:
    """Raises `out`, in place, at flat indices to alphas that are visible."""
    visible = made >= _LEAST
    at = at[visible]
    out.ravel()[at] = np.maximum(out.ravel()[at], made[visible])


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
