"""The compiled kernels on a CUDA device, at the sizes of a picture of 1024x1024, against the torch forms in float64."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from services.matting.birefnet.attention import shift_masks, window_attention
from services.matting.birefnet.deform import deform_conv2d

pytestmark = pytest.mark.gpu

TOLERANCES = {torch.float16: 3e-3, torch.bfloat16: 2e-2, torch.float32: 2e-5}
"""Greatest difference, relative to the greatest value."""


def apart(one: Tensor, other: Tensor) -> float:
    return float((one.double() - other.double()).abs().max() / other.double().abs().max())


def deform_case(batch: int, side: int, kernel: int, dtype: torch.dtype) -> list[Tensor]:
    made = torch.Generator("cuda").manual_seed(0)

    def drawn(*shape: int) -> Tensor:
        x = torch.randn(shape, generator=made, device="cuda").to(dtype)
        return x.contiguous(memory_format=torch.channels_last) if len(shape) == 4 else x

    taps = kernel**2
    offset, mask = 4 * drawn(batch, 2 * taps, side, side), 2 * drawn(batch, taps, side, side).sigmoid()
    return [drawn(batch, 64, side, side), offset, mask, drawn(256, 64, kernel, kernel) / (8 * kernel), drawn(256)]


@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize("kernel", [1, 3, 7])
@pytest.mark.parametrize(("batch", "side"), [(1, 256), (2, 128), (3, 32), (1, 9)])
def test_deform_is_the_torch_form(batch: int, side: int, kernel: int, dtype: torch.dtype) -> None:
    given = deform_case(batch, side, kernel, dtype)
    expected = deform_conv2d(*(each.double() for each in given))
    made = deform_conv2d(*given)
    assert made.dtype == dtype
    assert apart(made, expected) < TOLERANCES[dtype]
    assert torch.equal(deform_conv2d(*given), made)


def test_deform_writes_among_the_channels_of_a_wider_map() -> None:
    given = deform_case(2, 128, 3, torch.float16)
    wide = torch.full((2, 1024, 128, 128), 7.0, dtype=torch.float16, device="cuda")
    wide = wide.contiguous(memory_format=torch.channels_last)
    deform_conv2d(*given, relu=True, out=wide[:, 256:512])
    assert torch.equal(wide[:, 256:512], deform_conv2d(*given).relu())
    assert (wide[:, :256] == 7).all()
    assert (wide[:, 512:] == 7).all()


def attention_case(side: int, heads: int, window: int, shift: int, dtype: torch.dtype) -> tuple[Tensor, Tensor, Tensor]:
    made = torch.Generator("cuda").manual_seed(0)
    channels, tokens = 32 * heads, window**2
    qkv = torch.randn(2, side, side, 3 * channels, generator=made, device="cuda")
    qkv_bias = torch.randn(3 * channels, generator=made, device="cuda")
    bias = torch.randn(1, heads, tokens, tokens, generator=made, device="cuda")
    if shift:
        bias = bias.masked_fill(~shift_masks(window, shift).cuda()[:, None], float("-inf"))
    return qkv.to(dtype), qkv_bias.to(dtype), bias.to(dtype)


@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize("shifted", [False, True])
@pytest.mark.parametrize("window", [12, 7])
@pytest.mark.parametrize(("side", "heads"), [(256, 6), (64, 24), (16, 48), (5, 3)])
def test_attention_is_the_torch_form(side: int, heads: int, window: int, shifted: bool, dtype: torch.dtype) -> None:
    shift = window // 2 if shifted else 0
    given = attention_case(side, heads, window, shift, dtype)
    expected = window_attention(*(each.double() for each in given), window=window, shift=shift)
    made = window_attention(*given, window=window, shift=shift)
    assert made.dtype == dtype
    assert apart(made, expected) < TOLERANCES[dtype]
    assert torch.equal(window_attention(*given, window=window, shift=shift), made)


def both(x: Tensor, *given: Tensor) -> Tensor:
    """A kernel's output is the other's input."""
    *rest, qkv_bias, bias = given
    made = deform_conv2d(x, *rest, relu=True)
    qkv = made.permute(0, 2, 3, 1)[..., :192].contiguous()
    return window_attention(qkv, qkv_bias, bias, window=7, shift=3) * 2


def captured(call: Callable[..., Tensor], *given: Tensor) -> Tensor:
    call(*given)
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        made = call(*given)
    made.zero_()
    graph.replay()
    return made


@pytest.mark.filterwarnings("ignore:TensorFloat32 tensor cores")  # the compiler's advice
@torch.no_grad()
def test_a_cuda_graph_and_the_compiler_make_the_same() -> None:
    given = [*deform_case(2, 64, 3, torch.float16), *attention_case(64, 2, 7, 3, torch.float16)[1:]]
    expected = both(*given)
    assert torch.equal(captured(both, *given), expected)
    assert apart(torch.compile(both, fullgraph=True)(*given), expected) < 1e-3
