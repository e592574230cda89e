import io

import numpy as np
import pytest
from drawn import BOLD, CHARACTERS, draw, noisy, over_field, smooth_field
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from popcon.imaging import unmix
from popcon.imaging.background import difference, estimate_background
from popcon.imaging.keying import key_background
from popcon.imaging.resize import over

WHITE = (255, 255, 255)
BACKGROUNDS = [WHITE, (250, 248, 240), (120, 220, 130), (20, 20, 30)]


def test_the_background_of_a_plain_picture_is_its_colour() -> None:
    background = estimate_background(over(draw(BOLD), (120, 220, 130)))
    assert background.colour.tolist() == pytest.approx([120, 220, 130], abs=0.5)
    assert background.noise < 0.1
    assert background.share == 1.0


def test_a_slowly_drifting_background_is_followed_under_the_character() -> None:
    field = smooth_field()
    background = estimate_background(over_field(draw(BOLD), field))
    assert np.abs(background.field - field).max() < 1.5


def test_content_at_the_border_does_not_bend_the_field() -> None:
    rgb = np.full((200, 200, 3), 240, np.uint8)
    rgb[120:, 40:160] = (200, 30, 30)
    background = estimate_background(rgb)
    assert np.abs(background.field - 240).max() < 1
    assert 0.6 < background.share < 0.9


@pytest.mark.parametrize("deviation", [1.0, 3.0, 6.0])
def test_noise_is_measured_in_grey_levels(deviation: float) -> None:
    rgb = noisy(np.full((200, 200, 3), 128, np.uint8), deviation)
    assert estimate_background(rgb).noise == pytest.approx(deviation, rel=0.15)


def test_a_busy_picture_has_no_background_that_explains_its_border() -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (100, 100, 3), dtype=np.uint8)
    assert estimate_background(rgb).share < 0.3


def test_difference_is_the_largest_channel() -> None:
    rgb = np.full((40, 40, 3), 200, np.uint8)
    rgb[20, 20] = (190, 203, 230)
    assert difference(rgb, estimate_background(rgb))[20, 20] == pytest.approx(30)


PART = st.floats(0, 255, width=32)


@given(arrays(np.float32, (5, 3), elements=PART), arrays(np.float32, (5, 3), elements=PART), st.floats(0.1, 1))
def test_a_mixture_is_taken_apart_again(front: np.ndarray, back: np.ndarray, share: float) -> None:
    alpha = np.full(5, share, np.float32)
    mixed = (alpha[:, None] * front + (1 - alpha[:, None]) * back).astype(np.float32)
    assert np.abs(unmix.foreground_of(mixed, back, alpha) - front).max() < 0.1
    known = np.abs(front - back).max(axis=1) > 8
    assert np.abs(unmix.alpha_of(mixed, back, front) - alpha)[known].max(initial=0) < 0.01
    assert (unmix.smallest_alpha(mixed, back) <= alpha + 1e-3).all()


@given(arrays(np.uint8, (4, 4, 3)), arrays(np.float32, (4, 4), elements=st.floats(0, 1, width=32)))
def test_separating_gives_the_picture_back_where_alpha_can_explain_it(rgb: np.ndarray, alpha: np.ndarray) -> None:
    back = np.full((4, 4, 3), 255.0, np.float32)
    alpha = np.maximum(alpha, unmix.smallest_alpha(rgb.astype(np.float32), back))
    rgba = unmix.separate(rgb, back, alpha)
    assert np.abs(over(rgba, WHITE).astype(int) - rgb).max() <= 1
    assert not rgba[rgba[..., 3] == 0].any()


@pytest.mark.parametrize("colour", BACKGROUNDS)
@pytest.mark.parametrize("name", CHARACTERS)
def test_the_alpha_of_a_drawn_character_is_found(name: str, colour: tuple[int, int, int]) -> None:
    character = draw(CHARACTERS[name])
    alpha = key_background(over(character, colour))
    assert (alpha.dtype, alpha.shape) == (np.float32, (256, 256))
    assert np.abs(alpha - character[..., 3] / 255.0).mean() < 0.001


@pytest.mark.parametrize("name", CHARACTERS)
def test_noise_and_drift_do_little_harm(name: str) -> None:
    character = draw(CHARACTERS[name])
    alpha = key_background(noisy(over_field(character, smooth_field() - 10), 3.0))
    assert np.abs(alpha - character[..., 3] / 255.0).mean() < 0.003


def test_a_white_belly_stays_and_so_does_one_with_a_tiny_gap_in_its_outline() -> None:
    rgb = over(draw(BOLD), WHITE)
    assert key_background(rgb)[170:225, 115:140].min() == 1.0
    rgb[197, :128] = WHITE
    assert key_background(rgb)[180:190, 115:140].min() == 1.0


def test_a_hole_shows_a_tinted_background_but_white_in_an_outline_is_kept() -> None:
    ring = draw('<circle cx="256" cy="256" r="140" fill="none" stroke="#c33" stroke-width="50"/>')
    assert key_background(over(ring, (190, 225, 245)))[100:156, 100:156].max() == 0.0
    assert key_background(over(ring, WHITE))[100:156, 100:156].min() == 1.0


def test_a_pale_outline_before_a_strong_colour_is_not_taken_for_a_halo() -> None:
    character = draw('<circle cx="256" cy="256" r="150" fill="#a01050" stroke="#ffe6ee" stroke-width="16"/>')
    assert np.abs(key_background(over(character, WHITE)) - character[..., 3] / 255.0).mean() < 0.001


def test_the_inside_of_an_open_shape_is_clear() -> None:
    horseshoe = '<path d="M150 400 V200 a106 106 0 0 1 212 0 V400" fill="none" stroke="#226" stroke-width="30"/>'
    assert key_background(over(draw(horseshoe), WHITE))[110:190, 100:150].max() == 0.0


def test_compression_leaves_no_dirt_around_the_character() -> None:
    out = io.BytesIO()
    character = draw(CHARACTERS["sparks"])
    Image.fromarray(over(character, WHITE)).save(out, "JPEG", quality=85)
    alpha = key_background(np.array(Image.open(out)))
    far = np.ones((256, 256), bool)
    rows, columns = np.nonzero(character[..., 3])
    for y in range(-4, 5):
        for x in range(-4, 5):
            far[np.clip(rows + y, 0, 255), np.clip(columns + x, 0, 255)] = False
    assert alpha[far].max() == 0.0


def test_soft_shadows_and_lines_along_the_border_are_no_part_of_the_figure() -> None:
    shadow = """<defs><radialGradient id="s"><stop stop-opacity=".45"/><stop offset="1" stop-opacity="0"/>
    </radialGradient></defs><ellipse cx="256" cy="468" rx="150" ry="28" fill="url(#s)"/>
    <rect y="507" width="512" height="5" fill="#888"/>"""
    alpha = key_background(over(draw(shadow + BOLD, 512), WHITE))
    truth = draw(BOLD, 512)[..., 3] / 255.0
    assert alpha[440:, :120].max() == 0.0
    assert np.abs(alpha - truth).mean() < 0.001


def test_a_character_at_the_border_is_whole() -> None:
    bust = '<path d="M100 512 V300 a156 156 0 0 1 312 0 V512z" fill="#f08a24" stroke="#222" stroke-width="12"/>'
    character = draw(bust)
    assert np.abs(key_background(over(character, WHITE)) - character[..., 3] / 255.0).mean() < 0.001
