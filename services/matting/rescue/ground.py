"""A floor shadow as part of the background of what lies upon it.

What is drawn upon a shadow hides shaded ground: C = aF + (1 - a)SB, where S is the share of the light that the shadow
leaves. Measured against the bare background B, the shadow around a line would be a part of the line. S changes slowly,
so the shadow nearby tells it.
"""

from dataclasses import replace

import cv2
import numpy as np

from popcon.imaging.arrays import Colours, Mask, Pixels
from services.matting.rescue.evidence import Evidence, Levels
from services.matting.rescue.groups import Groups
from services.matting.rescue.parts import Indices, part_of

_WIDE, _ENOUGH = 12, 0.12  # pixels, of the window: upon a shadow, where a line and its dirt hide it
_NARROW, _MOSTLY = 2, 0.5  # the same: where the shadow itself shows
_NEAR = 4  # pixels around effects


def shaded(image: Pixels, evidence: Evidence, shadow: Indices, effects: Groups) -> Evidence:
    """The evidence of a frame with the shadow at flat indices added to its background, and its `size` measured
    against that, if effects lie there. Where a pixel is as near to the bare background, it keeps that."""
    if not len(shadow):
        return evidence
    mask, drawn = np.zeros(evidence.size.shape, np.bool_), effects.mask
    mask.ravel()[shadow] = True
    part = part_of(mask, _WIDE + _NEAR)
    if part is None or not drawn[part.slices].any():
        return evidence
    frame, bare = np.ascontiguousarray(image[part.slices]), np.ascontiguousarray(evidence.background.field[part.slices])
    ground = _ground(frame, bare, mask[part.slices])
    away = _distance(frame, ground)
    darker = away < _distance(frame, bare)
    size, field = evidence.size.copy(), evidence.background.field.copy()
    cv2.copyTo(away, darker.view(np.uint8), size[part.slices])
    cv2.copyTo(ground, darker.view(np.uint8), field[part.slices])
    return replace(evidence, size=size, background=replace(evidence.background, field=field))


def _ground(frame: Pixels, bare: Colours, shadow: Mask) -> Colours:
    """HxWx3: the mean colour of the shadow around, and the bare background where there is none."""
    ground, seen = bare.copy(), shadow.view(np.uint8)
    only = cv2.copyTo(frame, seen)
    for reach, least, where in ((_WIDE, _ENOUGH, np.ones_like(shadow)), (_NARROW, _MOSTLY, shadow)):
        window = (2 * reach + 1, 2 * reach + 1)
        share = cv2.boxFilter(seen, cv2.CV_32F, window)
        told = where & (share > least)
        ground[told] = cv2.boxFilter(only, cv2.CV_32F, window)[told] / share[told][:, None]
    return ground


def _distance(frame: Pixels, ground: Colours) -> Levels:
    """HxW: the largest channel's distance."""
    red, green, blue = cv2.split(cv2.absdiff(frame, cv2.convertScaleAbs(ground)))
    return np.asarray(cv2.max(cv2.max(red, green), blue), np.uint8)
