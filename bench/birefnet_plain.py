"""BiRefNet once more, op for op as its papers and the published code describe it: nothing folded, merged or fused.

The oracle of the tests and the baseline of the benchmark. It reads a state dict with the keys of the published
checkpoints and shares no line with the network. `trap` plants one of the mistakes that a rewrite is likely to make;
each must change the logits, else no test would notice it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

TRAPS = (
    "padding tokens masked",
    "odd stages cut",
    "merge order",
    "half size without corners",
    "patches without order",
    "patches unshuffled",
    "mask without factor",
    "dx before dy",
    "clamped sampling",
    "one 1x1 branch",
    "norm eps",
    "tanh gelu",
    "relative index turned",
    "no shift mask",
    "gate after upsample",
    "corners not aligned",
)


@dataclass
class Plain:
    """`window`: side of a window, tokens; `heads`: of each stage; `fast_deform`: in place of the slow one."""

    state: dict[str, Tensor]
    window: int
    heads: tuple[int, ...]
    trap: str = ""
    column_first: bool = False
    fast_deform: Callable[[Tensor, Tensor, Tensor, Tensor], Tensor] | None = None

    def logits(self, x: Tensor) -> Tensor:
        full, half = self.swin(x), self.swin(self.halved(x))
        x1, x2, x3, x4 = (torch.cat((a, self.resize(b, a)), 1) for a, b in zip(full, half, strict=True))
        x4 = torch.cat((self.resize(x1, x4), self.resize(x2, x4), self.resize(x3, x4), x4), 1)
        p = self.block("squeeze_module.0", x4)
        for level, finer in ((4, x3), (3, x2), (2, x1)):
            p = self.block(f"decoder.decoder_block{level}", torch.cat((p, self.patches(level + 1, x, p)), 1))
            gate = F.relu(self.norm(f"decoder.gdt_convs_{level}.1", self.conv(f"decoder.gdt_convs_{level}.0", p)))
            gate = self.conv(f"decoder.gdt_convs_attn_{level}.0", gate).sigmoid()
            if self.trap == "gate after upsample":
                p = self.resize(p, finer) * self.resize(gate, finer)
            else:
                p = self.resize(p * gate, finer)
            p = p + self.conv(f"decoder.lateral_block{level}.conv", finer)
        p = self.block("decoder.decoder_block1", torch.cat((p, self.patches(2, x, p)), 1))
        p = torch.cat((self.resize(p, x), self.patches(1, x, x)), 1)
        return self.conv("decoder.conv_out1.0", p)

    # Decoder

    def block(self, name: str, x: Tensor) -> Tensor:
        x = F.relu(self.norm(f"{name}.bn_in", self.conv(f"{name}.conv_in", x)))
        x = self.aspp(f"{name}.dec_att", x)
        return self.norm(f"{name}.bn_out", self.conv(f"{name}.conv_out", x))

    def aspp(self, name: str, x: Tensor) -> Tensor:
        first = "aspp_deforms.0" if self.trap == "one 1x1 branch" else "aspp1"
        branches = [self.branch(f"{name}.{first}", x)]
        branches += [self.branch(f"{name}.aspp_deforms.{i}", x) for i in range(3)]
        pooled = self.conv(f"{name}.global_avg_pool.1", x.mean((2, 3), keepdim=True))
        pooled = F.relu(self.norm(f"{name}.global_avg_pool.2", pooled)).expand(-1, -1, *x.shape[2:])
        return F.relu(self.norm(f"{name}.bn1", self.conv(f"{name}.conv1", torch.cat([*branches, pooled], 1))))

    def branch(self, name: str, x: Tensor) -> Tensor:
        at = f"{name}.atrous_conv"
        offset, mask = self.conv(f"{at}.offset_conv", x), self.conv(f"{at}.modulator_conv", x).sigmoid()
        mask = mask if self.trap == "mask without factor" else 2 * mask
        out = self.deform(x, offset, mask, self.state[f"{at}.regular_conv.weight"])
        return F.relu(self.norm(f"{name}.bn", out))

    def deform(self, x: Tensor, offset: Tensor, mask: Tensor, weight: Tensor) -> Tensor:
        return (
            self.fast_deform(x, offset, mask, weight)
            if self.fast_deform
            else deform(x, offset, mask, weight, self.trap)
        )

    def patches(self, level: int, x: Tensor, like: Tensor) -> Tensor:
        h, w = like.shape[2:]
        if self.trap == "patches unshuffled":
            cut = F.pixel_unshuffle(x, x.shape[2] // h)
        elif self.column_first != (self.trap == "patches without order"):
            columns = [c for column in x.split(w, 3) for c in column.split(h, 2)]
            cut = torch.cat(columns, 1)
        else:
            cut = torch.stack([torch.stack(r.split(w, 3), 2) for r in x.split(h, 2)], 2).flatten(1, 3)
        name = f"decoder.ipt_blk{level}"
        return self.conv(f"{name}.conv_out", self.conv(f"{name}.conv1", cut))

    # Backbone

    def halved(self, x: Tensor) -> Tensor:
        corners = self.trap != "half size without corners"
        return F.interpolate(x, (x.shape[2] // 2, x.shape[3] // 2), mode="bilinear", align_corners=corners)

    def swin(self, x: Tensor) -> list[Tensor]:
        weight, bias = self.state["bb.patch_embed.proj.weight"], self.state["bb.patch_embed.proj.bias"]
        x = self.layer_norm("bb.patch_embed.norm", F.conv2d(x, weight, bias, stride=4).permute(0, 2, 3, 1))
        maps = []
        for i, heads in enumerate(self.heads):
            j = 0
            while f"bb.layers.{i}.blocks.{j}.norm1.weight" in self.state:
                x = self.swin_block(f"bb.layers.{i}.blocks.{j}", x, heads, self.window // 2 if j % 2 else 0)
                j += 1
            maps.append(self.layer_norm(f"bb.norm{i}", x).permute(0, 3, 1, 2))
            if i < 3:
                x = self.merge(f"bb.layers.{i}.downsample", x)
        return maps

    def merge(self, name: str, x: Tensor) -> Tensor:
        if self.trap == "odd stages cut":
            down, right = x.shape[1] % 2, x.shape[2] % 2
            x = F.pad(x[:, : x.shape[1] - down, : x.shape[2] - right], (0, 0, 0, 2 * right, 0, 2 * down))
        else:
            x = F.pad(x, (0, 0, 0, x.shape[2] % 2, 0, x.shape[1] % 2))
        order = [(0, 0), (1, 0), (0, 1), (1, 1)]
        if self.trap == "merge order":
            order = [(0, 0), (0, 1), (1, 0), (1, 1)]
        x = torch.cat([x[:, r::2, c::2] for r, c in order], -1)
        return self.layer_norm(f"{name}.norm", x) @ self.state[f"{name}.reduction.weight"].T

    def swin_block(self, name: str, x: Tensor, heads: int, shift: int) -> Tensor:
        x = x + self.attention(f"{name}.attn", self.layer_norm(f"{name}.norm1", x), heads, shift)
        hidden = self.linear(f"{name}.mlp.fc1", self.layer_norm(f"{name}.norm2", x))
        hidden = F.gelu(hidden, approximate="tanh" if self.trap == "tanh gelu" else "none")
        return x + self.linear(f"{name}.mlp.fc2", hidden)

    def attention(self, name: str, x: Tensor, heads: int, shift: int) -> Tensor:
        w = self.window
        batch, height, width, channels = x.shape
        x = F.pad(x, (0, 0, 0, -width % w, 0, -height % w))
        tall, wide = x.shape[1:3]
        x = x.roll((-shift, -shift), (1, 2)) if shift else x
        windows = x.view(batch, tall // w, w, wide // w, w, channels).transpose(2, 3).reshape(-1, w * w, channels)
        qkv = self.linear(f"{name}.qkv", windows).view(-1, w * w, 3, heads, channels // heads)
        query, key, value = qkv.permute(2, 0, 3, 1, 4)
        seen = F.scaled_dot_product_attention(query, key, value, self.scores(name, batch, height, width, shift))
        out = self.linear(f"{name}.proj", seen.transpose(1, 2).reshape(-1, w * w, channels))
        out = out.view(batch, tall // w, wide // w, w, w, channels).transpose(2, 3).reshape(batch, tall, wide, channels)
        out = out.roll((shift, shift), (1, 2)) if shift else out
        return out[:, :height, :width].contiguous()

    def scores(self, name: str, batch: int, height: int, width: int, shift: int) -> Tensor:
        """What is added to the scores of every window: 1 or (batch · windows) x heads x N x N."""
        bias = self.relative(name).permute(2, 0, 1)[None]
        allowed = self.allowed(height, width, shift)
        if allowed is None:
            return bias
        masks = torch.zeros(allowed.shape, dtype=bias.dtype, device=bias.device).masked_fill(~allowed, float("-inf"))
        return (bias + masks[:, None]).repeat(batch, 1, 1, 1)

    def allowed(self, height: int, width: int, shift: int) -> Tensor | None:
        """Windows x N x N: which token may see which. Those that were carried around see only their own kind."""
        w = self.window
        tall, wide = height + -height % w, width + -width % w
        y, x = torch.arange(tall, device=self.device), torch.arange(wide, device=self.device)
        region = 2 * ((y + shift) // tall)[:, None] + ((x + shift) // wide)[None, :]
        outside = (((y + shift) % tall >= height)[:, None] | ((x + shift) % wide >= width)[None, :]).to(region.dtype)
        region, outside = (
            each.view(tall // w, w, wide // w, w).transpose(1, 2).reshape(-1, w * w) for each in (region, outside)
        )
        allowed = region[:, :, None] == region[:, None, :]
        if self.trap == "padding tokens masked":
            return allowed & (outside[:, None, :] == 0) | torch.eye(w * w, dtype=torch.bool)
        return None if not shift or self.trap == "no shift mask" else allowed

    @property
    def device(self) -> torch.device:
        return self.state["bb.norm0.weight"].device

    def relative(self, name: str) -> Tensor:
        w = self.window
        token = torch.arange(w * w, device=self.device)
        y, x = token // w, token % w
        dy, dx = y[:, None] - y[None, :] + w - 1, x[:, None] - x[None, :] + w - 1
        index = dy * (2 * w - 1) + dx
        index = index.T if self.trap == "relative index turned" else index
        return self.state[f"{name}.relative_position_bias_table"][index]

    # Layers

    def conv(self, name: str, x: Tensor) -> Tensor:
        weight = self.state[f"{name}.weight"]
        return F.conv2d(x, weight, self.state.get(f"{name}.bias"), padding=weight.shape[2] // 2)

    def linear(self, name: str, x: Tensor) -> Tensor:
        return x @ self.state[f"{name}.weight"].T + self.state[f"{name}.bias"]

    def norm(self, name: str, x: Tensor) -> Tensor:
        keys = ("running_mean", "running_var", "weight", "bias")
        part: dict[str, Any] = {key: self.state[f"{name}.{key}"] for key in keys}
        return F.batch_norm(x, **part, eps=self.eps)

    def layer_norm(self, name: str, x: Tensor) -> Tensor:
        return F.layer_norm(x, x.shape[-1:], self.state[f"{name}.weight"], self.state[f"{name}.bias"], eps=self.eps)

    @property
    def eps(self) -> float:
        return 1e-3 if self.trap == "norm eps" else 1e-5

    def resize(self, x: Tensor, like: Tensor) -> Tensor:
        corners = self.trap != "corners not aligned"
        return F.interpolate(x, like.shape[2:], mode="bilinear", align_corners=corners)


def deform(x: Tensor, offset: Tensor, mask: Tensor, weight: Tensor, trap: str = "") -> Tensor:
    """Deformable convolution, tap by tap and corner by corner."""
    batch, _, height, width = x.shape
    kernel = weight.shape[2]
    out = x.new_zeros(batch, weight.shape[0], height, width)
    for tap in range(kernel * kernel):
        dy, dx = offset[:, 2 * tap], offset[:, 2 * tap + 1]
        if trap == "dx before dy":
            dy, dx = dx, dy
        y = torch.arange(height, dtype=x.dtype)[:, None] + tap // kernel - kernel // 2 + dy
        z = torch.arange(width, dtype=x.dtype)[None, :] + tap % kernel - kernel // 2 + dx
        if trap == "clamped sampling":
            y, z = y.clamp(0, height - 1), z.clamp(0, width - 1)
        sampled = torch.zeros_like(x)
        for row in (y.floor(), y.floor() + 1):
            for column in (z.floor(), z.floor() + 1):
                share = (1 - (y - row).abs()) * (1 - (z - column).abs())
                inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
                for b in range(batch):
                    r, c = row[b].clamp(0, height - 1).long(), column[b].clamp(0, width - 1).long()
                    sampled[b] += x[b][:, r, c] * (share[b] * inside[b])
        out += torch.einsum("oc,bchw->bohw", weight[:, :, tap // kernel, tap % kernel], sampled * mask[:, tap, None])
    return out
