from pathlib import Path

import pytest

from popcon import errors
from popcon.stack import Folder
from popcon.stack.folder import Record
from popcon.stack.settings import StackSettings

RECORD = Record("http://127.0.0.1:8400", "http://127.0.0.1:9/readyz", 1, "2026-11-23T07:00:00Z", {"motion": "h:1"})


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path / "data")
    made.make()
    return made


def test_only_its_owner_may_look_into_the_folder(folder: Folder) -> None:
    assert folder.root.stat().st_mode & 0o077 == 0


def test_making_it_again_changes_nothing(folder: Folder) -> None:
    (folder.artifacts / "kept").write_text("x")
    folder.make()
    assert (folder.artifacts / "kept").exists()


def test_a_path_that_cannot_be_a_folder_is_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(errors.InvalidRequest, match=r"cannot be used .* --data"):
        Folder(tmp_path / "file").make()


def test_the_record_is_read_while_the_folder_is_held(folder: Folder) -> None:
    with folder.hold():
        assert folder.read_record() is None
        folder.write_record(RECORD)
        assert folder.read_record() == RECORD


def test_a_record_left_behind_by_a_dead_stack_is_nobody_s(folder: Folder) -> None:
    folder.write_record(RECORD)
    assert folder.read_record() is None


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"gateway"', '{"other": 1}'])
def test_a_damaged_record_is_no_record(folder: Folder, text: str) -> None:
    with folder.hold():
        (folder.root / "stack.json").write_text(text)
        assert folder.read_record() is None


def test_a_folder_that_never_was_is_not_held(tmp_path: Path) -> None:
    assert not Folder(tmp_path / "none").held()
    assert not (tmp_path / "none").exists()


def test_the_folder_is_held_by_one_at_a_time(folder: Folder) -> None:
    with folder.hold():
        assert folder.held()
        folder.write_record(RECORD)
        with pytest.raises(errors.WrongState, match=r"process 1, http://127.0.0.1:8400"), folder.hold():
            pass
    assert not folder.held()


def test_the_stack_is_told_of_a_nats_that_the_environment_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POPCON_NATS_URL", "")
    assert StackSettings().env == {}
    monkeypatch.setenv("POPCON_NATS_URL", "nats://one:4222")
    assert StackSettings().env == {"POPCON_NATS_URL": "nats://one:4222"}


def test_the_folder_follows_the_users_data_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("POPCON_DATA", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", "/somewhere")
    assert StackSettings().folder == Path("/somewhere/popcon")
    monkeypatch.setenv("XDG_DATA_HOME", "")
    assert StackSettings().folder == Path.home() / ".local/share/popcon"
    monkeypatch.setenv("POPCON_DATA", "/here")
    assert StackSettings().folder == Path("/here")
