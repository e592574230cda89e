"""Swin Transformer, the backbone (Liu et al., "Hierarchical Vision Transformer using Shifted Windows", 2021).

It sees a picture at several sizes in one pass: the tokens of all sizes lie in one matrix, and only attention, merging
and the outputs look at where they belong. Names of parameters are those of the published checkpoints.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from services.matting.birefnet.attention import shift_masks, window_attention

Shapes = list[tuple[int, int, int]]
"""Batch, height and width of each map whose tokens lie in a matrix, in their order."""

MLP_RATIO = 4
PATCH = 4


class Swin(nn.Module):
    """Four stages; each halves the sides and doubles the channels of the one before."""

    def __init__(self, channels: int, depths: Sequence[int], heads: Sequence[int], window: int) -> None:
        super().__init__()
        self.patch_embed = PatchEmbed(channels)
        last = len(depths) - 1
        self.layers = nn.ModuleList(
            Stage(channels << i, depths[i], heads[i], window, merges=i < last) for i in range(len(depths))
        )
        for i in range(len(depths)):
            self.add_module(f"norm{i}", nn.LayerNorm(channels << i))

    def forward(self, pictures: Sequence[Tensor]) -> list[list[Tensor]]:
        """Pictures of B x 3 x H x W each, any sizes; for each its four maps, B x C·2^i x H/2^(i+2) x W/2^(i+2), rounded
        up."""
        tokens, shapes = self.patch_embed(pictures)
        maps: list[list[Tensor]] = [[] for _ in pictures]
        for i, stage in enumerate(self.layers):
            assert isinstance(stage, Stage)
            tokens = stage(tokens, shapes)
            normed = getattr(self, f"norm{i}")(tokens)
            for found, each in zip(maps, _split(normed, shapes), strict=True):
                found.append(each.permute(0, 3, 1, 2))
            tokens, shapes = stage.merge(tokens, shapes)
        return maps


class PatchEmbed(nn.Module):
    """Squares of 4x4 pixels become tokens."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.proj = nn.Conv2d(3, channels, PATCH, PATCH)
        self.norm = nn.LayerNorm(channels)

    def forward(self, pictures: Sequence[Tensor]) -> tuple[Tensor, Shapes]:
        maps = [self.proj(picture).permute(0, 2, 3, 1) for picture in pictures]
        return self.norm(_join(maps)), [(each.shape[0], each.shape[1], each.shape[2]) for each in maps]


class Stage(nn.Module):
    """Blocks whose windows lie alternately on the grid and between, then a merge of 2x2 tokens into one."""

    def __init__(self, channels: int, depth: int, heads: int, window: int, *, merges: bool) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(Block(channels, heads, window, (i % 2) * (window // 2)) for i in range(depth))
        self.downsample = PatchMerging(channels) if merges else None

    def forward(self, tokens: Tensor, shapes: Shapes) -> Tensor:
        for block in self.blocks:
            tokens = block(tokens, shapes)
        return tokens

    def merge(self, tokens: Tensor, shapes: Shapes) -> tuple[Tensor, Shapes]:
        return self.downsample(tokens, shapes) if self.downsample else (tokens, shapes)


class PatchMerging(nn.Module):
    """2x2 tokens become one of twice the channels; odd sides are padded at the bottom and the right."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(4 * channels)
        self.reduction = nn.Linear(4 * channels, 2 * channels, bias=False)

    def forward(self, tokens: Tensor, shapes: Shapes) -> tuple[Tensor, Shapes]:
        merged = []
        for each in _split(tokens, shapes):
            even = F.pad(each, (0, 0, 0, each.shape[2] % 2, 0, each.shape[1] % 2))
            corners = [even[:, row::2, column::2] for row, column in ((0, 0), (1, 0), (0, 1), (1, 1))]
            merged.append(torch.cat(corners, -1))
        halves = [(batch, (height + 1) // 2, (width + 1) // 2) for batch, height, width in shapes]
        return self.reduction(self.norm(_join(merged))), halves


class Block(nn.Module):
    """Attention in windows, then an MLP, each added to what came in."""

    def __init__(self, channels: int, heads: int, window: int, shift: int) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(channels)
        self.attn = WindowAttention(channels, heads, window, shift)
        self.norm2 = nn.LayerNorm(channels)
        self.mlp = Mlp(channels)

    def forward(self, tokens: Tensor, shapes: Shapes) -> Tensor:
        tokens = tokens + self.attn(self.norm1(tokens), shapes)
        return tokens + self.mlp(self.norm2(tokens))


class WindowAttention(nn.Module):
    """Attention among the tokens of a window, with a learned bias for each way two of them may lie to one another."""

    relative_position_index: Tensor
    mask: Tensor | None
    bias: Tensor | None

    def __init__(self, channels: int, heads: int, window: int, shift: int) -> None:
        super().__init__()
        self.window, self.shift = window, shift
        self.qkv = nn.Linear(channels, 3 * channels)
        self.proj = nn.Linear(channels, channels)
        self.relative_position_bias_table = nn.Parameter(torch.zeros((2 * window - 1) ** 2, heads))
        self.register_buffer("relative_position_index", relative_positions(window), persistent=False)
        self.register_buffer("mask", shift_masks(window, shift) if shift else None, persistent=False)
        self.register_buffer("bias", None, persistent=False)

    def forward(self, tokens: Tensor, shapes: Shapes) -> Tensor:
        bias = self.position_bias() if self.bias is None else self.bias
        qkv = F.linear(tokens, self.qkv.weight)
        seen = [
            window_attention(each, self.qkv.bias, bias, window=self.window, shift=self.shift)
            for each in _split(qkv, shapes)
        ]
        return self.proj(_join(seen))

    def position_bias(self) -> Tensor:
        """Kinds x heads x N x N: what is added to the scores, -inf where a token may not look."""
        tokens = self.window**2
        bias = self.relative_position_bias_table[self.relative_position_index.flatten()]
        bias = bias.view(tokens, tokens, -1).permute(2, 0, 1)[None]
        return bias if self.mask is None else bias.masked_fill(~self.mask[:, None], float("-inf"))

    def freeze(self) -> None:
        """Keeps the bias, which depends on no input. The table is of no more use."""
        self.bias = self.position_bias().detach().contiguous()


class Mlp(nn.Module):
    """Two linear layers with a GELU between, the exact one."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(channels, MLP_RATIO * channels)
        self.fc2 = nn.Linear(MLP_RATIO * channels, channels)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.fc2(F.gelu(self.fc1(tokens)))


def relative_positions(window: int) -> Tensor:
    """N x N int64, N = window²: the row of the bias table for a token (first index) that looks at another (second)."""
    side = torch.arange(window)
    row, column = (each.flatten() for each in torch.meshgrid(side, side, indexing="ij"))
    rows = row[:, None] - row[None, :] + window - 1
    columns = column[:, None] - column[None, :] + window - 1
    return rows * (2 * window - 1) + columns


def _join(maps: Sequence[Tensor]) -> Tensor:
    return torch.cat([each.reshape(-1, each.shape[-1]) for each in maps])


def _split(tokens: Tensor, shapes: Shapes) -> list[Tensor]:
    parts = tokens.split([batch * height * width for batch, height, width in shapes])
    return [part.view(*shape, -1) for part, shape in zip(parts, shapes, strict=True)]
