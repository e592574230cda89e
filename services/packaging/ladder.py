"""One clip at falling quality, for each format: an emoji takes the first rung that fits its target.

A palette of 256 colours comes first, for it is the best bargain there is: truecolour holds the same colours in nearly
twice the bytes, and at twice the size nobody tells a palette of 256 from its source, over black or over white. Only
where measuring says that somebody might, and there is room, more colours are looked for; where there is no room, fewer.
Colours are the one strong lever on size: more deflate effort is worth 5 % and then nothing.
"""

from collections.abc import Callable, Iterator
from functools import cache, partial

import numpy as np
from numpy.typing import NDArray

from popcon.catalog.target import Format, Target
from popcon.imaging.png import encode_indexed_png, encode_png
from services.packaging import apng, canvases, gif, search, webm, webp, webp_reader
from services.packaging.quality import Quality, measure
from services.packaging.quantise import Quantised
from services.packaging.reducible import FEWER, PALETTE, Reducible
from services.packaging.search import Drafts
from services.packaging.timeline import Timeline
from services.packaging.webp import Lossy

ENOUGH = Quality(ssim=0.985, edge_db=40.0)
"""From here on more bytes buy nothing that one sees at twice the size."""

_FILL = 0.97
# What seems so much over the limit is not written to be sure.
_WORTH_A_FILE = 1.05
# An APNG has so many bytes for each of its draft, give or take two in a hundred.
_OF_DRAFT = 0.94
# From so many colours up no lossy WebP was truer at the same bytes in any clip measured.
_LOSSY_BELOW = 192
# Of rising size, and none of them worse than another of its size on grainy clips.
_LOSSY = (
    *(Lossy(quality, 15) for quality in (30, 50)),
    *(Lossy(quality, 5) for quality in (40, 62, 70, 75)),
    *(Lossy(quality, 3) for quality in (73, 77, 80, 82)),
    *(Lossy(quality, 3, effort=2) for quality in (80, 83, 86)),
    *(Lossy(quality, 1, effort=2) for quality in (88, 90, 92, 95)),
)
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


def _apng(placed: Frames, line: Timeline, target: Target, enough: Quality) -> Iterator[Rung]:
    delays, limit = [line.delay] * len(placed), room(target)

    def write(reduced: Quantised, draft: bool = False) -> bytes:
        if target.indexed and len(reduced.palette) <= PALETTE:
            return apng.write_apng(reduced.indices, delays[: len(reduced.indices)], line.plays, reduced.palette, draft)
        return apng.write_apng(reduced.rgba(), delays[: len(reduced.indices)], line.plays, draft=draft)

    def of(frames: Frames) -> Reducible:
        return Reducible(frames, write, lambda reduced: len(write(reduced, draft=True)))

    clip, share = of(placed), _OF_DRAFT
    if clip.drafts(PALETTE) * share <= limit * _WORTH_A_FILE:
        entries, data = clip.in_a_palette(limit, enough)
        yield _in(entries), data
        share = len(clip.file(PALETTE)) / clip.drafts(PALETTE)
    where = ""
    if target.smaller:
        few, differ = _sample(placed)
        canvas = canvases.finest(few, target.smaller, of, limit / share * len(few) / differ)
        if canvas != target.canvas:
            clip, where = of(canvases.resized(placed, canvas)), f", {canvas[0]}x{canvas[1]} pixels"
    for hold, held in _held(clip.frames, target):
        shown = clip if hold == 1 else of(held)
        entries, data = search.largest(shown.file, shown.drafts, FEWER, limit, share)
        yield _in(entries, hold) + where, data


