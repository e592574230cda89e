"""A file of weights, read without running anything that is in it, and whether it fits a network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from torch import Tensor

from popcon.errors import WeightsUnusable
from services.matting.birefnet.network import ARCHITECTURES, BiRefNet, Variant

PICKLES = (".pth", ".pt")
DTYPES = (torch.float32, torch.float16, torch.bfloat16)
_TRAINING_HEADS = tuple(
    f"decoder.{head}_{level}." for head in ("conv_ms_spvn", "gdt_convs_pred") for level in (4, 3, 2)
)
_STATISTICS = ("running_mean", "running_var")
_NAMED = 3


@dataclass(frozen=True)
class Checkpoint:
    """The weights of a file.

    `tensors`: what a network reads, as stored, by names without prefixes. `ignored`: how many others there were.
    """

    path: Path
    tensors: Mapping[str, Tensor]
    ignored: int

    @property
    def parameters(self) -> int:
        """How many numbers were learned."""
        return sum(each.numel() for name, each in self.tensors.items() if not name.endswith(_STATISTICS))

    @property
    def dtypes(self) -> list[torch.dtype]:
        """The types of the numbers, each once."""
        return sorted({each.dtype for each in self.tensors.values()}, key=str)

    @property
    def variant(self) -> Variant:
        """The variant that the width of the first layer tells. Raises `WeightsUnusable` where it tells none."""
        first = self.tensors.get("bb.patch_embed.norm.weight")
        channels = None if first is None else first.numel()
        for variant, architecture in ARCHITECTURES.items():
            if architecture.channels == channels:
                return variant
        what = "is missing" if channels is None else f"has {channels} values"
        raise WeightsUnusable(
            f"{self.path} holds no BiRefNet that popcon knows (bb.patch_embed.norm.weight {what}); name another file."
        )

    def fill(self, network: BiRefNet) -> None:
        """Puts the weights into a network, as the network's own type.

        Raises:
            WeightsUnusable: keys are missing, unknown or of another shape or type, or values are not finite.
        """
        wanted = {key: value for key, value in network.state_dict().items() if not is_unread(key)}
        self._fit(wanted)
        self._sound()
        network.load_state_dict(self.tensors, strict=False)

    def _fit(self, wanted: Mapping[str, Tensor]) -> None:
        misshapen = [
            f"{key} is {_shape(self.tensors[key])}, not {_shape(value)}"
            for key, value in wanted.items()
            if key in self.tensors and self.tensors[key].shape != value.shape
        ]
        complaints = [
            _complaint("missing", [key for key in wanted if key not in self.tensors]),
            _complaint("unknown", [key for key in self.tensors if key not in wanted]),
            _complaint("misshapen", misshapen),
        ]
        if any(complaints):
            raise WeightsUnusable(f"{self.path} does not fit the network: {'; '.join(filter(None, complaints))}.")

    def _sound(self) -> None:
        types = [f"{key} is {each.dtype}" for key, each in self.tensors.items() if each.dtype not in DTYPES]
        if types:
            raise WeightsUnusable(f"{self.path} is not in float32, float16 or bfloat16: {_some(types)}.")
        broken = [key for key, each in self.tensors.items() if not each.isfinite().all()]
        if broken:
            raise WeightsUnusable(f"{self.path} has values that are NaN or infinite, in {_some(broken)}.")


def read(path: Path) -> Checkpoint:
    """Reads a .safetensors, .pth or .pt file. No code in it is run.

    Raises:
        WeightsUnusable: it cannot be read, or is something else than tensors with names.
    """
    stored = _safetensors(path) if path.suffix == ".safetensors" else _pickle(path)
    tensors: dict[str, Tensor] = {}
    for key, tensor in stored.items():
        name = bare(key)
        if name in tensors:
            raise WeightsUnusable(f"{path} has {name} twice, with and without a prefix; name another file.")
        tensors[name] = tensor
    kept = {name: tensor for name, tensor in tensors.items() if not is_unread(name)}
    return Checkpoint(path, kept, ignored=len(tensors) - len(kept))


def bare(key: str) -> str:
    """A key without the prefixes that training in parallel and compiling put before it, in this order."""
    return key.removeprefix("module.").removeprefix("_orig_mod.")


def is_unread(name: str) -> bool:
    """Whether a published key is of no use here: what is computed anew, counters, and heads that only training has."""
    return name.endswith((".relative_position_index", ".num_batches_tracked")) or name.startswith(_TRAINING_HEADS)


def _safetensors(path: Path) -> dict[str, Tensor]:
    try:
        return safetensors.torch.load_file(path)
    except (safetensors.SafetensorError, OSError, ValueError, KeyError) as error:
        raise WeightsUnusable(f"{path} is no whole safetensors file ({_first_line(error)}); get it again.") from error


def _pickle(path: Path) -> dict[str, Tensor]:
    if path.suffix not in PICKLES:
        raise WeightsUnusable(f"{path} is no file of weights that popcon reads: .safetensors, {', '.join(PICKLES)}.")
    try:
        stored = torch.load(path, map_location="cpu", weights_only=True)
    # A broken or hostile pickle may fail in any way there is.
    except Exception as error:
        raise WeightsUnusable(
            f"{path} is damaged or holds more than tensors, and none of it was run ({_first_line(error)}); "
            "get it from its publisher, or as safetensors."
        ) from error
    if not _is_state(stored):
        raise WeightsUnusable(f"{path} holds something else than tensors by name; save the model's state_dict alone.")
    return stored


def _is_state(stored: Any) -> bool:
    return isinstance(stored, dict) and all(
        isinstance(key, str)
        and isinstance(each, Tensor)
        and each.layout == torch.strided
        and each.device.type == "cpu"
        and not each.is_quantized
        for key, each in stored.items()
    )


def _complaint(kind: str, things: Sequence[str]) -> str:
    return f"{len(things)} {kind} ({_some(things)})" if things else ""


def _some(things: Sequence[str]) -> str:
    return ", ".join(things[:_NAMED]) + (", …" if len(things) > _NAMED else "")


def _shape(tensor: Tensor) -> str:
    return "x".join(map(str, tensor.shape)) or "one value"


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)[:200]
