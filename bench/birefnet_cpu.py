"""Ways to run the network on a CPU: `python bench/birefnet_cpu.py`, each in a process of its own, two threads.

For random weights and a picture with shapes in it: milliseconds (the least of some runs), peak memory, and how far
the alpha is from float32's. Rows of ONNX Runtime, OpenVINO and transformers where these can be imported; they are no
dependencies of popcon.
"""

import argparse
import copy
import json
import os
import resource
import subprocess
import sys
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as in the service

import numpy as np
import torch
from torch import Tensor, nn

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]

import birefnet_cpu_swin
import birefnet_onnx
from birefnet_gpu import random_network

import machine
from services.matting.birefnet import backend
from services.matting.birefnet.network import ARCHITECTURES, BiRefNet, Variant
from services.matting.birefnet.weights import prepare

Run = Callable[[Tensor], Tensor]
Way = Callable[[BiRefNet, Tensor, Path], Run]
"""Makes a network run. It may keep files in the folder, which all ways to run one network share."""

THREADS = 2
NEEDS = {"onnxruntime": "onnxscript", "openvino": "onnxscript", "transformers": "transformers"}


@dataclass(frozen=True)
class Measured:
    ms: float
    peak_mib: float
    mean_apart: float
    max_apart: float


def picture(side: int) -> Tensor:
    """1 x 3 x side x side, normalised: shapes and shades, and a little noise."""
    y, x = torch.meshgrid(torch.linspace(0, 1, side), torch.linspace(0, 1, side), indexing="ij")
    disc = ((x - 0.5) ** 2 + (y - 0.5) ** 2 < 0.1) * 2.0 - 1
    shapes = torch.stack((torch.sin(9 * x + 3 * y), torch.cos(7 * y), disc))[None]
    return shapes + 0.1 * torch.randn(shapes.shape, generator=torch.Generator().manual_seed(1))


def by_torch(dtype: torch.dtype, layout: torch.memory_format) -> Way:
    def made(network: BiRefNet, _x: Tensor, _folder: Path) -> Run:
        ready = network.to(dtype=dtype, memory_format=layout)  # type: ignore[call-overload]
        return lambda x: ready(x.to(dtype).contiguous(memory_format=layout))

    return made


def by_autocast(network: BiRefNet, _x: Tensor, _folder: Path) -> Run:
    def run(x: Tensor) -> Tensor:
        with torch.autocast("cpu", torch.bfloat16):
            return network(x.contiguous(memory_format=torch.channels_last))

    return run


def by_int8(network: BiRefNet, _x: Tensor, _folder: Path) -> Run:
    """Linear layers with int8 weights; inputs are rounded as they come. The rest is float32."""
    from torch.ao.quantization import default_dynamic_qconfig, quantize_dynamic

    # The projection to queries, keys and values is read by its weight, and stays as it is.
    linear = {n for n, m in network.named_modules() if isinstance(m, nn.Linear) and not n.endswith("qkv")}
    with warnings.catch_warnings(action="ignore"):
        ready = quantize_dynamic(network, dict.fromkeys(linear, default_dynamic_qconfig))
    return lambda x: ready(x.contiguous(memory_format=torch.channels_last))


