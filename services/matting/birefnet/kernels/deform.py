# Kernels are Triton's language in Python's clothes: constants are arguments, and arguments have no types of Python's.
# mypy: disable-error-code="no-untyped-def,untyped-decorator"
# ruff: noqa: N803
"""Deformable convolution: the map is gathered straight into the product, and no columns lie in memory.

A program makes a tile of pixels. Tap by tap it finds where each pixel looks, reads the four neighbours there, blends
them in float32, and multiplies the pixels x C it has got by the tap's C x O weights. A tile is compact, because pixels
that lie together look at the same neighbours and find them in the L1 cache.
"""

from typing import NamedTuple

import torch
import triton
import triton.language as tl
from torch import Tensor
from torch.library import triton_op, wrap_triton

DOT_MIN = 16
"""The shortest side of a matrix product in Triton."""


class Tile(NamedTuple):
    """What one program makes, and how many taps' weights are on their way or in use at a time."""

    height: int
    width: int
    outputs: int
    warps: int
    stages: int


LARGE = Tile(8, 16, 256, warps=8, stages=2)
"""As many sums as the registers hold: a tile reads all weights from the L2 cache and gathers once for all outputs."""

SMALL = Tile(8, 8, 128, warps=4, stages=2)
"""For maps too small to give every other multiprocessor a large one. It gathers twice for 256 outputs."""

EXACT = Tile(8, 8, 64, warps=8, stages=1)
"""For float32, whose products are made without matrix units and want more registers."""

MULTIPROCESSORS = 132
"""Of an H100 or H200. It only decides between the tiles."""


@triton_op("popcon::deform_conv2d", mutates_args={"out"})
def deform_conv2d(
    x: Tensor, offset: Tensor, mask: Tensor, weight: Tensor, bias: Tensor | None, relu: bool, out: Tensor
) -> None:
    """`deform.deform_conv2d`, written to `out`, B x O x H x W with any strides but 1 between channels."""
    assert out.stride(1) == 1, "`out` must be channels last"
    x, weight = _channels_last(x), _channels_last(weight)
    batch, channels, height, width = x.shape
    outputs, _, kernel, _ = weight.shape
    tile = _tile(x, outputs)
    block = min(tile.outputs, max(DOT_MIN, triton.next_power_of_2(outputs)))
    tiles = triton.cdiv(height, tile.height) * triton.cdiv(width, tile.width)
    wrap_triton(deform_kernel)[(tiles, batch, triton.cdiv(outputs, block))](
        x,
        offset,
        mask,
        weight,
        weight if bias is None else bias,
        out,
        height,
        width,
        outputs,
        *_strides(x),
        *offset.stride(),
        *mask.stride(),
        *_strides(weight),
        *_strides(out),
        KERNEL=kernel,
        CHANNELS=channels,
        DEPTH=max(DOT_MIN, triton.next_power_of_2(channels)),
        TILE_H=tile.height,
        TILE_W=tile.width,
        BLOCK=block,
        BIAS=bias is not None,
        RELU=relu,
        STAGES=tile.stages,
        num_warps=tile.warps,
    )


def _channels_last(x: Tensor) -> Tensor:
    return x if x.stride(1) == 1 else x.contiguous(memory_format=torch.channels_last)


def _strides(x: Tensor) -> tuple[int, int, int]:
    """From one to the next of the first dimension, row and column."""
    return x.stride(0), x.stride(2), x.stride(3)


def _tile(x: Tensor, outputs: int) -> Tile:
    batch, _, height, width = x.shape
    if x.dtype == torch.float32:
        return EXACT
    programs = batch * triton.cdiv(height, LARGE.height) * triton.cdiv(width, LARGE.width)
    return LARGE if outputs > SMALL.outputs and 2 * programs >= MULTIPROCESSORS else SMALL