def _webp(placed: Frames, line: Timeline, target: Target, enough: Quality) -> Iterator[Rung]:
    delays, limit = [line.delay] * len(placed), room(target)

    def write(reduced: Quantised) -> bytes:
        return webp.write_webp(reduced.rgba(), delays[: len(reduced.indices)], line.plays)

    def lossy(shown: Frames, step: int) -> bytes:
        return webp.write_webp(shown, delays[: len(shown)], line.plays, _LOSSY[step - 1])

    frames, differ = _sample(placed)
    clip, few, share = Reducible(placed, write), Reducible(frames, write), differ / len(frames)
    if few.drafts(PALETTE) * share <= limit * _WORTH_A_FILE:
        entries, data = clip.in_a_palette(limit, enough)
        yield _in(entries), data
        share = len(clip.file(PALETTE)) / few.drafts(PALETTE)
    entries = few.drafts.largest(FEWER, limit / share)
    if entries < _LOSSY_BELOW and len(frames) > 1:
        blurred = cache(lambda step: lossy(frames, step))
        drafts, steps = Drafts(lambda step: len(blurred(step))), (1, len(_LOSSY))
        in_blocks = blurred(drafts.largest(steps, limit / share))
        in_colours = measure(frames, few.reduced(entries).rgba())
        seen = measure(frames, webp_reader.compose(webp_reader.read(in_blocks)))
        truer = (seen.reaches(enough), seen.merit) > (in_colours.reaches(enough), in_colours.merit)
        if few.drafts(entries) > limit / share or truer:
            step, data = search.largest(partial(lossy, placed), drafts, steps, limit, share)
            yield f"lossy {_LOSSY[step - 1].quality}", data
            return
    entries, data = search.largest(clip.file, few.drafts, FEWER, limit, share)
    yield _in(entries), data


def _gif(placed: Frames, line: Timeline, target: Target, _enough: Quality) -> Iterator[Rung]:
    delays = [line.delay] * len(placed)

    def write(reduced: Quantised) -> bytes:
        return gif.write_gif(reduced.indices, reduced.palette, delays, target.matte)

    hard = gif.harden(placed, target.matte)
    clip = Reducible(hard, write)
    yield _in(PALETTE - 1), clip.file(PALETTE)
    for hold, held in _held(hard, target):
        shown = clip if hold == 1 else Reducible(held, write)
        entries, data = search.largest(shown.file, shown.drafts, FEWER, room(target))
        yield _in(entries - 1, hold), data


def _held(frames: Frames, target: Target) -> Iterator[tuple[int, Frames]]:
    """For how many frames every pose is held, and the frames that come of it; as few as the target wants differ."""
    for hold in _HOLDS:
        if hold == 1 or len(frames) // hold >= target.timing.distinct_min:
            yield hold, frames[np.arange(len(frames)) // hold * hold]


def _in(entries: int, hold: int = 1) -> str:
    return f"{entries} colours" + (f", every pose held for {hold} frames" if hold > 1 else "")


def _png(placed: Frames, _line: Timeline, target: Target, _enough: Quality) -> Iterator[Rung]:
    def write(reduced: Quantised) -> bytes:
        return encode_indexed_png(reduced.indices[0], reduced.palette)

    yield "lossless", encode_png(placed[0], level=9)
    still = Reducible(placed, write)
    yield _in(PALETTE), still.file(PALETTE)
    entries, data = search.largest(still.file, still.drafts, FEWER, room(target))
    yield _in(entries), data


def _webm(placed: Frames, line: Timeline, target: Target, _enough: Quality) -> Iterator[Rung]:
    crf, data = webm.write_within(placed, line.delay, room(target))
    yield f"crf {crf}", data


def _sample(frames: Frames) -> tuple[Frames, int]:
    """Few frames that all differ, for what would take too long with all of them; and how many differ in all."""
    firsts = {frame.tobytes(): number for number, frame in reversed(list(enumerate(frames)))}
    step = max(1, min(_SAMPLE_STEP, len(firsts) // 2))
    return frames[sorted(firsts.values())[::step]], len(firsts)


_LADDERS: dict[Format, Callable[[Frames, Timeline, Target, Quality], Iterator[Rung]]] = {
    Format.APNG: _apng,
    Format.WEBP: _webp,
    Format.GIF: _gif,
    Format.PNG: _png,
    Format.WEBM: _webm,
}
