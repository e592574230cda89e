# Kernels are Triton's language in Python's clothes: constants are arguments, and arguments have no types of Python's.
# mypy: disable-error-code="no-untyped-def,untyped-decorator"
# ruff: noqa: N803
"""Attention inside windows, read from the map and written to it: no padding, shift, partition or copy of either.

A program makes one head of one window. Its keys and values stay, its queries pass by in blocks; all keys of a query are
seen at once, so its softmax is the plain one, in float32.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor
from torch.library import triton_op, wrap_triton

DOT_MIN = 16
"""The shortest side of a matrix product in Triton."""

ROWS = 64
"""Queries of a block: as many as Hopper's matrix units take at a time."""

EXACT_ROWS = 32
"""For float32, whose products are made without matrix units and want more registers."""

WARPS = 4

STAGES = 1
"""No block's loads are copied ahead through shared memory: that way passes the L1 cache by, where programs of the same
head find each other's bias."""

LOG2_E = tl.constexpr(1.4426950408889634)


@triton_op("popcon::window_attention", mutates_args={"out"})
def window_attention(qkv: Tensor, qkv_bias: Tensor, bias: Tensor, window: int, shift: int, out: Tensor) -> None:
    """`attention.window_attention`, written to `out`, B x H x W x C with any strides but 1 between channels."""
    assert out.stride(3) == 1, "channels of `out` must lie side by side"
    qkv, qkv_bias, bias = _side_by_side(qkv), _side_by_side(qkv_bias), _side_by_side(bias)
    batch, height, width, _ = qkv.shape
    heads = bias.shape[1]
    depth = out.shape[3] // heads
    rows, columns = triton.cdiv(height, window), triton.cdiv(width, window)
    tokens = window * window
    block = EXACT_ROWS if qkv.dtype == torch.float32 else ROWS
    keys, more = key_blocks(tokens)
    wrap_triton(window_attention_kernel)[(heads, rows * columns, batch)](
        qkv,
        qkv_bias,
        bias,
        out,
        height,
        width,
        rows,
        columns,
        heads,
        qkv.stride(0),
        qkv.stride(1),
        qkv.stride(2),
        bias.stride(0),
        bias.stride(1),
        bias.stride(2),
        out.stride(0),
        out.stride(1),
        out.stride(2),
        WINDOW=window,
        SHIFT=shift,
        DEPTH=depth,
        BLOCK_DEPTH=max(DOT_MIN, triton.next_power_of_2(depth)),
        QUERIES=min(block, max(DOT_MIN, triton.next_power_of_2(tokens))),
        KEYS=keys,
        MORE=more,
        STAGES=STAGES,
        num_warps=WARPS,
    )


def _side_by_side(x: Tensor) -> Tensor:
    return x if x.stride(-1) == 1 else x.contiguous()


def key_blocks(tokens: int) -> tuple[int, int]:
    """One or two powers of two that hold all keys and little else; the second is 0 where one block does as well."""
    whole = max(DOT_MIN, triton.next_power_of_2(tokens))
    first = whole // 2
    second = max(DOT_MIN, triton.next_power_of_2(max(tokens - first, 1)))
    return (first, second) if first >= DOT_MIN and first + second < whole else (whole, 0)


