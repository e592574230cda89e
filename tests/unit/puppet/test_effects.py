"""Each effect on its own: visible, periodic, soft, with its dice."""

import numpy as np
import pytest

from popcon.catalog.presets import PRESETS
from popcon.puppet.anatomy import study
from popcon.puppet.drawing import DRAWINGS
from popcon.puppet.effect import Setting
from popcon.puppet.effects import EFFECTS
from popcon.puppet.marks import draw
from popcon.puppet.rig import Camera

FINE = 2000
ON_THE_FACE = {"blush", "gloom", "sleep bubble"}
EYELESS = '<path d="M40 140 C28 60 50 30 80 30 C110 30 132 60 120 140 Z" fill="#3a8" stroke="#143" stroke-width="4"/>'


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
    here, there = effect(0.5, still), effect(0.5, lambda x, y: (x + 10, y))
    assert [b.x - a.x for a, b in zip(here, there, strict=True)] == pytest.approx([10] * len(here))


@pytest.mark.parametrize("kind", ["hearts", "snow", "confetti", "zzz"])
def test_what_floats_does_not(figure, kind):
    effect = EFFECTS[kind](Setting(study(figure), np.random.default_rng(1)))
    assert list(effect(0.5, still)) == list(effect(0.5, lambda x, y: (x + 10, y)))


@pytest.mark.parametrize("preset", PRESETS.values(), ids=lambda preset: preset.id)
def test_the_first_frame_shows_what_an_action_is_told_by(figure, preset):
    for kind in preset.effects:
        effect = EFFECTS[kind](Setting(study(figure), np.random.default_rng(1)))
        assert strength(effect, 0.0) > 0.6 * max(strength(effect, phase) for phase in np.arange(0, 1, 0.05)), kind


def test_what_a_movement_is_told_by_has_signs_of_its_own():
    told = [preset.effects[0] for preset in PRESETS.values() if preset.id not in ("ok", "love", "shy")]
    assert len(set(told)) == len(told)


def test_it_stays_in_the_room_that_leaves_the_character_large(effect, figure):
    left, top, right, bottom = Setting(study(figure), np.random.default_rng(1)).room
    for phase in np.arange(0, 1, 0.05):
        for mark in effect(phase, lambda x, y: (x + 15, y - 30)):
            box = mark.box() if mark.visible else (left, top, right, bottom)
            assert left - 0.1 <= box[0] < box[2] <= right + 0.1
            assert top - 0.1 <= box[1] < box[3] <= bottom + 0.1


def test_what_makes_one_sign_stays_together_however_the_body_moves(figure):
    effect = EFFECTS["dots"](Setting(study(figure), np.random.default_rng(1)))
    rest, moved = effect(0.0, still), effect(0.0, lambda x, y: (x + 0.3 * (120 - y) + 40, y - 60))
    apart = [[(mark.x - marks[0].x, mark.y - marks[0].y) for mark in marks] for marks in (rest, moved)]
    np.testing.assert_allclose(apart[0], apart[1], atol=1e-3)


def test_what_is_worn_turns_with_the_head(figure):
    hat = EFFECTS["party hat"](Setting(study(figure), np.random.default_rng(1)))
    [rest], [leant] = hat(0.0, still), hat(0.0, lambda x, y: (x + 0.2 * (140 - y), y))
    assert leant.angle - rest.angle == pytest.approx(np.rad2deg(np.arctan(0.2)), abs=0.1)


@pytest.mark.parametrize("kind", ["blush", "sleep bubble"])
def test_what_belongs_into_a_face_is_left_out_where_none_was_found(draw_svg, kind):
    anatomy = study(draw_svg(EYELESS))
    assert not anatomy.eyes_found
    assert list(EFFECTS[kind](Setting(anatomy, np.random.default_rng(1)))(0.0, still)) == []


@pytest.mark.parametrize(
    "above",
    [
        '<path d="M80 40 V10" stroke="#143" stroke-width="6"/><circle cx="80" cy="10" r="7"/>',
        '<ellipse cx="62" cy="25" rx="7" ry="22"/><ellipse cx="98" cy="25" rx="7" ry="22"/>',
        '<circle cx="70" cy="8" r="6"/><circle cx="95" cy="12" r="6"/>',
    ],
    ids=["antenna", "ears", "steam"],
)
def test_a_head_begins_under_what_sticks_out_of_it(draw_svg, above):
    head = Setting(study(draw_svg(above + EYELESS)), np.random.default_rng(1)).head
    assert 28 < head.top < 44
    assert head.x == pytest.approx(80, abs=4)


def test_stars_circle_the_head_before_and_behind(figure):
    marks = EFFECTS["dizzy stars"](Setting(study(figure), np.random.default_rng(1)))(0.1, still)
    assert {mark.behind for mark in marks} == {True, False}
