"""Effects that a matte dropped come back, whole and as opaque as they are."""

import math
from collections.abc import Callable
from functools import cache

import cv2
import numpy as np
import pytest
from scenes import CHARACTER, alpha_of, as_jpeg, draw

from bench.matting.encode import Encoder, h264
from services.matting.rescue import evidence, opacity
from services.matting.vfx import rescue_vfx_elements

SIDE = 512
STAR = "M440 70 l12 32 32 12 -32 12 -12 32 -12 -32 -32 -12 32 -12z"
DROP = "M440 200 q-26 44 0 58 q26 -14 0 -58z"
HEART = "M70 150 c-18 -34 -64 -2 0 44 c64 -46 18 -78 0 -44z"
BUBBLE = (
    "M380 60 h90 a14 14 0 0 1 14 14 v44 a14 14 0 0 1 -14 14 h-50 l-20 22 v-22 h-20 a14 14 0 0 1 -14 -14 v-44 "
    "a14 14 0 0 1 14 -14z"
)
SOLID = {
    "yellow spark": f'<path d="{STAR}" fill="#ffd21e"/>',
    "pale yellow star": f'<path transform="translate(-250 -62)" d="{STAR}" fill="#fff3b0"/>',
    "light cyan drop": f'<path d="{DROP}" fill="#c8f4ff"/>',
    "heart": f'<path d="{HEART}" fill="#ff5c8a"/>',
    "motion lines": '<path d="M40 300 l44 8 M36 350 l48 0" stroke="#333" stroke-width="4" stroke-linecap="round"/>',
    "thin lines": '<path d="M26 420 l64 0 M30 450 l60 -8" stroke="#333" stroke-width="1.5" stroke-linecap="round"/>',
    "zzz": '<path d="M20 70 h26 l-26 30 h26 M60 20 h34 l-34 40 h34" fill="none" stroke="#5566dd" stroke-width="5"/>',
}
GLOW = """<defs><radialGradient id="g"><stop stop-color="#ffd21e" stop-opacity=".9"/>
<stop offset="1" stop-color="#ffd21e" stop-opacity="0"/></radialGradient></defs>
<circle cx="430" cy="410" r="70" fill="url(#g)"/>"""
FILLED = {
    "white heart": f'<path d="{HEART}" fill="#fff" stroke="#d37" stroke-width="5"/>',
    "speech bubble": f'<path d="{BUBBLE}" fill="#fff" stroke="#222" stroke-width="4"/>',
}
BESIDE = {
    "touching drop": '<path d="M366 190 q-36 54 0 78 q36 -24 0 -78z" fill="#58b8ff"/>',
    "overlapping band": '<path d="M300 350 L470 300" stroke="#2060d0" stroke-width="12" stroke-linecap="round"/>',
}
CONFETTI = tuple(
    f'<rect x="{x}" y="{y}" width="7" height="7" fill="{fill}" transform="rotate({turn} {x} {y})"/>'
    for x, y, fill, turn in [
        (60, 40, "#e33", 20),
        (140, 30, "#36c", 50),
        (230, 40, "#2a4", 10),
        (60, 260, "#e3a", 35),
        (80, 330, "#fa0", 5),
        (40, 400, "#83c", 60),
        (110, 470, "#e33", 0),
        (420, 440, "#36c", 30),
    ]
)
FIRST, SECOND = {**SOLID, "glow": GLOW}, {**FILLED, **BESIDE}
SPIKES = " ".join(
    f"{256 + reach * math.cos(turn):.0f},{256 + reach * math.sin(turn):.0f}"
    for turn, reach in ((spike * math.pi / 14, 250 if spike % 2 else 190) for spike in range(28))
)
BURST = f'<polygon points="{SPIKES}" fill="#ffe14d"/>'

RAMP = np.array([250.0, 248.0, 245.0]) - np.linspace(0, 16, SIDE)[None, :, None]
GROUNDS = {"white": 255.0, "off-white": np.array([250.0, 248.0, 245.0]), "gray": 128.0, "gradient": RAMP}


def filmed(rgb: np.ndarray) -> np.ndarray:
    moved = [np.roll(rgb, 1, 0), rgb, np.roll(rgb, -1, 0)]
    return h264(moved, Encoder("h264", 26, preset="medium"))[1]


