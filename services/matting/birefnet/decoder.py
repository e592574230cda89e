"""The decoder: from the backbone's maps back to one map of logits, with the picture itself put in at every size.

Names of parameters are those of the published checkpoints.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from services.matting.birefnet.deform import deform_conv2d
from services.matting.birefnet.patches import PatchOrder, stack_patches

INNER = 64
"""Channels inside every block, whatever goes in and comes out."""

BRANCH = 256
KERNELS = (1, 3, 7)


def resize_to(x: Tensor, like: Tensor) -> Tensor:
    """Bilinear, corners on corners, to the sides of another map; the same tensor where they are the same."""
    size = like.shape[-2:]
    return x if x.shape[-2:] == size else F.interpolate(x, size, mode="bilinear", align_corners=True)


class PatchBlock(nn.Module):
    """Two convolutions with nothing between: what the decoder takes from the picture itself."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, INNER, 3, padding=1)
        self.conv_out = nn.Conv2d(INNER, outputs, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv_out(self.conv1(x))


class Lateral(nn.Module):
    """A map of the backbone, mixed across its channels."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x)


def gate_features(channels: int) -> nn.Sequential:
    """What the gate of a level looks at."""
    return nn.Sequential(nn.Conv2d(channels, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU())


class BasicDecBlk(nn.Module):
    """Down to 64 channels, a look around at four reaches, and up again."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv_in: nn.Module = nn.Conv2d(inputs, INNER, 3, padding=1)
        self.bn_in: nn.Module = nn.BatchNorm2d(INNER)
        self.dec_att = ASPPDeformable()
        self.conv_out: nn.Module = nn.Conv2d(INNER, outputs, 3, padding=1)
        self.bn_out: nn.Module = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.bn_in(self.conv_in(x)))
        return self.bn_out(self.conv_out(self.dec_att(x)))


class ASPPDeformable(nn.Module):
    """Four deformable branches and the mean of the whole map, mixed into one."""

    def __init__(self) -> None:
        super().__init__()
        self.aspp1 = DeformableBranch(1)
        self.aspp_deforms = nn.ModuleList(DeformableBranch(kernel) for kernel in KERNELS)
        self.global_avg_pool = nn.Sequential(
            nn.AdaptiveAvgPool2d(1), nn.Conv2d(INNER, BRANCH, 1, bias=False), nn.BatchNorm2d(BRANCH), nn.ReLU()
        )
        self.conv1 = nn.Conv2d(BRANCH * (len(KERNELS) + 2), INNER, 1, bias=False)
        self.bn1: nn.Module = nn.BatchNorm2d(INNER)

    def forward(self, x: Tensor) -> Tensor:
        made = (1 + len(self.aspp_deforms)) * BRANCH
        branches = x.new_empty(x.shape[0], *x.shape[2:], made).permute(0, 3, 1, 2)
        for branch, part in zip((self.aspp1, *self.aspp_deforms), branches.split(BRANCH, 1), strict=True):
            branch(x, part)
        # The mean is the same everywhere, so it is mixed once per picture and not once per pixel.
        local, whole = self.conv1.weight.split([branches.shape[1], BRANCH], 1)
        mixed = F.conv2d(branches, local, self.conv1.bias) + F.conv2d(self.global_avg_pool(x), whole)
        return F.relu(self.bn1(mixed))


class DeformableBranch(nn.Module):
    """A deformable convolution, normalised and rectified."""

    def __init__(self, kernel: int) -> None:
        super().__init__()
        self.atrous_conv = DeformableConv2d(kernel)
        self.bn: nn.Module = nn.BatchNorm2d(BRANCH)

    def forward(self, x: Tensor, out: Tensor) -> None:
        """Writes to `out`, which may be some of the channels of a wider map."""
        if isinstance(self.bn, nn.Identity):  # folded, one step does it all
            self.atrous_conv(x, relu=True, out=out)
        else:
            out.copy_(F.relu(self.bn(self.atrous_conv(x))))


