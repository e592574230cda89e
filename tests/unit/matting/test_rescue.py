import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scenes import BORDER_LINE, CHARACTER, EFFECTS, SHADOW, SIDE, SPECKS, alpha_of, as_jpeg, draw, noisy

from popcon.errors import InvalidRequest
from popcon.imaging.resize import over
from services.matting.vfx import rescue, rescue_vfx_elements

WHITE = (255, 255, 255)
LOOKS = {
    "clean": lambda rgb: rgb,
    "noisy": lambda rgb: noisy(rgb, 3.0),
    "compressed": lambda rgb: as_jpeg(rgb, 90),
}


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", EFFECTS)
def test_an_effect_that_the_matte_dropped_comes_back(name: str, look: str) -> None:
    dropped = alpha_of(draw(CHARACTER))
    truth = alpha_of(draw(EFFECTS[name] + CHARACTER))
    image = LOOKS[look](over(draw(EFFECTS[name] + CHARACTER), WHITE))
    result = rescue(image, dropped)
    lost = np.abs(truth - dropped).sum()
    assert np.abs(truth - result.alpha).sum() < lost * (0.1 if look == "clean" and name != "glow" else 0.4)
    assert result.boxes


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("dirt", [SHADOW, BORDER_LINE, SPECKS, ""], ids=["shadow", "border line", "specks", "nothing"])
def test_what_is_no_effect_stays_out(dirt: str, look: str) -> None:
    matte = alpha_of(draw(CHARACTER))
    image = LOOKS[look](over(draw(dirt + CHARACTER), WHITE))
    assert np.abs(rescue_vfx_elements(image, matte) - matte).sum() < 12  # pixels, of 65536


def test_the_boxes_hold_what_came_back() -> None:
    matte = alpha_of(draw(CHARACTER))
    result = rescue(over(draw(EFFECTS["heart"] + EFFECTS["tear"] + CHARACTER), WHITE), matte)
    outside = np.ones((SIDE, SIDE), bool)
    for left, top, right, bottom in result.boxes:
        outside[top:bottom, left:right] = False
    assert len(result.boxes) == 2
    assert (result.alpha == matte)[outside].all()


def test_an_effect_over_the_edge_of_the_matte_is_whole() -> None:
    band = '<path d="M60 120 l110 60" stroke="#2060d0" stroke-width="12" stroke-linecap="round"/>'
    truth = alpha_of(draw(band + CHARACTER))
    out = rescue_vfx_elements(over(draw(band + CHARACTER), WHITE), alpha_of(draw(CHARACTER)))
    assert np.abs(out - truth).mean() < 0.001


def test_a_tight_matte_is_left_as_it_is() -> None:
    """A rim that the matte cut a little short is the matte's business, not an effect."""
    truth = draw(CHARACTER)
    tight = alpha_of(truth) * (np.roll(truth, 1, 0)[..., 3] > 0) * (np.roll(truth, -1, 0)[..., 3] > 0)
    tight = tight.astype(np.float32)
    assert np.array_equal(rescue_vfx_elements(over(truth, WHITE), tight), tight)


@settings(max_examples=25, deadline=None)
@given(arrays(np.uint8, (24, 20, 3)), arrays(np.float32, (24, 20), elements=st.floats(0, 1, width=32)))
def test_alpha_never_falls_and_the_inputs_stay_as_they_are(image: np.ndarray, alpha: np.ndarray) -> None:
    image_before, alpha_before = image.copy(), alpha.copy()
    out = rescue_vfx_elements(image, alpha)
    assert (out.shape, out.dtype) == (alpha.shape, np.float32)
    assert (out >= alpha).all()
    assert out.max() <= 1.0
    assert np.array_equal(image, image_before)
    assert np.array_equal(alpha, alpha_before)
    assert out is not alpha


IMAGE, ALPHA = np.zeros((8, 9, 3), np.uint8), np.zeros((8, 9), np.float32)


@pytest.mark.parametrize(
    ("image", "alpha", "field"),
    [
        (IMAGE.astype(np.float32), ALPHA, "image"),
        (IMAGE[..., 0], ALPHA, "image"),
        (np.zeros((8, 9, 4), np.uint8), ALPHA, "image"),
        (IMAGE.tolist(), ALPHA, "image"),
        (IMAGE, ALPHA.astype(np.float64), "alpha"),
        (IMAGE, (ALPHA * 255).astype(np.uint8), "alpha"),
        (IMAGE, ALPHA.T, "alpha"),
        (IMAGE, ALPHA[..., None], "alpha"),
        (IMAGE, ALPHA + 1.5, "alpha"),
        (IMAGE, ALPHA - 0.1, "alpha"),
        (IMAGE, ALPHA * np.nan, "alpha"),
        (IMAGE[:0], ALPHA[:0], "alpha"),
    ],
)
def test_wrong_input_is_named(image: np.ndarray, alpha: np.ndarray, field: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        rescue_vfx_elements(image, alpha)
    assert caught.value.field == field
