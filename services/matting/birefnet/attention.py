"""Attention inside windows, over a map whose padding is never projected.

The map holds queries, keys and values of the real tokens without their bias. Padding tokens are zero before that
projection, so theirs are the bias alone: padding with zeros and adding the bias afterwards is exact.
"""

from collections.abc import Iterator
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from services.matting.birefnet import kernels

if kernels.PRESENT:
    from services.matting.birefnet.kernels import window_attention as kernel


class Kind(NamedTuple):
    """Where a window lies: in the last row of windows, in the last column."""

    last_row: bool
    last_column: bool


KINDS = tuple(Kind(row, column) for row in (False, True) for column in (False, True))
"""A shifted window joins regions that are no neighbours only when it lies in the last row or column."""


def shift_masks(window: int, shift: int) -> Tensor:
    """4 x N x N bool, N = window²: for each of `KINDS`, which token may see which."""
    side = torch.arange(window)
    wrapped = side >= window - shift
    masks = []
    for kind in KINDS:
        rows = wrapped if kind.last_row else torch.zeros_like(wrapped)
        columns = wrapped if kind.last_column else torch.zeros_like(wrapped)
        region = (2 * rows[:, None] + columns[None, :]).flatten()
        masks.append(region[:, None] == region[None, :])
    return torch.stack(masks)


def window_attention(
    qkv: Tensor, qkv_bias: Tensor, bias: Tensor, *, window: int, shift: int, out: Tensor | None = None
) -> Tensor:
    """Attention in windows of `window`² tokens, moved by `shift` to the bottom right.

    Args:
        qkv: B x H x W x 3C, without bias; the three parts follow one another, each split into heads.
        qkv_bias: 3C.
        bias: kinds x heads x N x N, added to the scores; one kind when `shift` is 0, else as `KINDS`.
        out: B x H x W x C, where to write, of any strides but 1 between channels.

    Returns:
        B x H x W x C; `out` where there is one.
    """
    if out is None:
        out = qkv.new_empty(*qkv.shape[:3], qkv.shape[3] // 3)
    if kernels.usable(qkv):
        kernel.window_attention(qkv, qkv_bias, bias, window, shift, out)
    else:
        _torch_form(qkv, qkv_bias, bias, window, shift, out)
    return out


def _torch_form(qkv: Tensor, qkv_bias: Tensor, bias: Tensor, window: int, shift: int, out: Tensor) -> None:
    height, width = qkv.shape[1:3]
    rows, columns = -(-height // window), -(-width // window)
    qkv = F.pad(qkv, (0, 0, 0, columns * window - width, 0, rows * window - height)) + qkv_bias
    if shift:
        qkv = qkv.roll((-shift, -shift), (1, 2))
    seen = qkv.new_empty(*qkv.shape[:3], qkv.shape[3] // 3)
    for kind, (row, column) in _regions(rows, columns, window) if shift else [(0, (slice(None), slice(None)))]:
        seen[:, row, column] = _attend(qkv[:, row, column], bias[kind], window)
    if shift:
        seen = seen.roll((shift, shift), (1, 2))
    out.copy_(seen[:, :height, :width])


def _regions(rows: int, columns: int, window: int) -> Iterator[tuple[int, tuple[slice, slice]]]:
    """The parts of a map that hold the windows of one kind, where there are any."""
    row_cut, column_cut = (rows - 1) * window, (columns - 1) * window
    for index, kind in enumerate(KINDS):
        row = slice(row_cut, None) if kind.last_row else slice(0, row_cut)
        column = slice(column_cut, None) if kind.last_column else slice(0, column_cut)
        if row != slice(0, 0) and column != slice(0, 0):
            yield index, (row, column)


def _attend(qkv: Tensor, bias: Tensor, window: int) -> Tensor:
    batch, height, width, channels = qkv.shape
    heads, tokens = bias.shape[0], window * window
    rows, columns = height // window, width // window
    parts = qkv.reshape(batch, rows, window, columns, window, 3, heads, channels // 3 // heads)
    parts = parts.permute(5, 0, 1, 3, 6, 2, 4, 7).reshape(3, batch * rows * columns, heads, tokens, -1)
    query, key, value = parts.unbind()
    out = F.scaled_dot_product_attention(query, key, value, attn_mask=bias)
    out = out.reshape(batch, rows, columns, heads, window, window, -1).permute(0, 1, 4, 2, 5, 3, 6)
    return out.reshape(batch, height, width, channels // 3)