def by_onnxruntime(network: BiRefNet, x: Tensor, folder: Path) -> Run:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    file = birefnet_onnx.written(network, x, folder)
    session = onnxruntime.InferenceSession(file, options, ["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda x: torch.from_numpy(session.run(None, {name: x.numpy()})[0])


def by_openvino(precision: str) -> Way:
    def made(network: BiRefNet, x: Tensor, folder: Path) -> Run:
        settings = {"INFERENCE_NUM_THREADS": THREADS, "INFERENCE_PRECISION_HINT": precision}
        core = birefnet_onnx.openvino_core()
        ready = core.compile_model(birefnet_onnx.written(network, x, folder), "CPU", settings)
        return lambda x: torch.from_numpy(np.array(ready(x.numpy())[0]))

    return made


WAYS: dict[str, Way] = {
    "torch float32": by_torch(torch.float32, torch.channels_last),
    "torch float32, channels first": by_torch(torch.float32, torch.contiguous_format),
    "torch bfloat16": by_torch(torch.bfloat16, torch.channels_last),
    "torch bfloat16, channels first": by_torch(torch.bfloat16, torch.contiguous_format),
    "torch autocast to bfloat16": by_autocast,
    "torch int8, linear layers": by_int8,
    "onnxruntime float32": by_onnxruntime,
    "openvino float32": by_openvino("f32"),
    "openvino bfloat16": by_openvino("bf16"),
}


@torch.inference_mode()
def exact_alpha(network: BiRefNet, x: Tensor) -> Tensor:
    return network(x.contiguous(memory_format=torch.channels_last)).sigmoid()


def measure(way: str, variant: Variant, side: int, repeats: int, folder: Path) -> Measured:
    """In this process, which does nothing else. `folder` keeps the alpha of float32, which the first way writes."""
    backend._keep_memory()
    torch.set_num_threads(THREADS)
    network, x = prepare(random_network(ARCHITECTURES[variant])), picture(side)
    exact = folder / "exact.pt"
    if not exact.exists():
        torch.save(exact_alpha(copy.deepcopy(network), x), exact)
    run = WAYS[way](network, x, folder)
    with torch.inference_mode():
        ms = birefnet_cpu_swin.least_ms(lambda: run(x), repeats)
        apart = (run(x).float().sigmoid() - torch.load(exact)).abs()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Measured(ms, peak, float(apart.mean()), float(apart.max()))


def apart_from_us(way: str, variant: Variant, side: int, repeats: int, folder: Path) -> Measured | str:
    """A way's figures, measured in a process of its own, or why there are none."""
    command = [sys.executable, __file__, "--way", way, "--variant", variant, "--side", str(side)]
    command += ["--repeats", str(repeats), "--folder", str(folder)]
    ended = subprocess.run(command, capture_output=True, text=True)
    if ended.returncode:
        return ended.stderr.strip().splitlines()[-1][:120]
    return Measured(**json.loads(ended.stdout.splitlines()[-1]))


def table(variant: Variant, side: int, repeats: int) -> str:
    rows: list[list[object]] = []
    first: Measured | None = None
    with TemporaryDirectory() as folder:
        for way in WAYS:
            library = way.split()[0]
            if library in NEEDS and not (find_spec(library) and find_spec(NEEDS[library])):
                rows.append([f"{way}: {library} or {NEEDS[library]} is not installed", "", "", "", "", ""])
                continue
            made = apart_from_us(way, variant, side, repeats, Path(folder))
            print(variant, side, way, made, flush=True)
            if isinstance(made, str):
                rows.append([f"{way}: {made}", "", "", "", "", ""])
                continue
            first = first or made
            rows.append(row(way, made, first))
    header = ["way", "ms", "times torch float32", "peak MiB", "alpha apart, mean", "at most"]
    return f"## {variant}, {side} x {side}\n\n{machine.table(header, rows)}"


def row(way: str, made: Measured, first: Measured) -> list[object]:
    apart = [f"{made.mean_apart:.1e}", f"{made.max_apart:.1e}"]
    return [way, f"{made.ms:.0f}", f"{first.ms / made.ms:.2f}", f"{made.peak_mib:.0f}", *apart]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", nargs="+", default=["tiny:512", "tiny:1024", "large:512"], help="variant:side")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--way", choices=list(WAYS), help="only this one, here; prints JSON")
    parser.add_argument("--variant", choices=list(ARCHITECTURES), default="tiny")
    parser.add_argument("--side", type=int, default=512, help="pixels")
    parser.add_argument("--folder", type=Path, help="where float32's alpha is")
    chosen = parser.parse_args()
    if chosen.way:
        print(json.dumps(asdict(measure(chosen.way, chosen.variant, chosen.side, chosen.repeats, chosen.folder))))
        return
    tables = [table(variant, int(side), chosen.repeats) for variant, side in (s.split(":") for s in chosen.sizes)]
    tables.append(birefnet_cpu_swin.table(chosen.repeats, THREADS))
    about = f"torch {torch.__version__}, {THREADS} threads, batch 1, channels last where nothing is said."
    machine.write("birefnet_cpu", "The network on a CPU", "\n\n".join((about, *tables)))


if __name__ == "__main__":
    main()
