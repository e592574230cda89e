"""Attention inside windows, over a map whose padding is never projected.

The map holds queries, keys and values of the real tokens without their bias. Padding tokens are zero before that
projection, so theirs are the bias alone: padding with zeros and adding the bias afterwards is exact.
"""

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
    """By one reading that cuts the map into windows, and one that puts it together again."""
    batch, height, width, _ = qkv.shape
    places, back = _places(height, width, window, shift, qkv.device)
    tokens = qkv.flatten(1, 2).index_select(1, places.clamp(min=0))
    torch.addcmul(qkv_bias, tokens, (places >= 0).to(qkv.dtype)[:, None], out=tokens)
    windows = tokens.unflatten(1, (-1, window * window))
    counts = _counts(height, width, window) if shift else [windows.shape[1]]
    seen = [_attend(each, bias[kind]) for kind, each in enumerate(windows.split(counts, 1)) if each.shape[1]]
    whole = seen[0] if len(seen) == 1 else torch.cat(seen, 1)
    out.copy_(whole.flatten(1, 2).index_select(1, back).view(batch, height, width, -1))


def _counts(height: int, width: int, window: int) -> list[int]:
    """How many windows there are of each of `KINDS`."""
    rows, columns = -(-height // window), -(-width // window)
    return [(rows - 1) * (columns - 1), rows - 1, columns - 1, 1]


def _places(height: int, width: int, window: int, shift: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Where the tokens of all windows lie in the map, -1 for padding, the windows in the order of `KINDS`; and where
    the tokens of the map lie in the windows."""
    rows, columns = -(-height // window), -(-width // window)
    places = torch.arange(height * width, device=device).view(height, width)
    places = F.pad(places, (0, columns * window - width, 0, rows * window - height), value=-1)
    places = places.roll((-shift, -shift), (0, 1)).unflatten(1, (columns, window)).unflatten(0, (rows, window))
    places = places.transpose(1, 2)  # rows x columns x window x window
    upper, last = places.split([rows - 1, 1])
    parts = [part for row in (upper, last) for part in row.split([columns - 1, 1], 1)] if shift else [places]
    found = torch.cat([part.flatten() for part in parts])
    back = torch.empty(height * width + 1, dtype=found.dtype, device=device)
    # Padding writes to the end, which is thrown away: how many real tokens there are need not be asked of a GPU.
    back[found] = torch.arange(len(found), device=device)
    return found, back[:-1]


def _attend(windows: Tensor, bias: Tensor) -> Tensor:
    """B x windows x N x C of B x windows x N x 3C; `bias`: heads x N x N."""
    batch, count, tokens, channels = windows.shape
    parts = windows.reshape(batch * count, tokens, 3, len(bias), -1).permute(2, 0, 3, 1, 4)
    query, key, value = parts.unbind()
    # A mask of four dimensions: with one of three, torch takes its slow form.
    out = F.scaled_dot_product_attention(query, key, value, attn_mask=bias[None])
    return out.transpose(1, 2).reshape(batch, count, tokens, channels // 3)
