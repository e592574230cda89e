"""From the frames of an action to one emoji file that its target accepts."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from popcon.catalog.target import Size, Target
from popcon.errors import InvalidRequest, TooLarge
from popcon.imaging.arrays import Pixels
from popcon.imaging.resize import resize_rgba
from services.packaging import ladder, placement, timeline
from services.packaging.breach import Breach
from services.packaging.emoji_rules import check_emoji, read_moving
from services.packaging.quality import measure
from services.packaging.timeline import Timeline


@dataclass(frozen=True)
class PackedEmoji:
    """`data`: the file. `stats`: plain values for the manifest: `bytes`, `frames`, `seconds` of one play,
    `plays`, `rung` of the budget ladder, `size` of the art in pixels, and of a file that moves `ssim` and
    `edge_db`, decoded and compared with what was to be shown, as `quality` defines them. `breaches`: rules that the
    source cannot hold, e.g. too few frames that differ."""

    data: bytes
    media_type: str
    stats: dict[str, int | float | str]
    breaches: tuple[Breach, ...]


def pack_emoji(frames: Sequence[Pixels], durations: Sequence[Fraction], target: Target) -> PackedEmoji:
    """Packs a closed-loop clip: resampled in time, placed on the canvas, and encoded with as many colours as fit.

    `frames`: HxWx4 uint8 straight RGBA, one size, RGB 0 where alpha is 0. `durations`: seconds per frame, each > 0.
    The same input gives the same bytes. Raises `InvalidRequest` for frames or durations of another kind, `PictureBlank`
    where nothing is visible, `TooLarge` where even the last rung of the ladder is over the target's limit.
    """
    _check_input(frames, durations)
    line = timeline.resample(frames, durations, target.timing)
    spot = placement.fit([frames[index] for index in dict.fromkeys(line.picks)], target.canvas, target.margin)
    art = {index: placement.place(frames[index], spot) for index in dict.fromkeys(line.picks)}
    placed = np.stack([art[index] for index in line.picks])
    limit, size = ladder.room(target), 0
    for rung, data in ladder.rungs(placed, line, target):
        size = len(data)
        if size <= limit:
            stats = _stats(placed, line, data, target, spot.size) | {"rung": rung}
            return PackedEmoji(data, target.format.media_type, stats, tuple(check_emoji(data, target)))
    raise TooLarge(
        f"The emoji needs {size} bytes even with the fewest colours, and {target.id} allows {target.file_max_bytes}; "
        "use fewer frames or less grain."
    )


def _stats(
    placed: NDArray[np.uint8], line: Timeline, data: bytes, target: Target, art: Size
) -> dict[str, int | float | str]:
    moving = read_moving(data, target.format)
    smaller = moving.canvas[0] / target.canvas[0]
    stats: dict[str, int | float | str] = {
        "size": f"{round(art[0] * smaller)}x{round(art[1] * smaller)}",
        "bytes": len(data),
        "frames": len(placed),
        "seconds": float(line.seconds),
        "plays": line.plays,
    }
    if not moving.animated or target.matte:  # what lies on a matte has no silhouette left to measure
        return stats
    shown = timeline.on_screen(moving.seen, moving.delays, line)
    quality = measure(placed, (resize_rgba(frame, target.canvas) for frame in shown))
    return stats | {"ssim": round(quality.ssim, 4), "edge_db": round(quality.edge_db, 2)}


def _check_input(frames: Sequence[Pixels], durations: Sequence[Fraction]) -> None:
    if not frames or len(frames) != len(durations) or min(durations) <= 0:
        raise InvalidRequest("A clip needs at least one frame and a duration above 0 for each; make the motion again.")
    if any(f.shape != frames[0].shape or f.ndim != 3 or f.shape[2] != 4 or f.dtype != np.uint8 for f in frames):
        raise InvalidRequest("The frames are not 8-bit RGBA of one size; make the matte again.")
