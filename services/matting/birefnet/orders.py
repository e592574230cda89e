"""In which order a checkpoint wants its input patches, told from its weights.

A trained filter weighs what it sees by colour, by row and by column of blocks: it treats the colours of one block
alike, and blocks that are neighbours. So its numbers fit a normal distribution whose covariance is one of colours times
one of rows times one of columns (the tensor normal distribution; fitted one factor after another, as in Dutilleul, "The
MLE algorithm for the matrix normal distribution", 1999). They fit it better in the order that they were trained in than
in the other; random numbers fit both equally badly. How alike the colours are is not enough: read in the wrong order,
neighbouring blocks of one colour pass for the colours of one block, and can be more alike than those.

Weights that were tuned in one order from weights of the other still look like those: for known files the table of
models goes first, and `look` tells more.
"""

from collections.abc import Mapping
from typing import get_args

import torch
from torch import Tensor

from services.matting.birefnet.patches import PatchOrder

ORDERS: tuple[PatchOrder, ...] = get_args(PatchOrder)
LEVELS = (5, 4, 3, 2)
"""The levels that see the picture in 2^level rows and columns of blocks. The finest sees it whole, in no order."""

MARGIN = 0.005
"""By how much the scores must differ. Those of random numbers differ by 0.0001, those of small networks trained for a
minute by 0.06."""

ROUNDS = 3
RIDGE = 1e-3
NUMBERS = 1 << 18
"""As many numbers of a level are read, more or less; they are plenty, and all would take a second."""


def scores(tensors: Mapping[str, Tensor]) -> dict[PatchOrder, float]:
    """How well the filters of a checkpoint fit each order: nats per number that it gains over numbers without any
    order, mean of the levels. Filters that are missing, misshapen or not finite gain nothing."""
    filters = {level: tensors.get(f"decoder.ipt_blk{level}.conv1.weight") for level in LEVELS}
    return {order: sum(_gain(filters[level], level, order) for level in LEVELS) / len(LEVELS) for order in ORDERS}


def tell(found: Mapping[PatchOrder, float]) -> PatchOrder | None:
    """The order that the scores speak for; None where they speak for neither."""
    other, best = sorted(ORDERS, key=lambda order: found[order])
    return best if found[best] - found[other] >= MARGIN else None


def _gain(filters: Tensor | None, level: int, order: PatchOrder) -> float:
    """Of O x 3·4^level x k x k filters: the log-likelihood per number under the tensor normal distribution that fits
    best, less that under independence."""
    side = 2**level
    if filters is None or filters.dim() != 4 or filters.shape[1] != 3 * side * side or not filters.isfinite().all():
        return 0.0
    numbers = filters.permute(0, 2, 3, 1).flatten(0, 2).double()
    numbers = numbers[:: -(-numbers.numel() // NUMBERS)]
    numbers = (numbers - numbers.mean()).unflatten(1, (3, side, side) if order == "colour-first" else (side, side, 3))
    return _fit(numbers) if numbers.any() else 0.0


def _fit(numbers: Tensor) -> float:
    """Of n x a x b x c numbers."""
    numbers = numbers / numbers.square().mean().sqrt()
    factors = [torch.eye(size, dtype=numbers.dtype) for size in numbers.shape[1:]]
    for _ in range(ROUNDS):
        for mode in range(3):
            rest = numbers
            for other in {0, 1, 2} - {mode}:
                rest = _whitened(rest, other + 1, factors[other])
            rows = rest.movedim(mode + 1, 0).flatten(1)
            covariance = rows @ rows.T / rows.shape[1]
            factors[mode] = covariance + RIDGE * covariance.diagonal().mean() * torch.eye(len(rows))
    return -0.5 * float(sum(torch.logdet(factor) / len(factor) for factor in factors))


def _whitened(numbers: Tensor, dimension: int, covariance: Tensor) -> Tensor:
    first = numbers.movedim(dimension, 0)
    root = torch.linalg.cholesky(covariance)
    return torch.linalg.solve_triangular(root, first.flatten(1), upper=False).view(first.shape).movedim(0, dimension)