LOOKS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "lossless": lambda rgb: rgb,
    "jpeg": lambda rgb: as_jpeg(rgb, 85),
    "h264": filmed,
}
SEEN = [(ground, look) for ground in GROUNDS for look in LOOKS]


@cache
def matte() -> np.ndarray:
    return alpha_of(draw(CHARACTER, SIDE))


@cache
def drawn(below: str, above: str = "") -> np.ndarray:
    return draw(below + CHARACTER + above, SIDE)


def shown(rgba: np.ndarray, ground: str, look: str) -> np.ndarray:
    opacity = rgba[..., 3:] / 255.0
    return LOOKS[look](np.rint(opacity * rgba[..., :3] + (1 - opacity) * GROUNDS[ground]).astype(np.uint8))


@cache
def sheet(ground: str, look: str, names: str) -> tuple[np.ndarray, np.ndarray]:
    """The rescued and the true alpha of a frame with several effects."""
    shapes = dict(FIRST if names == "first" else SECOND)
    above = shapes.pop("overlapping band", "")
    rgba = drawn("".join(shapes.values()), above)
    return rescue_vfx_elements(shown(rgba, ground, look), matte()), alpha_of(rgba)


def back_and_error(out: np.ndarray, truth: np.ndarray, shape: str) -> tuple[float, float]:
    """The share of the dropped alpha of a shape that is back, and the error around it as a share of the dropped."""
    here = around(shape)
    dropped = np.clip(truth - matte(), 0, 1)[here]
    back = np.minimum(np.clip(out - matte(), 0, 1)[here], dropped).sum() / dropped.sum()
    return float(back), float(np.abs(out - truth)[here].sum() / dropped.sum())


@cache
def around(shape: str) -> np.ndarray:
    return cv2.dilate((alpha_of(draw(shape, SIDE)) > 0.02).astype(np.uint8), np.ones((9, 9), np.uint8)) > 0


@pytest.mark.parametrize(("ground", "look"), SEEN)
@pytest.mark.parametrize("name", SOLID)
def test_a_solid_effect_comes_back(name: str, ground: str, look: str) -> None:
    back, error = back_and_error(*sheet(ground, look, "first"), SOLID[name])
    assert back > 0.84
    assert error < (0.35 if name == "thin lines" else 0.08 if look == "lossless" else 0.27)


@pytest.mark.parametrize(("ground", "look"), SEEN)
def test_a_glow_comes_back_as_see_through_as_it_is(ground: str, look: str) -> None:
    out, truth = sheet(ground, look, "first")
    back, error = back_and_error(out, truth, GLOW)
    assert back > 0.75
    assert error < 0.3
    outer = (truth > 0.1) & (truth < 0.35) & around(GLOW)
    assert 0.6 < out[outer].mean() / truth[outer].mean() < 1.5


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("ground", ["white", "off-white", "gray"])
@pytest.mark.parametrize("name", FILLED)
def test_an_outlined_white_shape_is_filled(name: str, ground: str, look: str) -> None:
    out, truth = sheet(ground, look, "second")
    back, error = back_and_error(out, truth, FILLED[name])
    assert back > 0.85
    assert error < 0.2
    row, column = {"white heart": (168, 70), "speech bubble": (96, 425)}[name]
    assert out[row - 8 : row + 9, column - 8 : column + 9].min() == 1.0


@pytest.mark.parametrize(("ground", "look"), SEEN)
@pytest.mark.parametrize("name", BESIDE)
def test_what_touches_or_overlaps_the_character_is_whole(name: str, ground: str, look: str) -> None:
    out, truth = sheet(ground, look, "second")
    back, error = back_and_error(out, truth, BESIDE[name])
    assert back > 0.88
    assert error < 0.2


