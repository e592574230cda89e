"""How limbs swing: as a pose wants them, and after the body, late and damped, as what hangs on a moving thing does.

A limb that nothing moves is a damped pendulum whose pivot is shaken, `a'' + 2 z w a' + w^2 a = -push/length`. The loop
repeats for ever, so its steady state is wanted: every harmonic of the push times the pendulum's response at it. That
closes the loop exactly.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from popcon.puppet.limbs import Limb
from popcon.puppet.pose import Body, Pose, targets

Curve = NDArray[np.float64]

RATE = 2.3
"""Turns per second of a free limb."""
DAMPING = 0.32
PUSH = 1.7
LIMIT = 0.55
LOOSE = 0.5
"""How far a limb follows freely, as a share of how far it can be turned."""
HIGHEST = 0.95
"""An arm's angle above the horizontal when it is quite up, and..."""
LOWEST = -1.5
"""...quite down, radians."""
SINK = 1.1
"""How far an arm is let down at most."""
EAR = 0.6
TENTACLE = 0.5
ARMS = ("arm", "tentacle")


class Swing(NamedTuple):
    """Radians: how far a limb is turned, and how much more at its tip; up is positive."""

    angle: float
    curl: float


def wanted(pose: Pose, limb: Limb, armed: bool) -> float:
    """The angle that a pose gives a limb, radians; `armed`: whether there are arms, or else ears wave."""
    angle = _asked(pose, limb, armed)
    return angle if limb.most > math.pi / 2 else limb.most * math.tanh(angle / limb.most)


def _asked(pose: Pose, limb: Limb, armed: bool) -> float:
    lift, wag = (pose.lift_left, pose.wag_left) if limb.side < 0 else (pose.lift_right, pose.wag_right)
    match limb.kind:
        case "ear":
            upright = max(math.pi / 2 - limb.rise, 0.0)
            perked = EAR * pose.perk if pose.perk < 0 else min(pose.perk, 1.0) * upright
            return perked if armed else perked + wag
        case "tail":
            return pose.tail
        case "tentacle":
            return TENTACLE * lift + wag
        case "arm":
            up, down = max(HIGHEST - limb.rise, 0.0), min(max(limb.rise - LOWEST, 0.0), SINK)
            return min(max(lift * (up if lift > 0 else down) + wag, -down), up + 0.35)
    return 0.0


def still_swings(pose: Pose, limbs: Sequence[Limb]) -> list[Swing]:
    """The swings of a pose that is held."""
    armed = any(limb.kind in ARMS for limb in limbs)
    return [Swing(wanted(pose, limb, armed), 0.0) for limb in limbs]


def swings(poses: Sequence[Pose], seconds: float, body: Body, limbs: Sequence[Limb]) -> list[list[Swing]]:
    """For each of the poses, evenly spread over a loop of `seconds`, the swing of each limb."""
    armed = any(limb.kind in ARMS for limb in limbs)
    each = [_over_loop(poses, seconds, body, limb, armed) for limb in limbs]
    return [[curve[index] for curve in each] for index in range(len(poses))]


def _over_loop(poses: Sequence[Pose], seconds: float, body: Body, limb: Limb, armed: bool) -> list[Swing]:
    angles = np.array([wanted(pose, limb, armed) for pose in poses])
    root = np.array([limb.root], np.float32)
    path = np.array([targets(pose, body, root)[0] for pose in poses], np.float64)
    tangent = np.array([limb.root[1] - limb.tip[1], limb.tip[0] - limb.root[0]]) * -limb.side / limb.length
    shaken = _follow(path @ tangent / limb.length, seconds)
    late = _lag(angles, seconds)
    # An arm is held by its muscles; an ear or a tail only hangs on.
    hold = 0.35 if limb.kind in ARMS else 1.0
    most = min(LIMIT, LOOSE * limb.most)
    free = most * np.tanh(hold * PUSH * shaken / most)
    curl = most * np.tanh((late + 0.6 * free) / most)
    return [Swing(float(a), float(c)) for a, c in zip(angles + 0.6 * free, curl, strict=True)]


def _follow(displacement: Curve, seconds: float) -> Curve:
    """The angle of a pendulum whose pivot moves so far, in lengths of it, along the direction of swing."""
    turn, response = _response(len(displacement), seconds)
    return np.asarray(np.fft.irfft(np.fft.rfft(displacement) * turn**2 * response, len(displacement)), np.float64)


def _lag(angles: Curve, seconds: float) -> Curve:
    """How far a tip is behind an angle that is forced at the root."""
    _, response = _response(len(angles), seconds)
    delayed = np.fft.irfft(np.fft.rfft(angles) * response * (math.tau * RATE) ** 2, len(angles))
    return np.asarray(delayed - angles, np.float64)


def _response(count: int, seconds: float) -> tuple[Curve, NDArray[np.complex128]]:
    turn = np.asarray(math.tau * np.arange(count // 2 + 1) / seconds, np.float64)
    own = math.tau * RATE
    return turn, np.asarray(1 / (own**2 - turn**2 + 2j * DAMPING * own * turn), np.complex128)
