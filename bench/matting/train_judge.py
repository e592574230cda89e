"""Trains the judge of the rescue: `python -m bench.matting.train_judge` writes `services/matting/rescue/judge.npz`.

Every candidate of the tuning cases is labelled by the truth. By the measures of `services.matting.rescue.features`
boosted trees learn to tell effects from dirt, and how opaque an effect is. Frames come at several sizes. Nothing of the
test split is seen. The same number of cases gives the same file.
"""

import argparse
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields

import cv2
import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from bench.matting.case import Case
from bench.matting.scenes import cases
from services.matting import vfx
from services.matting.rescue import judge

SIDES = (768, 512, 512, 512, 384, 256)
_IS, _IS_NOT = 0.5, 0.15
_VISIBLE = 0.06

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Rows:
    """Of n candidates: their measures (n x m), which are effects, how much each counts, and their true mean opacity."""

    table: Values
    effect: NDArray[np.bool_]
    weight: Values
    opacity: Values


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--cases", type=int, default=3000)
    options.add_argument("--workers", type=int, default=2)
    arguments = options.parse_args()
    jobs = [(side, arguments.cases // len(SIDES), 1000 + index) for index, side in enumerate(SIDES)]
    with ProcessPoolExecutor(arguments.workers) as pool:
        train(joined([rows for part in pool.map(_drawn, jobs) for rows in part]))


def train(rows: Rows) -> None:
    """Fits both models and writes the file."""
    print(f"{len(rows.effect)} candidates, {rows.effect.mean():.3f} of them effects")
    settings = {"max_leaf_nodes": 15, "min_samples_leaf": 40, "l2_regularization": 1.0, "random_state": 0}
    judge_model = HistGradientBoostingClassifier(max_iter=300, learning_rate=0.08, **settings)
    judge_model.fit(rows.table, rows.effect, sample_weight=rows.weight)
    real = rows.effect
    share_model = HistGradientBoostingRegressor(max_iter=200, learning_rate=0.08, **settings)
    share_model.fit(rows.table[real], rows.opacity[real], sample_weight=rows.weight[real])
    np.savez_compressed(judge.FILE, **_packed("effect", judge_model), **_packed("opacity", share_model))
    print(f"{judge.FILE}: {judge.FILE.stat().st_size / 1024:.0f} KiB")


def joined(parts: Sequence[Rows]) -> Rows:
    parts = [part for part in parts if len(part.effect)]
    return Rows(*(np.concatenate([getattr(part, name.name) for part in parts]) for name in fields(Rows)))


def labelled(case: Case) -> Rows:
    """The candidates of a case. What is half an effect and half dirt is left out."""
    known = vfx.survey(case.frame, case.matte)
    if known.measures is None:
        return Rows(np.zeros((0, 0)), np.zeros(0, np.bool_), np.zeros(0), np.zeros(0))
    groups = known.found.groups
    beside = cv2.dilate(case.character, np.ones((3, 3), np.uint8)) < 0.5
    truth = np.where(beside, case.alpha, 0.0)
    for effect in case.effects:
        truth = np.maximum(truth, effect.alpha)
    area = groups.total(np.ones(len(groups.pixels)))
    share = groups.total(groups.at(truth > _VISIBLE)) / area
    clear = (share > _IS) | (share < _IS_NOT)
    weight = np.where(share > _IS, np.clip(np.sqrt(area) / 10, 0.5, 3.0), 1.0)
    solid = groups.total(groups.at(truth) * (groups.at(truth) > _VISIBLE)) / np.maximum(share * area, 1.0)
    return Rows(known.measures.table()[clear], (share > _IS)[clear], weight[clear], solid[clear])


def _drawn(job: tuple[int, int, int]) -> list[Rows]:
    cv2.setNumThreads(1)
    side, count, seed = job
    return [labelled(case) for case in cases("tune", count, seed=seed, side=side)]


def _packed(
    name: str, model: HistGradientBoostingClassifier | HistGradientBoostingRegressor
) -> dict[str, NDArray[np.generic]]:
    trees = [stage[0].nodes for stage in model._predictors]
    most = max(len(tree) for tree in trees)

    def stacked(column: str, kind: type, fill: float = 0) -> NDArray[np.generic]:
        out = np.full((len(trees), most), fill, kind)
        for index, tree in enumerate(trees):
            out[index, : len(tree)] = tree[column]
        return out

    leaf = stacked("is_leaf", np.bool_, True)
    own = np.broadcast_to(np.arange(most), leaf.shape)
    parts = {
        "feature": stacked("feature_idx", np.int16),
        "threshold": np.where(leaf, np.inf, stacked("num_threshold", np.float64)).astype(np.float32),
        "left": np.where(leaf, own, stacked("left", np.int16)).astype(np.int16),
        "right": np.where(leaf, own, stacked("right", np.int16)).astype(np.int16),
        "value": stacked("value", np.float32),
        "base": np.float32(np.asarray(model._baseline_prediction).item()),
        "depth": np.int16(max(tree["depth"].max() for tree in trees)),
    }
    return {f"{name}_{key}": np.asarray(value) for key, value in parts.items()}


if __name__ == "__main__":
    main()
