"""Candidates followed through a clip, so that neighbouring frames share what they know.

A candidate's own score is mixed with those of its likenesses in the frames before and after (the clip is a loop). What
has none on either side is a blink: dirt more often than not, and the smaller the more.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from services.matting.rescue.groups import Values

_FAR = 40.0  # pixels of a frame of 512 that an effect moves between two frames, at most
_AREA = 4.0  # times
_COLOUR = 40.0  # levels
_BLINK = 5.0  # log odds against something small that a single frame shows
_SMALL = 150.0  # pixels of a frame of 512
_BLINK_LARGE = 2.0  # log odds
_NEIGHBOUR = 0.5

Looks = NDArray[np.float64]
"""n x 6: x, y (pixels of a frame of 512), log area, mean luma, blue and red chroma of the shift, levels."""


def shared(scores: Sequence[Values], looks: Sequence[Looks]) -> list[Values]:
    """The scores, 0..1, of the candidates of each frame after all have heard from their neighbours."""
    odds = [_logit(each) for each in scores]
    count = len(scores)
    if count < 2:
        return list(scores)
    mixed = []
    for index in range(count):
        before, after = (index - 1) % count, (index + 1) % count
        sides = [_heard(looks[index], looks[other], odds[other]) for other in {before, after}]
        known = np.stack([~np.isnan(side) for side in sides])
        heard = np.nansum(np.stack(sides), axis=0)
        total = odds[index] + _NEIGHBOUR * heard
        doubt = np.where(looks[index][:, 2] < np.log(_SMALL), _BLINK, _BLINK_LARGE)
        total = total / (1.0 + _NEIGHBOUR * known.sum(axis=0)) - doubt * ~known.any(axis=0)
        mixed.append(1.0 / (1.0 + np.exp(-total)))
    return mixed


def _heard(own: Looks, others: Looks, odds: Values) -> Values:
    """Per candidate the log odds of what is most like it in another frame, NaN where nothing is."""
    if not len(own) or not len(others):
        return np.full(len(own), np.nan)
    away = np.linalg.norm(own[:, None, :2] - others[None, :, :2], axis=2) / _FAR
    other_size = np.abs(own[:, None, 2] - others[None, :, 2]) / np.log(_AREA)
    other_colour = np.linalg.norm(own[:, None, 3:] - others[None, :, 3:], axis=2) / _COLOUR
    unlike = np.maximum(np.maximum(away, other_size), other_colour)
    best = unlike.argmin(axis=1)
    return np.where(unlike[np.arange(len(own)), best] <= 1.0, odds[best], np.nan)


def _logit(score: Values) -> Values:
    clipped = np.clip(score, 0.02, 0.98)
    return np.asarray(np.log(clipped / (1.0 - clipped)))
