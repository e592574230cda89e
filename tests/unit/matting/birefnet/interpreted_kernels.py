"""The kernels, run by Triton's interpreter on a CPU.

`test_kernels.py` runs this file in a process of its own, because Triton reads TRITON_INTERPRET once, at its import.

No bfloat16: the interpreter keeps it as bits and multiplies these.
"""

import pytest
import torch
from torch import Tensor

from services.matting.birefnet import kernels
from services.matting.birefnet.attention import shift_masks
from services.matting.birefnet.deform import deform_conv2d as deform_by_torch
from services.matting.birefnet.fold import fold
from services.matting.birefnet.kernels import deform as deform_kernels
from services.matting.birefnet.kernels.deform import SMALL, deform_conv2d
from services.matting.birefnet.kernels.window_attention import window_attention
from tests.fixtures.definitions import attended, deformed
from tests.fixtures.networks import make_network

TOLERANCES = {torch.float32: 3e-6, torch.float16: 4e-3}


def apart(one: Tensor, other: Tensor) -> float:
    """The greatest difference, relative to the greatest value."""
    return float((one.double() - other.double()).abs().max() / other.double().abs().max().clamp(min=1e-12))


def deform_case(shape: tuple[int, int, int, int], outputs: int, kernel: int, dtype: torch.dtype) -> list[Tensor]:
    """Offsets are fractions, whole numbers (so -1, H and W are hit exactly) and places far outside."""
    made = torch.Generator().manual_seed(sum(shape))
    batch, channels, height, width = shape
    offset = 3 * torch.randn(batch, 2 * kernel**2, height, width, generator=made)
    kind = torch.randint(0, 8, offset.shape, generator=made)
    offset = torch.where(kind < 3, offset.round(), torch.where(kind == 3, offset * 1e3, offset))
    mask = 2 * torch.rand(batch, kernel**2, height, width, generator=made)
    weight = torch.randn(outputs, channels, kernel, kernel, generator=made)
    drawn = [torch.randn(shape, generator=made), offset, mask, weight, torch.randn(outputs, generator=made)]
    return [each.to(dtype) for each in drawn]


def deform(given: list[Tensor], relu: bool = False) -> Tensor:
    x, offset, mask, weight, bias = given
    out = torch.empty(x.shape[0], weight.shape[0], *x.shape[2:], dtype=x.dtype)
    out = out.contiguous(memory_format=torch.channels_last)
    deform_conv2d(x, offset, mask, weight, bias, relu, out)
    return out


@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize(
    ("shape", "outputs", "kernel"),
    [
        ((2, 64, 1, 1), 256, 1),
        ((2, 5, 9, 10), 7, 3),
        ((1, 24, 7, 2), 9, 7),
        pytest.param((2, 16, 3, 17), 130, 3, marks=pytest.mark.full),
        pytest.param((1, 64, 13, 9), 256, 7, marks=pytest.mark.full),
    ],
    ids=str,
)
def test_deform_is_its_definition(
    shape: tuple[int, int, int, int], outputs: int, kernel: int, dtype: torch.dtype
) -> None:
    given = deform_case(shape, outputs, kernel, dtype)
    made = deform(given)
    assert apart(made, deformed(*given)) < TOLERANCES[dtype]
    assert apart(made, deform_by_torch(*given)) < TOLERANCES[dtype]


def test_deform_with_large_tiles_is_its_definition(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deform_kernels, "MULTIPROCESSORS", 1)
    given = deform_case((1, 8, 10, 18), 140, 1, torch.float16)
    assert apart(deform(given), deform_by_torch(*given)) < TOLERANCES[torch.float16]


def test_deform_reads_and_writes_whatever_lies_in_memory() -> None:
    given = deform_case((2, 8, 5, 6), 12, 3, torch.float32)
    expected = deform(given)
    last = [each.contiguous(memory_format=torch.channels_last) for each in given[:4]]
    assert torch.equal(deform([*last, given[4]]), expected)
    both = torch.cat(given[1:3], 1)
    parts = both.contiguous(memory_format=torch.channels_last).split((18, 9), 1)
    assert torch.equal(deform([given[0], *parts, *given[3:]]), expected)

    wide = torch.full((2, 20, 5, 6), 7.0).contiguous(memory_format=torch.channels_last)
    deform_conv2d(*given, True, wide[:, 4:16])
    assert torch.equal(wide[:, 4:16], expected.relu())
    assert (wide[:, :4] == 7).all()
    assert (wide[:, 16:] == 7).all()


