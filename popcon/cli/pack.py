"""`popcon pack`."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from popcon import errors
from popcon.catalog import limits, targets
from popcon.catalog.target import PREVIEW, Target
from popcon.cli import check
from popcon.cli.output import Output
from services.packaging.assemble import AssembledSet, SetItem, assemble_set
from services.packaging.emoji import PackedEmoji
from services.packaging.in_set import pack_at
from services.packaging.sources import Pace, Source, read_sources


@dataclass(frozen=True)
class Order:
    """What was asked for. `names`: of the emoji in order; none takes those of the files."""

    frames: tuple[Path, ...]
    targets: tuple[str, ...]
    names: tuple[str, ...]
    fps: str
    seconds: str
    out: Path


def pack(order: Order) -> int:
    """Packs files for each target. Returns 0 when every rule of every target holds, else 1. Raises `InvalidRequest` for
    wrong use, and what reading and packing raise, in words that name the file."""
    wanted = [targets.find(each) for each in dict.fromkeys(order.targets)]
    if order.out.exists() and not order.out.is_dir():
        raise errors.InvalidRequest(f"{order.out} is a file; name a folder with --out.", field="out")
    output = Output()
    count, sources = read_sources(order.frames, _pace(order))
    if order.names and len(order.names) != count:
        raise errors.InvalidRequest(
            f"The files make {count} emoji and there are {len(order.names)} names; give --name once for each.",
            field="name",
        )
    packed = _pack_all(sources, count, wanted, order.names, output)
    held = [_leave(packed[target.id], target, order.out, output) for target in wanted]
    return 0 if all(held) else 1


def _pace(order: Order) -> Pace:
    if order.fps and order.seconds:
        raise errors.InvalidRequest("Frames a second or seconds in all? Give --fps or --seconds, not both.")
    return Pace(_number(order.fps, "--fps"), _number(order.seconds, "--seconds"))


def _number(text: str, option: str) -> Fraction | None:
    """A number that may be a fraction, such as 30000/1001."""
    if not text:
        return None
    try:
        number = Fraction(text)
    except (ValueError, ZeroDivisionError):
        number = Fraction(0)
    if not Fraction(1, 100) <= number <= 1000:
        raise errors.InvalidRequest(f'"{text[:40]}" cannot be {option}; give a number from 0.01 to 1000.')
    return number


def _pack_all(
    sources: Iterator[Source], count: int, wanted: Sequence[Target], names: Sequence[str], output: Output
) -> dict[str, list[SetItem]]:
    packed: dict[str, list[SetItem]] = {target.id: [] for target in wanted}
    with _bar(count * len(wanted), output) as progress:
        for number, source in enumerate(sources, 1):
            label = (names[number - 1] if names else source.label)[: limits.NAME_MAX_CHARS]
            if source.is_boxed and any(target.matte is None for target in wanted):
                output.say(
                    f"{label} has a background: it will be a filled box. Save it with a transparent one.", "yellow"
                )
            for target in wanted:
                made = _pack_one(source, target, number, label)
                packed[target.id].append(SetItem(str(number), made.data, label, stats=made.stats))
                progress.advance(progress.task_ids[0])
    return packed


def _pack_one(source: Source, target: Target, number: int, label: str) -> PackedEmoji:
    try:
        return pack_at(source.frames, source.durations, target, number)
    except errors.PopconError as error:
        raise type(error)(f"{label}: {error.message}", field=error.field) from error


@contextmanager
def _bar(total: int, output: Output) -> Iterator[Progress]:
    columns = (TextColumn("Packing"), BarColumn(bar_width=32), MofNCompleteColumn())
    with Progress(*columns, console=output.console, transient=True, disable=not output.live) as progress:
        progress.add_task("", total=total)
        yield progress


def _leave(items: Sequence[SetItem], target: Target, out: Path, output: Output) -> bool:
    """Writes a set, tells of it and returns whether every rule holds."""
    made = assemble_set(items, target)
    place, packed = out / target.id, out / f"{target.id}.zip"
    try:
        place.mkdir(parents=True, exist_ok=True)
        for name, data in (made.files | made.notes).items():
            (place / name).write_bytes(data)
        packed.write_bytes(made.zip)
    except OSError as error:
        raise errors.InvalidRequest(f"{out} cannot be written ({error.strerror}); name another --out.") from error
    _tell(items, made, output)
    output.say(f"{len(items)} emoji in {place}, all of them in {packed}; {place / PREVIEW} shows them")
    return check.report(output, packed, target.id)


def _tell(items: Sequence[SetItem], made: AssembledSet, output: Output) -> None:
    names = list(made.files)
    heads = ("file", "label", "pixels", "frames", "seconds", "kB", "stored with", "SSIM", "edges, dB")
    rows = [[name, item.label, *_figures(item.stats, item.data)] for name, item in zip(names, items, strict=False)]
    rows += [[name, "", "", "", "", f"{len(made.files[name]) / 1000:.1f}", "", "", ""] for name in names[len(items) :]]
    output.table(*heads, rows=rows)


def _figures(stats: Any, data: bytes) -> list[str]:
    quality = [f"{stats[key]:.{digits}f}" if key in stats else "" for key, digits in (("ssim", 4), ("edge_db", 1))]
    seconds = f"{stats['seconds']:g}"
    return [stats["size"], str(stats["frames"]), seconds, f"{len(data) / 1000:.1f}", str(stats["rung"]), *quality]
