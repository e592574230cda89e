"""BiRefNet for inference (Zheng et al., "Bilateral Reference for High-Resolution Dichotomous Image Segmentation").

    backbone  the picture and the picture at half size -> four maps, 1/4 to 1/32 of the sides
    squeeze   all four, gathered at 1/32
    decoder   back up, level by level, looking at the picture itself again at each

All published checkpoints are one of two architectures that differ in the backbone alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from services.matting.birefnet.decoder import BasicDecBlk, Decoder, resize_to
from services.matting.birefnet.patches import PatchOrder
from services.matting.birefnet.swin import Swin

Variant = Literal["large", "tiny"]

SIDE_MULTIPLE = 32
"""Sides of a picture are multiples of it."""


@dataclass(frozen=True)
class Architecture:
    """The backbone: channels of its first stage; blocks and heads of each stage; side of a window, tokens."""

    channels: int
    depths: tuple[int, ...]
    heads: tuple[int, ...]
    window: int


ARCHITECTURES: dict[Variant, Architecture] = {
    "large": Architecture(192, (2, 2, 18, 2), (6, 12, 24, 48), 12),
    "tiny": Architecture(96, (2, 2, 6, 2), (3, 6, 12, 24), 7),
}


class BiRefNet(nn.Module):
    """Pictures in, logits out; their sigmoid is the matte. Attributes follow the keys of the published checkpoints."""

    def __init__(self, architecture: Architecture, patch_order: PatchOrder) -> None:
        super().__init__()
        width = 2 * architecture.channels  # of each map: the picture's and the half-size picture's together
        self.bb = Swin(architecture.channels, architecture.depths, architecture.heads, architecture.window)
        self.squeeze_module = nn.Sequential(BasicDecBlk(15 * width, 8 * width))
        self.decoder = Decoder(width, patch_order)
        self.requires_grad_(False)

    @property
    def variant(self) -> Variant:
        """Which of the published architectures it is. Raises `ValueError` for none of them."""
        channels = self.bb.patch_embed.proj.out_channels
        for variant, architecture in ARCHITECTURES.items():
            if architecture.channels == channels:
                return variant
        raise ValueError(f"No published BiRefNet has a backbone of {channels} channels.")

    @classmethod
    def from_pretrained(
        cls,
        path_or_hub_id: str | Path,
        variant: Variant | None = None,
        dtype: torch.dtype = torch.float32,
        device: str | torch.device = "cpu",
        patch_order: PatchOrder | None = None,
    ) -> BiRefNet:
        """A network with published weights, folded and ready to run; see `weights.load`."""
        from services.matting.birefnet import weights

        return weights.load(path_or_hub_id, variant, dtype, device, patch_order)

    def forward(self, x: Tensor) -> Tensor:
        """Logits, B x 1 x H x W, of B x 3 x H x W pictures normalised as for ImageNet.

        Raises:
            ValueError: H or W is no multiple of 32.
        """
        if x.shape[-2] % SIDE_MULTIPLE or x.shape[-1] % SIDE_MULTIPLE:
            raise ValueError(f"Sides must be multiples of {SIDE_MULTIPLE}, not {tuple(x.shape[-2:])}; resize first.")
        x1, x2, x3, x4 = self.encode(x)
        gathered = torch.cat([*(resize_to(each, x4) for each in (x1, x2, x3)), x4], 1)
        return self.decoder(x, x1, x2, x3, self.squeeze_module(gathered))

    def encode(self, x: Tensor) -> list[Tensor]:
        """Four maps, at 1/4, 1/8, 1/16 and 1/32 of the sides, each of the picture's own and the half-size picture's."""
        half = F.interpolate(x, (x.shape[-2] // 2, x.shape[-1] // 2), mode="bilinear", align_corners=True)
        fulls, halves = self.bb([x, half])
        return [torch.cat((full, resize_to(half, full)), 1) for full, half in zip(fulls, halves, strict=True)]
