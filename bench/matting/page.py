"""The HTML page: every table, and the worst cases with their pictures on light and on dark."""

import html
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.matting.case import Case, Pixels, Plane
from bench.matting.measures import Score
from bench.matting.tables import Table
from popcon.imaging.png import encode_png
from popcon.imaging.resize import resize_rgba

_OPEN = 3  # tables; the others unfold
_SIDE = 320  # pixels of a picture on the page, at most
_STYLE = """
body { font: 14px/1.5 system-ui, sans-serif; margin: 2rem; color: #222; background: #f2f2f4 }
h1 { font-size: 1.5rem } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem } h3 { margin: 0; font-size: 1rem }
table { border-collapse: collapse; background: #fff } td, th { padding: .15rem .6rem; border: 1px solid #ddd }
td + td, th + th { text-align: right } td { font-variant-numeric: tabular-nums }
summary { cursor: pointer; font-weight: bold; margin: .4rem 0 } details h2 { display: none } th { text-align: left }
.missed { background: #ffd9d4; font-weight: bold }
section { margin: 1rem 0; padding: 1rem; background: #fff; border-radius: 8px; overflow-x: auto }
section p { margin: .1rem 0; color: #555 } .grid { display: flex; gap: 8px; margin-top: .6rem }
figure { margin: 0; flex: 0 1 200px; min-width: 150px } figcaption { height: 4.8em; overflow: hidden; font-size: 12px }
figcaption b { display: block; font-size: 13px }
img { display: block; width: 100%; margin-bottom: 6px; outline: 1px solid #ccc }
.light { background: #fff } .dark { background: #202226 }
.red { color: #c62f1d } .blue { color: #1f5fd0 }
"""


@dataclass(frozen=True)
class Outcome:
    """What a method made of a case. `rgba`: HxWx4 uint8 straight RGBA."""

    score: Score
    out: Plane
    rgba: Pixels


@dataclass(frozen=True)
class Shown:
    """A case for the page, with every method's outcome by name."""

    case: Case
    outcomes: Mapping[str, Outcome]


def badness(score: Score) -> float:
    """How bad a result looks: effects that are not back and false blobs, then the error around effects."""
    lost = sum(not each.recovered for each in score.instances)
    error = score.effects.mad if score.instances else score.everywhere.mad
    return lost + len(score.blobs) + min(error, 0.99)


def write_page(folder: Path, title: str, tables: Sequence[Table], sections: Iterable[str]) -> Path:
    """Writes index.html into a folder, and returns it. `sections`: those of the cases, in the order of the page."""
    body = "\n".join(
        [
            f"<h1>{html.escape(title)}</h1>",
            *(_table(table) for table in tables[:_OPEN]),
            *(
                f"<details><summary>{html.escape(each.title)}</summary>{_table(each)}</details>"
                for each in tables[_OPEN:]
            ),
            "<h2>Worst cases first</h2>",
            '<p>Below each cut-out its error: <b class="red">red</b> is alpha that should not be there, '
            '<b class="blue">blue</b> is alpha that is missing.</p>',
            *sections,
        ]
    )
    page = folder / "index.html"
    page.write_text(
        f'<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>{html.escape(title)}</title>'
        f"<style>{_STYLE}</style>\n<body>\n{body}\n</body></html>\n",
        encoding="utf-8",
    )
    return page


def _table(table: Table) -> str:
    head = "".join(f"<th>{html.escape(cell)}</th>" for cell in table.header)
    rows = "\n".join(f"<tr>{''.join(_cell(cell) for cell in row)}</tr>" for row in table.rows)
    return f"<h2>{html.escape(table.title)}</h2>\n<table><tr>{head}</tr>\n{rows}</table>"


def _cell(text: str) -> str:
    return f"<td{' class=missed' if text == 'MISSED' else ''}>{html.escape(text)}</td>"


def section(folder: Path, number: int, shown: Shown) -> str:
    """Writes the pictures of a case into a folder, and returns its part of the page. `number`: its place there."""
    case = shown.case

    def saved(name: str, pixels: Pixels) -> str:
        file = f"pictures/{number:02}-{name}.png"
        (folder / file).write_bytes(encode_png(_small(pixels), level=6))
        return file

    figures = [
        _figure("frame", "", [(saved("frame", case.frame), "")]),
        _figure("model's matte", "", _both(saved("matte", _with_alpha(case.frame, case.matte)))),
        _figure("truth", "", _both(saved("truth", _with_alpha(case.foreground, case.alpha)))),
    ]
    for place, (method, outcome) in enumerate(shown.outcomes.items()):
        pictures = _both(saved(f"cut-{place}", outcome.rgba))
        pictures.append((saved(f"error-{place}", _error(outcome.out, case.alpha)), ""))
        figures.append(_figure(method, _verdict(outcome.score), pictures))
    return (
        f"<section><h3>{number}. {html.escape(case.name)}</h3><p>{html.escape(', '.join(case.slices))}</p>"
        f'<div class="grid">{"".join(figures)}</div></section>'
    )


def _figure(name: str, note: str, pictures: Sequence[tuple[str, str]]) -> str:
    images = "".join(f'<img loading="lazy" alt="" class="{kind}" src="{file}">' for file, kind in pictures)
    title = html.escape(note, quote=True)
    return f'<figure><figcaption title="{title}"><b>{html.escape(name)}</b>{title}</figcaption>{images}</figure>'


def _both(file: str) -> list[tuple[str, str]]:
    return [(file, "light"), (file, "dark")]


def _verdict(score: Score) -> str:
    lost = Counter(each.kind for each in score.instances if not each.recovered)
    false = Counter(blob.cause for blob in score.blobs)
    parts = [f"{word}: {_listed(found)}" for word, found in (("lost", lost), ("false", false)) if found]
    return "; ".join(parts) or "all back, nothing false"


def _listed(found: Counter[str]) -> str:
    return ", ".join(name if count == 1 else f"{count} {name}" for name, count in found.items())


def _with_alpha(frame: Pixels, alpha: Plane) -> Pixels:
    return np.dstack([frame, np.rint(alpha * 255).astype(np.uint8)])


def _error(out: Plane, truth: Plane) -> Pixels:
    """HxWx3: white where the alpha is right, red where it is too much, blue where it is too little."""
    more, less = np.clip(out - truth, 0, 1), np.clip(truth - out, 0, 1)
    return np.asarray(np.rint(255 * (1 - np.dstack([less, more + 0.6 * less, more]))), np.uint8)


def _small(pixels: Pixels) -> Pixels:
    height, width = pixels.shape[:2]
    share = min(1.0, _SIDE / max(height, width))
    opaque = pixels.shape[2] == 3
    rgba = np.dstack([pixels, np.full((height, width), 255, np.uint8)]) if opaque else pixels
    small = resize_rgba(rgba, (max(1, round(width * share)), max(1, round(height * share))))
    return np.ascontiguousarray(small[..., :3]) if opaque else small