def test_deform_needs_no_bias() -> None:
    x, offset, mask, weight, bias = deform_case((1, 8, 5, 6), 12, 3, torch.float32)
    out = torch.empty(1, 12, 5, 6).contiguous(memory_format=torch.channels_last)
    deform_conv2d(x, offset, mask, weight, None, False, out)
    assert apart(out + bias[:, None, None], deform([x, offset, mask, weight, bias])) < 1e-6


def test_deform_sees_nothing_far_outside() -> None:
    x, offset, mask, weight, bias = deform_case((1, 4, 3, 4), 5, 1, torch.float32)
    for far in (1e9, -1e9, float("inf"), float("-inf")):
        offset[:, 0] = far
        assert torch.equal(deform([x, offset, mask, weight, bias]), bias[:, None, None].expand(1, 5, 3, 4))


def test_every_tile_makes_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    given = deform_case((1, 8, 6, 5), 20, 3, torch.float16)
    expected = deform(given)
    monkeypatch.setattr(deform_kernels, "SMALL", SMALL._replace(height=4, width=4, outputs=16))
    assert apart(deform(given), expected) < 1e-3


@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize("shifted", [False, True])
@pytest.mark.parametrize(
    ("window", "height", "width", "heads", "depth"),
    [
        (12, 13, 5, 1, 32),
        (7, 7, 14, 2, 32),
        (7, 3, 2, 1, 32),
        (5, 1, 1, 2, 24),
        pytest.param(3, 7, 4, 1, 8, marks=pytest.mark.full),
        pytest.param(12, 12, 25, 2, 32, marks=pytest.mark.full),
        pytest.param(7, 14, 15, 3, 32, marks=pytest.mark.full),
    ],
    ids=str,
)
def test_attention_is_its_definition(
    window: int, height: int, width: int, heads: int, depth: int, shifted: bool, dtype: torch.dtype
) -> None:
    made = torch.Generator().manual_seed(window + height)
    tokens, shift = window**2, window // 2 if shifted else 0
    qkv = torch.randn(2, height, width, 3 * heads * depth, generator=made).to(dtype)
    qkv_bias = torch.randn(qkv.shape[3], generator=made).to(dtype)
    table = torch.randn(heads, tokens, tokens, generator=made).to(dtype)
    kinds = table[None].masked_fill(~shift_masks(window, shift)[:, None], float("-inf")) if shifted else table[None]
    wide = torch.full((2, height, width, heads * depth + 3), 7.0, dtype=dtype)
    out = wide[..., 1:-2]
    window_attention(qkv, qkv_bias, kinds, window, shift, out)
    assert apart(out, attended(qkv, qkv_bias, table, window, shift)) < TOLERANCES[dtype]
    assert (wide[..., 0] == 7).all()
    assert (wide[..., -2:] == 7).all()


def test_attention_reads_whatever_lies_in_memory() -> None:
    made = torch.Generator().manual_seed(0)
    qkv, qkv_bias = torch.randn(1, 7, 9, 192, generator=made), torch.randn(192, generator=made)
    bias = torch.randn(1, 2, 49, 49, generator=made)

    def attention(qkv: Tensor, bias: Tensor) -> Tensor:
        out = torch.empty(1, 7, 9, 64)
        window_attention(qkv, qkv_bias, bias, 7, 0, out)
        return out

    expected = attention(qkv, bias)
    padded = torch.nn.functional.pad(bias, (0, 15))[..., :49]
    heads_last = bias.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2)
    columns_first = qkv.mT.contiguous().mT
    assert torch.equal(attention(qkv, padded), expected)
    assert torch.equal(attention(qkv, heads_last), expected)
    assert torch.equal(attention(columns_first, bias), expected)


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_they_run_on_parameters(mode: type[torch.no_grad]) -> None:
    given = [each.requires_grad_() for each in deform_case((1, 4, 3, 4), 5, 1, torch.float32)]
    with mode():
        assert deform(given).isfinite().all()


@pytest.mark.full
@pytest.mark.parametrize("folded", [False, True])
def test_the_network_is_the_same_by_them(folded: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    network = fold(make_network()) if folded else make_network()
    x = torch.randn(1, 3, 32, 64, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        expected = network(x)
        monkeypatch.setattr(kernels, "usable", lambda x: True)
        assert apart(network(x), expected) < 1e-5
