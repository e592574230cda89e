"""Measures what the puppet makes of eight characters: `python -m bench.artist`; `--side` draws smaller, and sooner."""

import argparse
import statistics
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from bench import machine
from bench.artist import measures, sizes
from bench.artist.descriptors import Floats, describe
from bench.artist.loops import loop, play_of, start_frame
from bench.artist.recognition import Recognition, confused, recognise
from bench.artist.timing import timed
from popcon.catalog.limits import CLIP_SIDE
from popcon.catalog.presets import PRESETS, Preset
from popcon.imaging.arrays import Pixels
from popcon.puppet.scene import Scene
from tests.fixtures.characters import CHARACTERS, character

SEED = 7
RIGHT_GOAL = 0.9
INPUTS = (64, 512, 2048, 8192)
SHOWN = 10
PARTS: Mapping[str, Sequence[int]] = {"movement and effects": (0, 1), "movement alone": (0,), "effects alone": (1,)}


@dataclass(frozen=True)
class Figures:
    """Of one action of one character. `area`, `posed`: the least and the most, relative to the start frame."""

    preset: str
    described: tuple[Floats, Floats]
    seam: float
    border: bool
    area: tuple[float, float]
    posed: tuple[float, float]


def figures(name: str, preset: str, side: int) -> Figures:
    made = loop(character(name), PRESETS[preset], side, SEED + CHARACTERS.index(name))
    area = measures.areas(made)
    posed = measures.posed_areas(made.start, PRESETS[preset])
    return Figures(
        preset,
        describe(made),
        measures.seam(made.frames),
        measures.at_border(made.frames),
        (float(area.min()), float(area.max())),
        (float(posed.min()), float(posed.max())),
    )


def recognition(of: Mapping[str, Sequence[Figures]]) -> str:
    first, *others = CHARACTERS
    described = {name: [each.described for each in rows] for name, rows in of.items()}
    found = {
        title: [recognise(described[first], described[name], parts) for name in others]
        for title, parts in PARTS.items()
    }
    rows: list[list[object]] = [
        [title, *(f"{each.right}" for each in all_), f"{_share(all_):.1%}", f"{min(min(e.margin) for e in all_):.2f}"]
        for title, all_ in found.items()
    ]
    pairs = "\n\n".join(f"{title}: {_pairs(confused(list(PRESETS), all_))}." for title, all_ in found.items())
    return (
        f"## Recognition by proxy\n\nEach action of characters 2–{len(CHARACTERS)} is given the name of the nearest of "
        f"{len(PRESETS)} actions of the {first}, by what the frames show; each character has a seed of its own. Right "
        f"names per character, all of them (goal {RIGHT_GOAL:.0%} with both parts), and the least margin: the distance "
        "of the nearest wrong action over that of the right one.\n\n"
        + machine.table(["by", *others, "right", "least margin"], rows)
        + f"\n\nWhich action was taken for which other, how often:\n\n{pairs}"
    )


def _share(all_: Sequence[Recognition]) -> float:
    return sum(each.right for each in all_) / sum(len(each.named) for each in all_)


def _pairs(counts: Counter[tuple[str, str]]) -> str:
    return ", ".join(f"{one} for {other} {count}" for (one, other), count in counts.most_common()) or "nothing"


def seams_and_borders(of: Mapping[str, Sequence[Figures]]) -> str:
    everything = [each for rows in of.values() for each in rows]
    over = sum(each.seam > 1 for each in everything)
    touching = sum(each.border for each in everything)
    rows: list[list[object]] = []
    for index, preset in enumerate(PRESETS):
        seams = {name: rows[index].seam for name, rows in of.items()}
        worst = max(seams, key=lambda name: seams[name])
        late = sum(seam > 1 for seam in seams.values())
        rows.append([preset, f"{statistics.median(seams.values()):.2f}", f"{seams[worst]:.2f}", worst, late])
    return (
        "## Seam and border\n\nThe step from the last frame to the first over the median step between neighbours; at "
        f"most 1 is the goal. {len(everything) - over} of {len(everything)} loops keep it. Outermost "
        f"{measures.RIM} rows and columns: {touching} loops touch them.\n\n"
        + machine.table(["action", "median character", "worst", "of", "over 1"], rows)
    )


