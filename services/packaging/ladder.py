"""One clip at falling quality, for each format: an emoji takes the first rung that fits its target.

A palette of 256 colours comes first, for it is the best bargain there is: truecolour holds the same colours in nearly
twice the bytes, and at twice the size nobody tells a palette of 256 from its source, over black or over white. Only
where measuring says that somebody might, and there is room, more colours are looked for; where there is no room, fewer.
Colours are the one strong lever on size: more deflate effort is worth 5 % and then nothing.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from popcon.catalog.target import Format, Target
from popcon.imaging.png import encode_indexed_png, encode_png
from services.packaging import apng, gif, quantise, search, webm, webp, webp_reader
from services.packaging.quality import Quality, measure
from services.packaging.quantise import Census, Quantised
from services.packaging.timeline import Timeline

ENOUGH = Quality(ssim=0.985, edge_db=40.0)
"""From here on more bytes buy nothing that one sees at twice the size."""
_WEBM_FILL = 0.95

_FILL = 0.97
_PALETTE = 256
_FEWER, _MORE = (32, _PALETTE - 1), (_PALETTE + 1, 2048)
# Colours that no palette holds take that many times the bytes of those that one does.
_TRUECOLOUR_COST = 1.75
# From so many colours up no lossy WebP was truer at the same bytes in any clip measured.
_LOSSY_BELOW = 128
_LOSSY = (30, 95)
# Below the fewest colours a coarser movement is seen less than bands and rims are.
_HOLDS = (1, 2, 3)
_SAMPLE_STEP = 4

Frames = NDArray[np.uint8]
Rung = tuple[str, bytes]
"""What was given up, in words, and the file."""


def room(target: Target) -> float:
    """Bytes that an emoji may take: some are left free, for platforms count in ways of their own."""
    return target.file_max_bytes * _FILL


def rungs(placed: Frames, line: Timeline, target: Target, enough: Quality = ENOUGH) -> Iterator[Rung]:
    """The emoji at falling quality, each encoded only when it is asked for.

    `placed`: NxHxWx4 uint8 straight RGBA on the target's canvas. `enough`: the quality that needs no more bytes.
    """
    return _LADDERS[target.format](placed, line, target, enough)


@dataclass(frozen=True)
class _Reducible:
    """A clip, and how it is written in so many shared colours."""

    frames: Frames
    write: Callable[[Quantised], bytes]

    @cached_property
    def census(self) -> Census:
        return quantise.census(self.frames)

    def file(self, entries: int) -> bytes:
        return self.write(quantise.quantise(self.census, entries))

    def in_fewer(self, limit: float, full: float) -> tuple[int, bytes]:
        """The most colours below a palette's that fit, or the fewest. `full`: bytes of a whole palette."""
        return search.largest(self.file, _FEWER, limit, {_PALETTE: full})

    def in_a_palette(self, limit: float, enough: Quality) -> Rung:
        """A whole palette; where it fits and is not good enough, more colours if those fit, too."""
        reduced = quantise.quantise(self.census, _PALETTE)
        rung = f"{_PALETTE} colours", self.write(reduced)
        cost = _TRUECOLOUR_COST * len(rung[1])
        if cost > limit or measure(self.frames[::_SAMPLE_STEP], reduced.rgba()[::_SAMPLE_STEP]).reaches(enough):
            return rung
        entries, data = search.largest(self.file, _MORE, limit, {_PALETTE: cost})
        return (f"{entries} colours", data) if len(data) <= limit else rung


