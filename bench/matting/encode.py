"""Real encoders: JPEG by Pillow, H.264 by libx264 through PyAV, there and back."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import av
import cv2
import numpy as np
from PIL import Image

from bench.matting.art import Split
from bench.matting.case import Pixels, Plane

SHARES = {"lossless": 0.16, "jpeg": 0.34, "h264": 0.5}
QUALITIES: Mapping[Split, tuple[int, ...]] = {
    "tune": (40, 48, 56, 66, 76, 86, 94),
    "test": (42, 50, 60, 70, 80, 90, 95),
}
CRFS: Mapping[Split, tuple[int, ...]] = {"tune": (18, 22, 26, 30, 33, 36), "test": (19, 21, 25, 29, 32, 35)}
PRESETS: Mapping[Split, tuple[str, ...]] = {"tune": ("veryfast", "medium"), "test": ("superfast", "fast")}
RESCALED = 0.22  # share of frames that were made smaller
SCALES: Mapping[Split, tuple[float, ...]] = {"tune": (0.5, 0.625, 0.75), "test": (0.55, 0.6667, 0.8)}


@dataclass(frozen=True)
class Encoder:
    """`kind`: "lossless", "jpeg" or "h264". `level`: quality or crf. `scale`: the frame was made at this share of its
    side and enlarged by `way` (an interpolation of OpenCV). `grain`: deviation of the noise before encoding."""

    kind: str
    level: int = 0
    full_chroma: bool = False
    preset: str = ""
    scale: float = 1.0
    way: int = cv2.INTER_CUBIC
    grain: float = 0.0

    @property
    def strong(self) -> bool:
        """Whether it loses what is faint."""
        return (self.kind == "jpeg" and self.level < 60) or (self.kind == "h264" and self.level >= 29)

    @property
    def labels(self) -> tuple[str, ...]:
        """Its slices: the encoder with a range of strength, "rescaled", "grain"."""
        bucket = self.kind
        if self.kind == "jpeg":
            bucket = "jpeg q " + ("40-59" if self.level < 60 else "60-79" if self.level < 80 else "80-95")
        elif self.kind == "h264":
            bucket = "h264 crf " + ("18-22" if self.level < 23 else "23-28" if self.level < 29 else "29-36")
        return (bucket, *(("rescaled",) if self.scale < 1 else ()), *(("grain",) if self.grain >= 0.5 else ()))


def encoder(random: np.random.Generator, split: Split, kinds: Mapping[str, float] = SHARES) -> Encoder:
    kind = str(random.choice(list(kinds), p=list(kinds.values())))
    level = {"lossless": 0, "jpeg": int(random.choice(QUALITIES[split])), "h264": int(random.choice(CRFS[split]))}[kind]
    return Encoder(
        kind,
        level,
        full_chroma=bool(random.random() < 0.35),
        preset=str(random.choice(PRESETS[split])),
        scale=float(random.choice(SCALES[split])) if random.random() < RESCALED else 1.0,
        way=int(random.choice([cv2.INTER_CUBIC, cv2.INTER_LANCZOS4])),
        grain=float(random.uniform(0.5, 3.0)) if random.random() < 0.4 else 0.0,
    )


def round_trip(random: np.random.Generator, frame: Plane, how: Encoder) -> Pixels:
    """A single frame (HxWx3 float32, levels 0..255, H and W even) with grain, encoded and decoded: uint8. For H.264 it
    is the second of three, between neighbours that are shifted by a pixel or two."""
    grainy = grained(random, frame, how.grain)
    if how.kind == "h264":
        shift = random.integers(-2, 3, 2).tolist()
        before, after = np.roll(grainy, shift, (0, 1)), np.roll(grainy, [-s for s in shift], (0, 1))
        return h264([before, grainy, after], how)[1]
    return jpeg(grainy, how) if how.kind == "jpeg" else grainy


def grained(random: np.random.Generator, frame: Plane, deviation: float) -> Pixels:
    """With sensor noise, mostly the same in all channels: uint8."""
    if deviation > 0:
        height, width = frame.shape[:2]
        field = random.standard_normal((height, width), np.float32) * np.float32(deviation)
        own = [0.85 * field + 0.5 * np.roll(field, (31 * i + 7, 57 * i + 19), (0, 1)) for i in range(3)]
        frame = frame + np.stack(own, axis=-1)
    return np.asarray(np.clip(np.rint(frame), 0, 255), np.uint8)


def jpeg(frame: Pixels, how: Encoder) -> Pixels:
    out = io.BytesIO()
    Image.fromarray(frame).save(out, "JPEG", quality=how.level, subsampling=0 if how.full_chroma else 2)
    return np.asarray(Image.open(out).convert("RGB"))


def h264(frames: Sequence[Pixels], how: Encoder) -> list[Pixels]:
    """The frames after libx264, yuv420p, of one clip; height and width must be even."""
    height, width = frames[0].shape[:2]
    if height % 2 or width % 2:
        raise ValueError("H.264 with yuv420p needs even sides.")
    coder = av.CodecContext.create("libx264", "w")
    coder.width, coder.height, coder.pix_fmt, coder.time_base = width, height, "yuv420p", Fraction(1, 12)
    coder.thread_count = 1
    coder.options = {"crf": str(how.level), "preset": how.preset}
    packets = [packet for frame in frames for packet in coder.encode(_film(frame))] + list(coder.encode(None))
    decoder = av.CodecContext.create("h264", "r")
    decoder.thread_count = 1
    films = [film for packet in packets for film in decoder.decode(packet)] + list(decoder.decode(None))
    return [np.asarray(film.to_ndarray(format="rgb24"), np.uint8) for film in films]


def _film(frame: Pixels) -> av.VideoFrame:
    return av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24").reformat(format="yuv420p")


def enlarged(plane: Plane, side: int, how: Encoder) -> Plane:
    """What was made smaller, at full size: the same resampling for pictures and truth."""
    if plane.shape[0] == side:
        return plane
    return np.asarray(cv2.resize(plane, (side, side), interpolation=how.way))
