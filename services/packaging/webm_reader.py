"""Reads WebM with VP9 and alpha, to judge what the writer made: https://www.matroska.org/technical/elements.html.

Colours and alpha are two VP9 streams, each left to FFmpeg's own VP9 decoder, which the encoder has no part in; it is
told how many pixels a frame may have.
"""

import struct
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

import av
import numpy as np
from av.video.reformatter import Interpolation
from numpy.typing import NDArray

from popcon.catalog.target import Size
from popcon.errors import PictureUnreadable
from popcon.imaging.arrays import Pixels
from services.packaging.webm_elements import number, tagged, walk

_HEADER, _DOC_TYPE = 0x1A45DFA3, 0x4282
_SEGMENT, _INFO, _SCALE, _DURATION = 0x18538067, 0x1549A966, 0x2AD7B1, 0x4489
_TRACKS, _TRACK, _TRACK_NUMBER, _TRACK_TYPE, _CODEC, _FRAME_TIME = 0x1654AE6B, 0xAE, 0xD7, 0x83, 0x86, 0x23E383
_VIDEO, _WIDTH, _HEIGHT, _ALPHA_MODE = 0xE0, 0xB0, 0xBA, 0x53C0
_CLUSTER, _CLUSTER_TIME, _SIMPLE_BLOCK = 0x1F43B675, 0xE7, 0xA3
_GROUP, _BLOCK, _ADDITIONS, _MORE, _ADDITIONAL = 0xA0, 0xA1, 0x75A1, 0xA6, 0xA5
_ENTERED = frozenset((_HEADER, _SEGMENT, _INFO, _TRACKS, _TRACK, _VIDEO, _CLUSTER, _GROUP, _ADDITIONS, _MORE))
_OF_TRACK = (_TRACK_NUMBER, _TRACK_TYPE, _CODEC, _FRAME_TIME, _WIDTH, _HEIGHT, _ALPHA_MODE)

_IS_VIDEO, _LACED = 1, 0x06
_NANO = 10**9
_DEFAULT_SCALE = 10**6
_SLACK = Fraction(1, 1000)  # times are whole milliseconds
_RATE_PARTS = 1001  # of a second, in the odd frame rates that there are
_ALIGNED = 128  # pixels by which the decoder may round a side up
_EXACT = Interpolation.BICUBIC | Interpolation.FULL_CHR_H_INT | Interpolation.ACCURATE_RND

Fields = dict[int, bytes]


@dataclass(frozen=True)
class Frame:
    """`start`: ticks of the file. `colours` and `alpha`: a VP9 frame each; no alpha is opaque."""

    track: int
    start: int
    colours: bytes
    alpha: bytes = b""


@dataclass(frozen=True)
class Webm:
    """`delays`: seconds per frame. `tracks`: how many there are, of any kind. `alpha`: whether players are told of one.
    Sizes in pixels."""

    width: int
    height: int
    delays: tuple[Fraction, ...]
    tracks: int
    alpha: bool
    frames: tuple[Frame, ...]


def read(data: bytes) -> Webm:
    """The structure of a WebM; no pixel is decoded. Raises `PictureUnreadable`, whose `field` is what is wrong:
    `signature`, `elements`, `tracks` or `codec`."""
    if not data.startswith(_HEADER.to_bytes(4, "big")):
        raise _damaged("signature", "it does not begin as a WebM does")
    about, tracks, frames = _parts(data)
    if about.get(_DOC_TYPE) != b"webm":
        raise _damaged("signature", "it is of another type")
    video = next((track for track in tracks if number(track.get(_TRACK_TYPE, b"")) == _IS_VIDEO), {})
    fields = {kind: number(video.get(kind, b"")) for kind in _OF_TRACK}
    shown = tuple(frame for frame in frames if frame.track == fields[_TRACK_NUMBER])
    if not (fields[_WIDTH] and fields[_HEIGHT] and shown):
        raise _damaged("tracks", "it has no video")
    if video.get(_CODEC) != b"V_VP9":
        raise PictureUnreadable("The video is not VP9; encode it again.", field="codec")
    tick = Fraction(number(about.get(_SCALE, b"")) or _DEFAULT_SCALE, _NANO)
    starts = [frame.start * tick for frame in shown]
    delays = _delays(starts, _float(about.get(_DURATION, b"")) * tick, fields[_FRAME_TIME])
    return Webm(fields[_WIDTH], fields[_HEIGHT], delays, len(tracks), fields[_ALPHA_MODE] == 1, shown)


