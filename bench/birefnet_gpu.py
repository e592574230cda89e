"""Times the network on a CUDA device: `python bench/birefnet_gpu.py` (torch, safetensors and this repository).

For both architectures with random weights and batches of 1, 4, 8 and 16 pictures of 1024 x 1024: milliseconds and
pictures per second by CUDA events after a warm-up, the part of the floor that is reached, and peak memory. The baseline
is the published way op for op (`birefnet_plain`): eager, float16, NCHW, two passes of the backbone, nothing folded.

The floor: least arithmetic after exact algebra, 2302.7 and 583.4 GFLOP per picture, at 790 TFLOP/s (one H200).
"""

import argparse
import math
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]

from birefnet_plain import Plain

from services.matting.birefnet.deform import deform_conv2d
from services.matting.birefnet.fold import fold
from services.matting.birefnet.graphs import Graphed
from services.matting.birefnet.network import ARCHITECTURES, Architecture, BiRefNet, Variant

FLOOR_FLOP: dict[Variant, float] = {"large": 2302.7e9, "tiny": 583.4e9}
FLOP_PER_S = 790e12
REPEATS = 20
Run = Callable[[Tensor], Tensor]
Deform = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Measured:
    ms: float
    peak_gib: float


def random_network(architecture: Architecture) -> BiRefNet:
    """Random weights at which signals neither die nor explode."""
    torch.manual_seed(0)
    network = BiRefNet(architecture, "colour-first").eval()
    for name, value in network.state_dict().items():
        if value.dim() > 1:
            value.normal_().mul_(1 / math.sqrt(value[0].numel()))
        elif name.endswith("bias"):
            value.normal_().mul_(0.1)
    return network


def baseline(network: BiRefNet, variant: Variant, device: str) -> Run:
    """The published way, in half precision."""
    architecture = ARCHITECTURES[variant]
    state = {key: value.to(device).half() for key, value in network.state_dict().items()}
    return Plain(state, architecture.window, architecture.heads, fast_deform=_torchvision() or deform_conv2d).logits


def _torchvision() -> Deform | None:
    try:
        from torchvision.ops import deform_conv2d as op
    except (ImportError, RuntimeError):
        return None
    return lambda x, offset, mask, weight: op(x, offset, weight, padding=weight.shape[2] // 2, mask=mask)


def ours(network: BiRefNet, device: str) -> Run:
    """Folded, float16, channels last, by graphs where there are any."""
    ready = fold(network).to(device=torch.device(device), dtype=torch.float16)
    ready = ready.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return Graphed(ready) if device == "cuda" else ready


@torch.inference_mode()
def measure(run: Run, x: Tensor) -> Measured:
    for _ in range(3):
        run(x)
    if not x.is_cuda:
        began = time.perf_counter()
        run(x)
        return Measured((time.perf_counter() - began) * 1000, 0)
    torch.cuda.reset_peak_memory_stats()
    times = []
    for _ in range(REPEATS):
        first, last = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        first.record()
        run(x)
        last.record()
        torch.cuda.synchronize()
        times.append(first.elapsed_time(last))
    return Measured(statistics.median(times), torch.cuda.max_memory_allocated() / 2**30)


def table(variant: Variant, device: str, side: int, batches: list[int]) -> None:
    network = random_network(ARCHITECTURES[variant])
    plain, quick = baseline(network, variant, device), ours(network, device)
    floor_ms = FLOOR_FLOP[variant] * (side / 1024) ** 2 / FLOP_PER_S * 1000
    print(f"\n## {variant}, {side} x {side}, floor {floor_ms:.2f} ms per picture\n")
    print("| batch | way | ms per batch | ms per picture | pictures/s | of the floor | times the baseline | peak GiB |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for batch in batches:
        x = torch.randn(batch, 3, side, side, device=device, dtype=torch.float16)
        slow = measure(plain, x)
        fast = measure(quick, x.contiguous(memory_format=torch.channels_last))
        for way, each in (("published", slow), ("popcon", fast)):
            one = each.ms / batch
            print(
                f"| {batch} | {way} | {each.ms:.2f} | {one:.2f} | {1000 / one:.1f} | {floor_ms / one:.2f} "
                f"| {slow.ms / each.ms:.2f} | {each.peak_gib:.1f} |",
                flush=True,
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cuda", choices=("cuda", "cpu"), help="cpu only tries the benchmark itself")
    parser.add_argument("--side", type=int, default=1024, help="sides of the pictures, pixels")
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 4, 8, 16])
    parser.add_argument("--variants", nargs="+", default=["tiny", "large"], choices=("tiny", "large"))
    chosen = parser.parse_args()
    if chosen.device == "cuda" and not torch.cuda.is_available():
        sys.exit("There is no CUDA device here; nothing was measured.")
    name = torch.cuda.get_device_name() if chosen.device == "cuda" else "CPU"
    print(f"# BiRefNet on {name}, torch {torch.__version__}")
    print(f"Deformable convolution of the baseline: {'torchvision' if _torchvision() else 'our own'}.")
    for variant in chosen.variants:
        table(variant, chosen.device, chosen.side, chosen.batches)


if __name__ == "__main__":
    main()
