"""Draws finished emoji side by side on light and on dark: `python scripts/contact_sheet.py SHEET.webp EMOJI…`.

A `.webp` sheet moves as the emoji do; a `.png` sheet shows three moments of each.
"""

import argparse
from pathlib import Path

from PIL import Image

LIGHT, DARK = (255, 255, 255), (30, 31, 34)
MOMENTS = (0.0, 0.35, 0.7)
LOOP_MS = 2000
FRAME_MS = 100


def moment(path: Path, side: int, *, phase: float = 0.0, at_ms: int = 0) -> Image.Image:
    """An emoji's picture at a phase 0..1 of its loop, or at a time; RGBA, `side` pixels square."""
    with Image.open(path) as emoji:
        count = emoji.n_frames  # type: ignore[attr-defined]
        emoji.seek(0)
        turn_ms = count * float(emoji.info["duration"])
        emoji.seek(int((phase + at_ms / turn_ms) % 1 * count))
        return emoji.convert("RGBA").resize((side, side), Image.Resampling.LANCZOS)


def sheet(rows: list[list[Image.Image]]) -> Image.Image:
    """Rows of pictures, on light in the upper half and on dark in the lower."""
    side = rows[0][0].width
    width, height = side * max(len(row) for row in rows), side * len(rows)
    page = Image.new("RGB", (width, height * 2), LIGHT)
    page.paste(DARK, (0, height, width, height * 2))
    for top in (0, height):
        for number, row in enumerate(rows):
            for place, picture in enumerate(row):
                page.paste(picture, (place * side, top + number * side), picture)
    return page


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sheet", type=Path, help="what to write, .webp or .png")
    parser.add_argument("emoji", type=Path, nargs="+", help="emoji files")
    parser.add_argument("--columns", type=int, default=8, help="emoji per row")
    parser.add_argument("--side", type=int, default=120, help="pixels per emoji")
    options = parser.parse_args()

    rows = [options.emoji[at : at + options.columns] for at in range(0, len(options.emoji), options.columns)]
    if options.sheet.suffix == ".webp":
        times = range(0, LOOP_MS, FRAME_MS)
        pages = [sheet([[moment(path, options.side, at_ms=time) for path in row] for row in rows]) for time in times]
        more = {"save_all": True, "append_images": pages[1:], "duration": FRAME_MS, "loop": 0}
        pages[0].save(options.sheet, **more, quality=60, method=6)
    else:
        sheet([[moment(path, options.side, phase=at) for path in row] for row in rows for at in MOMENTS]).save(
            options.sheet
        )


if __name__ == "__main__":
    main()
