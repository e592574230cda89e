"""Each effect on its own: visible, periodic, soft, with its dice."""

import numpy as np
import pytest
from popcon.puppet.anatomy import study
from popcon.puppet.effect import Setting
from popcon.puppet.effects import EFFECTS
from popcon.puppet.shapes import SHAPES

FINE = 2000


def still(x, y):
    return x, y


@pytest.fixture(params=EFFECTS)
def effect(request, figure):
    return EFFECTS[request.param](Setting(study(figure), np.random.default_rng(1)))


def strength(effect, phase):
    """How much of an effect is there: sizes by opacities."""
    return sum(mark.size * mark.opacity for mark in effect(phase, still) if mark.visible)


def test_it_is_seen_for_most_of_the_loop(effect):
    seen = [strength(effect, phase) for phase in np.arange(0, 1, 0.05)]
    assert max(seen) > 8
    assert np.mean([value > 2 for value in seen]) > 0.5


def test_its_shapes_are_known(effect):
    assert {mark.shape for phase in np.arange(0, 1, 0.05) for mark in effect(phase, still)} <= set(SHAPES)


def test_nothing_pops_into_or_out_of_view(effect):
    seen = np.array([strength(effect, phase / FINE) for phase in range(FINE + 1)])
    assert np.abs(np.diff(seen)).max() < 0.025 * seen.max()


def test_it_is_back_where_it_was_after_one_turn(effect):
    first, last = (sorted(map(repr, (m for m in effect(p, still) if m.size > 1))) for p in (1e-9, 1 - 1e-9))
    assert len(first) == len(last)
    centres = [
        np.array([(m.x, m.y, m.size) for m in effect(p, still) if m.visible]).sum(axis=0) for p in (1e-9, 1 - 1e-9)
    ]
    np.testing.assert_allclose(centres[0], centres[1], atol=0.1)


def test_it_comes_from_its_own_dice_alone(effect, figure, request):
    kind = request.node.callspec.params["effect"]
    again = EFFECTS[kind](Setting(study(figure), np.random.default_rng(1)))
    assert list(again(0.4, still)) == list(effect(0.4, still))


@pytest.mark.parametrize("kind", ["tears", "blush", "anger mark", "sweat drop", "question mark", "sleep bubble"])
def test_what_belongs_to_the_body_follows_it(figure, kind):
    effect = EFFECTS[kind](Setting(study(figure), np.random.default_rng(1)))
    here, there = effect(0.5, still), effect(0.5, lambda x, y: (x + 10, y))
    assert [b.x - a.x for a, b in zip(here, there, strict=True)] == pytest.approx([10] * len(here))


@pytest.mark.parametrize("kind", ["hearts", "snow", "confetti", "zzz"])
def test_what_floats_does_not(figure, kind):
    effect = EFFECTS[kind](Setting(study(figure), np.random.default_rng(1)))
    assert list(effect(0.5, still)) == list(effect(0.5, lambda x, y: (x + 10, y)))


def test_stars_circle_the_head_before_and_behind(figure):
    marks = EFFECTS["dizzy stars"](Setting(study(figure), np.random.default_rng(1)))(0.1, still)
    assert {mark.behind for mark in marks} == {True, False}
