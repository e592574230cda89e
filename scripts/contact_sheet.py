"""Draws every action of eight characters on light and on dark: `python scripts/contact_sheet.py FOLDER`.

`contact.png` has a still picture of each action, from the middle of it, at 180 and at 64 pixels.
`moving.webp` moves as the emoji do. Frames come straight from the puppet; no service runs.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.artist.loops import play_of, start_frame
from popcon.catalog.presets import PRESETS, Preset
from popcon.imaging.arrays import Pixels
from popcon.imaging.resize import over, resize_rgba
from popcon.puppet.scene import Scene
from tests.fixtures.characters import CHARACTERS, character

LIGHT, DARK = (255, 255, 255), (30, 31, 34)
STILL_SIDES = (180, 64)
STILL_PHASE = 0.4
TURN_S = 2.0
FRAME_MS = 100
SEED = 7


def action(name: str, preset: Preset, side: int) -> Scene:
    """An action of a character on a square of `side` pixels."""
    return Scene(start_frame(character(name), preset, side), play_of(preset), SEED)


def page(rows: Sequence[Sequence[Pixels]], colour: tuple[int, int, int]) -> Pixels:
    """Rows of equally large pictures on one colour, RGB."""
    return np.concatenate([np.concatenate([over(cell, colour) for cell in row], axis=1) for row in rows])


def contact(loops: Sequence[Sequence[list[Pixels]]]) -> Pixels:
    """One row per action: all characters at each side, on light and then on dark."""
    stills = [[turn[round(STILL_PHASE * len(turn))] for turn in row] for row in loops]
    columns = []
    for colour in (LIGHT, DARK):
        large, small = ([[resize_rgba(cell, (side, side)) for cell in row] for row in stills] for side in STILL_SIDES)
        columns += [page(large, colour), _spread(page(small, colour), colour)]
    return np.concatenate(columns, axis=1)


def _spread(small: Pixels, colour: tuple[int, int, int]) -> Pixels:
    """Rows of small pictures, each in the middle of the height of a row of large ones."""
    large_side, small_side = STILL_SIDES
    gap = (large_side - small_side) // 2
    rows = [np.pad(row, ((gap, gap), (0, 0), (0, 0))) for row in np.split(small, len(small) // small_side)]
    out = np.concatenate(rows)
    out[(np.arange(len(out)) % large_side < gap) | (np.arange(len(out)) % large_side >= gap + small_side)] = colour
    return out


def moving(loops: Sequence[Sequence[list[Pixels]]], seconds: Sequence[float], side: int, path: Path) -> None:
    """Every action in whole turns over one turn of the sheet."""
    turns = [max(1, round(TURN_S / each)) for each in seconds]
    pages = []
    for time in np.arange(0, TURN_S * 1000, FRAME_MS) / (TURN_S * 1000):
        rows = [
            [resize_rgba(turn[int(time * count * len(turn)) % len(turn)], (side, side)) for turn in row]
            for row, count in zip(loops, turns, strict=True)
        ]
        pages.append(Image.fromarray(_blocks(rows)))
    first, *others = pages
    first.save(path, save_all=True, append_images=others, duration=FRAME_MS, loop=0, quality=45, method=4)


def _blocks(rows: Sequence[Sequence[Pixels]]) -> Pixels:
    """Two columns of actions; the first half of the characters on light, the others on dark."""
    middle, half = len(rows) // 2, len(rows[0]) // 2
    blocks = [
        page([row[part] for row in actions], colour)
        for actions in (rows[:middle], rows[middle:])
        for part, colour in ((slice(None, half), LIGHT), (slice(half, None), DARK))
    ]
    return np.concatenate(blocks, axis=1)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folder", type=Path, help="where contact.png and moving.webp are written")
    options.add_argument("--render", type=int, default=512, help="side that is drawn, a multiple of 4")
    options.add_argument("--side", type=int, default=72, help="side of an emoji on the moving sheet")
    chosen = options.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)

    scenes = [[action(name, preset, chosen.render) for name in CHARACTERS] for preset in PRESETS.values()]
    loops = [[list(each.frames()) for each in row] for row in scenes]
    Image.fromarray(contact(loops)).save(chosen.folder / "contact.png", optimize=True)
    seconds = [float(sum(row[0].durations)) for row in scenes]
    moving(loops, seconds, chosen.side, chosen.folder / "moving.webp")


if __name__ == "__main__":
    main()
