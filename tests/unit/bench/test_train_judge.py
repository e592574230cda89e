"""The trained judge: the file that holds it, how models are packed into it, and what is asked of it."""

from types import SimpleNamespace

import numpy as np
import pytest
from bench_scenes import a_case, without_effects
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from bench.matting import train_judge
from services.matting import vfx
from services.matting.rescue import judge

COUNT, WIDTH = 400, 5
SETTINGS = {"max_leaf_nodes": 7, "min_samples_leaf": 5, "random_state": 0}


def table(seed: int) -> np.ndarray:
    """Values that float32 holds exactly, as the judge works with those."""
    return np.random.default_rng(seed).integers(-40, 40, (COUNT, WIDTH)) / 8.0


def measures(rows: np.ndarray) -> SimpleNamespace:
    return SimpleNamespace(table=lambda: rows)


@pytest.fixture
def trained(tmp_path, monkeypatch):
    """Both models, fitted to made-up candidates and packed into a file that the judge reads."""
    rows = table(0)
    effect = rows[:, 0] * rows[:, 1] + rows[:, 2] > 1.0
    opacity = np.clip(0.5 + rows[:, 3] / 8 - rows[:, 4] ** 2 / 60, 0, 1)
    effects = HistGradientBoostingClassifier(max_iter=12, **SETTINGS).fit(rows, effect)
    opacities = HistGradientBoostingRegressor(max_iter=9, **SETTINGS).fit(rows, opacity)
    file = tmp_path / "judge.npz"
    np.savez_compressed(file, **train_judge._packed("effect", effects), **train_judge._packed("opacity", opacities))
    monkeypatch.setattr(judge, "FILE", file)
    judge._trees.cache_clear()
    yield SimpleNamespace(effects=effects, opacities=opacities)
    judge._trees.cache_clear()


def test_packed_trees_judge_as_scikit_learn_does(trained):
    rows = np.concatenate([table(0), table(1)])
    expected = trained.effects.predict_proba(rows)[:, 1]
    assert expected.min() < 0.2
    assert expected.max() > 0.8
    np.testing.assert_allclose(judge.judge(measures(rows)), expected, atol=1e-5)


def test_packed_trees_give_the_opacity_that_scikit_learn_gives(trained):
    rows = np.concatenate([table(0), table(1)])
    expected = np.clip(trained.opacities.predict(rows), 0.02, 1.0)
    assert np.ptp(expected) > 0.5
    np.testing.assert_allclose(judge.share(measures(rows)), expected, atol=1e-5)


def test_a_value_at_a_threshold_goes_the_way_it_goes_in_scikit_learn(trained):
    nodes = trained.effects._predictors[0][0].nodes
    split = nodes[~nodes["is_leaf"].astype(bool)][0]
    rows = np.zeros((3, WIDTH))
    at = np.float32(split["num_threshold"])
    rows[:, split["feature_idx"]] = [np.nextafter(at, np.float32(-99)), at, np.nextafter(at, np.float32(99))]
    np.testing.assert_allclose(judge.judge(measures(rows)), trained.effects.predict_proba(rows)[:, 1], atol=1e-5)


def test_the_file_is_small_and_needs_no_pickle():
    assert judge.FILE.stat().st_size < 1_000_000
    with np.load(judge.FILE, allow_pickle=False) as file:
        assert all(file[name].dtype != np.object_ for name in file.files)
        assert {name.split("_")[0] for name in file.files} == {"effect", "opacity"}


def test_the_file_asks_for_no_more_measures_than_there_are():
    case = a_case()
    known = vfx.survey(case.frame, case.matte)
    with np.load(judge.FILE, allow_pickle=False) as file:
        for name in ("effect", "opacity"):
            assert file[f"{name}_feature"].min() >= 0
            assert file[f"{name}_feature"].max() < known.measures.table().shape[1]
            assert file[f"{name}_left"].shape == file[f"{name}_right"].shape == file[f"{name}_value"].shape


def test_leaves_of_the_file_lead_to_themselves():
    with np.load(judge.FILE, allow_pickle=False) as file:
        for name in ("effect", "opacity"):
            own = np.arange(file[f"{name}_left"].shape[1])
            leaf = np.isinf(file[f"{name}_threshold"])
            assert leaf.any(axis=1).all()
            for side in ("left", "right"):
                assert (file[f"{name}_{side}"] == own)[leaf].all()
                assert (file[f"{name}_{side}"] > own)[~leaf].all()


def test_effects_of_a_case_are_labelled_by_the_truth():
    case = a_case()
    rows = train_judge.labelled(case)
    assert rows.effect.tolist() == [True, True]
    assert rows.table.shape[0] == len(rows.weight) == len(rows.opacity) == 2
    assert (rows.weight > 0).all()
    assert rows.opacity.min() > 0.8
    nothing_true = train_judge.labelled(without_effects(case))
    assert not nothing_true.effect.any()
    assert np.array_equal(nothing_true.table, rows.table)


def test_labelled_cases_are_joined_and_empty_ones_left_out():
    rows = train_judge.labelled(a_case())
    empty = train_judge.Rows(np.zeros((0, 0)), np.zeros(0, np.bool_), np.zeros(0), np.zeros(0))
    both = train_judge.joined([rows, empty, rows])
    assert np.array_equal(both.table, np.concatenate([rows.table, rows.table]))
    assert len(both.effect) == len(both.weight) == len(both.opacity) == 4


def test_training_writes_the_file_that_the_judge_reads(tmp_path, monkeypatch, capsys):
    """And the same rows give the same file."""
    random = np.random.default_rng(3)
    made = random.random((300, WIDTH))
    rows = train_judge.Rows(made, made[:, 0] > 0.5, np.ones(300), made[:, 1])
    found = []
    for name in ("first.npz", "second.npz"):
        monkeypatch.setattr(judge, "FILE", tmp_path / name)
        judge._trees.cache_clear()
        train_judge.train(rows)
        found.append((judge.judge(measures(made)), judge.share(measures(made))))
    judge._trees.cache_clear()
    assert "300 candidates" in capsys.readouterr().out
    assert np.array_equal(found[0], found[1])
    assert ((found[0][0] > 0.5) == rows.effect).mean() > 0.97
    assert np.abs(found[0][1] - made[:, 1])[rows.effect].mean() < 0.05
