"""The studio's files in memory: which there are, and in which form each is sent."""

import gzip
import hashlib
from pathlib import Path

import pytest

from services.gateway import pages


def test_files_of_other_kinds_are_left_aside(tmp_path: Path) -> None:
    for name in ("index.html", "notes.md", "__init__.py", ".hidden.js~", "deep/er/a.js"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("text")
    assert set(pages.load(tmp_path)) == {"index.html", "deep/er/a.js"}


def test_a_studio_without_its_shell_does_not_start(tmp_path: Path) -> None:
    (tmp_path / "app.js").write_text("text")
    with pytest.raises(FileNotFoundError, match="install popcon again"):
        pages.load(tmp_path)


@pytest.mark.parametrize(
    ("accepts", "encoding"),
    [
        ("gzip, deflate, br", "gzip"),
        ("br;q=1, GZIP;q=0.5", "gzip"),
        ("*", "gzip"),
        ("gzip;q=0, *", ""),
        ("gzip; q=0.000", ""),
        ("br", ""),
        ("", ""),
    ],
)
def test_gzip_is_for_who_takes_it(tmp_path: Path, accepts: str, encoding: str) -> None:
    text = b"export const words = {};\n" * 40
    (tmp_path / "index.html").write_bytes(text)
    (tmp_path / "noise.png").write_bytes(hashlib.shake_256(b"noise").digest(500))
    studio = pages.load(tmp_path)
    form = studio["index.html"].form(accepts)
    assert form.encoding == encoding
    assert (gzip.decompress(form.content) if encoding else form.content) == text
    assert form.sha256 == hashlib.sha256(form.content).hexdigest()
    # What cannot be made smaller is sent as it is.
    assert studio["noise.png"].form(accepts).encoding == ""
