"""Draws finished emoji side by side on light and on dark: `python scripts/contact_sheet.py SHEET.webp EMOJI…`.

A `.webp` sheet moves as the emoji do; a `.png` sheet shows three moments of each.
"""

import argparse
from pathlib import Path

from PIL import Image

LIGHT, DARK = (255, 255, 255), (30, 31, 34)
MOMENTS = (0.0, 0.35, 0.7)
FRAMES = 20


def moment(path: Path, phase: float, side: int) -> Image.Image:
    """An emoji's picture at a phase 0..1 of its loop, RGBA, `side` pixels square."""
    with Image.open(path) as emoji:
        emoji.seek(int(phase * emoji.n_frames))  # type: ignore[attr-defined]
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

    def page(phases: tuple[float, ...]) -> Image.Image:
        emoji = [options.emoji[at : at + options.columns] for at in range(0, len(options.emoji), options.columns)]
        return sheet([[moment(path, phase, options.side) for path in row] for row in emoji for phase in phases])

    if options.sheet.suffix == ".webp":
        pages = [page((number / FRAMES,)) for number in range(FRAMES)]
        pages[0].save(options.sheet, save_all=True, append_images=pages[1:], duration=70, loop=0, quality=80, method=6)
    else:
        page(MOMENTS).save(options.sheet)


if __name__ == "__main__":
    main()
