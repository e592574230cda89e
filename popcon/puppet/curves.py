"""Periodic functions of the phase: what moves a pose over one turn of a loop.

The phase runs from 0 to 1 and 1 is 0 again. Position agrees at the seam for all of them, and speed too.
"""

import math
from bisect import bisect_right
from collections.abc import Callable

Track = Callable[[float], float]
"""Phase to value; periodic with period 1."""


def keys(*points: tuple[float, float]) -> Track:
    """A curve through (phase, value) pairs, phases rising within 0..1 (1 excluded), without overshoot.

    Periodic monotone cubic: slopes are Fritsch and Butland's weighted harmonic mean of the neighbouring secants (SIAM
    J. Sci. Stat. Comput. 5, 1984), 0 at a turning point, so that the movement eases in and out of every extreme.
    """
    count = len(points)
    phases = [phase for phase, _ in points]
    values = [value for _, value in points]
    gaps = [(phases[(i + 1) % count] - phases[i]) % 1.0 or 1.0 for i in range(count)]
    secants = [(values[(i + 1) % count] - values[i]) / gaps[i] for i in range(count)]
    slopes = [_slope(gaps[i - 1], gaps[i], secants[i - 1], secants[i]) for i in range(count)]

    def track(phase: float) -> float:
        i = (bisect_right(phases, phase % 1.0) - 1) % count
        j = (i + 1) % count
        x = ((phase - phases[i]) % 1.0) / gaps[i]
        rise, fall = x * x * (3 - 2 * x), x * x * (x - 1)
        lead = x * (1 - x) ** 2
        return values[i] * (1 - rise) + values[j] * rise + gaps[i] * (slopes[i] * lead + slopes[j] * fall)

    return track


def _slope(gap_before: float, gap_after: float, before: float, after: float) -> float:
    if before * after <= 0:
        return 0.0
    weight_before, weight_after = gap_before + 2 * gap_after, 2 * gap_before + gap_after
    return (weight_before + weight_after) / (weight_before / after + weight_after / before)


def wave(amplitude: float, cycles: int = 1, lag: float = 0.0) -> Track:
    """A sine with whole `cycles` per loop, late by `lag` of a loop."""
    return lambda phase: amplitude * math.sin(math.tau * cycles * (phase - lag))


def dip(depth: float, cycles: int = 1, lag: float = 0.0, rest: float = 0.0) -> Track:
    """`rest` at phase `lag`, `rest + depth` half a cycle later, a cosine between."""
    return lambda phase: rest + depth * 0.5 * (1 - math.cos(math.tau * cycles * (phase - lag)))


def arc(start: float, end: float, height: float) -> Track:
    """A throw: 0 up to `start`, a parabola of `height`, 0 again from `end`; 0 < start < end < 1."""

    def track(phase: float) -> float:
        x = (phase % 1.0 - start) / (end - start)
        return 4 * height * x * (1 - x) if 0 < x < 1 else 0.0

    return track


def times(first: Track, second: Track) -> Track:
    """The product: a wave that a slower curve lets swell and fade."""
    return lambda phase: first(phase) * second(phase)


def plus(first: Track, second: Track) -> Track:
    """The sum of two movements."""
    return lambda phase: first(phase) + second(phase)


def smoothstep(x: float) -> float:
    """0 below 0, 1 above 1, eased between."""
    x = min(max(x, 0.0), 1.0)
    return x * x * (3 - 2 * x)


def life(phase: float, birth: float, span: float) -> float | None:
    """Age, 0..1, of something born at phase `birth` that lives for `span` of a loop (0 < span <= 1); None when it is
    not alive."""
    age = ((phase - birth) % 1.0) / span
    return age if age < 1 else None


def fade(age: float, rise: float = 0.25, fall: float = 0.3) -> float:
    """0 at birth and death, 1 between, eased."""
    return smoothstep(age / rise) * smoothstep((1 - age) / fall)


def pop(age: float, rise: float = 0.25) -> float:
    """A size that grows from 0, overshoots to about 1.1 and settles at 1: `1 - e^(-3.2x) cos(1.4πx)`, x = age/rise."""
    x = max(age, 0.0) / rise
    return 1 - math.exp(-3.2 * x) * math.cos(1.4 * math.pi * x) if x < 4 else 1.0
