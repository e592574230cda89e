"""Trains the net that says how opaque pixels are: `python -m bench.matting.train_opacity` writes
`services/matting/rescue/opacity.npz`.

Every pixel that the rescue puts back, with its measures, is an example; the true alpha is what is to be said of it.
Frames come at several sizes, and every frame counts alike, whatever its effects cover; besides, every effect does. The
loss is the mean of |error| + error² / 2, and of what an effect falls short of being back: of its alpha mass, and of its
support. Nothing of the test split is seen. The same number of cases gives the same file.
"""

import argparse
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from bench.matting.case import Case
from bench.matting.measures import effect_region
from bench.matting.scenes import cases
from bench.matting.train_judge import SIDES
from services.matting import vfx
from services.matting.rescue import features, judge, net, opacity, pixels

PLACES = ("x", "y", "crowd")  # how opaque something is does not hang on these
HIDDEN = (24, 16)
PASSES, GROUPS, RATE = 12, 48, 6e-3
MOST = 350  # pixels of a candidate
FEWEST = 300  # pixels: frames with a smaller region count less
OUTSIDE = 0.3  # of a pixel's weight, where the measures of the benchmark do not look
VISIBLE, REAL = 0.06, 0.25  # alpha, and the share of a candidate's pixels that must have it
OPAQUE = 1.15  # how much more too opaque weighs than too clear: only that leaves a fringe of the background
ALONE = 20  # pixels: smaller candidates count less
BACK, OVERLAP, SHORT = 0.72, 0.65, 0.3  # a little more than the benchmark asks for; what falling short weighs
SHOWN, BLUR = 0.1, 0.03  # alpha

Values = NDArray[np.float32]


