"""The torch form of attention in windows against its definition."""

import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from torch import Tensor

from services.matting.birefnet import attention
from services.matting.birefnet.attention import KINDS, shift_masks, window_attention
from tests.fixtures.definitions import attended

Case = tuple[Tensor, Tensor, Tensor]


def case(batch: int, height: int, width: int, heads: int, window: int, depth: int = 4, seed: int = 0) -> Case:
    """Map, its bias and a position bias, float64."""
    made = torch.Generator().manual_seed(seed)
    qkv = torch.randn(batch, height, width, 3 * heads * depth, generator=made, dtype=torch.float64)
    qkv_bias = torch.randn(qkv.shape[3], generator=made, dtype=torch.float64)
    return qkv, qkv_bias, torch.randn(heads, window**2, window**2, generator=made, dtype=torch.float64)


def by_kind(table: Tensor, window: int, shift: int) -> Tensor:
    """The bias that `window_attention` wants."""
    return table[None].masked_fill(~shift_masks(window, shift)[:, None], float("-inf")) if shift else table[None]


def apart(one: Tensor, other: Tensor) -> float:
    return float((one.double() - other.double()).abs().max())


@given(st.integers(1, 2), st.integers(1, 11), st.integers(1, 11), st.sampled_from([2, 3, 4]), st.data())
@example(1, 2, 3, 4, None).via("a map smaller than a window")
def test_it_is_its_definition(batch: int, height: int, width: int, window: int, data: st.DataObject | None) -> None:
    shift = data.draw(st.integers(0, window - 1)) if data else window // 2
    qkv, qkv_bias, table = case(batch, height, width, 2, window)
    made = window_attention(qkv, qkv_bias, by_kind(table, window, shift), window=window, shift=shift)
    assert apart(made, attended(qkv, qkv_bias, table, window, shift)) < 1e-12


@pytest.mark.parametrize(("window", "height", "width"), [(12, 24, 13), (12, 5, 7), (7, 14, 15), (7, 7, 3)])
@pytest.mark.parametrize("shifted", [False, True])
def test_published_windows_are_their_definition(window: int, height: int, width: int, shifted: bool) -> None:
    shift = window // 2 if shifted else 0
    qkv, qkv_bias, table = case(2, height, width, 3, window, depth=32)
    made = window_attention(qkv, qkv_bias, by_kind(table, window, shift), window=window, shift=shift)
    assert apart(made, attended(qkv, qkv_bias, table, window, shift)) < 1e-12


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-5), (torch.float16, 4e-3), (torch.bfloat16, 3e-2)])
def test_other_dtypes_are_as_near_as_they_can_be(dtype: torch.dtype, tolerance: float) -> None:
    qkv, qkv_bias, table = (each.to(dtype) for each in case(1, 9, 10, 2, 4, depth=32))
    made = window_attention(qkv, qkv_bias, by_kind(table, 4, 2), window=4, shift=2)
    assert made.dtype == dtype
    assert apart(made, attended(qkv, qkv_bias, table, 4, 2)) < tolerance


def test_a_token_always_sees_itself_and_is_seen_by_whom_it_sees() -> None:
    masks = shift_masks(7, 3)
    assert len(masks) == len(KINDS)
    assert masks.diagonal(dim1=1, dim2=2).all()
    assert torch.equal(masks, masks.mT)
    assert masks[0].all()
    assert not masks[1:].flatten(1).all(1).any()


def test_it_writes_among_the_channels_of_a_wider_map() -> None:
    qkv, qkv_bias, table = case(2, 5, 6, 2, 4)
    wide = torch.full((2, 5, 6, 20), 7.0, dtype=torch.float64)
    made = window_attention(qkv, qkv_bias, table[None], window=4, shift=0, out=wide[..., 6:14])
    assert made.data_ptr() == wide[..., 6:].data_ptr()
    assert torch.equal(wide[..., 6:14], window_attention(qkv, qkv_bias, table[None], window=4, shift=0))
    assert (wide[..., :6] == 7).all()
    assert (wide[..., 14:] == 7).all()


@pytest.mark.parametrize("shift", [0, 2])
def test_every_token_has_one_place_in_the_windows_and_is_found_there(shift: int) -> None:
    places, back = attention._places(9, 5, 4, shift, torch.device("cpu"))
    assert torch.equal(places[back], torch.arange(9 * 5))
    assert len(places) == 3 * 2 * 16
    assert int((places < 0).sum()) == len(places) - 9 * 5
