"""Deformable convolution, stride 1 (Zhu et al., "Deformable ConvNets v2", 2019): the torch form.

For a pixel p and a tap t at r(t) of the kernel: out(p) = bias + Σ_t weight(t) · mask(p, t) · x(p + r(t) + offset(p, t)),
x read bilinearly, zero outside.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

SAMPLED_MAX = 1 << 24
"""Values sampled at a time, so that the columns of a large map never lie in memory together."""


def deform_conv2d(x: Tensor, offset: Tensor, mask: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Square odd kernels with "same" padding. Coordinates are computed in float32 or better, whatever the dtype of `x`.

    Args:
        x: B x C x H x W.
        offset: B x 2kk x H x W, pixels; channels 2t and 2t+1 are (dy, dx) of tap t, taps row by row.
        mask: B x kk x H x W.
        weight: O x C x k x k.
        bias: O, or nothing.

    Returns:
        B x O x H x W.
    """
    batch, channels, height, width = x.shape
    kernel = weight.shape[2]
    rows = x.permute(0, 2, 3, 1).reshape(-1, channels)
    matrix = weight.permute(2, 3, 1, 0).reshape(kernel * kernel * channels, -1)
    index, share = _corners(offset, mask, kernel)
    pixels = batch * height * width
    step = max(1, SAMPLED_MAX // matrix.shape[0])
    out = rows.new_empty(pixels, matrix.shape[1])
    for start in range(0, pixels, step):
        part = slice(start, start + step)
        flat = index[part].reshape(-1, 4)
        sampled = F.embedding_bag(flat, rows, mode="sum", per_sample_weights=share[part].reshape(-1, 4).to(x.dtype))
        torch.mm(sampled.view(-1, matrix.shape[0]), matrix, out=out[part])
    if bias is not None:
        out += bias
    return out.view(batch, height, width, -1).permute(0, 3, 1, 2)


def _corners(offset: Tensor, mask: Tensor, kernel: int) -> tuple[Tensor, Tensor]:
    """(B·H·W) x kk x 4: for every tap of every pixel the rows of its four neighbours, and how much of each it takes."""
    batch, _, height, width = offset.shape
    exact = torch.promote_types(offset.dtype, torch.float32)
    moves = offset.permute(0, 2, 3, 1).to(exact).unflatten(-1, (-1, 2))
    reach = torch.arange(kernel, device=offset.device, dtype=exact) - kernel // 2
    y = moves[..., 0] + torch.arange(height, device=offset.device)[:, None, None] + reach.repeat_interleave(kernel)
    x = moves[..., 1] + torch.arange(width, device=offset.device)[None, :, None] + reach.repeat(kernel)
    top, left = y.floor(), x.floor()
    down, right = y - top, x - left
    base = torch.arange(batch, device=offset.device).view(-1, 1, 1, 1) * (height * width)
    index, share = [], []
    for row, by_row in ((top, 1 - down), (top + 1, down)):
        for column, by_column in ((left, 1 - right), (left + 1, right)):
            inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
            place = row.clamp(0, height - 1).long() * width + column.clamp(0, width - 1).long()
            index.append(base + place)
            share.append(torch.where(inside, by_row * by_column, 0))
    weights = torch.stack(share, -1) * mask.permute(0, 2, 3, 1).to(exact)[..., None]
    shape = (batch * height * width, kernel * kernel, 4)
    return torch.stack(index, -1).view(shape), weights.view(shape)
