"""Candidates followed through a clip, so that its frames share what they know.

Candidates of neighbouring frames that are each other's best likeness are one effect (the clip is a loop: its last frame
comes before its first). Frames of one effect decide together whether it is one, and how opaque it is.

- What is small and has no likeness on either side is a blink: dirt more often than not.
- An effect that fades keeps its colour and loses opacity: the distance from the background is in proportion to opacity
  (`rescue.opacity`), so the frame that shows it best tells how opaque it is in all others.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.matting.rescue.groups import Values
from services.matting.rescue.parts import Indices

_FAR = 40.0  # pixels of a frame of 512 that an effect moves between two frames, at most
_AREA = 4.0  # times
_COLOUR = 40.0  # levels
_TURN = 0.35  # of the colour's length
_FADE = 12.0  # times
_BLINK = 5.0  # log odds against something small that a single frame shows
_SMALL = 150.0  # pixels of a frame of 512
_BLINK_LARGE = 2.0  # log odds
_NEIGHBOUR = 0.5
_FIRM = 0.95  # of the best: less is not the encoder's doing
_PIECE = 3.0  # times: areas that are further apart are not of the same pieces

Looks = NDArray[np.float64]
"""n x 7: `Measures.looks`."""


@dataclass(frozen=True)
class Heard:
    """Of the candidates of a frame, all 0..1: `scores`, how certain it is that they are effects; `shares`, their mean
    opacity where they are undiminished; `fade`, their opacity against that."""

    scores: Values
    shares: Values
    fade: Values


def heard(alone: Sequence[Heard], looks: Sequence[Looks]) -> list[Heard]:
    """Per frame of a clip, from what each frame says of its candidates by itself."""
    sizes = [len(each.scores) for each in alone]
    if len(sizes) < 2 or not sum(sizes):
        return list(alone)
    at = np.concatenate(_chains(looks)), np.repeat(np.arange(len(sizes)), sizes)
    look = np.concatenate(looks)
    odds = _by_frame(_logit(np.concatenate([each.scores for each in alone])), at, len(sizes))
    strength = _by_frame(look[:, 6], at, len(sizes))
    area = _by_frame(look[:, 2], at, len(sizes))
    fade, share = _faded(strength, area, _by_frame(np.concatenate([each.shares for each in alone]), at, len(sizes)))
    blink = np.where(look[:, 2] < np.log(_SMALL), _BLINK, _BLINK_LARGE)
    lone = (np.count_nonzero(~np.isnan(odds), axis=1) < 2)[at[0]]
    score = 1.0 / (1.0 + np.exp(blink * lone - _together(odds)[at]))
    parts = (np.split(each, np.cumsum(sizes)[:-1]) for each in (score, share[at], fade[at]))
    return [Heard(*each) for each in zip(*parts, strict=True)]


def _by_frame(values: Values, at: tuple[Indices, Indices], frames: int) -> Values:
    """effects x frames: the value of each effect in each frame, NaN where it is not."""
    out = np.full((int(at[0].max()) + 1, frames), np.nan)
    out[at] = values
    return out


def _chains(looks: Sequence[Looks]) -> list[Indices]:
    """Per frame the number of the effect that each candidate belongs to."""
    numbers: list[Indices] = []
    fresh = 0
    for index, look in enumerate(looks):
        number = fresh + np.arange(len(look))
        fresh += len(look)
        if index:
            mine, theirs = _pairs(look, looks[index - 1])
            number[mine] = numbers[-1][theirs]
        numbers.append(number)
    if len(looks) > 2:
        first, last = _pairs(looks[0], looks[-1])
        same = np.arange(fresh)
        same[numbers[-1][last]] = numbers[0][first]
        numbers = [same[number] for number in numbers]
    return numbers


def _pairs(own: Looks, others: Looks) -> tuple[Indices, Indices]:
    """Candidates of two frames that are each other's best likeness."""
    nothing = np.zeros(0, np.intp)
    if not len(own) or not len(others):
        return nothing, nothing
    unlike = _unlike(own, others)
    best, back = unlike.argmin(axis=1), unlike.argmin(axis=0)
    mine = np.flatnonzero((back[best] == np.arange(len(own))) & (unlike[np.arange(len(own)), best] <= 1.0))
    return mine, best[mine]


def _unlike(own: Looks, others: Looks) -> Values:
    """How unlike candidates of two frames are; up to 1 they can be the same."""
    away = np.linalg.norm(own[:, None, :2] - others[None, :, :2], axis=2) / _FAR
    size = np.abs(own[:, None, 2] - others[None, :, 2]) / np.log(_AREA)
    mine, theirs = own[:, 3:6], others[:, 3:6]
    colour = np.linalg.norm(mine[:, None] - theirs[None], axis=2) / _COLOUR
    long, wide = (np.maximum(np.linalg.norm(each, axis=1), 1.0) for each in (mine, theirs))
    ratio = np.abs(np.log(long[:, None] / wide[None])) / np.log(_FADE)
    turn = np.linalg.norm((mine / long[:, None])[:, None] - (theirs / wide[:, None])[None], axis=2)
    return np.asarray(np.maximum(np.maximum(away, size), np.minimum(colour, np.maximum(ratio, turn / _TURN))))


def _together(odds: Values) -> Values:
    """effects x frames: the log odds with those of the same effect in the frames before and after."""
    total, weight = np.nan_to_num(odds), np.ones(odds.shape)
    for step in {1, odds.shape[1] - 1}:
        told = np.roll(odds, step, axis=1)
        total = total + _NEIGHBOUR * np.nan_to_num(told)
        weight += _NEIGHBOUR * ~np.isnan(told)
    return np.asarray(total / weight)


def _faded(strength: Values, area: Values, shares: Values) -> tuple[Values, Values]:
    """effects x frames: the opacity against the frames that show the effect best, and the opacity there. `area`: log.
    Pieces that are one in some frames only are not compared: one may be weaker than the other."""
    best = np.ones(strength.shape)
    for step in range(strength.shape[1]):
        alike = np.abs(np.roll(area, step, axis=1) - area) < np.log(_PIECE)
        best = np.maximum(best, np.where(alike, np.roll(strength, step, axis=1), 0.0))
    fade = np.minimum(1.0, np.nan_to_num(strength) / best / _FIRM)
    full = fade >= 1.0
    share = np.sum(shares, axis=1, where=full, initial=0.0) / np.maximum(np.count_nonzero(full, axis=1), 1)
    return fade, np.broadcast_to(share[:, None], strength.shape)


def _logit(score: Values) -> Values:
    clipped = np.clip(score, 0.02, 0.98)
    return np.asarray(np.log(clipped / (1.0 - clipped)))
