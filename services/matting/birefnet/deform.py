"""Deformable convolution, stride 1 (Zhu et al., "Deformable ConvNets v2", 2019).

For a pixel p and a tap t at r(t) of the kernel:

    out(p) = bias + Σ_t weight(t) · mask(p, t) · x(p + r(t) + offset(p, t))

x is read bilinearly, and is zero outside.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from services.matting.birefnet import kernels

if kernels.PRESENT:
    from services.matting.birefnet.kernels import deform as kernel

SAMPLED_MAX = 1 << 24
"""Values sampled at a time, so that the columns of a large map never lie in memory together."""


def deform_conv2d(
    x: Tensor,
    offset: Tensor,
    mask: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    *,
    relu: bool = False,
    out: Tensor | None = None,
) -> Tensor:
    """Square odd kernels with "same" padding. Coordinates are computed in float32 or better, whatever the dtype of `x`.

    Args:
        x: B x C x H x W; like all others, quickest when channels last.
        offset: B x 2kk x H x W, pixels; channels 2t and 2t+1 are (dy, dx) of tap t, taps row by row.
        mask: B x kk x H x W.
        weight: O x C x k x k.
        bias: O, or nothing.
        relu: makes what is negative 0.
        out: B x O x H x W, channels last, where to write; it may be some of the channels of a wider map.

    Returns:
        B x O x H x W, channels last; `out` where there is one.
    """
    if out is None:
        shape = (x.shape[0], weight.shape[0], *x.shape[2:])
        out = torch.empty(shape, dtype=x.dtype, device=x.device, memory_format=torch.channels_last)
    if kernels.usable(x):
        kernel.deform_conv2d(x, offset, mask, weight, bias, relu, out)
    else:
        _torch_form(x, offset, mask, weight, bias, relu, out)
    return out


def _torch_form(
    x: Tensor, offset: Tensor, mask: Tensor, weight: Tensor, bias: Tensor | None, relu: bool, out: Tensor
) -> None:
    """By bands of rows: an `embedding_bag` is a bilinear reading, four rows of a matrix of pixels with their shares."""
    width = x.shape[3]
    matrix = weight.permute(0, 2, 3, 1).flatten(1)
    band = max(1, SAMPLED_MAX // (matrix.shape[1] * width))
    for image, into in zip(range(x.shape[0]), out.permute(0, 2, 3, 1), strict=True):
        # What lies outside is read as zeros: a row and a column before the map, two behind it.
        pixels = F.pad(x[image].permute(1, 2, 0), (0, 0, 1, 2, 1, 2)).flatten(0, 1)
        for top in range(0, x.shape[2], band):
            rows = slice(top, top + band)
            index, share = _corners(offset[image, :, rows], mask[image, :, rows], weight.shape[2], top, x.shape[2])
            sampled = F.embedding_bag(index, pixels, mode="sum", per_sample_weights=share.to(x.dtype))
            made = F.linear(sampled.view(-1, matrix.shape[1]), matrix, bias).view(into[rows].shape)
            if relu:
                torch.clamp_min(made, 0, out=into[rows])
            else:
                into[rows] = made


def _corners(offset: Tensor, mask: Tensor, kernel: int, top: int, height: int) -> tuple[Tensor, Tensor]:
    """For each tap of each pixel of the rows from `top`: the pixels of the framed map about where it looks, and the
    share of each."""
    exact = torch.promote_types(offset.dtype, torch.float32)
    dy, dx = offset.permute(1, 2, 0).to(exact).unflatten(-1, (-1, 2)).unbind(-1)
    rows, width, _ = dy.shape
    reach = torch.arange(kernel, device=dy.device, dtype=exact) - kernel // 2
    row = torch.arange(top, top + rows, device=dy.device, dtype=exact)
    column = torch.arange(width, device=dy.device, dtype=exact)
    above, down = _between(dy + (row[:, None, None] + reach.repeat_interleave(kernel)), height)
    before, right = _between(dx + (column[:, None] + reach.repeat(kernel)), width)
    step = width + 3
    first = (above + 1) * step + (before + 1)
    index = torch.stack((first, first + 1, first + step, first + (step + 1)), -1)
    factor = mask.permute(1, 2, 0).to(exact)
    lower = down * factor
    upper = factor - lower
    low, high = lower * right, upper * right
    share = torch.stack((upper - high, high, lower - low, low), -1)
    return index.reshape(-1, 4), share.reshape(-1, 4)


def _between(at: Tensor, size: int) -> tuple[Tensor, Tensor]:
    """The whole place before `at`, -1 to `size`, and how far it is on the way to the next."""
    at = at.clamp(-1, size)
    first = at.floor()
    return first.int(), at - first
