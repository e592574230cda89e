"""The model repository that is made for Triton."""

import json
from pathlib import Path

import pytest
import safetensors.torch
import torch
from google.protobuf import text_format
from tritonclient.grpc.model_config_pb2 import ModelConfig, ModelInstanceGroup, ModelQueuePolicy

from popcon.errors import InvalidRequest, PopconError, WeightsUnusable
from popcon.models import digest
from services.matting.birefnet import checkpoint
from services.matting.birefnet.network import ARCHITECTURES
from services.matting.export import Network, Serving, configuration, export, write
from tests.fixtures.networks import SMALL, make_network

NETWORK = Network("birefnet", "tiny", "ab" * 32, SMALL, "column-first", 96, (128, 128, 128))


def parsed(serving: Serving, network: Network = NETWORK) -> ModelConfig:
    return text_format.Parse(configuration("some", network, serving), ModelConfig())


@pytest.fixture(scope="module")
def weights_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As training leaves it: half precision, with keys that nobody reads."""
    path = tmp_path_factory.mktemp("weights") / "my own.safetensors"
    state = make_network().half().state_dict()
    state["bb.layers.0.blocks.0.attn.relative_position_index"] = torch.zeros(4, 4, dtype=torch.int64)
    safetensors.torch.save_file(dict(state), path)
    return path


def test_triton_can_read_the_configuration() -> None:
    config = parsed(Serving("gpu", max_batch=8, max_waiting=33))
    assert (config.name, config.backend, config.max_batch_size) == ("some", "python", 8)
    assert config.input[0].allow_ragged_batch
    assert list(config.dynamic_batching.preferred_batch_size) == [4, 8]
    assert (config.dynamic_batching.priority_levels, config.dynamic_batching.default_priority_level) == (2, 1)
    policy = config.dynamic_batching.default_queue_policy
    assert (policy.timeout_action, policy.allow_timeout_override) == (ModelQueuePolicy.REJECT, True)
    assert policy.max_queue_size == 33


@pytest.mark.parametrize(
    ("serving", "kind", "dtype", "warmed"),
    [
        (Serving("gpu", max_batch=6), ModelInstanceGroup.KIND_GPU, "auto", [1, 2, 4]),
        (Serving("gpu", "bfloat16", 1), ModelInstanceGroup.KIND_GPU, "bfloat16", [1]),
        (Serving("cpu", max_batch=6), ModelInstanceGroup.KIND_CPU, "auto", [1]),
    ],
)
def test_a_device_has_its_own_precision_and_is_warmed_up_for_its_batches(
    serving: Serving, kind: int, dtype: str, warmed: list[int]
) -> None:
    config = parsed(serving)
    assert config.instance_group[0].kind == kind
    assert json.loads(config.parameters["network"].string_value)["dtype"] == dtype
    assert [each.batch_size for each in config.model_warmup] == warmed
    assert list(config.model_warmup[0].inputs["PICTURE"].dims) == [96, 96, 3]


def test_what_the_network_is_survives_the_configuration() -> None:
    odd = Network('it\'s "odd" \\ ü', "large", "0" * 64, SMALL, "colour-first")
    told = json.loads(parsed(Serving(), odd).parameters["network"].string_value)
    assert told["model"] == odd.model
    assert told["architecture"] == {"channels": 24, "depths": [2, 2, 4, 2], "heads": [1, 2, 2, 4], "window": 5}
    assert (told["side"], told["background"], told["patch_order"]) == (1024, [255, 255, 255], "colour-first")


@pytest.mark.parametrize("max_batch", [0, 17])
def test_a_batch_that_the_network_cannot_take_is_refused(max_batch: int) -> None:
    with pytest.raises(InvalidRequest, match="1 to 16"):
        Serving(max_batch=max_batch)


def test_a_file_of_weights_becomes_a_repository(
    weights_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ARCHITECTURES, "tiny", SMALL)
    folder = export(weights_file, tmp_path / "new" / "models", Serving("cpu"), "mine", "column-first")
    assert folder == tmp_path / "new" / "models" / "mine"
    assert sorted(str(path.relative_to(folder)) for path in folder.rglob("*.*")) == [
        "1/model.py",
        "1/model.safetensors",
        "config.pbtxt",
    ]
    assert (folder / "1" / "model.safetensors").stat().st_mode & 0o444 == 0o444
    told = json.loads(
        text_format.Parse((folder / "config.pbtxt").read_text(), ModelConfig()).parameters["network"].string_value
    )
    assert (told["model"], told["variant"], told["patch_order"]) == ("my own", "tiny", "column-first")
    assert told["digest"] == digest.sha256(weights_file)
    before, after = (checkpoint.read(path).tensors for path in (weights_file, folder / "1" / "model.safetensors"))
    assert before.keys() == after.keys()
    assert all(torch.equal(before[key], after[key]) for key in before)


def test_a_model_that_is_there_is_not_overwritten(weights_file: Path, tmp_path: Path) -> None:
    stored = checkpoint.read(weights_file)
    write(tmp_path, "one", stored, NETWORK, Serving())
    with pytest.raises(InvalidRequest, match="is there already"):
        write(tmp_path, "one", stored, NETWORK, Serving())
    write(tmp_path, "two", stored, NETWORK, Serving())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "two"]


@pytest.mark.parametrize("name", ["", "../up", "a/b", ".hidden", "two words"])
def test_a_name_that_is_none_for_a_folder_is_refused(weights_file: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidRequest, match="name of a model"):
        write(tmp_path, name, checkpoint.read(weights_file), NETWORK, Serving())


def test_weights_that_do_not_fit_leave_nothing_behind(weights_file: Path, tmp_path: Path) -> None:
    other = Network("other", "large", "", ARCHITECTURES["tiny"], "colour-first")
    with pytest.raises(WeightsUnusable, match="does not fit"):
        write(tmp_path / "out", "other", checkpoint.read(weights_file), other, Serving())
    assert not (tmp_path / "out").exists()


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(PopconError, match=r"no file of weights|popcon models pull"):
        export(tmp_path / "none.safetensors", tmp_path / "out")
