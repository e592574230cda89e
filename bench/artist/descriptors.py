"""What an action does, as numbers read from its frames alone: how the body moves, and which colours appear where.

Nothing here knows a preset, a pose or an effect by name. Lengths are in heights of the character in its start frame,
sideways from its middle and upwards from its base. An effect is what the frames of the body alone do not explain.
"""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.artist.loops import Loop
from popcon.imaging.resize import premultiply

Floats = NDArray[np.float64]

BANDS = 6
HARMONICS = 8
NEAR = 0.03
"""Heights within which the body may have been elsewhere."""
UNLIKE = 48.0
COLOURS = 8
COLOURFUL = 0.22
LIGHT = 0.75
ACROSS = (-0.28, 0.28)
UP = (0.35, 0.68, 0.98)


class Place(NamedTuple):
    """Where the character stands in the start frame, in output pixels: the middle, the base and the height."""

    middle: float
    base: float
    height: float


def describe(loop: Loop) -> tuple[Floats, Floats]:
    """Movement and effects, two vectors of the same lengths for every loop."""
    place = _place(loop)
    return _movement(loop, place), _effects(loop, place)


def _place(loop: Loop) -> Place:
    left, top, width, height = cv2.boundingRect((loop.start[..., 3] > 127).astype(np.uint8))
    scale, x, y = loop.camera.scale, loop.camera.x, loop.camera.y
    return Place(scale * (left + width / 2) + x, scale * (top + height) + y, scale * height)


def _movement(loop: Loop, place: Place) -> Floats:
    """How strong each harmonic is of top, base and area, and of the middle and width of bands of the body; how the slow
    ones run; and how long a turn takes."""
    signals = np.stack([_stature(frame[..., 3] / 255, place) for frame in loop.body])
    waves = np.fft.rfft(signals, axis=0)[: HARMONICS + 1] / len(signals)
    slow = waves[1:3]
    return np.concatenate(
        [np.abs(waves[1:]).ravel(), waves[0].real, slow.real.ravel(), slow.imag.ravel(), [np.log2(loop.seconds)]]
    )


def _stature(alpha: NDArray[np.float32], place: Place) -> Floats:
    rows = np.flatnonzero(alpha.max(axis=1) > 0.5)
    top, base = rows[0], rows[-1] + 1
    x = (np.arange(alpha.shape[1]) + 0.5 - place.middle) / place.height
    out = [(place.base - top) / place.height - 1, (place.base - base) / place.height]
    out.append(float(np.log(alpha.sum() / place.height**2)))
    for band in np.array_split(alpha[top:base], BANDS):
        columns = band.sum(axis=0) / max(band.sum(), 1e-6)
        middle = float((columns * x).sum())
        spread = float(np.sqrt((columns * (x - middle) ** 2).sum()))
        out += [middle, np.log(max(spread, 1e-3))]
    return np.array(out)


def _effects(loop: Loop, place: Place) -> Floats:
    """How much of each colour lies in each zone around the character, in the mean over the loop, and how each colour
    comes and goes."""
    amounts = np.stack([_colours(*pair, place) for pair in zip(loop.frames, loop.body, strict=True)])
    mean = np.sqrt(amounts.mean(axis=0)).ravel()
    courses = amounts.sum(axis=(1, 2)) / max(amounts.mean(axis=0).sum(), 1e-6)
    waves = np.abs(np.fft.rfft(courses, axis=0)[1:4]) / len(courses)
    return np.concatenate([mean, waves.ravel()])


def _colours(frame: NDArray[np.uint8], body: NDArray[np.float32], place: Place) -> Floats:
    """Areas in squared heights: zones upwards x zones across x colours."""
    new = _unexplained(premultiply(frame), body, place)
    hue, saturation, value = cv2.split(cv2.cvtColor(frame[..., :3].astype(np.float32) / 255, cv2.COLOR_RGB2HSV))
    # Red lies around 0.
    colour = ((hue + 30) // 60).astype(int) % 6
    colour[saturation < COLOURFUL] = 6
    colour[(saturation < COLOURFUL) & (value < LIGHT)] = 7
    y, x = np.nonzero(new)
    up = np.digitize((place.base - y - 0.5) / place.height, UP)
    across = np.digitize((x + 0.5 - place.middle) / place.height, ACROSS)
    out = np.zeros((len(UP) + 1, len(ACROSS) + 1, COLOURS))
    np.add.at(out, (up, across, colour[y, x]), frame[y, x, 3] / 255 / place.height**2)
    return out


def _unexplained(seen: NDArray[np.float32], body: NDArray[np.float32], place: Place) -> NDArray[np.bool_]:
    """Whether a pixel is unlike everything that the body shows near it."""
    reach = max(1, round(NEAR * place.height))
    around = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
    least, most = cv2.erode(body, around), cv2.dilate(body, around)
    return np.asarray(((seen < least - UNLIKE) | (seen > most + UNLIKE)).any(axis=2))
