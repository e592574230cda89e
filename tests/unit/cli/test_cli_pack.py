"""`popcon pack`: files in, packs out, nothing running."""

import io
import json
import zipfile
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from popcon.cli.app import app
from services.packaging import apng
from services.packaging.checker import check_pack

Invoke = Callable[..., Any]


def frames(seed: int = 0) -> np.ndarray[Any, np.dtype[np.uint8]]:
    shown = np.zeros((6, 48, 48, 4), np.uint8)
    for number in range(6):
        shown[number, 10:30, 4 + number : 24 + number] = (200, 40 * seed, 90, 255)
    return shown


@pytest.fixture
def invoke(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Invoke:
    """`popcon pack …` in a folder with eight animations and the frames of one emoji."""
    monkeypatch.chdir(tmp_path)
    for number in range(8):
        Path(f"a{number}.png").write_bytes(apng.write_apng(frames(number % 6), [Fraction(1, 6)] * 6, 0))
    for number, frame in enumerate(frames()):
        Image.fromarray(frame).save(f"still{number}.png")
    return lambda *arguments: CliRunner().invoke(app, ["pack", *arguments], catch_exceptions=False)


ANIMATIONS = [f"a{number}.png" for number in range(8)]
STILLS = [f"still{number}.png" for number in range(6)]


def test_a_set_for_line_passes_its_own_check(invoke: Invoke) -> None:
    result = invoke(*ANIMATIONS, "--out", "packs")
    assert result.exit_code == 0, result.output
    assert "✓ packs/line-emoji.zip holds every rule of LINE animated emoji." in result.output
    assert "8 emoji in packs/line-emoji" in result.output
    assert check_pack(Path("packs/line-emoji.zip").read_bytes(), "line-emoji") == []
    beside = {path.name for path in Path("packs/line-emoji").iterdir()}
    with zipfile.ZipFile("packs/line-emoji.zip") as archive:
        assert beside == {*archive.namelist(), "pack.json", "preview.html"}


def test_stills_become_one_emoji_for_each_target_under_the_name_given(invoke: Invoke) -> None:
    result = invoke(*STILLS, "--name", "Hello you", "--target", "discord-emoji", "--target", "web", "--seconds", "2")
    assert result.exit_code == 0, result.output
    with zipfile.ZipFile("emoji/discord-emoji.zip") as archive:
        assert archive.namelist() == ["Hello_you.webp", "pack.json", "preview.html"]
        told = json.loads(archive.read("pack.json"))
    assert (told["files"][0]["label"], told["files"][0]["seconds"]) == ("Hello you", 2.0)
    assert Path("emoji/web/001.webp").is_file()


def test_what_was_made_is_told_with_size_and_frames(invoke: Invoke) -> None:
    line = next(line for line in invoke(*STILLS, "--target", "web").output.splitlines() if line.startswith("001.webp"))
    size = Path("emoji/web/001.webp").stat().st_size
    assert line.split()[:2] == ["001.webp", "still"]
    assert f"{size / 1000:.1f}" in line


def test_a_breach_is_named_and_the_exit_code_tells(invoke: Invoke) -> None:
    result = invoke(*ANIMATIONS[:2])
    assert result.exit_code == 1
    assert "set_too_small: The set has 2 emoji; 8 to 40 are wanted." in result.output
    assert Path("emoji/line-emoji.zip").is_file()


def test_the_same_files_give_the_same_bytes(invoke: Invoke) -> None:
    for out in ("one", "two"):
        invoke(*STILLS, "--target", "whatsapp", "--out", out)
    assert Path("one/whatsapp.zip").read_bytes() == Path("two/whatsapp.zip").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["none.png"], "none.png cannot be read (No such file or directory); name a file."),
        (["still0.png"], "still0.png is one still picture"),
        (["still0.png", "a0.png"], "a0.png is an animation and still0.png is a still picture"),
        ([*STILLS, "--target", "line"], 'There is no target "line"; did you mean line-emoji'),
        ([*STILLS, "--fps", "12", "--seconds", "1"], "Give --fps or --seconds, not both."),
        ([*STILLS, "--fps", "fast"], '"fast" cannot be --fps; give a number from 0.01 to 1000.'),
        ([*STILLS, "--seconds", "0"], '"0" cannot be --seconds'),
        ([*STILLS, "--out", "a0.png"], "a0.png is a file; name a folder with --out."),
        ([*ANIMATIONS, "--name", "Joy"], "The files make 8 emoji and there are 1 names; give --name once for each."),
    ],
)
def test_wrong_use_is_one_sentence_and_exit_code_2(invoke: Invoke, arguments: list[str], sentence: str) -> None:
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert not Path("emoji").exists()


def test_an_emoji_that_shows_nothing_is_refused_by_name(invoke: Invoke) -> None:
    out = io.BytesIO()
    Image.new("RGBA", (48, 48)).save(out, "PNG")
    for name in ("b1.png", "b2.png"):
        Path(name).write_bytes(out.getvalue())
    result = invoke("b1.png", "b2.png")
    assert result.exit_code == 2
    assert "b1.png shows nothing: all is transparent; save it with its picture." in result.stderr
