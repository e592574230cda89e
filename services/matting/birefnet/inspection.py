"""What a file of weights is."""

from dataclasses import dataclass
from pathlib import Path

import torch

from popcon.catalog.models import Model
from popcon.models import digest
from services.matting.birefnet import checkpoint, orders, weights
from services.matting.birefnet.network import ARCHITECTURES, BiRefNet, Variant
from services.matting.birefnet.patches import PatchOrder
from services.matting.birefnet.weights import Reason


@dataclass(frozen=True)
class Findings:
    """`known`: the model whose file it is to the byte. `read`, `ignored`: keys. `scores`: see `orders.scores`.
    `network`: ready to run, float32 on the CPU, in `patch_order`, taken for `reason`."""

    path: Path
    sha256: str
    known: Model | None
    read: int
    ignored: int
    parameters: int
    dtypes: list[torch.dtype]
    variant: Variant
    scores: dict[PatchOrder, float]
    patch_order: PatchOrder
    reason: Reason
    network: BiRefNet


def inspect(path_or_name: str | Path) -> Findings:
    """Reads, folds and loads a file of weights, or a pulled model. Raises `WeightsUnusable`."""
    path, _ = weights.locate(path_or_name)
    known = digest.recognise(path)
    found = checkpoint.read(path)
    variant = found.variant
    network = weights.assemble(found, ARCHITECTURES[variant], weights.TODAYS_ORDER)
    network.decoder.patch_order, reason = weights.choose_order(known, found.tensors)
    return Findings(
        path=path,
        sha256=digest.sha256(path),
        known=known,
        read=len(found.tensors),
        ignored=found.ignored,
        parameters=found.parameters,
        dtypes=found.dtypes,
        variant=variant,
        scores=orders.scores(found.tensors),
        patch_order=network.decoder.patch_order,
        reason=reason,
        network=weights.prepare(network),
    )
