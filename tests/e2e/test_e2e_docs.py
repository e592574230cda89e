"""What the documentation says is so: its examples run as they stand, and the quickstart ends with a pack that holds."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.fixtures.doc_examples import Reader, blocks, reader
from tests.fixtures.stack import EXAMPLES, ROOT

TYPESCRIPT = ROOT / "tests/typescript"


@pytest.fixture(scope="module")
def following(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """Somebody who has installed popcon and started it."""
    folder = tmp_path_factory.mktemp("clone")
    shutil.copytree(EXAMPLES, folder / "examples")
    home = tmp_path_factory.mktemp("home")
    with reader(home, folder, Path(sys.executable).parent, ROOT) as somebody:
        yield somebody


def test_the_quickstart_ends_with_a_pack_that_holds(following: Reader) -> None:
    said = following.follow("docs/quickstart.md")
    assert "✓ out/discord-emoji.zip holds every rule" in said
    assert "✓ web.zip holds every rule" in said
    assert (following.folder / "out/discord-emoji/preview.html").exists()


@pytest.mark.parametrize(
    "page",
    ["README.md", "docs/tutorials/programs.md", "docs/tutorials/platform.md", "docs/reference/python.md"],
)
def test_the_examples_of_a_page_run(following: Reader, page: str) -> None:
    if page == "README.md":
        for block in blocks(page):
            if block.language == "python":
                following.python(block.text)
    else:
        following.follow(page)


def test_a_client_made_of_the_description_compiles_and_lists_jobs(following: Reader, tmp_path: Path) -> None:
    for name in ("package.json", "tsconfig.json", "list_jobs.ts"):
        shutil.copy(TYPESCRIPT / name, tmp_path)
    (tmp_path / "node_modules").symlink_to(TYPESCRIPT / "node_modules")
    (tmp_path / "popcon.json").write_text(httpx.get(f"{following.url}/v1/openapi.json", trust_env=False).text)
    run(tmp_path, "openapi-typescript", "popcon.json", "--default-non-nullable=false", "-o", "popcon.ts")
    run(tmp_path, "tsc", "-p", ".")
    job = json.loads(
        following.shell(f"curl -sS {following.url}/v1/jobs -F picture=@examples/mug.png -F actions=joy -F review=true")
    )
    ended = subprocess.run(
        ["node", "list_jobs.js"],
        cwd=tmp_path,
        env={**os.environ, "POPCON_URL": following.url},
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stderr
    assert f"{job['id']} " in ended.stdout
    assert "unknown_preset actions[0].preset" in ended.stdout


def run(folder: Path, program: str, *arguments: str) -> None:
    ended = subprocess.run(
        [folder / "node_modules/.bin" / program, *arguments], cwd=folder, capture_output=True, text=True
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.full
@pytest.mark.timeout(900)
def test_a_fresh_clone_has_a_pack_after_the_quickstart(tmp_path: Path) -> None:
    [install] = [block for block in blocks("docs/quickstart.md") if block.title == "Install"]
    script = install.text.replace("<this repository>", str(ROOT))
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    subprocess.run(["bash", "-euo", "pipefail", "-c", script], cwd=tmp_path, env=env, check=True)
    clone = tmp_path / "popcon"
    with reader(tmp_path, clone, clone / ".venv/bin") as somebody:
        assert "✓ out/discord-emoji.zip holds every rule" in somebody.follow("docs/quickstart.md")
