"""Over a clip, neighbouring frames share what they know."""

from functools import cache

import numpy as np
import pytest
from scenes import CHARACTER, EFFECTS, alpha_of, as_jpeg, draw, noisy

from popcon.errors import InvalidRequest
from services.matting.vfx import rescue_vfx_clip, rescue_vfx_elements

SIDE = 512
PAPER = np.array([250.0, 248.0, 245.0])
SPOTS = [(x, y) for y in range(30, 500, 36) for x in (24, 56, 88, 400, 432, 464, 496)]
DOTS = "".join(  # from hardly to plainly visible
    f'<circle cx="{x}" cy="{y}" r="{1.3 + index % 3 * 0.35}" fill="#3366ff" opacity="{0.25 + 0.75 * index / 105:.2f}"/>'
    for index, (x, y) in enumerate(SPOTS)
)


@cache
def matte() -> np.ndarray:
    return alpha_of(draw(CHARACTER, SIDE))


@cache
def filmed(body: str, count: int, seed: int = 0) -> tuple[np.ndarray, ...]:
    """The same picture several times, each with its own noise and compression."""
    rgba = draw(body + CHARACTER, SIDE)
    opacity = rgba[..., 3:] / 255.0
    clean = opacity * rgba[..., :3] + (1 - opacity) * PAPER
    return tuple(as_jpeg(noisy(clean, 2.0, seed + index), 60) for index in range(count))


def dots_in(alpha: np.ndarray) -> np.ndarray:
    return np.array([alpha[y - 2 : y + 3, x - 2 : x + 3].max() > 0.3 for x, y in SPOTS])


@cache
def dots() -> tuple[np.ndarray, np.ndarray]:
    """Which dots are found in each frame: alone, and with the neighbours."""
    frames = filmed(DOTS, 6)
    alone = [dots_in(rescue_vfx_elements(frame, matte())) for frame in frames]
    return np.array(alone), np.array([dots_in(alpha) for alpha in rescue_vfx_clip(frames, [matte()] * 6)])


def test_what_is_weak_in_one_frame_is_kept_by_its_neighbours() -> None:
    alone, together = dots()
    weak = ~alone & np.roll(alone, 1, axis=0) & np.roll(alone, -1, axis=0)
    assert weak.sum() >= 3
    assert together[weak].mean() >= 0.6


def test_what_is_seen_in_one_frame_and_in_neither_neighbour_is_mostly_dropped() -> None:
    alone, together = dots()
    lone = alone & ~np.roll(alone, 1, axis=0) & ~np.roll(alone, -1, axis=0)
    assert lone.sum() >= 5
    assert together[lone].mean() <= 0.4


def test_frames_agree_more_than_each_would_alone() -> None:
    alone, together = dots()
    blinking = [(found.any(axis=0) & ~found.all(axis=0)).sum() for found in (alone, together)]
    assert blinking[0] >= 5
    assert blinking[1] <= 0.7 * blinking[0]
    assert together.sum() >= 0.93 * alone.sum()


def test_what_is_plainly_there_stays_in_every_frame() -> None:
    alone, together = dots()
    plain = alone.all(axis=0)
    assert plain.sum() >= 10
    assert together[:, plain].mean() > 0.97


def test_small_dots_of_a_single_frame_are_voted_out() -> None:
    frames = (filmed("", 1, seed=7)[0], filmed(DOTS, 1)[0], filmed("", 1, seed=8)[0])
    alone = dots_in(rescue_vfx_elements(frames[1], matte())).sum()
    together = dots_in(rescue_vfx_clip(frames, [matte()] * 3)[1]).sum()
    assert alone >= 15
    assert together <= 0.6 * alone


def test_an_effect_that_appears_and_vanishes_is_in_its_frames_only() -> None:
    with_spark, without = filmed(EFFECTS["spark"], 2), filmed("", 2, seed=7)
    out = rescue_vfx_clip((without[0], *with_spark, without[1]), [matte()] * 4)
    truth = alpha_of(draw(EFFECTS["spark"], SIDE))
    shares = [float(np.minimum(alpha, truth).sum() / truth.sum()) for alpha in out]
    assert shares[0] == shares[3] == 0.0
    assert min(shares[1:3]) > 0.9


def test_a_moving_effect_is_followed() -> None:
    places = [(8 * step, 6 * step) for step in range(4)]
    moved = [f'<g transform="translate({-x} {y})">{EFFECTS["heart"]}</g>' for x, y in places]
    frames = [filmed(body, 1, seed=index)[0] for index, body in enumerate(moved)]
    for body, alpha in zip(moved, rescue_vfx_clip(frames, [matte()] * 4), strict=True):
        truth = alpha_of(draw(body, SIDE))
        assert np.abs(alpha - np.maximum(matte(), truth)).sum() < 0.08 * truth.sum()


def test_a_single_frame_is_rescued_as_by_itself() -> None:
    (frame,) = filmed(EFFECTS["heart"] + EFFECTS["tear"], 1)
    (out,) = rescue_vfx_clip([frame], [matte()])
    assert np.array_equal(out, rescue_vfx_elements(frame, matte()))


def test_no_frames_give_no_alphas() -> None:
    assert rescue_vfx_clip([], []) == []


def test_as_many_alphas_as_frames_are_needed() -> None:
    (frame,) = filmed("", 1)
    for frames, alphas in (([frame], []), ([frame], [matte()] * 2), ([], [matte()])):
        with pytest.raises(InvalidRequest) as caught:
            rescue_vfx_clip(frames, alphas)
        assert caught.value.field == "alphas"


def test_a_wrong_frame_of_a_clip_is_named() -> None:
    (frame,) = filmed("", 1)
    with pytest.raises(InvalidRequest) as caught:
        rescue_vfx_clip([frame, frame], [matte(), matte().astype(np.float64)])
    assert caught.value.field == "alpha"


def test_the_arrays_of_a_clip_stay_as_they_are() -> None:
    frames = [frame.copy() for frame in filmed(EFFECTS["heart"], 2)]
    alphas = [matte().copy(), matte().copy()]
    out = rescue_vfx_clip(frames, alphas)
    assert all(np.array_equal(a, b) for a, b in zip(frames, filmed(EFFECTS["heart"], 2), strict=True))
    assert all(np.array_equal(alpha, matte()) for alpha in alphas)
    assert not any(np.shares_memory(a, b) for a, b in zip(out, alphas, strict=True))


def test_an_effect_that_fades_is_as_opaque_as_it_is() -> None:
    opacities = (1.0, 1.0, 0.6, 0.3, 1.0)
    bodies = [f'<g opacity="{opacity}">{EFFECTS["heart"]}</g>' for opacity in opacities]
    frames = [filmed(body, 1, seed=index)[0] for index, body in enumerate(bodies)]
    inside = alpha_of(draw(EFFECTS["heart"], SIDE)) > 0.99
    together = [float(alpha[inside].mean()) for alpha in rescue_vfx_clip(frames, [matte()] * 5)]
    assert together == pytest.approx(opacities, abs=0.06)
    assert float(rescue_vfx_elements(frames[3], matte())[inside].mean()) > 0.5  # which one frame cannot know
