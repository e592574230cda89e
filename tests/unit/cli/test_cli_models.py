"""`popcon models`, against a hub on this machine."""

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
from typer.testing import CliRunner

from popcon.catalog.models import MODELS, Model
from popcon.cli.app import app
from popcon.models.folder import ModelFolder, user_folder
from services.matting.birefnet import look
from tests.fixtures.checkpoints import Planted, published, save, small_variants
from tests.fixtures.hub import Hub, running_hub

Invoke = Callable[..., Any]


@pytest.fixture
def hub() -> Iterator[Hub]:
    with running_hub() as hub:
        yield hub


@pytest.fixture
def folder(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModelFolder:
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    monkeypatch.setenv("POPCON_MODELS_DIR", str(tmp_path / "models"))
    return user_folder()


@pytest.fixture
def invoke(folder: ModelFolder) -> Invoke:
    return lambda *arguments: CliRunner().invoke(app, ["models", *arguments], catch_exceptions=False)


@pytest.fixture
def pebble(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> Model:
    """A known model on the hub, too small to be a network."""
    model = hub.publish(bytes(range(256)) * 1000)
    monkeypatch.setitem(MODELS, model.name, model)
    return model


@pytest.fixture
def rock(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> Model:
    """A known model on the hub, with a network's weights."""
    small_variants(monkeypatch)
    data = safetensors.torch.save({key: each.contiguous() for key, each in published().items()})
    model = hub.publish(data, "rock")
    monkeypatch.setitem(MODELS, model.name, model)
    return model


def test_the_list_says_what_there_is_under_which_licence_and_what_is_here(invoke: Invoke, pebble: Model) -> None:
    before = invoke("list").output
    assert all(f"{name} " in before and model.note in before for name, model in MODELS.items())
    assert "MIT" in before
    assert "✓" not in before
    invoke("pull", "pebble")
    assert [line.split()[:2] for line in invoke("list").output.splitlines() if "✓" in line] == [["pebble", "✓"]]


def test_a_pull_names_source_and_licence_and_the_model_is_here(
    invoke: Invoke, pebble: Model, folder: ModelFolder
) -> None:
    result = invoke("pull", "quarry/pebble")
    assert result.exit_code == 0
    assert f"quarry/pebble at {pebble.revision}, licence MIT" in result.output
    assert folder.has(pebble)


def test_a_model_that_is_here_is_not_pulled_again_and_needs_no_hub(invoke: Invoke, pebble: Model, hub: Hub) -> None:
    invoke("pull", "pebble")
    asked = len(hub.ranges)
    assert "here already" in invoke("pull", "pebble").output
    assert invoke("verify").exit_code == 0
    assert len(hub.ranges) == asked


def test_damage_is_found_and_mended(invoke: Invoke, pebble: Model, folder: ModelFolder) -> None:
    invoke("pull", "pebble")
    assert invoke("verify", "pebble").exit_code == 0
    with folder.path(pebble).open("r+b") as file:
        file.seek(1000)
        file.write(b"?")
    result = invoke("verify")
    assert result.exit_code == 1
    assert "popcon models pull pebble" in result.output
    assert invoke("pull", "pebble").exit_code == 0
    assert invoke("verify").exit_code == 0


def test_verifying_what_is_not_here_fails_only_when_it_is_named(invoke: Invoke, pebble: Model) -> None:
    nothing = invoke("verify")
    assert (nothing.exit_code, "No model is here" in nothing.output) == (0, True)
    named = invoke("verify", "pebble")
    assert (named.exit_code, "popcon models pull pebble" in named.output) == (1, True)


def test_a_refusing_hub_is_one_sentence(invoke: Invoke, pebble: Model, hub: Hub) -> None:
    hub.faults.append(lambda answer: answer.respond(403, b""))
    result = invoke("pull", "pebble")
    assert result.exit_code == 1
    assert "403" in result.output
    assert "Traceback" not in result.output


def test_an_unknown_name_is_wrong_usage(invoke: Invoke) -> None:
    result = invoke("pull", "birefnett")
    assert result.exit_code == 2
    assert "did you mean birefnet" in result.output


def test_an_inspection_tells_what_a_known_file_is_and_needs_no_hub(invoke: Invoke, rock: Model, hub: Hub) -> None:
    invoke("pull", "rock")
    asked = len(hub.ranges)
    output = invoke("inspect", "rock").output
    for fact in (rock.sha256, "rock, quarry/rock", "safetensors", "tiny", "float32", "colour-first, as the known"):
        assert fact in output
    assert "65 not needed" in output
    assert "✓ It folds and loads" in output
    assert len(hub.ranges) == asked


def test_an_inspection_tells_the_order_of_an_unknown_file_from_its_filters(
    invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_variants(monkeypatch)
    path = save({f"module.{key}": each.half() for key, each in published("column-first").items()}, tmp_path / "own.pth")
    output = invoke("inspect", str(path)).output
    for fact in ("known        no", "of which no code was run", "float16", "column-first, told from the filters"):
        assert fact in output


def test_a_look_compares_both_orders(invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small_variants(monkeypatch)
    monkeypatch.setattr(look, "SIDE", 64)
    output = invoke("inspect", str(save(published(), tmp_path / "own.safetensors")), "--look").output
    assert "colour-first, assumed, for nothing tells" in output
    assert re.search(r"off by colour-first 0\.\d+, column-first 0\.\d+ \(the less the better\)", output)


def test_a_poisoned_file_is_one_sentence_and_not_run(invoke: Invoke, tmp_path: Path) -> None:
    trap = tmp_path / "executed"
    path = save({"bb.norm0.bias": Planted(trap)}, tmp_path / "own.pth")  # type: ignore[dict-item]
    result = invoke("inspect", str(path))
    assert result.exit_code == 1
    assert "none of it was run" in result.output
    assert not trap.exists()


def test_without_torch_an_inspection_says_what_to_install(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in [name for name in sys.modules if name.startswith("services.matting.birefnet")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "torch", None)
    result = invoke("inspect", "own.pth")
    assert result.exit_code == 1
    assert '.venv/bin/pip install -c constraints.txt -e ".[birefnet]"' in " ".join(result.output.split())


def test_list_pull_and_verify_need_no_torch(invoke: Invoke, pebble: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    for arguments in (["list"], ["pull", "pebble"], ["verify"]):
        assert invoke(*arguments).exit_code == 0


def test_an_export_is_a_model_repository_for_triton(invoke: Invoke, rock: Model, tmp_path: Path) -> None:
    invoke("pull", rock.name)
    made = invoke("export", rock.name, "--out", str(tmp_path / "repository"), "--cpu")
    assert made.exit_code == 0
    assert "tritonserver --model-repository" in made.output
    files = {str(each.relative_to(tmp_path / "repository")) for each in (tmp_path / "repository").rglob("*.*")}
    assert files == {f"{rock.name}/config.pbtxt", f"{rock.name}/1/model.py", f"{rock.name}/1/model.safetensors"}
    again = invoke("export", rock.name, "--out", str(tmp_path / "repository"), "--cpu")
    assert again.exit_code == 2
