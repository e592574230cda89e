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


def test_what_is_written_for_people_is_sent_without_comments_and_spaces(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("text")
    (tmp_path / "a.js").write_text("/** Adds. */\nexport function add(a, b) {\n  return a + b; // plainly\n}\n")
    (tmp_path / "a.css").write_text("/* Red. */\np {\n  color: red;\n}\n")
    studio = pages.load(tmp_path)
    assert studio["a.js"].plain.content == b"export function add(e,t){return e+t}"
    assert studio["a.css"].plain.content == b"p{color:red}"


def test_all_pages_together_weigh_less_than_200_kilobytes_in_one_language() -> None:
    studio = pages.load()
    others = {name for name in studio if name.startswith("words/")} - {"words/en.js"}
    assert sum(len(file.plain.content) for name, file in studio.items() if name not in others) < 200_000


def test_texts_become_a_module_per_language(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("text")
    (tmp_path / "words").mkdir()
    (tmp_path / "words" / "one.js").write_text('export default {\n  "a": {"en": "Yes", "ja": "はい"}\n}\n')
    (tmp_path / "words" / "two.js").write_text('export default {"b": {"en": "No", "ja": "いいえ"}}')
    studio = pages.load(tmp_path)
    assert set(studio) == {"index.html", "words/en.js", "words/ja.js"}
    assert studio["words/ja.js"].plain.content.decode() == 'export default{a:"はい",b:"いいえ"}'


def test_a_module_of_texts_that_is_code_is_refused() -> None:
    with pytest.raises(ValueError, match=r"words/x\.js"):
        pages.texts_of({"words/x.js": b"const a = 1; export default {}"})


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
    text = b"[1, 2, 3]\n" * 40
    (tmp_path / "index.html").write_text("text")
    (tmp_path / "icons.json").write_bytes(text)
    (tmp_path / "noise.png").write_bytes(hashlib.shake_256(b"noise").digest(500))
    studio = pages.load(tmp_path)
    form = studio["icons.json"].form(accepts)
    assert form.encoding == encoding
    assert (gzip.decompress(form.content) if encoding else form.content) == text
    assert form.sha256 == hashlib.sha256(form.content).hexdigest()
    # What cannot be made smaller is sent as it is.
    assert studio["noise.png"].form(accepts).encoding == ""
