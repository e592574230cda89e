"""A popcon that asks for keys: two owners work on it, and no key is in any log or file."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from popcon import errors
from popcon.client import Popcon
from tests.fixtures import stack as stacks
from tests.fixtures.stack import EXAMPLES, LiveStack, popcon, wait_over


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveStack]:
    data = tmp_path_factory.mktemp("keys") / "data"
    with stacks.whole(data, POPCON_KEYS="true", POPCON_LOG_LEVEL="DEBUG") as stack:
        yield stack


def make_key(stack: LiveStack, *arguments: str) -> str:
    done = popcon("keys", "create", *arguments, "--data", stack.folder.root)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_owners_work_beside_each_other_and_leave_no_key_behind(locked: LiveStack, tmp_path: Path) -> None:
    anna, ben = make_key(locked, "--owner", "anna"), make_key(locked, "--owner", "ben", "--days", "1")
    wrong = anna[:-4] + "AAAA"
    with locked.client(key=anna) as hers, locked.client(key=ben) as his:
        job = hers.create_job(hers.upload_picture(EXAMPLES / "penguin.png").id, ["joy"], targets=["web"])
        wait_over(hers, [job])
        hers.zip(job.id, "web", tmp_path / "web.zip")
        assert [found.id for found in hers.jobs()] == [job.id]
        assert not list(his.jobs())
        with pytest.raises(errors.NotFound):
            his.job(job.id)
    for key in ("", wrong):
        with Popcon(locked.url, key=key) as stranger, pytest.raises(errors.Unauthenticated):
            stranger.job(job.id)
    secrets = [key[40:] for key in (anna, ben, wrong)]
    read = [file.read_bytes() for file in locked.folder.root.rglob("*") if file.is_file()]
    assert len(read) > 20
    assert not [secret for secret in secrets if any(secret.encode() in text for text in read)]


def test_a_revoked_key_is_refused_on_the_command_line_too(locked: LiveStack, tmp_path: Path) -> None:
    key = make_key(locked, "--owner", "carla", "--scope", "read", "--name", "carla's laptop")
    listed = popcon("keys", "list", "--owner", "carla", "--data", locked.folder.root).stdout
    assert "carla's laptop" in listed
    key_id = next(word for word in listed.split() if word.startswith("key_"))
    rotated = popcon(
        "keys", "rotate", key_id, "--owner", "carla", "--hours", "0", "--data", locked.folder.root
    ).stdout.strip()
    with Popcon(locked.url, key=rotated) as client:
        assert not list(client.jobs())
        with pytest.raises(errors.Forbidden, match="scope write"):
            client.upload_picture(EXAMPLES / "penguin.png")
    with Popcon(locked.url, key=key) as client, pytest.raises(errors.Unauthenticated):
        list(client.jobs())
    assert popcon("keys", "revoke", "key_" + "0" * 32, "--data", locked.folder.root).returncode == 2
