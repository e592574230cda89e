"""Known models by name, and which patch order a file gets."""

import logging
from pathlib import Path

import pytest
import safetensors.torch

from popcon.catalog.models import MODELS, Model
from popcon.errors import InvalidRequest, WeightsUnusable
from popcon.models.folder import user_folder
from services.matting.birefnet import BiRefNet
from services.matting.birefnet.patches import PatchOrder
from tests.fixtures.checkpoints import published, save, small_variants
from tests.fixtures.hub import Hub


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    small_variants(monkeypatch)
    monkeypatch.setenv("POPCON_MODELS_DIR", str(tmp_path / "models"))


@pytest.fixture
def pebble(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Model:
    """A known model, pulled; its filters say nothing, the table says column-first."""
    data = safetensors.torch.save({key: value.contiguous() for key, value in published().items()})
    with Hub() as hub:
        model = hub.publish(data)
    model = Model(**{**vars(model), "patch_order": "column-first"})
    monkeypatch.setitem(MODELS, model.name, model)
    path = user_folder().path(model)
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    return model


@pytest.mark.parametrize("name", ["pebble", "Quarry/Pebble"])
def test_a_known_model_is_loaded_by_name_in_its_order(pebble: Model, name: str) -> None:
    assert BiRefNet.from_pretrained(name).decoder.patch_order == "column-first"


def test_a_known_file_is_recognised_wherever_it_lies(pebble: Model, tmp_path: Path) -> None:
    moved = user_folder().path(pebble).rename(tmp_path / "own.safetensors")
    assert BiRefNet.from_pretrained(moved).decoder.patch_order == "column-first"


def test_an_order_that_is_named_goes_before_the_table(pebble: Model) -> None:
    assert BiRefNet.from_pretrained("pebble", patch_order="colour-first").decoder.patch_order == "colour-first"


@pytest.mark.parametrize("order", ["colour-first", "column-first"])
def test_filters_tell_the_order_of_an_unknown_file(
    tmp_path: Path, order: PatchOrder, caplog: pytest.LogCaptureFixture
) -> None:
    network = BiRefNet.from_pretrained(save(published(order), tmp_path / "own.pth"))
    assert network.decoder.patch_order == order
    assert not caplog.records


def test_where_nothing_tells_the_order_is_that_of_today_and_a_warning_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        network = BiRefNet.from_pretrained(save(published(), tmp_path / "own.pth"))
    assert network.decoder.patch_order == "colour-first"
    assert "own.pth" in caplog.text


def test_an_order_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    path = save(published(), tmp_path / "own.pth")
    with pytest.raises(InvalidRequest, match="colour-first or column-first"):
        BiRefNet.from_pretrained(path, patch_order="rows")  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["birefnet", "ZhengPeng7/BiRefNet"])
def test_a_known_model_that_is_not_here_names_the_command(name: str) -> None:
    with pytest.raises(WeightsUnusable, match=r"popcon models pull birefnet$"):
        BiRefNet.from_pretrained(name)


def test_an_unknown_name_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(WeightsUnusable, match="birefnet-lite"):
        BiRefNet.from_pretrained("somebody/else")
    with pytest.raises(WeightsUnusable, match=r"no folder with model\.safetensors"):
        BiRefNet.from_pretrained(tmp_path)
