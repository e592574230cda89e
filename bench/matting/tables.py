"""The figures in tables, for people: the same for a terminal, a Markdown file and a page."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.matting.summary import ClipRow, Row, Summary, causes, kinds, mean, slices, summary
from bench.matting.targets import OURS, THEIRS, targets
from bench.matting.timing import Timing

Rows = Mapping[str, Sequence[Row]]
ClipRows = Mapping[str, Sequence[ClipRow]]

_OVERALL = {
    "frames": "frames",
    "effects lost": "missed",
    "recall": "recall",
    "mean over kinds": "kinds",
    "kept ones still there": "kept",
    "precision": "precision",
    "F1": "f1",
    "false blobs per frame": "blobs",
    "on frames without effects": "blobs_bare",
    "false area": "false_area",
    "character changed": "damage",
    "holes filled": "holes",
}
_ERRORS = {
    "MAD at effects": "effect_mad",
    "MSE at effects": "effect_mse",
    "gradient at effects": "effect_gradient",
    "MAD": "mad",
    "MSE": "mse",
    "gradient": "gradient",
    "halo on black": "black",
    "halo on white": "white",
}


@dataclass(frozen=True)
class Table:
    """The first column names the row, all others hold figures."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def tables(rows: Rows, clips: ClipRows, times: Sequence[Timing]) -> list[Table]:
    """Every table that there are figures for. `rows` and `clips`: by method."""
    summaries = {method: summary(each) for method, each in rows.items()}
    found = [
        _targets(rows, clips, times),
        _summaries("Methods", _OVERALL, summaries),
        _summaries("Errors of the alpha, and halo", _ERRORS, summaries),
        _per_method("Recall by kind of effect", {method: kinds(each) for method, each in rows.items()}, "lost"),
        _per_method("False blobs by cause", {method: causes(each) for method, each in rows.items()}, "frames"),
        *(_slices(method, rows[method]) for method in (OURS, THEIRS) if method in rows),
        _clips(clips),
        _times(times),
    ]
    return [table for table in found if table.rows]


def markdown(table: Table) -> str:
    """The table with its title, as Markdown that is readable as it is."""
    lines = [table.header, *table.rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(table.header))]
    ruler = "|".join(["", "-" * (widths[0] + 2), *("-" * (width + 1) + ":" for width in widths[1:]), ""])
    padded = [_line(line, widths) for line in lines]
    return "\n".join([f"## {table.title}", "", padded[0], ruler, *padded[1:]])


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first = cells[0].ljust(widths[0])
    others = (cell.rjust(width) for cell, width in zip(cells[1:], widths[1:], strict=True))
    return f"| {' | '.join([first, *others])} |"


def _targets(rows: Rows, clips: ClipRows, times: Sequence[Timing]) -> Table:
    found = tuple(
        (each.what, f"{'≥' if each.least else '≤'} {each.limit:g}", _figure(each.figure), each.verdict)
        for each in targets(rows, clips, times)
    )
    return Table("Targets", ("target", "limit", "figure", "verdict"), found)


def _summaries(title: str, columns: Mapping[str, str], summaries: Mapping[str, Summary]) -> Table:
    rows = tuple(
        (method, *(_figure(getattr(each, name)) for name in columns.values())) for method, each in summaries.items()
    )
    return Table(title, ("method", *columns), rows)


def _per_method(title: str, found: Mapping[str, Mapping[str, tuple[int, float]]], counted: str) -> Table:
    """A row per label, a column per method. All methods were given the same cases, and so have the same labels."""
    first = next(iter(found.values()), {})
    rows = tuple(
        (label, str(count), *(_figure(each[label][1]) for each in found.values()))
        for label, (count, _) in first.items()
    )
    return Table(title, ("", counted, *found), rows)


def _slices(method: str, rows: Sequence[Row]) -> Table:
    columns = {**_OVERALL, "MAD at effects": "effect_mad", "halo on black": "black", "halo on white": "white"}
    table = _summaries(f"Slices: {method}", columns, {label: summary(each) for label, each in slices(rows).items()})
    return Table(table.title, ("slice", *columns), table.rows)


def _clips(clips: ClipRows) -> Table:
    rows = tuple(
        (
            method,
            str(len(each)),
            _figure(mean(row.score.flicker.effects for row in each)),
            _figure(mean(row.score.flicker.everywhere for row in each)),
            _figure(mean(frame.recall for row in each for frame in row.score.frames)),
            _figure(mean(len(frame.blobs) for row in each for frame in row.score.frames)),
            _figure(mean(frame.damage for row in each for frame in row.score.frames)),
        )
        for method, each in clips.items()
    )
    header = (
        "method",
        "clips",
        "flicker at effects",
        "flicker",
        "recall",
        "false blobs per frame",
        "character changed",
    )
    return Table("Clips", header, rows)


def _times(times: Sequence[Timing]) -> Table:
    rows = tuple(
        (each.what, str(each.side), *(f"{ms:.2f}" for ms in (each.processor, each.per_megapixel, each.wall)))
        for each in times
    )
    return Table(
        "Time on one core", ("what", "side", "processor ms per frame", "per megapixel", "ms on the clock"), rows
    )


def _figure(value: float) -> str:
    if math.isnan(value):
        return "–"
    if isinstance(value, int):
        return str(value)
    return f"{value:.2f}" if abs(value) >= 1 else f"{value:.4f}" if abs(value) < 0.02 else f"{value:.3f}"
