from collections.abc import Callable

import cv2
import numpy as np
import pytest
from scenes import CHARACTER, EFFECTS, alpha_of, as_jpeg, draw

from popcon.imaging import unmix
from popcon.imaging.background import estimate_background
from services.matting.finish import finish, finish_clip

PARTY = CHARACTER + EFFECTS["spark"] + EFFECTS["tear"] + EFFECTS["heart"] + EFFECTS["motion lines"]
CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
MATTES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "exact": lambda alpha: alpha,
    "blurred": lambda alpha: cv2.GaussianBlur(alpha, (0, 0), 0.7),
    "too wide": lambda alpha: cv2.GaussianBlur(cv2.dilate(alpha, CROSS), (0, 0), 0.7),
    "too tight": lambda alpha: cv2.erode(alpha, CROSS),
}
FIELDS = {
    "white": np.full((512, 512, 3), 255.0),
    "off-white": np.full((512, 512, 3), (248.0, 246.0, 240.0)),
    "gray": np.full((512, 512, 3), 128.0),
    "gradient": np.linspace((250, 240, 250), (215, 245, 225), 512)[:, None] + np.zeros((1, 512, 1)),
}


def over_field(rgba: np.ndarray, field: np.ndarray) -> np.ndarray:
    alpha = alpha_of(rgba)[..., None]
    return np.asarray(np.rint(rgba[..., :3] * alpha + field * (1 - alpha)), np.uint8)


