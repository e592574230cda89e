"""What is no effect stays out, and the character stays as it is."""

from collections.abc import Callable
from functools import cache

import cv2
import numpy as np
import pytest
from scenes import BORDER_LINE, CHARACTER, SHADOW, SPECKS, alpha_of, as_jpeg, draw, noisy

from bench.matting.encode import Encoder, h264
from services.matting.vfx import rescue_vfx_elements

SIDE = 512
SIDE_LINES = '<rect width="3" height="512" fill="#222"/><rect x="509" width="3" height="512" fill="#222"/>'
EYES = '<circle cx="215" cy="210" r="18" fill="#2b1a12"/><circle cx="297" cy="210" r="18" fill="#2b1a12"/>'
BODY = '<ellipse cx="256" cy="370" rx="90" ry="80"/><circle cx="256" cy="220" r="115"/>'
WHITE = f'<g fill="#fff">{BODY}</g>{EYES}'
GREY = f'<g fill="#808080">{BODY}</g>{EYES}'
ARM = "M172 330 q-92 40 -42 90 q30 20 66 -4"
ARMED = (
    f'<path d="{ARM}" fill="none" stroke="#2b1a12" stroke-width="26"/>'
    f'<path d="{ARM}" fill="none" stroke="#f08a24" stroke-width="14"/>{CHARACTER}'
)
CONTACTS = (
    '<defs><radialGradient id="c"><stop stop-opacity=".55"/><stop offset="1" stop-opacity="0"/></radialGradient></defs>'
    '<ellipse cx="215" cy="450" rx="44" ry="12" fill="url(#c)"/><ellipse cx="297" cy="450" rx="44" ry="12" '
    'fill="url(#c)"/>'
)
LOOP = f'<circle cx="160" cy="400" r="16" fill="none" stroke="#2b1a12" stroke-width="14"/>{CHARACTER}'
LEGS = (
    '<circle cx="256" cy="300" r="115" fill="#f08a24"/>'
    '<path d="M220 400 V450 M292 400 V450" stroke="#2b1a12" stroke-width="22"/>'
)
LINES = (
    '<path d="M330 418 l70 -4 M336 434 l66 0 M330 450 l70 4" stroke="#8a8a8a" stroke-width="4" stroke-linecap="round"/>'
)
IN_THE_ARM = (375, 142)  # row, column

RAMP = np.array([250.0, 248.0, 245.0]) - np.linspace(0, 16, SIDE)[None, :, None]
GROUNDS = {"white": 255.0, "off-white": np.array([250.0, 248.0, 245.0]), "gray": 128.0, "gradient": RAMP}


def filmed(rgb: np.ndarray) -> np.ndarray:
    moved = [np.roll(rgb, 1, 0), rgb, np.roll(rgb, -1, 0)]
    return h264(moved, Encoder("h264", 34, preset="medium"))[1]


LOOKS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "lossless": lambda rgb: rgb,
    "noisy": lambda rgb: noisy(rgb, 3.0),
    "jpeg": lambda rgb: as_jpeg(rgb, 40),
    "h264": filmed,
}


@cache
def drawn(body: str) -> np.ndarray:
    return draw(body, SIDE)


def shown(body: str, ground: str, look: str = "lossless") -> np.ndarray:
    rgba = drawn(body)
    opacity = rgba[..., 3:] / 255.0
    return LOOKS[look](np.rint(opacity * rgba[..., :3] + (1 - opacity) * GROUNDS[ground]).astype(np.uint8))


def matte(body: str = CHARACTER) -> np.ndarray:
    return alpha_of(drawn(body))


def changed(body: str, ground: str, look: str) -> float:
    """By how much the rescue changes the matte of the character, pixels."""
    return float(np.abs(rescue_vfx_elements(shown(body, ground, look), matte()) - matte()).sum())


