"""A look at what a network makes of a picture whose matte is known, in both orders of its input patches.

The picture is drawn here: a figure with a head of hair, plain shapes and thin strands, before a ground that darkens
towards the bottom. It tells more than the filters do for weights that were tuned from weights of the other order.
"""

import math

import torch
from torch import Tensor

from services.matting.birefnet.matter import MEAN, SPREAD
from services.matting.birefnet.network import BiRefNet
from services.matting.birefnet.orders import ORDERS
from services.matting.birefnet.patches import PatchOrder

SIDE = 1024
"""A good one to look at."""

STRANDS = 40


@torch.inference_mode()
def differences(network: BiRefNet, side: int) -> dict[PatchOrder, float]:
    """How far the network's matte is from the true one in each order: mean absolute difference, 0..1, less is better.

    `side`: of the picture, a multiple of 32, pixels. The network keeps its own order.
    """
    own = network.decoder.patch_order
    weight = next(network.parameters())
    picture, matte = draw(side)
    mean, spread = (torch.tensor(each).view(3, 1, 1) for each in (MEAN, SPREAD))
    x = ((picture - mean) / spread)[None].to(weight)
    found: dict[PatchOrder, float] = {}
    try:
        for order in ORDERS:
            network.decoder.patch_order = order
            made = network(x)[0, 0].float().sigmoid().cpu()
            found[order] = float((made - matte).abs().mean())
    finally:
        network.decoder.patch_order = own
    return found


def draw(side: int) -> tuple[Tensor, Tensor]:
    """The picture, 3 x side x side, and its matte, side x side; both 0..1. Edges are one pixel soft."""
    step = (torch.arange(side) + 0.5) / side
    y, x = step[:, None], step[None, :]
    body = _soft(((x - 0.5) / 0.22) ** 2 + ((y - 0.95) / 0.4) ** 2, 0.22 * side)
    head = _soft(((x - 0.5) / 0.16) ** 2 + ((y - 0.4) / 0.18) ** 2, 0.16 * side)
    hair = torch.zeros(side, side)
    for strand in range(STRANDS):
        turn = math.pi * (1.08 + 0.84 * strand / (STRANDS - 1))
        reach = 0.27 + 0.05 * math.sin(5.0 * strand)
        hair = torch.maximum(hair, _strand(x, y, turn, reach, side))
    matte = torch.maximum(torch.maximum(body, head), hair)
    layers = (((0.25, 0.4, 0.75), body), ((0.3, 0.18, 0.1), hair), ((0.95, 0.78, 0.66), head))
    picture = torch.stack([0.85 - 0.3 * y.expand(side, side) - 0.1 * x * colour for colour in range(3)])
    for colour, cover in layers:
        shade = torch.tensor(colour).view(3, 1, 1) * (1.1 - 0.3 * x)
        picture = picture + cover * (shade - picture)
    return picture.clamp(0, 1), matte


def _soft(distance: Tensor, radius: float) -> Tensor:
    """An ellipse: `distance` squared, 1 on its edge; `radius` in pixels."""
    return ((1 - distance.sqrt()) * radius + 0.5).clamp(0, 1)


def _strand(x: Tensor, y: Tensor, turn: float, reach: float, side: int) -> Tensor:
    """A line from the middle of the head, two pixels wide at 1024."""
    across, up = x - 0.5, y - 0.4
    along = (across * math.cos(turn) + up * math.sin(turn)).clamp(0, reach)
    away = ((across - along * math.cos(turn)) ** 2 + (up - along * math.sin(turn)) ** 2).sqrt()
    return ((1 / 1024 - away) * side + 0.5).clamp(0, 1)