@pytest.mark.parametrize("ground", ["off-white", "gray"])
def test_confetti_comes_back_piece_by_piece(ground: str) -> None:
    rgba = drawn("".join(CONFETTI))
    out = rescue_vfx_elements(shown(rgba, ground, "jpeg"), matte())
    found = [back_and_error(out, alpha_of(rgba), piece) for piece in CONFETTI]
    assert min(back for back, _ in found) > 0.75
    assert max(error for _, error in found) < 0.5


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("fill", ["#36c", "#e33"])
def test_small_dots_come_back_no_larger_than_they_are(fill: str, look: str) -> None:
    dots = "".join(f'<circle cx="{x}" cy="60" r="3.4" fill="{fill}"/>' for x in (60, 120, 400))
    rgba = drawn(dots)
    out, truth = rescue_vfx_elements(shown(rgba, "white", look), matte()), alpha_of(rgba)
    near = around(dots)
    shown_area, true_area = (np.count_nonzero(alpha[near] > 0.1) for alpha in (out, truth))
    assert 0.85 * true_area < shown_area < 1.5 * true_area


@pytest.mark.parametrize("peak", [0.5, 0.8])
def test_the_faint_foot_of_a_glow_fades_without_a_step(peak: float) -> None:
    glow = GLOW.replace(".9", str(peak)).replace('r="70"', 'r="90"')
    rgba = drawn(glow)
    out = rescue_vfx_elements(shown(rgba, "white", "lossless"), matte())
    row = out[410, 430:512]
    assert np.abs(np.diff(row)).max() < 0.1


@pytest.mark.parametrize("peak", [0.7, 0.9])
def test_the_core_of_a_big_glow_has_neither_holes_nor_specks(peak: float) -> None:
    rgba = drawn(GLOW.replace(".9", str(peak)).replace('r="70"', 'r="90"'))
    out, truth = rescue_vfx_elements(shown(rgba, "white", "h264"), matte()), alpha_of(rgba)
    core = (truth > 0.25) & (cv2.dilate(matte(), np.ones((9, 9))) == 0)
    smooth = cv2.medianBlur(np.rint(255 * out).astype(np.uint8), 9) / 255
    assert out[core].min() > 0.1
    assert np.abs(out - smooth)[core].max() < 0.15


@pytest.mark.parametrize("look", ["jpeg", "h264"])
def test_a_pale_dot_beside_a_strong_edge_is_no_crumb(look: str) -> None:
    dot = '<circle cx="385" cy="220" r="3" fill="#d8d8d8"/>'
    rgba = drawn(dot)
    back, _ = back_and_error(rescue_vfx_elements(shown(rgba, "white", look), matte()), alpha_of(rgba), dot)
    assert back > 0.8


@pytest.mark.parametrize("look", LOOKS)
def test_what_fades_into_the_dirt_of_an_edge_is_followed_up_to_it(look: str) -> None:
    image, plain = np.full((64, 64, 3), 255, np.uint8), np.zeros((64, 64), np.float32)
    image[:, :20], plain[:, :20] = (40, 25, 20), 1.0
    image[26:38, 20:50] = (215, 225, 250)
    seen = evidence.gather(LOOKS[look](image), plain)
    found = np.zeros(plain.shape, np.bool_)
    found[26:38, 30:50] = True
    joined = np.zeros(plain.shape, np.bool_)
    joined.ravel()[opacity._spread(LOOKS[look](image), seen, found, plain >= 0.5)] = True
    assert joined[28:36, 22:30].mean() > 0.9
    assert not joined[:20].any()
    assert not joined[44:].any()
    assert not (joined & (found | (plain > 0))).any()


@pytest.mark.parametrize(("ground", "look"), [("white", "h264"), ("off-white", "jpeg"), ("gray", "lossless")])
def test_a_large_burst_behind_the_character_comes_back_whole(ground: str, look: str) -> None:
    rgba = drawn(BURST)
    out = rescue_vfx_elements(shown(rgba, ground, look), matte())
    assert np.abs(out - alpha_of(rgba)).sum() < 0.03 * (alpha_of(rgba) - matte()).sum()


@pytest.mark.parametrize("ground", GROUNDS)
def test_nothing_comes_back_away_from_the_effects(ground: str) -> None:
    out, truth = sheet(ground, "jpeg", "first")
    away = cv2.dilate((truth > 0.02).astype(np.uint8), np.ones((13, 13), np.uint8)) == 0
    assert out[away].sum() < 4.0
