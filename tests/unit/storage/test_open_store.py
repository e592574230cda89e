import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from popcon import errors
from popcon.storage import S3Settings, open_store


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/a/folder",
        "file://relative/folder",
        "file:relative",
        "file://",
        "file://.",
        "file://../folder",
        "s3://",
        "s3://bucket/folder",
        "http://x/y",
    ],
)
def test_what_is_no_store_is_refused(url: str):
    with pytest.raises(errors.InvalidRequest, match="is not a store"):
        open_store(url, S3Settings("http://127.0.0.1:1", "r", "a", SecretStr("s")))


@pytest.mark.parametrize("access_key", [None, ""])
def test_s3_without_keys_is_refused(access_key: str | None):
    settings = None if access_key is None else S3Settings("", "r", access_key, SecretStr("s"))
    with pytest.raises(errors.InvalidRequest, match="needs an access key"):
        open_store("s3://bucket", settings)


def test_a_folder_may_be_named_from_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    open_store("file://./.popcon/artifacts")
    assert (tmp_path / ".popcon" / "artifacts").is_dir()


def test_a_folder_is_made_also_with_odd_characters_in_its_name(tmp_path: Path):
    open_store(f"file://{tmp_path}/a%20b/c")
    assert (tmp_path / "a b" / "c").is_dir()


def test_a_folder_that_cannot_be_is_unavailable(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(errors.Unavailable):
        open_store(f"file://{tmp_path}/file/store")


def test_a_folder_needs_no_boto3(tmp_path: Path):
    script = (
        f"import sys; from popcon.storage import open_store; open_store('file://{tmp_path}');"
        "sys.exit(any(m.startswith('boto') for m in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", script]).returncode == 0


def test_secrets_do_not_show_in_print():
    assert "hush" not in repr(S3Settings("http://127.0.0.1:1", "r", "a", SecretStr("hush")))
