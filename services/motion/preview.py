"""`preview.mp4`: a clip for eyes, on white, some turns long. Never an input of anything."""

import io
import math
from fractions import Fraction

import av
import numpy as np

from popcon.imaging.arrays import Pixels
from popcon.imaging.clip import Clip
from popcon.imaging.resize import over

RATE = 25
MIN_SECONDS = 3
WHITE = (255, 255, 255)
# Constant quality, about what a browser shows without visible loss.
OPTIONS = {"crf": "20", "preset": "veryfast"}


def encode_preview(clip: Clip) -> bytes:
    """MP4, H.264 yuv420p at `RATE` pictures a second; whole turns of the loop, at least `MIN_SECONDS` of it."""
    frames = [_flat(frame) for frame in clip.frames]
    shown = _schedule(clip)
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=RATE, options=OPTIONS)
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        for index in shown:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frames[index], format="rgb24")))
        container.mux(stream.encode())
    return file.getvalue()


def _schedule(clip: Clip) -> list[int]:
    """The frame of the clip that each picture of the film shows."""
    turns = max(1, math.ceil(MIN_SECONDS / clip.duration))
    starts = np.cumsum([0.0, *(float(duration) for duration in clip.durations)])[:-1]
    count = round(turns * clip.duration * RATE)
    times = [float(Fraction(2 * index + 1, 2 * RATE) % clip.duration) for index in range(count)]
    return [int(np.searchsorted(starts, time, side="right")) - 1 for time in times]


def _flat(frame: Pixels) -> Pixels:
    """On white, with even sides, as yuv420p wants them."""
    rgb = over(frame, WHITE) if frame.shape[2] == 4 else frame
    height, width = rgb.shape[:2]
    return np.pad(rgb, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
