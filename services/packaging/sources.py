"""Frames and animations from people's files: bounded before they are decoded, told apart, brought to RGBA."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from popcon import errors
from popcon.catalog import limits
from popcon.imaging.arrays import Pixels
from popcon.imaging.decode import decode_picture
from services.packaging import placement, sniff
from services.packaging.emoji_rules import Moving, read_moving

_FPS = Fraction(12)
# Browsers show a frame that asks for no time for so long.
_NO_TIME = Fraction(1, 10)


@dataclass(frozen=True)
class Pace:
    """How long frames are shown: so many a second, or all of them so many seconds together; with neither, as an
    animation says itself, and still pictures at 12 a second."""

    fps: Fraction | None = None
    seconds: Fraction | None = None

    def durations(self, own: Sequence[Fraction]) -> list[Fraction]:
        """Seconds per frame, given those of the source."""
        if self.fps:
            return [1 / self.fps] * len(own)
        scale = self.seconds / sum(own) if self.seconds else 1
        return [duration * scale for duration in own]


@dataclass(frozen=True)
class Source:
    """What becomes one emoji. `frames`: HxWx4 uint8 straight RGBA, one size. `durations`: seconds per frame, each > 0.
    `label`: what its files are called."""

    label: str
    frames: list[Pixels]
    durations: list[Fraction]

    @property
    def is_boxed(self) -> bool:
        """Whether a background fills its first frame to the corners."""
        rows, columns = self.frames[0].shape[0] - 1, self.frames[0].shape[1] - 1
        return bool((self.frames[0][:: max(rows, 1), :: max(columns, 1), 3] == 255).all())


def read_sources(paths: Sequence[Path], pace: Pace) -> tuple[int, Iterator[Source]]:
    """How many emoji some files make, and each of them, read when it is asked for: one for each animation and for each
    folder of frames, or one of all still pictures in their order.

    Raises `InvalidRequest` where still pictures stand beside animations or folders, where stills differ in size or are
    fewer than two, and where a file cannot be read; `PictureBlank` where nothing is visible; and what `decode_picture`
    raises. Messages name the file.
    """
    whole = [path for path in paths if path.is_dir() or _moving(path)]
    if whole and len(whole) < len(paths):
        still = next(path for path in paths if path not in whole)
        raise errors.InvalidRequest(
            f"{whole[0]} is {'a folder' if whole[0].is_dir() else 'an animation'} and {still} is a still picture; pack "
            "either animations and folders of frames, or the frames of one emoji.",
            field="frames",
        )
    if whole:
        return len(whole), (_folder(path, pace) if path.is_dir() else _animation(path, pace) for path in whole)
    stills = _stills(paths, pace, _label(paths[0]))
    return 1, iter([stills])


def _label(frame: Path) -> str:
    """What a frame's name says of its emoji; that of its folder where it is but a number."""
    return frame.stem.rstrip("0123456789 ._-") or frame.resolve().parent.name


def _folder(folder: Path, pace: Pace) -> Source:
    """The pictures of a folder in the order of their names, numbers by their value."""
    try:
        found = [path for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")]
    except OSError as error:
        raise errors.InvalidRequest(
            f"{folder} cannot be read ({error.strerror}); name another.", field="frames"
        ) from error
    if not found:
        raise errors.InvalidRequest(f"{folder} has no pictures; put the frames of an emoji into it.", field="frames")
    return _stills(sorted(found, key=_natural), pace, folder.resolve().name)


def _natural(path: Path) -> list[tuple[int, str]]:
    """Sorts `2` before `10`."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", path.name) if part]


def _stills(paths: Sequence[Path], pace: Pace, label: str) -> Source:
    _bound(len(paths), 0, paths[0])
    frames: list[Pixels] = []
    for path in paths:
        with _about(path):
            frame = decode_picture(_read(path))
        if frames and frame.shape != frames[0].shape:
            (height, width), (first_height, first_width) = frame.shape[:2], frames[0].shape[:2]
            raise errors.InvalidRequest(
                f"{path} has {width}x{height} pixels and {paths[0]} {first_width}x{first_height}; save all frames in "
                "one size.",
                field="frames",
            )
        frames.append(frame)
        _bound(len(paths), len(paths) * frame.shape[0] * frame.shape[1], path)
    if len(paths) < 2:
        raise errors.InvalidRequest(
            f"{paths[0]} is one still picture; give the frames of an emoji in order, or animations.", field="frames"
        )
    return _source(label, frames, pace.durations([1 / _FPS] * len(frames)), paths[0])


def _animation(path: Path, pace: Pace) -> Source:
    moving = _moving(path)
    assert moving is not None
    width, height = moving.canvas
    _bound(len(moving.delays), len(moving.delays) * width * height, path)
    with _about(path):
        frames = list(moving.seen)
    return _source(path.stem, frames, pace.durations([delay or _NO_TIME for delay in moving.delays]), path)


def _source(label: str, frames: list[Pixels], durations: list[Fraction], path: Path) -> Source:
    if not any(frame[..., 3].max() >= placement.VISIBLE for frame in frames):
        raise errors.PictureBlank(
            f"{path} shows nothing: all is transparent; save it with its picture.", field="frames"
        )
    return Source(label, frames, durations)


def _moving(path: Path) -> Moving | None:
    """An animation, no pixel of it decoded; None for what does not move."""
    data = _read(path)
    found, _ = sniff.look(data[: sniff.HEAD_BYTES])
    if found is None:
        return None
    with _about(path):
        moving = read_moving(data, found)
    return moving if moving.animated else None


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(limits.ANIMATION_MAX_BYTES + 1)
    except OSError as error:
        raise errors.InvalidRequest(
            f"{path} cannot be read ({error.strerror}); name a file.", field="frames"
        ) from error
    if len(data) > limits.ANIMATION_MAX_BYTES:
        raise errors.TooLarge(f"{path} has over {limits.ANIMATION_MAX_BYTES // 1_000_000} MB; save it smaller.")
    return data


def _bound(frames: int, pixels: int, path: Path) -> None:
    if frames > limits.ANIMATION_MAX_FRAMES:
        raise errors.TooLarge(
            f"{path} is one of {frames} frames; at most {limits.ANIMATION_MAX_FRAMES} can be read: save fewer, such as "
            "every second."
        )
    if pixels > limits.ANIMATION_MAX_PIXELS:
        most = limits.ANIMATION_MAX_PIXELS // 1_000_000
        raise errors.TooLarge(
            f"{path} and its frames have {pixels // 1_000_000} million pixels, at most {most} can be read; save it "
            "smaller, 512 pixels a side are plenty."
        )


@contextmanager
def _about(path: Path) -> Iterator[None]:
    try:
        yield
    except errors.UnsupportedMedia as error:
        raise type(error)(
            f"{path} is nothing that can be read; give PNG frames, or an APNG, WebP, GIF or WebM.", field="frames"
        ) from error
    except errors.PopconError as error:
        raise type(error)(f"{path}: {error.message}", field="frames") from error
