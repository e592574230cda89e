"""The net that says how opaque pixels are: trained on drawn frames, packed, and asked as the rescue asks it."""

from dataclasses import replace

import numpy as np
import pytest

from bench.matting import train_opacity
from bench.matting.scenes import cases
from services.matting.rescue import net
from services.matting.rescue.pixels import Sights

SIDE = 192


@pytest.fixture(scope="module")
def examples() -> train_opacity.Examples:
    random = np.random.default_rng(0)
    return train_opacity.joined(train_opacity.labelled(case, random) for case in cases("tune", 10, seed=3, side=SIDE))


@pytest.fixture
def trained(examples, tmp_path, monkeypatch):
    """The file of a net that saw few frames, a few times."""
    monkeypatch.setattr(net, "FILE", tmp_path / "opacity.npz")
    monkeypatch.setattr(train_opacity, "PASSES", 10)
    net._net.cache_clear()
    train_opacity.train(examples)
    yield net.FILE
    net._net.cache_clear()


def asked(examples: train_opacity.Examples) -> np.ndarray:
    count = len(examples.of)
    nothing = np.zeros(count, np.float32)
    sights = Sights(np.arange(count), examples.of, examples.table, nothing, nothing > 0, nothing)
    return net.opacity(sights, examples.traits.astype(np.float64))


def test_what_it_learned_comes_nearer_to_the_truth_than_one_answer_for_all(examples, trained):
    made = asked(examples)
    assert made.dtype == np.float32
    assert 0.0 <= made.min() <= made.max() <= 1.0
    error = np.abs(made - examples.truth).mean()
    assert error < 0.75 * np.abs(np.median(examples.truth) - examples.truth).mean()


def test_the_same_examples_give_the_same_file(examples, trained):
    before = trained.read_bytes()
    train_opacity.train(examples)
    assert trained.read_bytes() == before


def test_examples_keep_to_their_candidate(examples):
    assert np.array_equal(examples.of, np.sort(examples.of))
    assert examples.of.max() == len(examples.traits) - 1
    assert np.bincount(examples.of).max() <= train_opacity.MOST
    assert examples.truth.min() >= 0.0
    assert examples.truth.max() <= 1.0


def test_a_frame_on_which_nothing_is_put_back_teaches_nothing():
    case = next(cases("tune", 1, side=SIDE))
    blank = replace(case, frame=np.full_like(case.frame, 255), matte=np.zeros_like(case.matte))
    assert train_opacity.labelled(blank, np.random.default_rng(0)) is None


def test_the_file_that_ships_is_small_and_knows_its_measures():
    assert net.FILE.stat().st_size < 100_000
    assert not {*net._net().names} & {*train_opacity.PLACES}
