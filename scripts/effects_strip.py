"""Draws frames, what a model leaves of them and what the rescue brings back: `python scripts/effects_strip.py FILE`.

The frames are cases of the benchmark of mattes, the model is its simulator; the rest is popcon's own work.
"""

import argparse
import sys
from itertools import islice
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.matting.case import Case, Pixels
from bench.matting.scenes import cases
from popcon.imaging.resize import over
from services.matting.finish import finish
from services.matting.vfx import rescue

SEED, CHOSEN = 7, (6, 15, 60)
CHAT = (49, 51, 56)
PANEL, GAP = 300, 12


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("strip", type=Path)
    options.add_argument("--cases", type=int, nargs="+", default=CHOSEN)
    arguments = options.parse_args()
    drawn = [next(islice(cases("test", index + 1, seed=SEED), index, None)) for index in arguments.cases]
    _joined([_joined(_panels(case), axis=1) for case in drawn], axis=0).save(arguments.strip, quality=88, method=6)


def _panels(case: Case) -> list[Image.Image]:
    """The frame, what the model leaves, and what the rescue brings back, the latter two on a dark chat."""
    rescued = rescue(case.frame, case.matte)
    left = finish(case.frame, case.matte, rescued.background)
    back = finish(case.frame, rescued.alpha, rescued.background)
    return [_panel(each) for each in (case.frame, over(left, CHAT), over(back, CHAT))]


def _panel(rgb: Pixels) -> Image.Image:
    return Image.fromarray(rgb).resize((PANEL, PANEL), Image.Resampling.LANCZOS)


def _joined(parts: list[Image.Image], axis: int) -> Image.Image:
    """Pictures side by side (axis 1) or one below the other (axis 0), with gaps of nothing between."""
    arrays = [np.asarray(part.convert("RGBA")) for part in parts]
    shape = list(arrays[0].shape)
    shape[axis] = GAP
    gap = np.zeros(shape, np.uint8)
    return Image.fromarray(np.concatenate([each for part in arrays for each in (gap, part)][1:], axis=axis))


if __name__ == "__main__":
    main()