@triton.jit
def window_attention_kernel(
    qkv,
    qkv_bias,
    bias,
    out,
    height,
    width,
    rows,
    columns,
    heads,
    qkv_image,
    qkv_row,
    qkv_column,
    bias_kind,
    bias_head,
    bias_query,
    out_image,
    out_row,
    out_column,
    WINDOW: tl.constexpr,
    SHIFT: tl.constexpr,
    DEPTH: tl.constexpr,
    BLOCK_DEPTH: tl.constexpr,
    QUERIES: tl.constexpr,
    KEYS: tl.constexpr,
    MORE: tl.constexpr,
    STAGES: tl.constexpr,
):
    head = tl.program_id(0)
    row = tl.program_id(1) // columns
    column = tl.program_id(1) % columns
    image = tl.program_id(2).to(tl.int64)
    depth = tl.arange(0, BLOCK_DEPTH)
    known = depth < DEPTH

    qkv += image * qkv_image + head * DEPTH + depth[None, :]
    qkv_bias += head * DEPTH + depth
    bias += head * bias_head
    if SHIFT > 0:
        bias += ((row == rows - 1) * 2 + (column == columns - 1)) * bias_kind
    out += image * out_image + head * DEPTH + depth[None, :]
    channels = heads * DEPTH
    query_bias = tl.load(qkv_bias, mask=known, other=0.0)
    key_bias = tl.load(qkv_bias + channels, mask=known, other=0.0)
    value_bias = tl.load(qkv_bias + 2 * channels, mask=known, other=0.0)

    key = tl.arange(0, KEYS)
    y, x, real = places(key, row, column, rows, columns, height, width, WINDOW, SHIFT)
    at = (y * qkv_row + x * qkv_column)[:, None]
    seen = real[:, None] & known[None, :]
    keys = tl.load(qkv + channels + at, mask=seen, other=0.0) + key_bias[None, :]
    values = tl.load(qkv + 2 * channels + at, mask=seen, other=0.0) + value_bias[None, :]
    if MORE > 0:
        more = KEYS + tl.arange(0, MORE)
        y, x, real = places(more, row, column, rows, columns, height, width, WINDOW, SHIFT)
        more_at = (y * qkv_row + x * qkv_column)[:, None]
        more_seen = real[:, None] & known[None, :]
        more_keys = tl.load(qkv + channels + more_at, mask=more_seen, other=0.0) + key_bias[None, :]
        more_values = tl.load(qkv + 2 * channels + more_at, mask=more_seen, other=0.0) + value_bias[None, :]

    for start in tl.range(0, WINDOW * WINDOW, QUERIES, num_stages=STAGES):
        query = start + tl.arange(0, QUERIES)
        query_y, query_x, here = places(query, row, column, rows, columns, height, width, WINDOW, SHIFT)
        wanted = here[:, None] & known[None, :]
        queries = tl.load(qkv + (query_y * qkv_row + query_x * qkv_column)[:, None], mask=wanted, other=0.0)
        queries += query_bias[None, :]
        row_of_bias = bias + tl.minimum(query, WINDOW * WINDOW - 1)[:, None] * bias_query

        scores = score(queries, keys, row_of_bias, key, WINDOW, DEPTH)
        highest = tl.max(scores, 1)
        if MORE > 0:
            more_scores = score(queries, more_keys, row_of_bias, more, WINDOW, DEPTH)
            highest = tl.maximum(highest, tl.max(more_scores, 1))
        highest *= LOG2_E
        shares = tl.exp2(scores * LOG2_E - highest[:, None])
        whole = tl.sum(shares, 1)
        seen_values = tl.dot(shares.to(values.dtype), values, input_precision="ieee")
        if MORE > 0:
            more_shares = tl.exp2(more_scores * LOG2_E - highest[:, None])
            whole += tl.sum(more_shares, 1)
            seen_values = tl.dot(more_shares.to(values.dtype), more_values, seen_values, input_precision="ieee")
        seen_values *= (1.0 / whole)[:, None]
        place = out + (query_y * out_row + query_x * out_column)[:, None]
        tl.store(place, seen_values.to(out.dtype.element_ty), mask=wanted)


@triton.jit
def places(token, row, column, rows, columns, height, width, WINDOW: tl.constexpr, SHIFT: tl.constexpr):
    """Where the tokens of a window lie on the map, and whether they do: others are padding, or fill up a block."""
    y = row * WINDOW + token // WINDOW + SHIFT
    x = column * WINDOW + token % WINDOW + SHIFT
    # The shift carries what it pushes over the padded map's end around to its start.
    y = tl.where(y < rows * WINDOW, y, y - rows * WINDOW)
    x = tl.where(x < columns * WINDOW, x, x - columns * WINDOW)
    return y, x, (y < height) & (x < width) & (token < WINDOW * WINDOW)


@triton.jit
def score(queries, keys, bias, key, WINDOW: tl.constexpr, DEPTH: tl.constexpr):
    """Queries x keys float32, -inf for keys that only fill up a block."""
    added = tl.load(bias + key[None, :], mask=(key < WINDOW * WINDOW)[None, :], other=float("-inf"))
    scale: tl.constexpr = DEPTH**-0.5
    return tl.dot(queries, tl.trans(keys), input_precision="ieee") * scale + added.to(tl.float32)
