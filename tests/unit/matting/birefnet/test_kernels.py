"""The CUDA kernels where there is no CUDA: interpreted, compiled for Hopper but not run, and traced."""

import os
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import triton
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorMode
from triton.backends.compiler import GPUTarget
from triton.runtime import driver
from triton.runtime.jit import JITFunction

from services.matting.birefnet import kernels
from services.matting.birefnet.attention import window_attention
from services.matting.birefnet.deform import deform_conv2d
from services.matting.birefnet.kernels import deform as deform_kernels
from services.matting.birefnet.kernels import window_attention as attention_kernels

CUDA = "cuda:0"
SHARED_BYTES = 227 * 1024
"""What a program may have on a multiprocessor of Hopper's."""


@pytest.mark.parametrize(
    "forms", ["not full", pytest.param("full", marks=[pytest.mark.full, pytest.mark.timeout(300)])]
)
def test_the_interpreter_makes_of_them_what_their_definitions_say(forms: str) -> None:
    cases = Path(__file__).with_name("interpreted_kernels.py")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", forms, str(cases)]
    ran = subprocess.run(command, env={**os.environ, "TRITON_INTERPRET": "1"}, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_they_run_on_cuda_alone() -> None:
    assert kernels.PRESENT
    assert not kernels.usable(torch.empty(1))
    with FakeTensorMode():
        assert kernels.usable(torch.empty(1, device=CUDA, dtype=torch.bfloat16))
        assert not kernels.usable(torch.empty(1, device=CUDA, dtype=torch.float64))


class Hopper:
    """The driver of a GPU that is not there: enough of it to compile for."""

    def get_current_target(self) -> GPUTarget:
        return GPUTarget("cuda", 90, 32)

    def get_current_device(self) -> int:
        return 0

    def get_current_stream(self, device: int) -> int:
        return 0


Compile = Callable[[Callable[[], None]], Any]


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Compile:
    """What a launch has compiled. It runs up to the launch itself; the tensors may lie anywhere."""
    monkeypatch.setenv("TRITON_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(driver, "_active", Hopper())
    for kernel in (deform_kernels.deform_kernel, attention_kernels.window_attention_kernel):
        monkeypatch.setattr(kernel, "device_caches", defaultdict(kernel.create_binder))
    made: list[Any] = []
    run = JITFunction.run

    def compile_only(self: Any, *given: Any, warmup: bool, **options: Any) -> Any:
        made.append(run(self, *given, warmup=True, **options))

    monkeypatch.setattr(JITFunction, "run", compile_only)

    def launch(call: Callable[[], None]) -> Any:
        call()
        return made.pop()

    return launch


def spilled_bytes(binary: bytes, folder: Path) -> int:
    """Bytes of a thread's stack: what its registers do not hold."""
    file = folder / "kernel.cubin"
    file.write_bytes(binary)
    tool = Path(triton.__file__).parent / "backends/nvidia/bin/cuobjdump"
    usage = subprocess.run([tool, "--dump-resource-usage", file], capture_output=True, text=True, check=True).stdout
    found = re.search(r"STACK:(\d+)", usage)
    assert found, usage
    return int(found[1])


def channels_last(*shape: int, dtype: torch.dtype) -> Tensor:
    return torch.zeros(shape, dtype=dtype).contiguous(memory_format=torch.channels_last)


def deform_on(side: int, kernel: int, dtype: torch.dtype) -> None:
    taps = kernel * kernel
    x, offset = channels_last(1, 64, side, side, dtype=dtype), channels_last(1, 2 * taps, side, side, dtype=dtype)
    mask, weight = channels_last(1, taps, side, side, dtype=dtype), channels_last(256, 64, kernel, kernel, dtype=dtype)
    out = channels_last(1, 512, side, side, dtype=dtype)[:, 256:]
    deform_kernels.deform_conv2d(x, offset, mask, weight, torch.zeros(256, dtype=dtype), True, out)


def attention_on(window: int, shift: int, dtype: torch.dtype) -> None:
    qkv, out = torch.zeros(1, 16, 16, 576, dtype=dtype), torch.zeros(1, 16, 16, 192, dtype=dtype)
    bias = torch.zeros(4 if shift else 1, 6, window**2, window**2, dtype=dtype)
    attention_kernels.window_attention(qkv, torch.zeros(576, dtype=dtype), bias, window, shift, out)


def fits_hopper(made: Any, folder: Path) -> bool:
    """Whether a kernel multiplies in the matrix units and holds what it needs where it is quick."""
    quick = "wgmma.mma_async" in made.asm["ptx"]
    return quick and made.metadata.shared <= SHARED_BYTES and spilled_bytes(made.asm["cubin"], folder) <= 16


@pytest.mark.parametrize(
    ("launch", "given"),
    [
        pytest.param(deform_on, (16, 7, torch.float16), id="deform small tiles"),
        pytest.param(deform_on, (128, 3, torch.bfloat16), id="deform bfloat16", marks=pytest.mark.full),
        pytest.param(deform_on, (128, 1, torch.float16), id="deform one tap", marks=pytest.mark.full),
        pytest.param(attention_on, (12, 6, torch.float16), id="attention of large"),
        pytest.param(attention_on, (7, 3, torch.float16), id="attention of tiny"),
        pytest.param(attention_on, (12, 0, torch.bfloat16), id="attention bfloat16", marks=pytest.mark.full),
    ],
)
def test_they_fit_hopper(
    launch: Callable[..., None], given: tuple[Any, ...], compiled: Compile, tmp_path: Path
) -> None:
    assert fits_hopper(compiled(lambda: launch(*given)), tmp_path)


def test_corners_come_through_the_cache_and_weights_ahead_of_time(compiled: Compile, tmp_path: Path) -> None:
    """What the branch in the kernel is for; without it all loads become copies to shared memory."""
    made = compiled(lambda: deform_on(128, 7, torch.float16))
    copies = re.findall(r"async_copy_global_to_local.*tensor<(\w+)x!tt.ptr<f16>", made.asm["ttgir"])
    loads = re.findall(r"tt.load .*tensor<(\w+)x!tt.ptr<f16>", made.asm["ttgir"])
    assert fits_hopper(made, tmp_path)
    assert set(copies) == {"64x256"}
    assert loads.count("128x64") == 4


@pytest.mark.full
@pytest.mark.parametrize(("launch", "given"), [(deform_on, (16, 7)), (attention_on, (12, 6))])
def test_float32_compiles_for_hopper_and_is_not_rounded(
    launch: Callable[..., None], given: tuple[int, ...], compiled: Compile
) -> None:
    made = compiled(lambda: launch(*given, torch.float32))
    assert "mma" not in made.asm["ptx"]
    assert made.metadata.shared <= SHARED_BYTES


def network(qkv: Tensor, qkv_bias: Tensor, bias: Tensor, *deformable: Tensor) -> tuple[Tensor, Tensor]:
    """Both kernels, and something before and after them."""
    seen = window_attention(qkv * 2, qkv_bias, bias, window=12, shift=6) + 1
    return seen, deform_conv2d(*deformable, relu=True) + 1


def test_they_are_steps_of_one_graph_for_the_compiler() -> None:
    graphs = []

    def remember(graph: torch.fx.GraphModule, _: Any) -> Callable[..., Any]:
        graphs.append(graph)
        return graph.forward  # type: ignore[no-any-return]

    with FakeTensorMode(), torch.no_grad():
        maps = [(1, 64, 8, 8), (1, 18, 8, 8), (1, 9, 8, 8), (256, 64, 3, 3)]
        given = [torch.empty(shape, device=CUDA) for shape in [(2, 20, 13, 192), (192,), (4, 2, 144, 144)]]
        given += [torch.empty(shape, device=CUDA, memory_format=torch.channels_last) for shape in maps]
        seen, made = torch.compile(network, backend=remember, fullgraph=True)(*given, torch.empty(256, device=CUDA))
    assert seen.shape == (2, 20, 13, 64)
    assert made.shape == (1, 256, 8, 8)
    steps = [node.target for graph in graphs for node in graph.graph.nodes]
    assert len(graphs) == 1
    assert torch.ops.popcon.window_attention.default in steps
    assert torch.ops.popcon.deform_conv2d.default in steps