class DeformableConv2d(nn.Module):
    """A convolution that chooses for every pixel where its taps lie and how much each counts, from 0 to 2."""

    def __init__(self, kernel: int) -> None:
        super().__init__()
        self.taps = taps = kernel * kernel
        padding = kernel // 2
        self.offset_conv = nn.Conv2d(INNER, 2 * taps, kernel, padding=padding)
        self.modulator_conv: nn.Conv2d | None = nn.Conv2d(INNER, taps, kernel, padding=padding)
        self.regular_conv = nn.Conv2d(INNER, BRANCH, kernel, padding=padding, bias=False)

    def forward(self, x: Tensor, *, relu: bool = False, out: Tensor | None = None) -> Tensor:
        moves = self.offset_conv(x)
        if self.modulator_conv is not None:  # folded, the first makes both
            moves = torch.cat((moves, self.modulator_conv(x)), 1)
        offset, mask = moves.split([2 * self.taps, self.taps], 1)
        regular, mask = self.regular_conv, 2 * torch.sigmoid(mask)
        return deform_conv2d(x, offset, mask, regular.weight, regular.bias, relu=relu, out=out)


class Decoder(nn.Module):
    """Four levels, from 1/32 of the picture's sides to 1/4; `width`: channels of the largest map that comes in."""

    ipt_blk1: nn.Module
    decoder_block1: BasicDecBlk
    decoder_block4: BasicDecBlk

    def __init__(self, width: int, patch_order: PatchOrder) -> None:
        super().__init__()
        self.patch_order = patch_order
        inputs = {4: 8 * width, 3: 4 * width, 2: 2 * width, 1: width}
        outputs = {4: 4 * width, 3: 2 * width, 2: width, 1: width // 2}
        for level, patches in ((5, width), (4, width), (3, width // 2), (2, width // 4), (1, width // 8)):
            pixels = 1 if level == 1 else 4**level
            self.add_module(f"ipt_blk{level}", PatchBlock(3 * pixels, patches))
        for level in (4, 3, 2, 1):
            patches = getattr(self, f"ipt_blk{level + 1}").conv_out.out_channels
            self.add_module(f"decoder_block{level}", BasicDecBlk(inputs[level] + patches, outputs[level]))
        for level in (4, 3, 2):
            self.add_module(f"lateral_block{level}", Lateral(outputs[level]))
            self.add_module(f"gdt_convs_{level}", gate_features(outputs[level]))
            self.add_module(f"gdt_convs_attn_{level}", nn.Sequential(nn.Conv2d(16, 1, 1)))
        self.conv_out1 = nn.Sequential(nn.Conv2d(width // 2 + width // 8, 1, 1))

    def forward(self, picture: Tensor, x1: Tensor, x2: Tensor, x3: Tensor, x4: Tensor) -> Tensor:
        """Logits, B x 1 x H x W, from the picture, B x 3 x H x W, and its maps at /4, /8, /16 and /32."""
        p = x4
        for level, finer in ((4, x3), (3, x2), (2, x1)):
            p = self._block(level, picture, p)
            p = p * self._gate(level, p)
            p = resize_to(p, finer) + getattr(self, f"lateral_block{level}")(finer)
        p = resize_to(self._block(1, picture, p), picture)
        return self.conv_out1(torch.cat((p, self.ipt_blk1(picture)), 1))

    def _block(self, level: int, picture: Tensor, p: Tensor) -> Tensor:
        blocks = stack_patches(picture, (p.shape[-2], p.shape[-1]), self.patch_order)
        patches = getattr(self, f"ipt_blk{level + 1}")(blocks)
        return getattr(self, f"decoder_block{level}")(torch.cat((p, patches), 1))

    def _gate(self, level: int, p: Tensor) -> Tensor:
        features = getattr(self, f"gdt_convs_{level}")(p)
        return torch.sigmoid(getattr(self, f"gdt_convs_attn_{level}")(features))
