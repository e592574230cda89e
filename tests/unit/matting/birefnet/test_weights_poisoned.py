"""Files of weights that are damaged or hostile: a clear error, and nothing is run."""

import pickle
from collections import OrderedDict
from pathlib import Path

import pytest
import torch

from popcon.errors import WeightsUnusable
from services.matting.birefnet import BiRefNet
from tests.fixtures.checkpoints import Planted, published, save, small_variants


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    small_variants(monkeypatch)


def test_code_in_a_pickle_is_not_run(tmp_path: Path) -> None:
    trap = tmp_path / "executed"
    poisoned = published() | {"bb.norm0.bias": Planted(trap)}  # type: ignore[dict-item]
    with pytest.raises(
        WeightsUnusable, match=r"own\.pth is damaged or holds more than tensors, and none of it was run"
    ):
        BiRefNet.from_pretrained(save(poisoned, tmp_path / "own.pth"))
    assert not trap.exists()


def test_code_in_a_pickle_of_the_old_kind_is_not_run(tmp_path: Path) -> None:
    trap = tmp_path / "executed"
    path = tmp_path / "own.pth"
    path.write_bytes(pickle.dumps({"bb.norm0.bias": Planted(trap)}))
    with pytest.raises(WeightsUnusable, match="none of it was run"):
        BiRefNet.from_pretrained(path)
    assert not trap.exists()


def test_the_planted_code_would_run_where_pickles_are_trusted(tmp_path: Path) -> None:
    trap = tmp_path / "executed"
    pickle.loads(pickle.dumps(Planted(trap)))
    assert trap.read_text() == "executed"


@pytest.mark.parametrize("name", ["model.safetensors", "own.pth"])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.999])
def test_a_truncated_file_is_refused(tmp_path: Path, name: str, share: float) -> None:
    path = save(published(), tmp_path / name)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(WeightsUnusable, match=r"get it (again|from its publisher)"):
        BiRefNet.from_pretrained(path)


def test_a_pickle_under_the_name_of_safetensors_is_refused(tmp_path: Path) -> None:
    save(published(), tmp_path / "own.pth").rename(tmp_path / "model.safetensors")
    with pytest.raises(WeightsUnusable, match="no whole safetensors file"):
        BiRefNet.from_pretrained(tmp_path)


@pytest.mark.parametrize(
    "stored",
    [
        [torch.ones(1)],
        {"epoch": 3},
        {"state": OrderedDict(a=torch.ones(1))},
        {1: torch.ones(1)},
        {"a": torch.ones(2, 2).to_sparse()},
        {"a": torch.empty(2, device="meta")},
    ],
    ids=["list", "number", "nested", "number as key", "sparse", "without storage"],
)
def test_pickles_of_other_things_than_tensors_by_name_are_refused(tmp_path: Path, stored: object) -> None:
    torch.save(stored, tmp_path / "own.pth")
    with pytest.raises(WeightsUnusable, match=r"state_dict alone|none of it was run"):
        BiRefNet.from_pretrained(tmp_path / "own.pth")


def test_an_endless_tensor_of_one_number_is_refused_by_its_shape(tmp_path: Path) -> None:
    state = published() | {"bb.norm0.bias": torch.ones(1).expand(1 << 40)}
    with pytest.raises(WeightsUnusable, match=r"bb\.norm0\.bias is 1099511627776, not 24"):
        BiRefNet.from_pretrained(save(state, tmp_path / "own.pth"))


@pytest.mark.parametrize("name", ["weights.bin", "model.onnx"])
def test_other_kinds_of_files_are_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"?")
    with pytest.raises(WeightsUnusable, match=r"\.safetensors, \.pth, \.pt"):
        BiRefNet.from_pretrained(tmp_path / name)