def _apng(placed: Frames, line: Timeline, target: Target, enough: Quality) -> Iterator[Rung]:
    delays = [line.delay] * len(placed)

    def write(reduced: Quantised) -> bytes:
        if target.indexed and len(reduced.palette) <= _PALETTE:
            return apng.write_apng(reduced.indices, delays, line.plays, reduced.palette)
        return apng.write_apng(reduced.rgba(), delays, line.plays)

    clip, limit = _Reducible(placed, write), room(target)
    rung = clip.in_a_palette(limit, enough)
    yield rung
    full = len(rung[1])
    for hold in _HOLDS:
        if hold == 1 or len(placed) // hold >= target.timing.distinct_min:
            held = _Reducible(placed[np.arange(len(placed)) // hold * hold], write)
            entries, data = held.in_fewer(limit, full // hold)
            yield f"{entries} colours" + (f", every pose held for {hold} frames" if hold > 1 else ""), data


def _webp(placed: Frames, line: Timeline, target: Target, enough: Quality) -> Iterator[Rung]:
    delays = [line.delay] * len(placed)

    def write(reduced: Quantised) -> bytes:
        return webp.write_webp(reduced.rgba(), delays[: len(reduced.indices)], line.plays)

    def lossy(frames: Frames, quality: int) -> bytes:
        return webp.write_webp(frames, delays[: len(frames)], line.plays, quality)

    clip, limit = _Reducible(placed, write), room(target)
    rung = clip.in_a_palette(limit, enough)
    yield rung
    full, sample = len(rung[1]), _Reducible(_sample(placed), write)
    share = len(sample.file(_PALETTE)) / full
    entries, small = sample.in_fewer(share * limit, share * full)
    if entries < _LOSSY_BELOW and len(sample.frames) > 1:
        quality, blurred = search.largest(lambda setting: lossy(sample.frames, setting), _LOSSY, share * limit, {})
        in_colours = measure(sample.frames, quantise.quantise(sample.census, entries).rgba())
        in_blocks = measure(sample.frames, webp_reader.compose(webp_reader.read(blurred)))
        if len(small) > share * limit or in_blocks.merit > in_colours.merit:
            known = {quality: len(blurred) / share}
            quality, data = search.largest(lambda setting: lossy(placed, setting), _LOSSY, limit, known)
            yield f"lossy {quality}", data
            return
    entries, data = clip.in_fewer(limit, full)
    yield f"{entries} colours", data


def _gif(placed: Frames, line: Timeline, target: Target, _enough: Quality) -> Iterator[Rung]:
    delays, limit = [line.delay] * len(placed), room(target)

    def write(reduced: Quantised) -> bytes:
        return gif.write_gif(reduced.indices, reduced.palette, delays, target.matte)

    hard = gif.harden(placed, target.matte)
    whole = _Reducible(hard, write).file(_PALETTE)
    yield f"{_PALETTE - 1} colours", whole
    for hold in _HOLDS:
        if hold == 1 or len(placed) // hold >= target.timing.distinct_min:
            held = _Reducible(hard[np.arange(len(hard)) // hold * hold], write)
            entries, data = held.in_fewer(limit, len(whole) // hold)
            yield f"{entries - 1} colours" + (f", every pose held for {hold} frames" if hold > 1 else ""), data


def _png(placed: Frames, _line: Timeline, target: Target, _enough: Quality) -> Iterator[Rung]:
    def write(reduced: Quantised) -> bytes:
        return encode_indexed_png(reduced.indices[0], reduced.palette)

    yield "lossless", encode_png(placed[0], level=9)
    still = _Reducible(placed, write)
    whole = still.file(_PALETTE)
    yield f"{_PALETTE} colours", whole
    entries, data = still.in_fewer(room(target), len(whole))
    yield f"{entries} colours", data


def _webm(placed: Frames, line: Timeline, target: Target, _enough: Quality) -> Iterator[Rung]:
    crf, data = webm.write_within(placed, line.delay, target.file_max_bytes * _WEBM_FILL)
    yield f"crf {crf}", data


def _sample(frames: Frames) -> Frames:
    """Few frames that all differ, for what would take too long with all of them."""
    firsts = {frame.tobytes(): number for number, frame in reversed(list(enumerate(frames)))}
    step = max(1, min(_SAMPLE_STEP, len(firsts) // 2))
    return frames[sorted(firsts.values())[::step]]


_LADDERS: dict[Format, Callable[[Frames, Timeline, Target, Quality], Iterator[Rung]]] = {
    Format.APNG: _apng,
    Format.WEBP: _webp,
    Format.GIF: _gif,
    Format.PNG: _png,
    Format.WEBM: _webm,
}
