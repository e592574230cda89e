"""Measures the encoders of packs: `python bench/packs.py [TARGET …]`, by default all that `TARGETS` names.

Ours beside what others make of the same clips under the same limits, by SSIM and edges of the decoded files
(`services/packaging/quality.py`); then ours at the bytes of each lossy peer; then a set of 40 LINE emoji.
"""

import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache, partial
from multiprocessing import get_context

import numpy as np

import machine
import packs_clips
import packs_peers
from packs_clips import Frames
from popcon.catalog import targets
from popcon.catalog.target import Target
from popcon.imaging.resize import over, resize_rgba
from services.packaging import ladder, timeline
from services.packaging.assemble import SetItem, assemble_set
from services.packaging.emoji import pack_emoji
from services.packaging.emoji_rules import read_moving
from services.packaging.quality import Quality, measure
from services.packaging.timeline import Timeline

COUNT, SECONDS = 20, 2
SET = 40


@dataclass(frozen=True)
class Wanted:
    """What a target's files should come to: kB, ms, SSIM and dB at edges, each (soft, grain)."""

    kilobytes: tuple[int, int]
    milliseconds: tuple[int, int]
    ssim: tuple[float, float]
    edge_db: tuple[float, float]


# What hand-tuned encoders reached when they were compared before popcon had one. The other targets have the peers.
WANTED = {
    "line-emoji": Wanted((145, 215), (600, 900), (0.996, 0.990), (40, 38.5)),
    "discord-sticker": Wanted((280, 490), (1800, 2000), (0.995, 0.985), (40, 38)),
    "discord-emoji": Wanted((105, 140), (600, 1000), (0.996, 0.993), (40, 40)),
    "slack": Wanted((100, 85), (400, 400), (0.93, 0.92), (16, 16)),
    "whatsapp": Wanted((440, 430), (3500, 3500), (0.994, 0.955), (40, 40)),
    "telegram-sticker": Wanted((200, 245), (5000, 5000), (0.973, 0.955), (40, 40)),
    "telegram-emoji": Wanted((60, 60), (500, 500), (0.955, 0.955), (32, 32)),
}
TARGETS = [*WANTED, "line-sticker", "signal", "kakao"]
LOSSLESS = 0.999999
PASS, MISS = "pass", "**miss**"


@dataclass(frozen=True)
class Made:
    """A file, the time it took, and how good it is; `quality` is None where it does not show every frame."""

    name: str
    size: int
    milliseconds: float
    quality: Quality | None

    def row(self, note: str) -> list[object]:
        good = [f"{self.quality.ssim:.4f}", f"{self.quality.edge_db:.1f}"] if self.quality else ["–", "–"]
        return [self.name, f"{self.size / 1000:.1f}", f"{self.milliseconds:.0f}", *good, note]


def clips(target: Target) -> Iterator[tuple[str, Frames]]:
    """The finishes that are measured on a target's canvas: flat art is easy, and only looked at once."""
    width, height = target.canvas
    side = min(width, height)
    beside = (width - side) // 2
    for finish in packs_clips.FINISHES[target.id != "line-emoji" :]:
        clip = packs_clips.cat(side, COUNT, finish)
        yield finish, np.pad(clip, ((0, 0), (0, 0), (beside, width - side - beside), (0, 0)))


def compare(target: Target, finish: str, clip: Frames) -> tuple[list[list[object]], list[list[object]], Made]:
    """Rows of everybody's files, rows of ours at the peers' bytes, and our file."""
    ours = ours_of(clip, target, ladder.ENOUGH)
    rows, duels = [[target.id, finish, *ours.row("")]], []
    for name, encode in packs_peers.of(target).items():
        given = as_shown(clip, target), Fraction(SECONDS, COUNT), target.file_max_bytes
        peer = made(name, clip, target, partial(encode, *given))
        note = "over the limit" if peer.size > target.file_max_bytes else ""
        rows.append([target.id, finish, *peer.row(note if peer.quality else "does not show every frame")])
        if peer.quality and peer.quality.ssim < LOSSLESS:
            duels.append([target.id, finish, *duel(clip, target, peer)])
    return rows, duels, ours


def ours_of(clip: Frames, target: Target, enough: Quality) -> Made:
    """The first rung that fits, as `pack_emoji` takes it, of frames that are on the canvas as they are."""
    line, found = _line(target), []

    def first() -> bytes:
        rung, data = next(r for r in ladder.rungs(clip, line, target, enough) if len(r[1]) <= ladder.room(target))
        found.append(rung)
        return data

    ours = made("", clip, target, first)
    return replace(ours, name=f"popcon, {found[0]}")


def duel(clip: Frames, target: Target, peer: Made) -> list[object]:
    """Ours at the bytes of a peer: at least as like, but for 0.001, and at least as clean at edges."""
    assert peer.quality
    limit = replace(target, file_max_bytes=int(peer.size / ladder.room(target) * target.file_max_bytes))
    try:
        ours = ours_of(clip, limit, peer.quality)
    except StopIteration:
        return [peer.name, f"{peer.size / 1000:.1f}", *_both(peer.quality), "–", "–", "–", MISS]
    assert ours.quality
    won = ours.quality.reaches(Quality(peer.quality.ssim - 0.001, peer.quality.edge_db))
    size, verdict = f"{ours.size / 1000:.1f}", PASS if won else MISS
    return [peer.name, f"{peer.size / 1000:.1f}", *_both(peer.quality), size, *_both(ours.quality), verdict]


