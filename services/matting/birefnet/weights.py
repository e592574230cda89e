"""Published weights, ready to run."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from popcon.catalog import models
from popcon.catalog.models import Model
from popcon.errors import InvalidRequest, WeightsUnusable
from popcon.models import digest
from services.matting.birefnet import checkpoint, orders
from services.matting.birefnet.checkpoint import Checkpoint
from services.matting.birefnet.fold import fold
from services.matting.birefnet.network import ARCHITECTURES, Architecture, BiRefNet, Variant
from services.matting.birefnet.patches import PatchOrder

TODAYS_ORDER: PatchOrder = "colour-first"
"""Upstream's since November 2024."""

Reason = Literal["known", "told", "assumed"]
"""Why an order: the file is a known one, its filters tell, or neither and upstream's order of today is taken."""

_log = logging.getLogger(__name__)


def load(
    path_or_hub_id: str | Path,
    variant: Variant | None = None,
    dtype: torch.dtype = torch.float32,
    device: str | torch.device = "cpu",
    patch_order: PatchOrder | None = None,
) -> BiRefNet:
    """A network with the weights of a file: folded, channels last, in evaluation mode, without gradients.

    Args:
        path_or_hub_id: a .safetensors, .pth or .pt file, a folder with model.safetensors, or the name or hub id of a
            known model that `popcon models pull` has put on this machine. The network is never asked.
        variant: what the weights must be of; told from them where none is named.
        dtype: of the weights as they run.
        device: where they run.
        patch_order: the order of the input patches. Where none is named: that of the known file, else what its filters
            tell, else, with a warning, upstream's order of today.

    Raises:
        WeightsUnusable: they are missing, damaged, not a BiRefNet's, of another variant, or too large for `dtype`.
        InvalidRequest: there is no such order.
    """
    if patch_order not in (None, *orders.ORDERS):
        raise InvalidRequest(f"There is no patch order {patch_order!r}; choose {' or '.join(orders.ORDERS)}.")
    path, model = _file(path_or_hub_id)
    weights = checkpoint.read(path)
    if variant not in (None, weights.variant):
        raise WeightsUnusable(f"{path} holds the {weights.variant} variant, not {variant}; leave out the variant.")
    network = assemble(weights, ARCHITECTURES[weights.variant], patch_order or TODAYS_ORDER)
    if patch_order is None:
        network.decoder.patch_order, reason = choose_order(model or digest.recognise(path), weights.tensors)
        if reason == "assumed":
            _log.warning("Nothing tells the patch order of %s; taking %s. Name it to be sure.", path, TODAYS_ORDER)
    return prepare(network, dtype, device)


def locate(path_or_hub_id: str | Path) -> tuple[Path, Model | None]:
    """The file that is meant, and the known model that it is. Raises `WeightsUnusable` where there is none."""
    path, model = _file(path_or_hub_id)
    return path, model or digest.recognise(path)


def choose_order(model: Model | None, tensors: Mapping[str, Tensor]) -> tuple[PatchOrder, Reason]:
    """The patch order of weights, and why."""
    if model:
        return model.patch_order, "known"
    told = orders.tell(orders.scores(tensors))
    return (told, "told") if told else (TODAYS_ORDER, "assumed")


def assemble(weights: Checkpoint, architecture: Architecture, patch_order: PatchOrder) -> BiRefNet:
    """A network of any architecture with the weights of a file, float32 and not folded. Raises `WeightsUnusable`."""
    network = BiRefNet(architecture, patch_order)
    weights.fill(network)
    return network.eval()


def prepare(network: BiRefNet, dtype: torch.dtype = torch.float32, device: str | torch.device = "cpu") -> BiRefNet:
    """Folds a network of float32 weights on the CPU, in place, and puts it where and as what it runs.

    Raises:
        WeightsUnusable: a folded weight is too large for `dtype`.
    """
    fold(network).to(device=device, dtype=dtype, memory_format=torch.channels_last)  # type: ignore[call-overload]
    for name, weight in network.named_parameters():
        if not weight.isfinite().all():
            raise WeightsUnusable(f"Folded, {name} is too large for {dtype}; take torch.bfloat16 or torch.float32.")
    return network


def _file(path_or_hub_id: str | Path) -> tuple[Path, Model | None]:
    """The file that is meant, and the known model where it was meant by name."""
    model = models.known(path_or_hub_id) if isinstance(path_or_hub_id, str) else None
    if model:
        # Where pulled models lie is a setting, and reading settings needs more than the network does.
        from popcon.models import folder

        return folder.user_folder().get(model), model
    path = Path(path_or_hub_id)
    path = path / "model.safetensors" if path.is_dir() else path
    if not path.is_file():
        raise WeightsUnusable(
            f"{path_or_hub_id} is no file of weights, no folder with model.safetensors and no model that popcon knows: "
            f"{', '.join(models.MODELS)}."
        )
    return path, None
