"""Whole loops: closed, whole, with their effects."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from popcon.catalog.presets import PRESETS
from popcon.imaging.resize import over
from popcon.puppet.direction import DEFAULT_PLAY, Play
from popcon.puppet.effects import EFFECTS
from popcon.puppet.motions import MOTIONS
from popcon.puppet.scene import Scene, paced
from popcon.puppet.still import strike

GREY = (128, 128, 128)


def play_of(preset):
    return Play(preset.motion, preset.effects, preset.face)


def changes(frames):
    """Mean difference of each frame to the next; the last is the seam."""
    flat = [over(frame, GREY).astype(np.int16) for frame in frames]
    return [float(np.abs(flat[i] - flat[(i + 1) % len(flat)]).mean()) for i in range(len(flat))]


@pytest.fixture(scope="module", params=PRESETS.values(), ids=lambda preset: preset.id)
def loop(request, figure):
    scene = Scene(figure, play_of(request.param), seed=7)
    return request.param, scene, list(scene.frames())


def test_the_seam_is_no_larger_a_step_than_the_others(loop):
    _, _, frames = loop
    steps = changes(frames)
    assert steps[-1] <= 1.3 * np.median(steps)


def test_it_moves_all_along(loop):
    _, _, frames = loop
    assert min(changes(frames)) > 0.02


def test_nothing_touches_the_border(loop):
    _, _, frames = loop
    for frame in frames:
        alpha = frame[..., 3]
        assert max(alpha[0].max(), alpha[-1].max(), alpha[:, 0].max(), alpha[:, -1].max()) == 0


def test_what_cannot_be_seen_is_black(loop):
    _, _, frames = loop
    assert all(not frame[frame[..., 3] == 0].any() for frame in frames)


def test_every_effect_is_hinted_with_a_box_in_the_picture(loop, figure):
    preset, scene, _ = loop
    hints = scene.hints()
    assert [hint.kind for hint in hints] == list(preset.effects)
    for hint in hints:
        left, top, right, bottom = hint.box
        assert 0 <= left < right <= figure.shape[1]
        assert 0 <= top < bottom <= figure.shape[0]


def test_the_times_are_whole_seconds(loop):
    preset, scene, frames = loop
    assert 12 <= len(frames) == len(scene.durations) <= 20
    assert sum(scene.durations) == MOTIONS[preset.motion].seconds


def test_the_same_seed_gives_the_same_loop_and_another_seed_another(figure):
    first, again, other = (list(Scene(figure, play_of(PRESETS["joy"]), seed).frames()) for seed in (1, 1, 2))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert any(not np.array_equal(a, b) for a, b in zip(first, other, strict=True))


def area(frames):
    return [float((frame[..., 3] / 255).sum()) for frame in frames]


@pytest.mark.parametrize("motion", MOTIONS)
def test_a_body_keeps_its_volume(draw_svg, motion):
    """Within 15 % of the middle one, for a body that lies bare; a bow and a droop come towards the viewer."""
    body = draw_svg('<ellipse cx="80" cy="95" rx="45" ry="50" fill="#3a8"/>')
    areas = area(Scene(body, Play(motion, ()), seed=7).frames())
    assert max(areas) < 1.15 * np.median(areas)
    assert min(areas) > 0.85 * np.median(areas)


@pytest.mark.parametrize(
    ("seconds", "speed", "turns_and_seconds"),
    [
        (1, 1, (1, 1)),
        (2, 1, (1, 2)),
        (1, 0.5, (1, 2)),
        (1, 2, (2, 1)),
        (2, 2, (1, 1)),
        (2, 0.5, (1, 4)),
        (2, 1.3, (2, 3)),
    ],
)
def test_a_speed_is_kept_as_near_as_whole_seconds_allow(seconds, speed, turns_and_seconds):
    assert paced(seconds, speed) == turns_and_seconds


def test_a_slow_loop_lasts_longer_and_a_strong_one_moves_further(figure):
    play = play_of(PRESETS["love"])
    assert sum(Scene(figure, replace(play, speed=0.5), seed=1).durations) == 4
    weak, strong = (
        np.ptp([pose.pose.bend for pose in Scene(figure, replace(play, strength=strength), seed=1)._moments])
        for strength in (0.5, 1.5)
    )
    assert strong == pytest.approx(3 * weak)


def test_a_start_frame_that_raises_the_left_arm_waves_with_it(figure):
    left = strike(figure, "greet", -1.0, 160)
    poses = [moment.pose for moment in Scene(left, play_of(PRESETS["wave"]), seed=1)._moments]
    assert np.ptp([pose.wag_left for pose in poses]) > 0.5
    assert max(abs(pose.wag_right) for pose in poses) == 0


def test_a_loop_begins_with_the_start_frames_pose(figure):
    """The middle of the body, where no effect is drawn, in the first frame as at rest."""
    scene = Scene(figure, play_of(PRESETS["surprise"]), seed=1)
    first = next(scene.frames())
    camera = scene.camera
    for x, y in ((80, 110), (80, 45), (60, 125)):
        at = round(camera.scale * y + camera.y), round(camera.scale * x + camera.x)
        np.testing.assert_allclose(first[at], figure[y, x], atol=12)


@settings(max_examples=12, deadline=None)
@given(
    st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(1, 100), st.integers(1, 100)),
    st.sampled_from(list(PRESETS)),
)
def test_no_figure_of_any_proportion_is_cut(shape, name):
    left, top, width, height = shape
    image = np.zeros((160, 160, 4), np.uint8)
    image[top : top + height, left : left + width] = (200, 80, 40, 255)
    scene = Scene(image, play_of(PRESETS[name]), seed=5)
    boxes = [*scene._body_boxes(), *(mark.box() for mark in scene._all_marks())]
    camera = scene.camera
    for box in boxes:
        assert all(
            0 < camera.scale * edge + shift < 160 for edge, shift in zip(box, (camera.x, camera.y) * 2, strict=True)
        )


def test_every_preset_and_every_word_names_what_the_repertoire_has():
    plays = [play_of(preset) for preset in PRESETS.values()] + [DEFAULT_PLAY]
    assert {play.motion for play in plays} <= set(MOTIONS)
    assert {kind for play in plays for kind in play.effects} <= set(EFFECTS)
