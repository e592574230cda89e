"""The torch form of deformable convolution against its definition."""

from typing import Any

import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from services.matting.birefnet import deform
from services.matting.birefnet.deform import deform_conv2d
from tests.fixtures.definitions import deformed

Case = tuple[Tensor, Tensor, Tensor, Tensor, Tensor]


def case(batch: int, channels: int, height: int, width: int, kernel: int, reach: float = 3, seed: int = 0) -> Case:
    """Float64; offsets are fractions, whole numbers (so -1, H and W are hit exactly) and places far outside."""
    made = torch.Generator().manual_seed(seed)
    taps = kernel * kernel
    x = torch.randn(batch, channels, height, width, generator=made, dtype=torch.float64)
    offset = torch.randn(batch, 2 * taps, height, width, generator=made, dtype=torch.float64) * reach
    kind = torch.randint(0, 8, offset.shape, generator=made)
    offset = torch.where(kind < 3, offset.round(), torch.where(kind == 3, offset * 1e3, offset))
    mask = 2 * torch.rand(batch, taps, height, width, generator=made, dtype=torch.float64)
    weight = torch.randn(5, channels, kernel, kernel, generator=made, dtype=torch.float64)
    return x, offset, mask, weight, torch.randn(5, generator=made, dtype=torch.float64)


def apart(one: Tensor, other: Tensor) -> float:
    """The greatest difference, relative to the greatest value."""
    return float((one.double() - other.double()).abs().max() / other.double().abs().max().clamp(min=1e-12))


@given(
    st.integers(1, 2), st.integers(1, 3), st.integers(1, 5), st.integers(1, 5), st.sampled_from([1, 3]), st.integers(0)
)
@example(2, 2, 3, 5, 7, 0)
@example(1, 1, 1, 1, 7, 1)
def test_it_is_its_definition(batch: int, channels: int, height: int, width: int, kernel: int, seed: int) -> None:
    given_ = case(batch, channels, height, width, kernel, seed=seed % 2**32)
    assert apart(deform_conv2d(*given_), deformed(*given_)) < 1e-12


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 2e-6), (torch.float16, 3e-3), (torch.bfloat16, 2e-2)])
def test_other_dtypes_are_as_near_as_they_can_be(dtype: torch.dtype, tolerance: float) -> None:
    given_ = [each.to(dtype) for each in case(1, 4, 6, 7, 3)]
    made = deform_conv2d(*given_)
    assert made.dtype == dtype
    assert apart(made, deformed(*given_)) < tolerance


def seen_at(y: float, x: float, height: int = 3, width: int = 4) -> float:
    """What the first pixel sees at a place of a map of ones."""
    offset = torch.zeros(1, 2, height, width)
    offset[0, :, 0, 0] = torch.tensor([y, x])
    one = torch.ones(1, 1, 1, 1)
    return float(
        deform_conv2d(torch.ones(1, 1, height, width), offset, torch.ones(1, 1, height, width), one)[0, 0, 0, 0]
    )


def test_the_map_fades_out_within_a_pixel_of_its_border() -> None:
    assert [seen_at(y, 0) for y in (-2, -1, -0.75, -0.25, 0, 2, 2.25, 2.75, 3, 4)] == [
        0, 0, 0.25, 0.75, 1, 1, 0.75, 0.25, 0, 0
    ]  # fmt: skip
    assert [seen_at(0, x) for x in (-1, -0.25, 3, 3.25, 4)] == [0, 0.75, 1, 0.75, 0]


@pytest.mark.parametrize("far", [1e9, -1e9, float("inf"), float("-inf")])
def test_nothing_is_seen_far_outside(far: float) -> None:
    assert seen_at(far, 0) == seen_at(0, far) == 0


def test_half_precision_pixels_do_not_blur_where_a_tap_looks() -> None:
    """At column 1000 float16 knows no quarters of a pixel."""
    x = (torch.arange(1024) % 2).half().expand(1, 1, 1, -1)
    quarter = torch.tensor([0.0, 0.25], dtype=torch.float16)[None, :, None, None].expand(1, 2, 1, 1024)
    one = torch.ones(1, 1, 1, 1, dtype=torch.float16)
    made = deform_conv2d(x, quarter, one.expand(1, 1, 1, 1024), one)
    assert made[0, 0, 0, 1000:1004].tolist() == [0.25, 0.75, 0.25, 0.75]


def test_how_tensors_lie_in_memory_changes_nothing() -> None:
    x, offset, mask, weight, bias = case(2, 4, 5, 6, 3)
    expected = deform_conv2d(x, offset, mask, weight, bias)
    last = [each.contiguous(memory_format=torch.channels_last) for each in (x, offset, mask, weight)]
    apart_ = [torch.stack((each, each), -1)[..., 0] for each in (x, offset, mask, weight)]
    assert torch.equal(deform_conv2d(*last, bias), expected)
    assert torch.equal(deform_conv2d(*apart_, bias), expected)
    assert expected.is_contiguous(memory_format=torch.channels_last)


def test_bands_are_joined_without_a_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    given_ = case(2, 3, 7, 5, 3)
    expected = deform_conv2d(*given_)
    monkeypatch.setattr(deform, "SAMPLED_MAX", 2 * 5 * 9 * 3)
    assert apart(deform_conv2d(*given_), expected) < 1e-14


class Largest(TorchDispatchMode):
    """Remembers how many values the largest new tensor has."""

    values = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        made = func(*args, **(kwargs or {}))
        if isinstance(made, Tensor) and made._base is None:
            self.values = max(self.values, made.numel())
        return made


def test_memory_is_that_of_one_band(monkeypatch: pytest.MonkeyPatch) -> None:
    given_ = case(1, 64, 32, 8, 3)
    monkeypatch.setattr(deform, "SAMPLED_MAX", 2 * 8 * 9 * 64)
    with Largest() as largest:
        deform_conv2d(*given_)
    pixels = 64 * (32 + 3) * (8 + 3)  # with the frame of zeros
    assert largest.values <= max(deform.SAMPLED_MAX, pixels) < 9 * pixels


def test_it_writes_among_the_channels_of_a_wider_map() -> None:
    given_ = case(2, 4, 5, 6, 3)
    wide = torch.full((2, 12, 5, 6), 7.0, dtype=torch.float64).contiguous(memory_format=torch.channels_last)
    made = deform_conv2d(*given_, relu=True, out=wide[:, 4:9])
    assert made.data_ptr() == wide[:, 4:].data_ptr()
    assert torch.equal(wide[:, 4:9], deform_conv2d(*given_).relu())
    assert (wide[:, :4] == 7).all()
    assert (wide[:, 9:] == 7).all()
