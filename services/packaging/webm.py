"""Writes WebM with VP9 and alpha: https://www.webmproject.org/docs/container/.

VP9 carries no alpha: a second VP9 stream, whose luma is the alpha, travels in the BlockAdditions of the first.

Colours are BT.601 and say so. Players that go by the tag and players that take every VP9 for BT.601, as chat apps do,
then show the same. WebM counts whole milliseconds, so the begin of each frame is rounded, not its delay: rounding never
adds up.
"""

import io
import math
from fractions import Fraction
from itertools import pairwise

import av
import cv2
import numpy as np
from av.video.reformatter import ColorRange, Colorspace
from numpy.typing import NDArray

from popcon.imaging.arrays import Pixels
from popcon.imaging.resize import premultiply

# Y, Cb, Cr of BT.601 in studio range from R, G, B 0..1: Rec. ITU-R BT.601-7, 2.5 and 3.5.
_MATRIX = np.array(
    [[65.481, 128.553, 24.966], [-37.797, -74.203, 112.0], [112.0, -93.786, -18.214]],
    np.float32,
)
_OFFSET = np.array([16, 128, 128], np.float32)

_OPTIONS = {
    "auto-alt-ref": "0",  # frames that are never shown have no place for an alpha
    "deadline": "good",
    "cpu-used": "1",
    "lag-in-frames": "25",
    "threads": "1",  # the same bytes on any machine
    "g": "9999",  # a loop is played from its start
    "b": "0",  # quality alone decides
}

_TICK = Fraction(1, 1000)

# Finer is bytes for nothing: what half-size chroma loses remains. On small canvases it still shows, and costs little.
# Coarser looks broken.
FINEST, FINEST_SMALL, COARSEST = 19, 15, 50
_SMALL = 128 * 128
# Logarithms of sizes: by how much a file shrinks per step of crf before two are known, on soft and on grainy art; how
# far below the limit to aim, for sizes fall ever faster; and how much of the limit may stay unused.
_FALL, _SPARE, _UNUSED = 0.06, 0.04, 0.1

Planes = tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]


def write_within(frames: NDArray[np.uint8], delay: Fraction, most_bytes: float) -> tuple[int, bytes]:
    """The finest file of `write_webm` that has at most `most_bytes`, and before it its crf; where none has, the
    coarsest.

    Each look costs an encoding, so that a file that fills nine tenths is taken without looking further. Sizes are
    interpolated between a file that is too large and one that is too small.
    """
    low = FINEST_SMALL if frames.shape[1] * frames.shape[2] <= _SMALL else FINEST
    data = write_webm(frames, delay, low)
    over, fitting = math.log(len(data) / most_bytes), b""
    if over <= 0:
        return low, data
    high, under = COARSEST + 1, 0.0
    while high - low > 1:
        fall = (over - under) / (high - low) if fitting else _FALL
        crf = min(low + math.ceil((over + _SPARE) / fall), high - 1)
        data = write_webm(frames, delay, crf)
        excess = math.log(len(data) / most_bytes)
        if excess > 0:
            low, over = crf, excess
            continue
        high, under, fitting = crf, excess, data
        if excess > -_UNUSED:
            break
    return (high, fitting) if fitting else (low, data)


def write_webm(frames: NDArray[np.uint8], delay: Fraction, crf: int) -> bytes:
    """A WebM of NxHxWx4 uint8 straight RGBA. The same input gives the same bytes.

    `delay`: seconds that each frame is shown. `crf`: 0..63, the higher the smaller and the worse.
    """
    out = io.BytesIO()
    with av.open(out, "w", format="webm", container_options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream("libvpx-vp9", rate=1 / delay, options={**_OPTIONS, "crf": str(crf)})
        stream.height, stream.width = frames.shape[1:3]
        stream.pix_fmt = "yuva420p"
        packets = [packet for frame in frames for packet in stream.encode(_picture(frame))]
        ends = [round(number * delay / _TICK) for number in range(len(frames) + 1)]
        for packet, (start, end) in zip([*packets, *stream.encode()], pairwise(ends), strict=True):
            packet.time_base, packet.pts, packet.dts, packet.duration = _TICK, start, start, end - start
            container.mux(packet)
    return out.getvalue()


def _picture(rgba: Pixels) -> av.VideoFrame:
    picture = av.VideoFrame(rgba.shape[1], rgba.shape[0], "yuva420p")
    for plane, values in zip(picture.planes, _planes(rgba), strict=True):
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)
        rows[:, : plane.width] = values
    picture.colorspace = Colorspace.ITU601
    picture.color_range = ColorRange.MPEG
    return picture


def _planes(rgba: Pixels) -> Planes:
    """Y, Cb, Cr, A; Cb and Cr at half the size."""
    ycc = _bled(rgba) @ (_MATRIX.T / 255) + _OFFSET
    chroma = _halved(ycc[..., 1:])
    y, cb, cr = (np.rint(each).astype(np.uint8) for each in (ycc[..., 0], chroma[..., 0], chroma[..., 1]))
    return y, cb, cr, rgba[..., 3]


def _bled(rgba: Pixels) -> NDArray[np.float32]:
    """HxWx3 float32 0..255: the colours, carried outwards to where nothing is visible, so that neither half-size chroma
    nor a block of the codec mixes them with black. Each missing pixel takes the mean of the nearest coarser picture
    that has any."""
    levels = [premultiply(rgba)]
    while max(levels[-1].shape[:2]) > 1:
        levels.append(_halved(levels[-1]))
    colour = np.zeros((1, 1, 3), np.float32)
    for level in reversed(levels):
        size = level.shape[1], level.shape[0]
        below = cv2.resize(colour, size, interpolation=cv2.INTER_LINEAR).reshape(*level.shape[:2], 3)
        alpha = level[..., 3:]
        colour = np.where(alpha > 0, level[..., :3] * (255 / np.maximum(alpha, 1e-3)), below)
    return colour


def _halved(picture: NDArray[np.floating]) -> NDArray[np.float32]:
    """HxWxC at half the size, odd sides rounded up."""
    height, width = picture.shape[:2]
    return np.asarray(
        cv2.resize(picture, ((width + 1) // 2, (height + 1) // 2), interpolation=cv2.INTER_AREA), np.float32
    )