def area(of: Mapping[str, Sequence[Figures]]) -> str:
    rows: list[list[object]] = []
    for index, preset in enumerate(PRESETS):
        each = [rows[index] for rows in of.values()]
        drawn = min(one.area[0] for one in each), max(one.area[1] for one in each)
        posed = min(one.posed[0] for one in each), max(one.posed[1] for one in each)
        kept = measures.area_kept(*drawn)
        rows.append([preset, *(f"{value:.3f}" for value in (*drawn, *posed)), "yes" if kept else "no"])
    beyond = [str(row[0]) for row in rows if row[-1] == "no"]
    return (
        "## Area of the body\n\nRelative to the start frame, over all frames and characters: the silhouette as drawn "
        "without effects, and by the poses' own numbers. "
        f"Allowed: {measures.AREA:.0%}. Beyond it: {', '.join(beyond) or 'none'}.\n\n"
        + machine.table(["action", "least drawn", "most drawn", "least posed", "most posed", "within"], rows)
    )


def _played(start: Pixels, preset: Preset) -> None:
    for _ in Scene(start, play_of(preset), SEED).frames():
        pass


def time_spent() -> str:
    first = character(CHARACTERS[0])
    rows: list[list[object]] = []
    shares: defaultdict[str, float] = defaultdict(float)
    whole = processor = 0.0
    for preset in PRESETS.values():
        start = start_frame(first, preset, CLIP_SIDE)
        spent = timed(partial(_played, start, preset))
        rows.append([preset.id, f"{spent.seconds:.2f}", f"{spent.processor:.2f}"])
        whole += spent.seconds
        processor += spent.processor
        for name, share in spent.shares:
            shares[name] += share * spent.seconds
    parts: list[list[object]] = [
        [name, f"{seconds / whole:.1%}"] for name, seconds in sorted(shares.items(), key=lambda each: -each[1])[:SHOWN]
    ]
    rows.append(["all", f"{whole:.1f}", f"{processor:.1f}"])
    return (
        f"## Seconds per action\n\nOne loop of the {CHARACTERS[0]} at {CLIP_SIDE} px, from start frame to frames; "
        "other work on the machine stretches wall time.\n\n"
        + machine.table(["action", "wall, s", "processor, s"], rows)
        + "\n\nWhere the wall time of all of them goes, by function of popcon; libraries count for their caller.\n\n"
        + machine.table(["function", "share"], parts)
    )


def inputs() -> str:
    rows: list[list[object]] = []
    for side in INPUTS:
        one = sizes.measure(side)
        spent = [f"{seconds:.2f}" for seconds in (one.cut_s, one.start_frame_s, one.motion_s)]
        rows.append([side, f"{one.file_mb:.1f}", *spent, f"{one.idle_mb:.0f}", f"{one.peak_mb:.0f}"])
    return (
        "## Memory and seconds by size of the picture\n\nFrom a PNG file to one loop, in a process of its own.\n\n"
        + machine.table(
            ["side, px", "file, MB", "cut out, s", "start frame, s", "motion, s", "idle, MB", "at most, MB"], rows
        )
    )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--side", type=int, default=CLIP_SIDE, help="pixels that loops are drawn at, a multiple of 4")
    side = options.parse_args().side
    of = {name: [figures(name, preset, side) for preset in PRESETS] for name in CHARACTERS}
    intro = (
        f"{len(PRESETS)} actions x {len(CHARACTERS)} characters ({', '.join(CHARACTERS)}), drawn at {side} px. "
        "`python -m bench.artist` measures again."
    )
    body = [intro, recognition(of), seams_and_borders(of), area(of), time_spent(), inputs()]
    machine.write("artist", "The puppet", "\n\n".join(body))


if __name__ == "__main__":
    main()
