"""Draws every action of eight characters on light and on dark: `python scripts/contact_sheet.py FOLDER`.

`contact.png` has two still pictures of each action at 180 and at 64 pixels: its first frame, which is what chats show
where nothing moves, on light, and one from the middle of it on dark. `moving.webp` moves as the emoji do. Frames come
straight from the puppet; no service runs.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.artist.loops import play_of, start_frame
from popcon.catalog.presets import PRESETS, Preset
from popcon.imaging.arrays import Pixels
from popcon.imaging.resize import over, resize_rgba
from popcon.puppet.scene import Scene
from tests.fixtures.characters import CHARACTERS, character

LIGHT, DARK = (255, 255, 255), (30, 31, 34)
STILL_SIDES = (180, 64)
PHASES = {LIGHT: 0.0, DARK: 0.4}
ACROSS = 12
"""Actions side by side."""
NAMES, HEADER = 84, 24
"""Width and height of what the names of characters and of actions are written in, pixels."""
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
    """For some actions at a time: a row per character at each side, on light and then on dark."""
    blocks = [
        labelled(loops[begin : begin + ACROSS], list(PRESETS)[begin : begin + ACROSS], side, colour)
        for begin in range(0, len(loops), ACROSS)
        for side in STILL_SIDES
        for colour in PHASES
    ]
    widest = max(block.shape[1] for block in blocks)
    return np.concatenate([np.pad(each, ((0, 0), (0, widest - each.shape[1]), (0, 0))) for each in blocks])


def labelled(
    loops: Sequence[Sequence[list[Pixels]]], actions: Sequence[str], side: int, colour: tuple[int, int, int]
) -> Pixels:
    """A column per action with its name over it, a row per character with its name before it, RGB."""
    stills = [[resize_rgba(turn[round(PHASES[colour] * len(turn))], (side, side)) for turn in row] for row in loops]
    pictures = page(list(zip(*stills, strict=True)), colour)
    sheet = Image.new("RGB", (NAMES + pictures.shape[1], HEADER + pictures.shape[0]), colour)
    sheet.paste(Image.fromarray(pictures), (NAMES, HEADER))
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(size=min(16, side // 5))
    ink = DARK if colour == LIGHT else LIGHT
    for index, name in enumerate(actions):
        pen.text((NAMES + (index + 0.5) * side, HEADER / 2), name, ink, font, anchor="mm")
    for index, name in enumerate(CHARACTERS):
        pen.text((NAMES - 8, HEADER + (index + 0.5) * side), name, ink, font, anchor="rm")
    return np.asarray(sheet)


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
