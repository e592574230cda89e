"""Pulling from a real HTTP server that cuts, lies, stalls and refuses."""

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from popcon.catalog.models import Model
from popcon.errors import ArtifactDamaged, InvalidRequest, Unavailable, WeightsUnusable, WrongState
from popcon.models.folder import ModelFolder, user_folder
from popcon.models.pull import TRIES, pull
from tests.fixtures.hub import Hub, running_hub

DATA = os.urandom(3_000_000)


@pytest.fixture
def hub() -> Iterator[Hub]:
    with running_hub() as hub:
        yield hub


@pytest.fixture
def model(hub: Hub) -> Model:
    return hub.publish(DATA)


@pytest.fixture
def folder(tmp_path: Path) -> ModelFolder:
    return ModelFolder(tmp_path / "models")


def got(hub: Hub, model: Model, folder: ModelFolder) -> Path:
    return pull(model, folder, hub.url, lambda _: None, pause_s=0.001)


def part(model: Model, folder: ModelFolder) -> Path:
    path = folder.path(model)
    return path.with_name(f"{path.name}.part")


def test_a_pulled_file_is_whole_and_under_its_own_name(hub: Hub, model: Model, folder: ModelFolder) -> None:
    seen: list[int] = []
    path = pull(model, folder, hub.url + "/", seen.append)
    assert path == folder.get(model)
    assert path.read_bytes() == DATA
    assert seen == sorted(seen)
    assert seen[-1] == len(DATA)
    assert [each.name for each in path.parent.iterdir()] == [model.file]


def test_a_broken_connection_is_taken_up_where_it_ended(hub: Hub, model: Model, folder: ModelFolder) -> None:
    hub.faults.append(lambda answer: answer.respond(200, DATA, cut=1_000_000))
    assert got(hub, model, folder).read_bytes() == DATA
    first, second = hub.ranges
    assert first == ""
    assert second == "bytes=1000000-"


def test_a_later_pull_goes_on_with_what_an_earlier_one_left(hub: Hub, model: Model, folder: ModelFolder) -> None:
    left = part(model, folder)
    left.parent.mkdir(parents=True)
    left.write_bytes(DATA[:2_000_000])
    got(hub, model, folder)
    assert hub.ranges == ["bytes=2000000-"]


def test_a_server_that_knows_no_ranges_starts_from_the_beginning(hub: Hub, model: Model, folder: ModelFolder) -> None:
    hub.faults.append(lambda answer: answer.respond(200, DATA, cut=1_000))
    hub.faults.append(lambda answer: answer.respond(200, DATA))
    assert got(hub, model, folder).read_bytes() == DATA


def test_another_part_than_asked_for_is_not_mixed_in(hub: Hub, model: Model, folder: ModelFolder) -> None:
    hub.faults.append(lambda answer: answer.respond(200, DATA, cut=1_000))
    hub.faults.append(lambda answer: answer.respond(206, DATA[9:], {"Content-Range": "bytes 9-2999999/3000000"}))
    assert got(hub, model, folder).read_bytes() == DATA


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_hub_in_trouble_is_asked_again(hub: Hub, model: Model, folder: ModelFolder, status: int) -> None:
    hub.faults.append(lambda answer: answer.respond(status, b"later"))
    assert got(hub, model, folder).read_bytes() == DATA


def test_a_hub_that_stays_in_trouble_is_given_up_and_can_be_resumed(
    hub: Hub, model: Model, folder: ModelFolder
) -> None:
    hub.faults.append(lambda answer: answer.respond(200, DATA, cut=1_000_000))
    hub.faults.extend([lambda answer: answer.respond(503, b"later")] * (TRIES - 1))
    with pytest.raises(Unavailable, match=r"503.*run the same command again"):
        got(hub, model, folder)
    assert len(hub.ranges) == TRIES
    assert not folder.has(model)
    got(hub, model, folder)
    assert hub.ranges[-1] == "bytes=1000000-"


def test_what_is_not_there_is_asked_for_once(hub: Hub, model: Model, folder: ModelFolder) -> None:
    hub.faults.append(lambda answer: answer.respond(404, b"no such revision"))
    with pytest.raises(Unavailable, match=r"404"):
        got(hub, model, folder)
    assert len(hub.ranges) == 1


@pytest.mark.parametrize("other", [DATA[:-1] + bytes([DATA[-1] ^ 1]), DATA + b"more"], ids=["changed", "longer"])
def test_another_file_than_the_pinned_one_is_thrown_away(
    hub: Hub, model: Model, folder: ModelFolder, other: bytes
) -> None:
    hub.faults.append(lambda answer: answer.respond(200, other))
    with pytest.raises(ArtifactDamaged, match=model.sha256):
        got(hub, model, folder)
    assert not folder.has(model)
    assert part(model, folder).stat().st_size == 0
    assert got(hub, model, folder).read_bytes() == DATA


def test_a_file_without_end_is_not_written_to_the_disk(hub: Hub, model: Model, folder: ModelFolder) -> None:
    largest = 0

    def progress(here: int) -> None:
        nonlocal largest
        largest = max(largest, here)

    hub.faults.append(lambda answer: answer.respond(200, bytes(100_000_000)))
    with pytest.raises(ArtifactDamaged):
        pull(model, folder, hub.url, progress, pause_s=0.001)
    assert largest <= len(DATA)


def test_two_processes_do_not_write_one_file(hub: Hub, model: Model, folder: ModelFolder) -> None:
    other = part(model, folder)
    other.parent.mkdir(parents=True)
    with other.open("a+b") as held:
        fcntl.flock(held.fileno(), fcntl.LOCK_EX)
        with pytest.raises(WrongState, match="wait for it"):
            got(hub, model, folder)
    got(hub, model, folder)


def test_a_folder_that_cannot_be_written_is_named(hub: Hub, model: Model, tmp_path: Path) -> None:
    (tmp_path / "models").write_text("a file, no folder")
    with pytest.raises(Unavailable, match="POPCON_MODELS_DIR"):
        got(hub, model, ModelFolder(tmp_path / "models"))


@pytest.mark.parametrize("hub_url", ["huggingface.co", "ftp://mirror"])
def test_a_hub_that_is_no_url_is_refused_at_once(model: Model, folder: ModelFolder, hub_url: str) -> None:
    with pytest.raises(InvalidRequest, match="HF_ENDPOINT"):
        pull(model, folder, hub_url, lambda _: None)


def test_a_model_that_was_not_pulled_names_the_command(folder: ModelFolder, model: Model) -> None:
    with pytest.raises(WeightsUnusable, match="popcon models pull pebble"):
        folder.get(model)


def test_the_folder_is_the_setting_or_lies_in_the_users_data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.delenv("POPCON_MODELS_DIR", raising=False)
    assert user_folder().root == tmp_path / "data" / "popcon" / "models"
    monkeypatch.setenv("POPCON_MODELS_DIR", str(tmp_path / "weights"))
    assert user_folder().root == tmp_path / "weights"