def fringes(out: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    """How much lighter on black and darker on white than the truth, on average around its edges, 0..1."""
    soft = (truth[..., 3] > 5) & (truth[..., 3] < 250)
    band = cv2.dilate(soft.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
    light = alpha_of(out) * out[..., :3].mean(axis=2) - alpha_of(truth) * truth[..., :3].mean(axis=2)
    dark = 255 * (alpha_of(out) - alpha_of(truth)) - light
    return light[band].mean() / 255, dark[band].mean() / 255


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("matte", MATTES)
def test_no_fringe_shows_on_black_or_white_whatever_a_matte_errs_by(matte: str, field: str) -> None:
    truth = draw(PARTY, 512)
    out = finish(over_field(truth, FIELDS[field]), MATTES[matte](alpha_of(truth)))
    assert max(fringes(out, truth)) < 0.003


@pytest.mark.parametrize("quality", [90, 70])
def test_compression_adds_no_fringe(quality: int) -> None:
    truth = draw(PARTY, 512)
    rgb = as_jpeg(over_field(truth, FIELDS["white"]), quality)
    assert max(fringes(finish(rgb, alpha_of(truth)), truth)) < 0.005
    blurred = MATTES["blurred"](alpha_of(truth))
    assert max(fringes(finish(rgb, blurred), truth)) < 0.005


@pytest.mark.parametrize("matte", ["blurred", "too wide", "too tight"])
def test_the_alpha_of_a_hard_edge_comes_back_antialiased(matte: str) -> None:
    truth = draw(CHARACTER, 512)
    given = MATTES[matte](alpha_of(truth))
    out = alpha_of(finish(over_field(truth, FIELDS["white"]), given))
    before, after = np.abs(given - alpha_of(truth)).sum(), np.abs(out - alpha_of(truth)).sum()
    assert after < 0.15 * before
    soft = (truth[..., 3] > 60) & (truth[..., 3] < 195)
    assert ((out[soft] > 0.1) & (out[soft] < 0.9)).mean() > 0.9


@pytest.mark.parametrize("matte", MATTES)
def test_inside_the_character_nothing_changes(matte: str) -> None:
    truth = draw(CHARACTER, 512)
    rgb = over_field(truth, FIELDS["white"])
    inside = cv2.erode(truth[..., 3], np.ones((13, 13), np.uint8)) == 255
    out = finish(rgb, MATTES[matte](alpha_of(truth)))
    assert (out[..., 3][inside] == 255).all()
    assert np.array_equal(out[..., :3][inside], rgb[inside])


def test_a_glow_keeps_its_colour_and_its_softness() -> None:
    truth = draw(EFFECTS["glow"], 512)
    out = finish(over_field(truth, FIELDS["off-white"]), alpha_of(truth))
    seen = truth[..., 3] > 25
    assert np.abs(out[..., 3].astype(int) - truth[..., 3])[seen].max() <= 2
    assert np.abs(out[..., :3].astype(int) - truth[..., :3])[seen].mean() < 3


def test_a_glow_in_a_compressed_picture_keeps_its_colour_better_than_bare_unmixing_does() -> None:
    truth = draw(EFFECTS["glow"], 512)
    rgb = as_jpeg(over_field(truth, FIELDS["white"]), 70)
    faint = (truth[..., 3] > 10) & (truth[..., 3] < 80)
    bare = unmix.separate(rgb, estimate_background(rgb).field, alpha_of(truth))
    errors = [
        np.abs(out[..., :3].astype(int) - truth[..., :3])[faint].mean() for out in (finish(rgb, alpha_of(truth)), bare)
    ]
    assert errors[0] < 0.95 * errors[1]


def test_what_is_see_through_with_a_hard_edge_stays_so() -> None:
    truth = draw('<circle cx="256" cy="256" r="120" fill="#2f86c8" fill-opacity=".7"/>', 512)
    out = finish(over_field(truth, FIELDS["white"]), alpha_of(truth))
    assert np.abs(out[..., 3].astype(int) - truth[..., 3]).max() <= 12
    seen = truth[..., 3] > 60
    assert np.abs(out[..., :3].astype(int) - truth[..., :3])[seen].mean() < 3


def test_haze_of_a_matte_is_dropped_where_the_picture_shows_nothing() -> None:
    truth = draw(CHARACTER, 512)
    hazy = np.maximum(alpha_of(truth), np.float32(0.03))
    out = finish(over_field(truth, FIELDS["white"]), hazy)
    assert not out[:60, :60].any()


def test_a_white_rim_on_white_is_left_to_the_matte() -> None:
    truth = draw('<circle cx="256" cy="256" r="150" fill="#fff"/><circle cx="256" cy="256" r="130" fill="#222"/>', 512)
    out = finish(over_field(truth, FIELDS["white"]), alpha_of(truth))
    assert np.abs(out[..., 3].astype(int) - truth[..., 3]).max() <= 2


def test_an_unplain_background_leaves_little_of_itself_in_the_colours() -> None:
    random = np.random.default_rng(0)
    field = cv2.resize(random.uniform(0, 255, (12, 12, 3)), (512, 512), interpolation=cv2.INTER_CUBIC).clip(0, 255)
    truth = draw(CHARACTER, 512)
    alpha = cv2.GaussianBlur(alpha_of(truth), (0, 0), 1.5)
    rgb = np.asarray(
        np.rint(draw(CHARACTER, 512)[..., :3] * alpha[..., None] + field * (1 - alpha[..., None])), np.uint8
    )
    out = finish(rgb, alpha)
    rim = (alpha > 0.3) & (alpha < 0.9) & (truth[..., 3] == 255)
    left = np.abs(out[..., :3].astype(int) - truth[..., :3])[rim].mean()
    assert left < 0.5 * np.abs(rgb.astype(int) - truth[..., :3])[rim].mean()


@pytest.mark.parametrize("shape", [(1, 1), (3, 17), (64, 33)])
@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
def test_any_shape_and_any_even_alpha_can_be_finished(shape: tuple[int, int], value: float) -> None:
    rgb = np.full((*shape, 3), 90, np.uint8)
    rgb.flags.writeable = False
    alpha = np.full(shape, value, np.float32)
    alpha.flags.writeable = False
    out = finish(rgb, alpha)
    assert (out.shape, out.dtype) == ((*shape, 4), np.uint8)
    assert not out[out[..., 3] == 0].any()


def test_a_strided_picture_gives_the_same_as_its_copy() -> None:
    rgb = over_field(draw(PARTY, 512), FIELDS["white"])
    alpha = alpha_of(draw(PARTY, 512))
    assert np.array_equal(
        finish(rgb[::-1, ::2], alpha[::-1, ::2]), finish(rgb[::-1, ::2].copy(), alpha[::-1, ::2].copy())
    )


def test_a_clip_is_finished_frame_by_frame_with_steady_alphas() -> None:
    truth = draw(PARTY, 256)
    rgb = over_field(truth, FIELDS["white"][:256, :256])
    alphas = [alpha_of(truth) for _ in range(4)]
    alphas[2] = alphas[2] * np.float32(0.8)
    finished = finish_clip([rgb] * 4, alphas)
    assert np.array_equal(finished[2][150:160, 120:130], finished[0][150:160, 120:130])
    assert np.array_equal(finished[0], finish(rgb, alpha_of(truth)))
