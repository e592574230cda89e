"""`popcon make` from a picture to files in a folder, and the files looked at by other eyes than popcon's."""

import json
import signal
import subprocess
import sys
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageSequence

from tests.fixtures.stack import EXAMPLES, ROOT, LiveStack, popcon

ACTIONS = ("joy", "cry")
EMOJI = ["line-emoji/001.png", "line-emoji/002.png", "web/001.webp", "web/002.webp"]
BESIDE = ["line-emoji/tab.png", "web/poster.png"]
NOTES = [f"{target}/{name}" for target in ("line-emoji", "web") for name in ("pack.json", "preview.html")]


@dataclass(frozen=True)
class Made:
    """What `popcon make` left, and how it ended."""

    folder: Path
    ended: subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def made(live: LiveStack, tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("emoji")
    targets = ("--target", "line-emoji", "--target", "web")
    order = (
        "make",
        EXAMPLES / "penguin.png",
        "--actions",
        ",".join(ACTIONS),
        *targets,
        "--out",
        folder,
        "--data",
        live.folder.root,
    )
    return Made(folder, popcon(*order))


def test_it_ends_well_and_leaves_each_emoji_and_a_zip_per_target(made: Made) -> None:
    assert made.ended.returncode == 0, made.ended.stdout + made.ended.stderr
    left = sorted(str(path.relative_to(made.folder)) for path in made.folder.rglob("*") if path.is_file())
    assert left == sorted([*EMOJI, *BESIDE, *NOTES, "line-emoji.zip", "web.zip"])
    assert ZipFile(made.folder / "line-emoji.zip").namelist() == ["001.png", "002.png", "tab.png"]
    names = ["001.webp", "002.webp", "poster.png", "pack.json", "preview.html"]
    assert ZipFile(made.folder / "web.zip").namelist() == names


def test_what_is_told_of_a_set_names_its_emoji_by_their_labels(made: Made) -> None:
    told = json.loads((made.folder / "line-emoji" / "pack.json").read_bytes())
    named = [(file["name"], file["role"], file.get("label")) for file in told["files"]]
    assert named == [("001.png", "emoji", "Joy"), ("002.png", "emoji", "Cry"), ("tab.png", "tab", None)]


def test_it_says_what_it_does(made: Made) -> None:
    for words in ("Job job_", "Joy: motion", "Cry: done", "2 emoji in"):
        assert words in made.ended.stdout


def test_a_check_of_its_own_passes_and_misses_only_the_emoji_that_nobody_asked_for(made: Made) -> None:
    web, line = (popcon("check", made.folder / f"{target}.zip") for target in ("web", "line-emoji"))
    assert web.returncode == 0, web.stdout
    assert line.returncode == 1
    assert "breaks 1 rule" in line.stdout
    assert "set_too_small" in line.stdout


@pytest.mark.parametrize("name", EMOJI)
def test_an_emoji_moves_on_a_transparent_ground(made: Made, name: str) -> None:
    frames, durations = decode(made.folder / name)
    assert 5 <= len(frames) <= 20
    assert len({frame.tobytes() for frame in frames}) > len(frames) // 2
    for frame in frames:
        assert not frame[[0, 0, -1, -1], [0, -1, 0, -1], 3].any(), "a corner is not transparent"
        assert 0.1 < (frame[..., 3] > 200).mean() < 0.9
    assert sum(durations) == pytest.approx(1000, abs=1)


@pytest.mark.parametrize("name", EMOJI)
def test_the_loop_has_no_jump(made: Made, name: str) -> None:
    frames, _ = decode(made.folder / name)
    steps = [change(one, other) for one, other in pairwise(frames)]
    assert change(frames[-1], frames[0]) <= 1.25 * max(steps)


@pytest.mark.parametrize("name", EMOJI[:2])
def test_a_line_emoji_has_the_size_that_line_wants(made: Made, name: str) -> None:
    path = made.folder / name
    assert path.stat().st_size <= 300_000
    with Image.open(path) as image:
        assert image.size == (180, 180)


@pytest.mark.full
@pytest.mark.timeout(400)
def test_eight_emoji_of_another_picture_make_a_pack_that_line_takes(tmp_path: Path) -> None:
    """By a popcon that `make` starts for itself, from a JPEG with a plain background."""
    picture = EXAMPLES / "bunny.jpg"
    ended = popcon("make", picture, "--out", tmp_path / "out", "--data", tmp_path / "data", timeout_s=300)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert len(list((tmp_path / "out" / "line-emoji").glob("00*.png"))) == 8
    assert popcon("check", tmp_path / "out" / "line-emoji.zip").returncode == 0


@pytest.mark.full
@pytest.mark.timeout(400)
def test_a_make_that_was_interrupted_is_listed_and_goes_on(tmp_path: Path) -> None:
    where = ("--out", str(tmp_path / "out"), "--data", str(tmp_path / "data"))
    command = [sys.executable, "-P", "-m", "popcon.cli", "make", str(EXAMPLES / "mug.png"), *where]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as making:
        assert making.stdout is not None
        started = next(line for line in making.stdout if line.startswith("Job "))
        next(line for line in making.stdout if "matte" in line)
        making.send_signal(signal.SIGINT)
        said = making.stdout.read()
    job = started.split()[1].rstrip(":")
    assert f"--resume {job}" in said
    assert making.returncode != 0
    assert job in popcon("jobs", "--data", tmp_path / "data").stdout
    ended = popcon("make", "--resume", job, *where, timeout_s=300)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert popcon("check", tmp_path / "out" / "line-emoji.zip").returncode == 0


def decode(path: Path) -> tuple[list[NDArray[np.uint8]], list[float]]:
    """Every frame as HxWx4 RGBA, and how long each is shown, in ms; one play."""
    with Image.open(path) as image:
        shown = [(np.array(frame.convert("RGBA")), frame.info["duration"]) for frame in ImageSequence.Iterator(image)]
    return [frame for frame, _ in shown], [float(duration) for _, duration in shown]


def change(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """The mean difference of two frames as seen on mid-grey."""
    flat = [frame[..., :3] * (frame[..., 3:] / 255) + 128 * (1 - frame[..., 3:] / 255) for frame in (one, other)]
    return float(np.abs(flat[0] - flat[1]).mean())
