"""One clip at falling quality, for each format: an emoji takes the first rung that fits its target."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from popcon.catalog.target import Format, Target
from services.packaging import apng, quantise, webm, webp
from services.packaging.quantise import Quantised
from services.packaging.timeline import Timeline

# Fewer colours are the one strong lever on size: each rung saves some 10 %, and more deflate effort next to nothing.
# Below 128 colours a lossy WebP is both smaller and truer.
_APNG_COLOURS = (256, 192, 128, 96, 64)
_WEBP_COLOURS = (256, 192, 128)
_WEBP_QUALITIES = (90, 75, 60)
_WEBM_FILL = 0.95

Rung = tuple[str, bytes]
"""What was given up, in words, and the file."""


def rungs(placed: NDArray[np.uint8], line: Timeline, target: Target) -> Iterator[Rung]:
    """The emoji at falling quality, each encoded only when it is asked for. `placed`: NxHxWx4 uint8 straight RGBA
    on the target's canvas."""
    return _LADDERS[target.format](placed, line, target)


def _apng(placed: NDArray[np.uint8], line: Timeline, target: Target) -> Iterator[Rung]:
    delays = [line.delay] * len(placed)
    for entries, reduced in _reductions(placed, _APNG_COLOURS):
        frames, palette = (reduced.indices, reduced.palette) if target.indexed else (reduced.rgba(), None)
        yield f"{entries} colours", apng.write_apng(frames, delays, line.plays, palette)


def _webp(placed: NDArray[np.uint8], line: Timeline, _target: Target) -> Iterator[Rung]:
    delays = [line.delay] * len(placed)
    for entries, reduced in _reductions(placed, _WEBP_COLOURS):
        yield f"{entries} colours", webp.write_webp(reduced.rgba(), delays, line.plays)
    for quality in _WEBP_QUALITIES:
        yield f"lossy {quality}", webp.write_webp(placed, delays, line.plays, quality)


def _webm(placed: NDArray[np.uint8], line: Timeline, target: Target) -> Iterator[Rung]:
    crf, data = webm.write_within(placed, line.delay, target.file_max_bytes * _WEBM_FILL)
    yield f"crf {crf}", data


_LADDERS: dict[Format, Callable[[NDArray[np.uint8], Timeline, Target], Iterator[Rung]]] = {
    Format.APNG: _apng,
    Format.WEBP: _webp,
    Format.WEBM: _webm,
}


def _reductions(placed: NDArray[np.uint8], sizes: Sequence[int]) -> Iterator[tuple[int, Quantised]]:
    of = quantise.census(placed)
    for entries in sizes:
        yield entries, quantise.quantise(of, entries)