def made(name: str, clip: Frames, target: Target, encode: Callable[[], bytes | None]) -> Made:
    """Encodes once, on the clock, and looks at the file with our own reader."""
    began = time.perf_counter()
    data = encode()
    milliseconds = (time.perf_counter() - began) * 1000
    if data is None:
        return Made(f"{name} (gave up)", 0, milliseconds, None)
    moving = read_moving(data, target.format)
    if not moving.animated:
        return Made(name, len(data), milliseconds, None)
    shown = timeline.on_screen(moving.seen, moving.delays, _line(target))
    at_full_size = (resize_rgba(frame, target.canvas) for frame in shown)
    return Made(name, len(data), milliseconds, measure(as_shown(clip, target), at_full_size))


def as_shown(clip: Frames, target: Target) -> Frames:
    """The frames, on the matte of a target that has one: NxHxWx4 straight RGBA."""
    if target.matte is None:
        return clip
    opaque = np.full_like(clip, 255)
    opaque[..., :3] = [over(frame, target.matte) for frame in clip]
    return opaque


def _line(target: Target) -> Timeline:
    plays = 0 if target.timing.plays_seconds is None else 1
    return Timeline(tuple(range(COUNT)), Fraction(SECONDS, COUNT), plays)


def _both(quality: Quality) -> list[object]:
    return [f"{quality.ssim:.4f}", f"{quality.edge_db:.1f}"]


def beside_wanted(target: Target, finish: str, ours: Made) -> list[object]:
    """Our file beside what is wanted of its target."""
    wanted, at = WANTED[target.id], int(finish == "grain")
    assert ours.quality
    pairs = [
        (ours.size / 1000, "≤", wanted.kilobytes[at], "{:.0f}"),
        (ours.milliseconds, "≤", wanted.milliseconds[at], "{:.0f}"),
        (ours.quality.ssim, "≥", wanted.ssim[at], "{:.4f}"),
        (ours.quality.edge_db, "≥", wanted.edge_db[at], "{:.1f}"),
    ]
    held = [got <= limit if sign == "≤" else round(got, 4) >= limit for got, sign, limit, _ in pairs]
    cells = [f"{form.format(got)} {sign} {limit:g}" for got, sign, limit, form in pairs]
    marked = [cell if kept else f"**{cell}**" for cell, kept in zip(cells, held, strict=True)]
    return [target.id, finish, *marked, PASS if all(held) else MISS]


@cache
def soft_clip() -> Frames:
    """Drawn once in each process, off the clock: as large as the frames that jobs make."""
    return packs_clips.cat(512, COUNT, "soft")


def one_of_the_set(number: int) -> bytes:
    """An emoji of the set: each begins at another place of the loop, brighter or darker than the last."""
    clip = np.roll(soft_clip(), number, axis=0)
    clip[..., :3] = np.minimum(clip[..., :3], 255 - number)
    clip[clip[..., 3] == 0] = 0
    return pack_emoji(list(clip), [Fraction(SECONDS, COUNT)] * COUNT, targets.find("line-emoji")).data


def set_of_forty() -> str:
    """Forty LINE emoji in two processes, and the set made of them."""
    # Forked, the encoders' threads would be missing.
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        list(pool.map(one_of_the_set, range(4)))  # off the clock: starting, and drawing the clip
        began = time.perf_counter()
        emoji = list(pool.map(one_of_the_set, range(SET)))
        seconds = time.perf_counter() - began
    began = time.perf_counter()
    items = [SetItem(str(number), data) for number, data in enumerate(emoji)]
    made_set = assemble_set(items, targets.find("line-emoji"))
    together = time.perf_counter() - began
    broken = ", ".join(breach.rule for breach in made_set.breaches) or "every rule held"
    return (
        f"{SET} soft emoji of {COUNT} frames on two cores: packed in **{seconds:.1f} s** (≤ 25), put together and "
        f"checked in {together:.1f} s, zip of {len(made_set.zip) / 1e6:.2f} MB (≤ 6), {broken}."
    )


def main(ids: list[str]) -> None:
    rows, duels, wanted = [], [], []
    for target in map(targets.find, ids):
        for finish, clip in clips(target):
            everybody, at_their_bytes, ours = compare(target, finish, clip)
            rows += everybody
            duels += at_their_bytes
            if finish != "flat" and target.id in WANTED:
                wanted.append(beside_wanted(target, finish, ours))
    head = ["target", "clip", "encoder", "kB", "ms", "SSIM", "edge dB", ""]
    peers = ["target", "clip", "peer", "kB", "SSIM", "dB", "ours, kB", "SSIM", "dB", ""]
    body = [
        f"Clips of {COUNT} frames over {SECONDS} s. kB = 1000 bytes; ms includes choosing the colours and every try. "
        "SSIM lies inside the silhouette, edges on the worse of black and white; on a matte, both of the whole canvas.",
        "## Beside what is wanted of each target",
        machine.table(["target", "clip", "kB", "ms", "SSIM", "edge dB", ""], wanted),
        "## At the bytes of each lossy peer\n\nSSIM at least the peer's less 0.001, edges at least the peer's. Files "
        "without loss are only listed below.",
        machine.table(peers, duels),
        "## Everybody's files",
        machine.table(head, rows),
        "## A set",
        set_of_forty(),
    ]
    machine.write("packs", "The encoders of packs", "\n\n".join(body))


if __name__ == "__main__":
    main(sys.argv[1:] or TARGETS)