def inside(alpha: np.ndarray) -> np.ndarray:
    return cv2.erode((alpha > 0.99).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("ground", ["white", "gradient"])
@pytest.mark.parametrize("dirt", [SPECKS, ""], ids=["specks", "ringing alone"])
def test_specks_and_ringing_stay_out(dirt: str, ground: str, look: str) -> None:
    assert changed(dirt + CHARACTER, ground, look) < 4.0


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize(
    ("lines", "ground"),
    [
        (SIDE_LINES, "white"),
        (SIDE_LINES, "gray"),
        (SIDE_LINES, "gradient"),
        (BORDER_LINE, "white"),
        (BORDER_LINE, "gradient"),
    ],
    ids=["both sides of white", "both sides of gray", "both sides of a gradient", "below", "below a gradient"],
)
def test_lines_along_the_border_stay_out(lines: str, ground: str, look: str) -> None:
    assert changed(lines + CHARACTER, ground, look) < 4.0


@pytest.mark.parametrize("look", LOOKS)
def test_an_effect_that_reaches_a_line_along_the_border_comes_back_without_it(look: str) -> None:
    spike = '<path d="M0 180 l70 12 l-70 12z" fill="#ff5c8a"/>'
    truth = matte(spike)
    truth[:, :5] = 0.0
    out = rescue_vfx_elements(shown(spike + SIDE_LINES + CHARACTER, "white", look), matte())
    assert float(np.minimum(out, truth).sum()) > 0.9 * truth.sum()
    assert float(out[:170, :5].max()) == float(out[220:, :5].max()) == float(out[:, 507:].max()) == 0.0


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("ground", GROUNDS)
def test_a_floor_shadow_stays_out(ground: str, look: str) -> None:
    """The soft edge of the feet over the shadow is all that may differ."""
    assert changed(SHADOW + CHARACTER, ground, look) < 25.0


@pytest.mark.parametrize(("ground", "look"), [("white", "h264"), ("off-white", "lossless"), ("gray", "jpeg")])
@pytest.mark.parametrize("strength", [0.3, 0.6, 0.9])
def test_a_floor_shadow_that_the_matte_kept_is_taken_out(strength: float, ground: str, look: str) -> None:
    shade = alpha_of(drawn(SHADOW))
    shade *= strength / shade.max()
    kept = np.maximum(matte(), np.where(shade > 0.04, shade, np.float32(0)))
    out = rescue_vfx_elements(shown(SHADOW + CHARACTER, ground, look), kept)
    assert np.abs(out - matte()).sum() < 0.12 * (kept - matte()).sum()
    assert (out[inside(matte())] == 1.0).all()


@pytest.mark.parametrize(("ground", "look"), [("white", "lossless"), ("gradient", "jpeg"), ("gray", "h264")])
@pytest.mark.parametrize("strength", [0.2, 0.45, 0.7, 0.9])
def test_a_steep_shadow_that_the_matte_kept_close_to_the_feet_is_taken_out(
    strength: float, ground: str, look: str
) -> None:
    shade = alpha_of(drawn(CONTACTS))
    shade *= strength / shade.max()
    kept = np.maximum(matte(), np.where(shade > 0.04, shade, np.float32(0)))
    out = rescue_vfx_elements(shown(CONTACTS + CHARACTER, ground, look), kept)
    away = cv2.dilate((matte() > 0.02).astype(np.uint8), np.ones((9, 9), np.uint8)) == 0
    assert out[away].sum() < 0.02 * kept[away].sum()
    assert (out[inside(matte())] == 1.0).all()


@pytest.mark.parametrize("look", ["lossless", "jpeg"])
@pytest.mark.parametrize("strength", [0.55, 0.65])
def test_what_lies_between_legs_and_a_kept_shadow_is_no_hole(strength: float, look: str) -> None:
    truth, shade = matte(LEGS), alpha_of(drawn(SHADOW))
    shade *= strength / shade.max()
    kept = np.maximum(truth, np.where(shade > 0.04, shade, np.float32(0)))
    out = rescue_vfx_elements(shown(SHADOW + LEGS, "white", look), kept)
    assert out[424:440, 246:266].max() < 0.1


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("ground", ["white", "off-white", "gray"])
def test_what_lies_upon_a_floor_shadow_comes_back_without_it(ground: str, look: str) -> None:
    lines = '<path d="M290 462 l14 24 M320 460 l14 24 M350 456 l14 24" stroke="#d0407a" stroke-width="3"/>'
    truth = matte(lines + CHARACTER)
    out = rescue_vfx_elements(shown(SHADOW + lines + CHARACTER, ground, look), matte())
    around, character = (
        cv2.dilate((alpha > 0.02).astype(np.uint8), np.ones((reach, reach), np.uint8)) > 0
        for alpha, reach in ((alpha_of(drawn(lines)), 13), (matte(), 7))
    )
    near = around & ~character
    assert np.minimum(out, truth)[near].sum() > 0.7 * truth[near].sum()
    assert np.count_nonzero(near & (out > 0.1) & (truth > 0.1)) > 0.55 * np.count_nonzero(
        near & ((out > 0.1) | (truth > 0.1))
    )


@pytest.mark.parametrize("look", LOOKS)
def test_grey_lines_at_the_feet_are_no_shadow_though_the_matte_half_holds_them(look: str) -> None:
    truth = matte(LINES) * (matte() == 0)
    half = np.maximum(matte(), 0.3 * cv2.GaussianBlur(truth, (0, 0), 1.0))
    out = rescue_vfx_elements(shown(LINES + CHARACTER, "white", look), half)
    assert float(np.minimum(out, truth).sum()) > 0.75 * truth.sum()


@pytest.mark.parametrize("ground", ["white", "gradient"])
def test_dirt_that_the_matte_faintly_holds_is_taken_out(ground: str) -> None:
    dirt = alpha_of(drawn(SPECKS)) > 0
    held = np.maximum(matte(), np.where(dirt, np.float32(0.3), np.float32(0.0)))
    assert rescue_vfx_elements(shown(SPECKS + CHARACTER, ground), held)[dirt].max() == 0.0


@pytest.mark.parametrize("look", ["jpeg", "h264"])
def test_what_rings_around_an_effect_does_not_come_back_with_it(look: str) -> None:
    spark = '<path d="M440 70 l12 32 32 12 -32 12 -12 32 -12 -32 -32 -12 32 -12z" fill="#c01010"/>'
    out = rescue_vfx_elements(shown(spark + CHARACTER, "off-white", look), matte())
    near = cv2.dilate((matte(spark + CHARACTER) > 0.02).astype(np.uint8), np.ones((11, 11), np.uint8)) > 0
    assert (out > 0.1)[drawn(spark)[..., 3] > 250].all()
    assert not (out > 0.1)[~near].any()


def test_a_haze_over_plain_background_is_taken_out() -> None:
    hazy = np.maximum(matte(), np.float32(0.08))
    out = rescue_vfx_elements(shown(CHARACTER, "off-white", "jpeg"), hazy)
    away = cv2.dilate((matte() > 0).astype(np.uint8), np.ones((25, 25), np.uint8)) == 0
    assert out[away].max() == 0.0


@pytest.mark.parametrize("look", ["lossless", "h264"])
@pytest.mark.parametrize(("body", "ground"), [(WHITE, "white"), (WHITE, "off-white"), (GREY, "white"), (GREY, "gray")])
def test_a_character_without_an_outline_stays_as_it_is(body: str, ground: str, look: str) -> None:
    alpha = matte(body)
    assert float(np.abs(rescue_vfx_elements(shown(body, ground, look), alpha) - alpha).max()) == 0.0


@pytest.mark.parametrize("look", ["lossless", "jpeg"])
@pytest.mark.parametrize(("body", "ground"), [(WHITE, "white"), (WHITE, "gradient"), (GREY, "off-white")])
def test_over_a_shadow_the_inside_of_a_pale_character_stays(body: str, ground: str, look: str) -> None:
    alpha = matte(body)
    out = rescue_vfx_elements(shown(SHADOW + body, ground, look), alpha)
    assert (out == alpha)[inside(alpha)].all()


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize(
    "hole", [(200, 330, 18, 12), (256, 390, 18, 14), (256, 250, 14, 10)], ids=["orange fur", "white belly", "face"]
)
def test_a_hole_that_the_model_left_is_completed(hole: tuple[int, int, int, int], ground: str) -> None:
    x, y, rx, ry = hole
    gone = np.zeros((SIDE, SIDE), np.float32)
    cv2.ellipse(gone, (x, y), (rx, ry), 0, 0, 360, 1.0, -1)
    gone = np.clip(cv2.GaussianBlur(gone, (0, 0), 1.2), 0, 1)
    out = rescue_vfx_elements(shown(CHARACTER, ground, "jpeg"), matte() * (1 - gone))
    assert np.abs(out - matte()).sum() < 0.02 * gone.sum()


@pytest.mark.parametrize("look", ["lossless", "h264"])
@pytest.mark.parametrize("ground", GROUNDS)
def test_the_background_within_an_arm_stays_open(ground: str, look: str) -> None:
    alpha = matte(ARMED)
    row, column = IN_THE_ARM
    assert alpha[row, column] == 0.0
    enclosed = cv2.connectedComponents((alpha < 0.5).astype(np.uint8), connectivity=4)[1]
    assert enclosed[row, column] != enclosed[0, 0]
    out = rescue_vfx_elements(shown(ARMED, ground, look), alpha)
    assert float(np.abs(out - alpha).sum()) < 4.0


@pytest.mark.parametrize("veil", [0.0, 0.14])
@pytest.mark.parametrize("look", ["lossless", "jpeg", "h264"])
def test_a_small_gap_stays_open_and_a_veil_over_it_goes(look: str, veil: float) -> None:
    alpha = np.maximum(cv2.GaussianBlur(matte(LOOP), (0, 0), 1.5), 0.0)
    alpha[385:416, 145:176] = np.maximum(alpha[385:416, 145:176], np.float32(veil))
    out = rescue_vfx_elements(shown(LOOP, "off-white", look), alpha)
    assert out[398:403, 158:163].max() < 0.1


def test_a_tight_matte_is_left_as_it_is() -> None:
    """A rim that the matte cut a little short is the matte's business, not an effect."""
    truth = drawn(CHARACTER)
    tight = alpha_of(truth) * (np.roll(truth, 1, 0)[..., 3] > 0) * (np.roll(truth, -1, 0)[..., 3] > 0)
    tight = tight.astype(np.float32)
    assert np.array_equal(rescue_vfx_elements(shown(CHARACTER, "white"), tight), tight)
