"""What the rescue promises of any input, and of the instances that it finds."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scenes import CHARACTER, EFFECTS, alpha_of, as_jpeg, draw

from popcon.errors import InvalidRequest
from popcon.imaging.resize import over
from services.matting.vfx import Element, find_vfx_elements, rescue, rescue_vfx_elements

SIDE = 512
WHITE = (255, 255, 255)
LOST = ("spark", "tear", "heart", "motion lines", "glow")
BOXES = {  # left, top, right, bottom of what is drawn
    "spark": (396, 70, 484, 158),
    "tear": (419, 198, 461, 264),
    "heart": (36, 130, 104, 194),
    "first line": (36, 296, 88, 312),
    "second line": (32, 346, 88, 354),
    "glow": (360, 340, 500, 480),
}


@cache
def matte() -> np.ndarray:
    return alpha_of(draw(CHARACTER, SIDE))


@cache
def party() -> np.ndarray:
    return over(draw("".join(EFFECTS[name] for name in LOST) + CHARACTER, SIDE), WHITE)


@cache
def elements() -> tuple[Element, ...]:
    return find_vfx_elements(party(), matte())


def middle(box: tuple[int, int, int, int]) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


@settings(max_examples=20, deadline=None)
@given(arrays(np.uint8, (24, 20, 3)), arrays(np.float32, (24, 20), elements=st.floats(0, 1, width=32)))
def test_any_input_gives_a_new_alpha_within_0_and_1(image: np.ndarray, alpha: np.ndarray) -> None:
    image_before, alpha_before = image.copy(), alpha.copy()
    out = rescue_vfx_elements(image, alpha)
    assert (out.shape, out.dtype) == (alpha.shape, np.float32)
    assert out.min() >= 0.0
    assert out.max() <= 1.0
    assert np.array_equal(image, image_before)
    assert np.array_equal(alpha, alpha_before)
    assert not np.shares_memory(out, alpha)


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (7, 1), (2, 3), (4, 9), (17, 23), (101, 63)])
def test_any_size_will_do(shape: tuple[int, int]) -> None:
    random = np.random.default_rng(0)
    image = random.integers(0, 256, (*shape, 3), np.uint8)
    for alpha in (np.zeros(shape, np.float32), np.ones(shape, np.float32), random.random(shape, np.float32)):
        out = rescue_vfx_elements(image, alpha)
        assert (out.shape, out.dtype) == (shape, np.float32)
        assert 0.0 <= out.min() <= out.max() <= 1.0


def test_a_plain_frame_with_a_blank_matte_stays_blank() -> None:
    frame, nothing = np.full((90, 121, 3), 128, np.uint8), np.zeros((90, 121), np.float32)
    assert not rescue_vfx_elements(frame, nothing).any()
    assert find_vfx_elements(frame, nothing) == ()


def test_a_full_matte_stays_full() -> None:
    assert rescue_vfx_elements(party(), np.ones_like(matte())).min() == 1.0
    assert find_vfx_elements(party(), np.ones_like(matte())) == ()


def test_the_same_input_gives_the_same_alpha_and_elements() -> None:
    first, second = (rescue(party(), matte()) for _ in range(2))
    assert np.array_equal(first.alpha, second.alpha)
    assert [(e.box, e.score, e.evidence) for e in first.elements] == [
        (e.box, e.score, e.evidence) for e in second.elements
    ]


def test_how_the_arrays_lie_in_memory_makes_no_difference() -> None:
    frame, alpha = party()[180:441, 300:], matte()[180:441, 300:]
    expected = rescue_vfx_elements(np.ascontiguousarray(frame), np.ascontiguousarray(alpha))
    assert (expected > alpha).sum() > 1000
    spread = np.zeros((2 * frame.shape[0], 3 * frame.shape[1], 3), np.uint8)
    spread[::2, ::3] = frame
    turned = np.ascontiguousarray(frame[::-1, ::-1, ::-1])[::-1, ::-1, ::-1]
    columns = np.asfortranarray(alpha)
    for one, other in ((spread[::2, ::3], columns), (turned, alpha), (np.asfortranarray(frame), columns)):
        assert np.array_equal(rescue_vfx_elements(one, other), expected)


def test_read_only_arrays_will_do() -> None:
    frame, alpha = party().copy(), matte().copy()
    frame.flags.writeable = alpha.flags.writeable = False
    out = rescue_vfx_elements(frame, alpha)
    assert out.flags.writeable
    assert np.array_equal(out, rescue(party(), matte()).alpha)


def test_each_effect_is_an_element() -> None:
    assert len(elements()) == len(BOXES)
    for box in BOXES.values():
        x, y = middle(box)
        (near,) = [e for e in elements() if np.hypot(middle(e.box)[0] - x, middle(e.box)[1] - y) < 8]
        assert np.abs(np.subtract(near.box, box)).max() <= 8


def test_the_box_of_an_element_just_holds_its_mask() -> None:
    for element in elements():
        rows, columns = np.nonzero(element.mask)
        assert (element.mask.shape, element.mask.dtype) == (matte().shape, np.bool_)
        assert element.box == (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)


def test_elements_do_not_share_pixels_and_lie_off_the_matte() -> None:
    together = np.sum([element.mask for element in elements()], axis=0)
    assert together.max() == 1
    assert matte()[together > 0].max() < 0.5


def test_the_masks_together_cover_what_came_back() -> None:
    gain = rescue_vfx_elements(party(), matte()) - matte()
    covered = np.logical_or.reduce([element.mask for element in elements()])
    assert gain[gain > 0].sum() > 1000
    assert gain[covered].sum() > 0.98 * gain[gain > 0].sum()


def test_scores_are_certain_and_the_evidence_is_named() -> None:
    assert all(0.5 <= element.score <= 1.0 for element in elements())
    kinds = {middle(element.box): element.evidence for element in elements()}
    assert set(kinds.values()) <= {"colour", "contrast", "softness"}

    def at(name: str) -> str:
        x, y = middle(BOXES[name])
        return min(kinds.items(), key=lambda pair: abs(pair[0][0] - x) + abs(pair[0][1] - y))[1]

    assert at("glow") == "softness"
    assert at("spark") == "colour"
    assert at("first line") == "contrast"


def test_a_frame_without_effects_has_no_elements() -> None:
    assert find_vfx_elements(as_jpeg(over(draw(CHARACTER, SIDE), WHITE), 60), matte()) == ()


IMAGE, ALPHA = np.zeros((8, 9, 3), np.uint8), np.zeros((8, 9), np.float32)
WRONG = [
    (IMAGE.astype(np.float32), ALPHA, "image"),
    (IMAGE[..., 0], ALPHA, "image"),
    (np.zeros((8, 9, 4), np.uint8), ALPHA, "image"),
    (IMAGE.tolist(), ALPHA, "image"),
    (IMAGE, ALPHA.astype(np.float64), "alpha"),
    (IMAGE, (ALPHA * 255).astype(np.uint8), "alpha"),
    (IMAGE, ALPHA.T, "alpha"),
    (IMAGE, ALPHA[..., None], "alpha"),
    (IMAGE, ALPHA.tolist(), "alpha"),
    (IMAGE, ALPHA + 1.5, "alpha"),
    (IMAGE, ALPHA - 0.1, "alpha"),
    (IMAGE, ALPHA * np.nan, "alpha"),
    (IMAGE, np.where(np.eye(8, 9, dtype=bool), np.float32(np.nan), ALPHA), "alpha"),
    (IMAGE[:0], ALPHA[:0], "alpha"),
]


@pytest.mark.parametrize("function", [rescue_vfx_elements, find_vfx_elements], ids=["rescue", "find"])
@pytest.mark.parametrize(("image", "alpha", "field"), WRONG)
def test_wrong_input_is_named(function, image: np.ndarray, alpha: np.ndarray, field: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        function(image, alpha)
    assert caught.value.field == field
