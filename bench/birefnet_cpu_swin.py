"""Our Swin against that of transformers, on shared weights: time of one picture, and how far the maps are apart."""

import time
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import torch
from birefnet_gpu import random_network
from torch import Tensor

import machine
from services.matting.birefnet.network import ARCHITECTURES, Architecture, Variant
from services.matting.birefnet.swin import Swin, WindowAttention

SIZES: list[tuple[Variant, int]] = [("tiny", 1024), ("tiny", 512), ("large", 512)]
"""512 leaves windows half empty; 1024 is what the backbone sees of a picture."""

_NAMES = (
    ("patch_embed.proj.", "swin.embeddings.patch_embeddings.projection."),
    ("patch_embed.norm.", "swin.embeddings.norm."),
    ("layers.", "swin.encoder.layers."),
    (".norm1.", ".layernorm_before."),
    (".norm2.", ".layernorm_after."),
    (".attn.proj.", ".attention.o_proj."),
    (".attn.relative_position_bias_table", ".attention.relative_position_bias.relative_position_bias_table"),
)


def theirs(architecture: Architecture, ours: Swin, side: int) -> Any:
    """transformers' backbone with our weights. What it has besides (a last norm) it does not use."""
    from transformers import SwinBackbone, SwinConfig

    depths, heads = list(architecture.depths), list(architecture.heads)
    config = SwinConfig(
        image_size=side,
        embed_dim=architecture.channels,
        depths=depths,
        num_heads=heads,
        window_size=architecture.window,
        out_features=[f"stage{i + 1}" for i in range(len(depths))],
    )
    made = SwinBackbone(config).eval()
    missing, unknown = made.load_state_dict(_renamed(ours.state_dict()), strict=False)
    assert not unknown, unknown
    assert all(name.startswith("swin.layernorm") or name.endswith("position_index") for name in missing), missing
    return made


def _renamed(state: dict[str, Tensor]) -> dict[str, Tensor]:
    made = {}
    for key, value in state.items():
        name = key
        if key.startswith("norm"):
            name = f"hidden_states_norms.stage{int(key[4]) + 1}.{key[6:]}"
        for old, new in _NAMES:
            name = name.replace(old, new)
        if ".attn.qkv." in name:
            for part, each in zip("qkv", value.chunk(3), strict=True):
                made[name.replace(".attn.qkv.", f".attention.{part}_proj.")] = each
        else:
            made[name] = value
    return made


def least_ms(run: Callable[[], object], repeats: int) -> float:
    """Of several runs, after one to warm up: what the machine does besides only makes a run longer."""
    run()
    took = []
    for _ in range(repeats):
        began = time.perf_counter()
        run()
        took.append(time.perf_counter() - began)
    return min(took) * 1000


@torch.inference_mode()
def row(variant: Variant, side: int, repeats: int) -> list[object]:
    architecture = ARCHITECTURES[variant]
    ours = random_network(architecture).bb
    other = theirs(architecture, ours, side)
    for module in ours.modules():
        if isinstance(module, WindowAttention):
            module.freeze()
    x = torch.randn(1, 3, side, side, generator=torch.Generator().manual_seed(2))
    (mine,) = ours([x])
    apart = max(
        float((one - two).abs().max() / one.std()) for one, two in zip(mine, other(x).feature_maps, strict=True)
    )
    cells = []
    for dtype in (torch.float32, torch.bfloat16):
        one, two, given = ours.to(dtype), other.to(dtype), x.to(dtype)
        cells += [f"{least_ms(lambda: one([given]), repeats):.0f}", f"{least_ms(lambda: two(given), repeats):.0f}"]  # noqa: B023
    return [f"{variant}, {side} x {side}", *cells, f"{apart:.1e}"]


def table(repeats: int, threads: int) -> str:
    title = "## The backbone alone, and that of transformers"
    if not find_spec("transformers"):
        return f"{title}\n\ntransformers is not installed; not compared."
    torch.set_num_threads(threads)
    rows = [row(variant, side, repeats) for variant, side in SIZES]
    header = ["picture", "ours, float32, ms", "theirs", "ours, bfloat16, ms", "theirs", "maps apart, of their spread"]
    return f"{title}\n\n{machine.table(header, rows)}"