def canvas(head: bytes) -> Size | None:
    """Width and height in pixels by the first bytes of a WebM, if these reach so far."""
    found: Fields = {}
    with suppress(PictureUnreadable):  # the head ends anywhere
        for kind, body in walk(head, _ENTERED):
            found.setdefault(kind, body)
    size = number(found.get(_WIDTH, b"")), number(found.get(_HEIGHT, b""))
    return size if all(size) else None


def compose(webm: Webm) -> Iterator[Pixels]:
    """Each frame as it is seen: HxWx4 uint8 straight RGBA, RGB 0 where alpha is 0. The caller bounds the canvas and the
    frames it takes. Raises `PictureUnreadable` with field `pixels`."""
    colours, alphas = _decoder(webm), _decoder(webm)
    for frame in webm.frames:
        seen = np.full((webm.height, webm.width, 4), 255, np.uint8)
        try:
            seen[..., :3] = _picture(colours, frame.colours, webm).to_ndarray(format="rgb24", interpolation=_EXACT)
            if webm.alpha and frame.alpha:
                seen[..., 3] = _luma(_picture(alphas, frame.alpha, webm))
        except (av.FFmpegError, ValueError) as error:
            raise _damaged("pixels", "one of its frames cannot be decoded") from error
        seen[seen[..., 3] == 0] = 0
        yield seen


def _parts(data: bytes) -> tuple[Fields, list[Fields], list[Frame]]:
    """What is said of the whole, of each track, and the frames of all tracks."""
    about: Fields = {}
    tracks: list[Fields] = []
    frames: list[Frame] = []
    cluster = 0
    for kind, body in walk(data, _ENTERED):
        if kind == _TRACK:
            tracks.append({})
        elif kind in _OF_TRACK and tracks:
            tracks[-1].setdefault(kind, body)
        elif kind == _CLUSTER_TIME:
            cluster = number(body)
        elif kind in (_SIMPLE_BLOCK, _BLOCK):
            frames.append(_frame(cluster, body))
        elif kind == _ADDITIONAL and frames:
            frames[-1] = replace(frames[-1], alpha=body)
        else:
            about.setdefault(kind, body)
    return about, tracks, frames


def _frame(cluster: int, block: bytes) -> Frame:
    track, rest = tagged(block)
    if len(rest) <= 3 or rest[2] & _LACED:
        raise _damaged("elements", "one of its blocks is empty, or holds several frames")
    (start,) = struct.unpack_from(">h", rest)
    return Frame(track, cluster + start, rest[3:])


def _delays(starts: Sequence[Fraction], length: Fraction, frame_time: int) -> tuple[Fraction, ...]:
    """Seconds that each frame is shown: by the frame rate where the starts follow it, which are rounded; else from
    start to start. `length` of all frames in seconds, 0 where unknown; `frame_time` in ns, 0 where unknown."""
    rate = Fraction(_NANO, frame_time).limit_denominator(_RATE_PARTS) if frame_time else Fraction(0)
    if rate:
        even = [number / rate for number in range(len(starts) + 1)]
        told = [*(start - starts[0] for start in starts), length or even[-1]]
        if all(abs(one - other) <= _SLACK for one, other in zip(told, even, strict=True)):
            return (1 / rate,) * len(starts)
    between = [after - before for before, after in pairwise(starts)]
    last = length - starts[-1] if length else between[-1] if between else Fraction(0)
    return (*between, last)


def _float(body: bytes) -> Fraction:
    """A floating-point number of 4 or 8 bytes; 0 for what is none."""
    code = {4: ">f", 8: ">d"}.get(len(body))
    value = struct.unpack(code, body)[0] if code else 0.0
    return Fraction(value) if np.isfinite(value) else Fraction(0)


def _decoder(webm: Webm) -> av.VideoCodecContext:
    decoder = av.VideoCodecContext.create("vp9", "r")
    decoder.options = {"max_pixels": str((webm.width + _ALIGNED) * (webm.height + _ALIGNED))}
    decoder.thread_count = 1
    return decoder


def _picture(decoder: av.VideoCodecContext, data: bytes, webm: Webm) -> av.VideoFrame:
    """The one picture that a frame decodes to. Raises `ValueError` for none, several, or one of another size."""
    (picture,) = decoder.decode(av.Packet(data))
    if (picture.width, picture.height) != (webm.width, webm.height):
        raise ValueError("a picture of another size")
    return picture


def _luma(picture: av.VideoFrame) -> NDArray[np.uint8]:
    plane = picture.planes[0]
    if picture.format.components[0].bits != 8:
        raise ValueError("an alpha of more than 8 bits")
    return np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width]


def _damaged(what: str, message: str) -> PictureUnreadable:
    return PictureUnreadable(f"The WebM is damaged: {message}; make it again.", field=what)