@triton.jit
def deform_kernel(
    x,
    offset,
    mask,
    weight,
    bias,
    out,
    height,
    width,
    outputs,
    x_image,
    x_row,
    x_column,
    offset_image,
    offset_channel,
    offset_row,
    offset_column,
    mask_image,
    mask_channel,
    mask_row,
    mask_column,
    weight_output,
    weight_row,
    weight_column,
    out_image,
    out_row,
    out_column,
    KERNEL: tl.constexpr,
    CHANNELS: tl.constexpr,
    DEPTH: tl.constexpr,
    TILE_H: tl.constexpr,
    TILE_W: tl.constexpr,
    BLOCK: tl.constexpr,
    BIAS: tl.constexpr,
    RELU: tl.constexpr,
    STAGES: tl.constexpr,
):
    tile = tl.program_id(0)
    image = tl.program_id(1).to(tl.int64)
    across = tl.cdiv(width, TILE_W)
    pixel = tl.arange(0, TILE_H * TILE_W)
    row = tile // across * TILE_H + pixel // TILE_W
    column = tile % across * TILE_W + pixel % TILE_W
    # Pixels beyond the map do the work of those on its border and write the same: nothing needs a mask.
    row = tl.minimum(row, height - 1)
    column = tl.minimum(column, width - 1)

    channel = tl.arange(0, DEPTH)
    output = tl.program_id(2) * BLOCK + tl.arange(0, BLOCK)
    known = output < outputs
    x += image * x_image
    offset += image * offset_image + row * offset_row + column * offset_column
    mask += image * mask_image + row * mask_row + column * mask_column
    weight += channel[:, None] + output[None, :] * weight_output
    used = known[None, :] & (channel < CHANNELS)[:, None]

    total = tl.zeros((TILE_H * TILE_W, BLOCK), tl.float32)
    dy, dx, factor = tl.load(offset), tl.load(offset + offset_channel), tl.load(mask)
    for tap in tl.range(0, KERNEL * KERNEL, num_stages=STAGES):
        weights = tl.load(weight + tap // KERNEL * weight_row + tap % KERNEL * weight_column, mask=used, other=0.0)
        sampled = tl.zeros((TILE_H * TILE_W, DEPTH), weights.dtype)
        # Always true. Loads outside of a branch are copied through shared memory ahead of time, as the weights are, and
        # such copies pass the L1 cache by, where nearly all of these corners are.
        if tile < height * width:
            y = dy.to(tl.float32) + row + (tap // KERNEL - KERNEL // 2)
            z = dx.to(tl.float32) + column + (tap % KERNEL - KERNEL // 2)
            above, below, up, down = neighbours(y, height)
            before, after, left, right = neighbours(z, width)
            up *= factor.to(tl.float32)
            down *= factor.to(tl.float32)
            above *= x_row
            below *= x_row
            before *= x_column
            after *= x_column
            blend = corner(x, above + before, up * left, channel, CHANNELS)
            blend += corner(x, above + after, up * right, channel, CHANNELS)
            blend += corner(x, below + before, down * left, channel, CHANNELS)
            blend += corner(x, below + after, down * right, channel, CHANNELS)
            sampled = blend.to(weights.dtype)
        # Where the next tap looks is read now, to be there when it is wanted.
        ahead = tl.minimum(tap + 1, KERNEL * KERNEL - 1)
        dy = tl.load(offset + 2 * ahead * offset_channel)
        dx = tl.load(offset + (2 * ahead + 1) * offset_channel)
        factor = tl.load(mask + ahead * mask_channel)
        total = tl.dot(sampled, weights, total, input_precision="ieee")

    if BIAS:
        total += tl.load(bias + output, mask=known, other=0.0).to(tl.float32)[None, :]
    if RELU:
        total = tl.maximum(total, 0.0)
    out += image * out_image + (row * out_row + column * out_column)[:, None] + output[None, :]
    tl.store(out, total.to(out.dtype.element_ty), mask=known[None, :])


@triton.jit
def neighbours(at, size):
    """The two whole places about `at`, kept on the map, and the share of each, 0 where it is not on the map."""
    at = tl.minimum(tl.maximum(at, -1.0), size)
    first = tl.floor(at)
    place = first.to(tl.int32)
    second = at - first
    near = tl.where((place >= 0) & (place < size), 1 - second, 0.0)
    far = tl.where(place < size - 1, second, 0.0)
    return tl.minimum(tl.maximum(place, 0), size - 1), tl.minimum(place + 1, size - 1), near, far


@triton.jit
def corner(x, place, share, channel, CHANNELS: tl.constexpr):
    """Pixels x channels float32: the map at a place of each pixel, times its share."""
    values = tl.load(x + place[:, None] + channel[None, :], mask=(channel < CHANNELS)[None, :], other=0.0)
    return values.to(tl.float32) * share[:, None]