@dataclass(frozen=True)
class Examples:
    """`table`: n x m, measures of pixels. `traits`: c x k. `of`: the candidate of each pixel, ascending. `truth`: n
    alphas. `weight`: n."""

    table: Values
    traits: Values
    of: NDArray[np.intp]
    truth: Values
    weight: Values


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--cases", type=int, default=3000)
    options.add_argument("--workers", type=int, default=2)
    arguments = options.parse_args()
    jobs = [(side, arguments.cases // len(SIDES), 1000 + index) for index, side in enumerate(SIDES)]
    with ProcessPoolExecutor(arguments.workers) as pool:
        train(joined(examples for part in pool.map(_drawn, jobs) for examples in part))


def labelled(case: Case, random: np.random.Generator) -> Examples | None:
    """The examples of a case; none where nothing is put back. Candidates that are no effect are left out: refusing
    them is the judge's part."""
    known = vfx.survey(case.frame, case.matte)
    wanted = known.scores >= vfx.CERTAIN
    if known.measures is None or not wanted.any():
        return None
    groups = known.found.groups.only(wanted)
    matte = vfx.without_refused(known, wanted)
    sights = pixels.look(known.image, matte, known.seen, groups, opacity.kept(known.image, matte, known.seen, groups))
    truth, region = case.alpha.ravel()[sights.pixels], effect_region(case)
    areas = np.bincount(sights.of, minlength=groups.count)
    real = np.bincount(sights.of, truth > VISIBLE, groups.count) > REAL * areas
    chosen = _some(random, sights.of)
    chosen = chosen[real[sights.of[chosen]]]
    of, at = sights.of[chosen], sights.pixels[chosen]
    judged = np.where(region.ravel()[at], 1.0, OUTSIDE * (case.character.ravel()[at] < 0.5))
    weight = judged * np.maximum(areas[of] / MOST, 1.0) / max(int(region.sum()), FEWEST)
    names = tuple(name for name in features.NAMES if name not in PLACES)
    traits = net.traits(known.measures, judge.share(known.measures), names)[wanted].astype(np.float32)
    return Examples(sights.table[chosen], traits, of, truth[chosen], weight.astype(np.float32))


def joined(parts: Iterable[Examples | None]) -> Examples:
    """The examples of all cases."""
    some = [part for part in parts if part is not None and len(part.of)]
    before = np.cumsum([0, *(len(part.traits) for part in some[:-1])])
    of = [part.of + offset for part, offset in zip(some, before, strict=True)]
    tables, traits, truths, weights = (
        np.concatenate([getattr(part, name) for part in some]) for name in ("table", "traits", "truth", "weight")
    )
    return Examples(tables, traits, np.concatenate(of), truths, weights)


def train(examples: Examples) -> None:
    """Fits the net and writes the file."""
    torch.manual_seed(0)
    inputs = np.concatenate([examples.table, examples.traits[examples.of]], axis=1)
    mean, scale = inputs.mean(axis=0), 1.0 / (inputs.std(axis=0) + 1e-3)
    seen = torch.from_numpy(((inputs - mean) * scale).clip(-net.SPREAD, net.SPREAD))
    sizes = (inputs.shape[1], *HIDDEN)
    layers = [step for a, b in zip(sizes, HIDDEN, strict=False) for step in (nn.Linear(a, b), nn.ReLU())]
    model = nn.Sequential(*layers, nn.Linear(HIDDEN[-1], 1))
    _fit(model, seen, torch.from_numpy(examples.truth), torch.from_numpy(_weights(examples)), examples.of)
    linear = [step for step in model if isinstance(step, nn.Linear)]
    parts = {f"weights{index}": step.weight.detach().numpy().T for index, step in enumerate(linear, 1)}
    parts |= {f"offsets{index}": step.bias.detach().numpy() for index, step in enumerate(linear, 1)}
    names = np.array([name for name in features.NAMES if name not in PLACES])
    np.savez_compressed(net.FILE, names=names, mean=mean, scale=scale, **parts)
    print(f"{net.FILE}: {net.FILE.stat().st_size / 1024:.0f} KiB")


def _fit(model: nn.Module, seen: Tensor, truth: Tensor, weight: Tensor, of: NDArray[np.intp]) -> None:
    _, starts, counts = np.unique(of, return_index=True, return_counts=True)
    steps = max(1, len(starts) // GROUPS)
    optimiser = torch.optim.AdamW(model.parameters(), weight_decay=1e-3)
    rates = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=PASSES * steps)
    for turn in range(PASSES):
        for chosen, group in _batches(np.random.default_rng(turn).permutation(len(starts)), starts, counts, steps):
            raw = model(seen[chosen])[:, 0]
            made = raw.clamp(0, 1)
            # A little slope beyond both ends, so that what went too far comes back.
            loss = _loss(made + 0.02 * (raw - made), truth[chosen], weight[chosen], group)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            rates.step()


def _batches(
    order: NDArray[np.intp], starts: NDArray[np.intp], counts: NDArray[np.intp], steps: int
) -> Iterator[tuple[Tensor, Tensor]]:
    """Whole candidates: their pixels, and which candidate of the batch each belongs to."""
    for chosen in np.array_split(order, steps):
        count = counts[chosen]
        own = np.arange(count.sum()) + np.repeat(starts[chosen] - np.cumsum(count) + count, count)
        yield torch.from_numpy(own), torch.from_numpy(np.repeat(np.arange(len(chosen)), count))


def _loss(made: Tensor, truth: Tensor, weight: Tensor, group: Tensor) -> Tensor:
    error = made - truth
    loss: Tensor = (weight * (torch.maximum(OPAQUE * error, -error) + error * error / 2)).sum() / weight.sum()

    def total(values: Tensor) -> Tensor:
        return torch.zeros(int(group[-1]) + 1).index_add_(0, group, values)

    back = total(torch.minimum(made, truth)) / total(truth).clamp(min=0.5)
    support, shown = (truth > SHOWN).float(), torch.sigmoid((made - SHOWN) / BLUR)
    overlap = total(support * shown) / total(support + shown - support * shown).clamp(min=1)
    short = torch.relu(BACK - back) + torch.relu(OVERLAP - overlap)
    return loss + SHORT * (short * (total(support) >= 4)).mean()


def _weights(examples: Examples) -> Values:
    """Every frame counts alike, and besides every candidate."""
    counts = np.maximum(np.bincount(examples.of), ALONE)
    alone = 1.0 / counts[examples.of]
    return np.asarray(examples.weight / examples.weight.mean() + 0.5 * alone / alone.mean(), np.float32)


def _some(random: np.random.Generator, of: NDArray[np.intp]) -> NDArray[np.intp]:
    """Up to `MOST` places of each candidate, by candidate."""
    order = random.permutation(len(of))
    order = order[np.argsort(of[order], kind="stable")]
    counts = np.bincount(of)
    rank = np.arange(len(of)) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.asarray(order[rank < MOST], np.intp)


def _drawn(job: tuple[int, int, int]) -> Sequence[Examples | None]:
    cv2.setNumThreads(1)
    side, count, seed = job
    random = np.random.default_rng(seed)
    return [labelled(case, random) for case in cases("tune", count, seed=seed, side=side)]


if __name__ == "__main__":
    main()
