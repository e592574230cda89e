"""Files of weights: read as they are published, refused where they do not fit."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from popcon.errors import WeightsUnusable
from services.matting.birefnet import BiRefNet, checkpoint, weights
from services.matting.birefnet.checkpoint import is_unread
from services.matting.birefnet.network import ARCHITECTURES, Variant
from tests.fixtures.checkpoints import published, save, small_variants
from tests.fixtures.networks import SMALL, make_network

X = torch.randn(1, 3, 64, 96, generator=torch.Generator().manual_seed(0))
WANTED = make_network()(X)


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    small_variants(monkeypatch)


def load(state: dict[str, Tensor], path: Path) -> BiRefNet:
    return BiRefNet.from_pretrained(save(state, path), patch_order="colour-first")


def refused(state: dict[str, Tensor], path: Path, says: str) -> None:
    with pytest.raises(WeightsUnusable, match=says) as refusal:
        load(state, path)
    assert str(path) in refusal.value.message


@pytest.mark.parametrize(
    ("name", "prefix"),
    [
        ("model.safetensors", ""),
        ("model.safetensors", "_orig_mod."),
        ("own.pth", "module."),
        ("own.pt", "module._orig_mod."),
    ],
)
def test_a_published_file_gives_the_logits_of_its_network(tmp_path: Path, name: str, prefix: str) -> None:
    network = load({prefix + key: value for key, value in published().items()}, tmp_path / name)
    torch.testing.assert_close(network(X), WANTED, rtol=0, atol=1e-5 * float(WANTED.std()))


def test_a_loaded_network_is_ready_to_run(tmp_path: Path) -> None:
    network = load(published(), tmp_path / "model.safetensors")
    assert not network.training
    assert not any(each.requires_grad for each in network.parameters())
    wide = [each for each in network.parameters() if each.dim() == 4 and min(each.shape[1:3]) > 1]
    assert all(each.is_contiguous(memory_format=torch.channels_last) for each in wide)
    assert not [name for name, module in network.named_modules() if isinstance(module, torch.nn.BatchNorm2d)]


@pytest.mark.parametrize("stored", [torch.float16, torch.bfloat16])
def test_weights_are_read_in_half_precision(tmp_path: Path, stored: torch.dtype) -> None:
    state = {key: value.to(stored) if value.is_floating_point() else value for key, value in published().items()}
    network = load(state, tmp_path / "model.safetensors")
    assert network(X).dtype == torch.float32
    assert (network(X) - WANTED).abs().max() < 0.2 * WANTED.std()


def test_the_dtype_asked_for_is_that_of_the_weights(tmp_path: Path) -> None:
    path = save(published(), tmp_path / "model.safetensors")
    network = BiRefNet.from_pretrained(path, dtype=torch.bfloat16, patch_order="colour-first")
    assert {each.dtype for each in network.parameters()} == {torch.bfloat16}
    assert network(X.bfloat16()).dtype == torch.bfloat16


def test_a_folder_with_a_model_is_loaded(tmp_path: Path) -> None:
    save(published(), tmp_path / "model.safetensors")
    BiRefNet.from_pretrained(str(tmp_path), patch_order="colour-first")


def test_only_what_inference_does_not_read_is_dropped(tmp_path: Path) -> None:
    state = published()
    dropped = {key for key in state if is_unread(key)}
    kinds = {"index": 10, "num_batches_tracked": 43, "decoder.conv_ms_spvn": 6, "decoder.gdt_convs_pred": 6}
    assert {kind: sum(kind in key for key in dropped) for kind in kinds} == kinds
    assert len(dropped) == sum(kinds.values())
    read = checkpoint.read(save(state, tmp_path / "model.safetensors"))
    assert read.ignored == len(dropped)
    assert set(read.tensors) == set(state) - dropped


@pytest.mark.parametrize(("variant", "published_keys"), [("tiny", 586), ("large", 754)])
def test_keys_are_as_many_as_published(variant: Variant, published_keys: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    with torch.device("meta"):
        network = BiRefNet(ARCHITECTURES[variant], "colour-first")
    blocks = sum(ARCHITECTURES[variant].depths)
    assert len(network.state_dict()) + blocks + 12 == published_keys


# Strictness


def test_missing_keys_are_named(tmp_path: Path) -> None:
    state = published()
    for name in ("bb.norm0.weight", "bb.norm0.bias", "bb.norm1.weight", "bb.norm1.bias"):
        del state[name]
    refused(state, tmp_path / "own.pth", r"4 missing \(bb.norm0.weight, bb.norm0.bias, bb.norm1.weight, …\)")


def test_unknown_keys_are_named(tmp_path: Path) -> None:
    refused(published() | {"refiner.weight": torch.ones(1)}, tmp_path / "own.pth", r"1 unknown \(refiner.weight\)")


def test_misshapen_weights_are_named(tmp_path: Path) -> None:
    wrong = published() | {"bb.norm0.bias": torch.ones(7)}
    refused(wrong, tmp_path / "own.pth", r"1 misshapen \(bb.norm0.bias is 7, not 24\)")


def test_all_that_does_not_fit_is_said_at_once(tmp_path: Path) -> None:
    state = published() | {"bb.norm0.bias": torch.ones(7), "more": torch.ones(1)}
    del state["bb.norm1.bias"]
    refused(state, tmp_path / "own.pth", "1 missing.*1 unknown.*1 misshapen")


@pytest.mark.parametrize("prefix", ["_orig_mod.module.", "module.module."])
def test_other_prefixes_are_not_guessed(tmp_path: Path, prefix: str) -> None:
    refused({prefix + key: value for key, value in published().items()}, tmp_path / "own.pth", "holds no BiRefNet")


def test_a_key_with_and_without_a_prefix_is_refused(tmp_path: Path) -> None:
    state = published()
    refused(state | {"module.bb.norm0.bias": state["bb.norm0.bias"]}, tmp_path / "own.pth", "bb.norm0.bias twice")


@pytest.mark.parametrize("dtype", [torch.float64, torch.float8_e4m3fn])
def test_other_types_are_refused(tmp_path: Path, dtype: torch.dtype) -> None:
    state = published()
    state["bb.norm0.bias"] = state["bb.norm0.bias"].to(dtype)
    refused(state, tmp_path / "model.safetensors", f"bb.norm0.bias is {dtype}")


@pytest.mark.parametrize(
    ("key", "value"), [("bb.norm0.bias", float("nan")), ("squeeze_module.0.bn_in.running_var", float("inf"))]
)
def test_values_that_are_not_finite_are_refused(tmp_path: Path, key: str, value: float) -> None:
    state = published()
    state[key] = state[key].clone()
    state[key][1] = value
    refused(state, tmp_path / "model.safetensors", f"NaN or infinite, in {key}")


def test_a_variance_below_zero_is_refused(tmp_path: Path) -> None:
    state = published()
    state["squeeze_module.0.bn_in.running_var"] = torch.full((64,), -1.0)
    with pytest.raises(WeightsUnusable, match="squeeze_module"):
        load(state, tmp_path / "model.safetensors")


def test_weights_too_large_for_the_dtype_are_refused(tmp_path: Path) -> None:
    state = published()
    state["bb.norm0.weight"] = state["bb.norm0.weight"] * 1e6
    path = save(state, tmp_path / "model.safetensors")
    BiRefNet.from_pretrained(path, dtype=torch.bfloat16, patch_order="colour-first")
    with pytest.raises(WeightsUnusable, match=r"bb\.norm0\.weight is too large for torch\.float16"):
        BiRefNet.from_pretrained(path, dtype=torch.float16, patch_order="colour-first")


# Variants


def test_the_variant_is_told_from_the_weights(tmp_path: Path) -> None:
    assert checkpoint.read(save(published(), tmp_path / "own.pth")).variant == "tiny"
    large = {"bb.patch_embed.norm.weight": torch.ones(192)}
    assert checkpoint.read(save(large, tmp_path / "large.pth")).variant == "large"


def test_another_variant_than_the_weights_is_refused(tmp_path: Path) -> None:
    path = save(published(), tmp_path / "own.pth")
    with pytest.raises(WeightsUnusable, match="holds the tiny variant, not large"):
        BiRefNet.from_pretrained(path, variant="large", patch_order="colour-first")
    BiRefNet.from_pretrained(path, variant="tiny", patch_order="colour-first")


def test_a_width_that_no_variant_has_is_refused(tmp_path: Path) -> None:
    refused({"bb.patch_embed.norm.weight": torch.ones(128)}, tmp_path / "own.pth", "has 128 values")


def test_any_architecture_can_be_assembled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    read = checkpoint.read(save(published(), tmp_path / "own.pth"))
    network = weights.prepare(weights.assemble(read, SMALL, "colour-first"))
    torch.testing.assert_close(network(X), WANTED, rtol=0, atol=1e-5 * float(WANTED.std()))
