"""Each effect on its own: visible, periodic, soft, with its dice."""

import numpy as np
import pytest

from popcon.puppet.anatomy import study
from popcon.puppet.drawing import DRAWINGS
from popcon.puppet.effect import Setting
from popcon.puppet.effects import EFFECTS
from popcon.puppet.marks import draw
from popcon.puppet.rig import Camera

FINE = 2000
ON_THE_FACE = {"blush", "gloom", "sleep bubble"}


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
    assert np.mean([value > 2 for value in seen]) > 0.4


@pytest.mark.parametrize("kind", sorted(set(EFFECTS) - ON_THE_FACE))
def test_it_shows_outside_the_silhouette(figure, kind):
    effect = EFFECTS[kind](Setting(study(figure), np.random.default_rng(1)))
    around = np.pad(figure[..., 3], 40)
    seen = 0
    for phase in (0.3, 0.45, 0.6):
        drawn = draw(effect(phase, still), Camera(1.0, 40, 40), 240)
        seen = max(seen, 0 if drawn is None else int(((drawn[..., 3] > 128) & (around == 0)).sum()))
    assert seen > 40


def test_its_drawings_are_known(effect):
    assert {mark.drawing for phase in np.arange(0, 1, 0.05) for mark in effect(phase, still)} <= DRAWINGS


def test_nothing_pops_into_or_out_of_view(effect):
    seen = np.array([strength(effect, phase / FINE) for phase in range(FINE + 1)])
    assert np.abs(np.diff(seen)).max() < 0.025 * seen.max()


def test_it_is_back_where_it_was_after_one_turn(effect):
    first, last = (
        np.sum(
            [m.opacity * np.array([1, m.x, m.y, m.size, np.cos(np.deg2rad(m.angle))]) for m in effect(phase, still)]
            or [np.zeros(5)],
            axis=0,
        )
        for phase in (1e-9, 1 - 1e-9)
    )
    np.testing.assert_allclose(first, last, atol=0.01)


def test_it_comes_from_its_own_dice_alone(effect, figure, request):
    kind = request.node.callspec.params["effect"]
    again = EFFECTS[kind](Setting(study(figure), np.random.default_rng(1)))
    assert list(again(0.4, still)) == list(effect(0.4, still))


@pytest.mark.parametrize("kind", ["tears", "blush", "anger mark", "sweat drop", "question mark", "sleep bubble"])
def test_what_belongs_to_the_body_follows_it(figure, kind):
    effect = EFFECTS[kind](Setting(study(figure), np.random.default_rng(1)))
    here, there = effect(0.5, still), effect(0.5, lambda x, y: (x, y + 6))
    assert [b.y - a.y for a, b in zip(here, there, strict=True)] == pytest.approx([6] * len(here))


@pytest.mark.parametrize("kind", ["hearts", "snow", "confetti", "zzz"])
def test_what_floats_does_not(figure, kind):
    effect = EFFECTS[kind](Setting(study(figure), np.random.default_rng(1)))
    assert list(effect(0.5, still)) == list(effect(0.5, lambda x, y: (x + 10, y)))


def test_stars_circle_the_head_before_and_behind(figure):
    marks = EFFECTS["dizzy stars"](Setting(study(figure), np.random.default_rng(1)))(0.1, still)
    assert {mark.behind for mark in marks} == {True, False}
