"""`popcon bench matting`, on cases by hand."""

import os
from pathlib import Path

import pytest
from bench_scenes import some_cases, some_clips
from typer.testing import CliRunner

import popcon
from bench import machine
from bench.matting import run
from popcon.cli.app import app


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """In this process, on drawings by hand, without times."""
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    monkeypatch.setattr(run.scenes, "cases", some_cases)
    monkeypatch.setattr(run.clips, "clip_cases", some_clips)
    monkeypatch.setattr(run, "times", lambda order: [])


def invoke(*arguments: str):
    return CliRunner().invoke(app, ["bench", "matting", *arguments], catch_exceptions=False)


@pytest.mark.usefixtures("quick")
def test_it_prints_tables_and_writes_a_page(tmp_path: Path) -> None:
    done = invoke("--cases", "6", "--clips", "1", "--methods", "published,none", "--out", str(tmp_path))
    assert done.exit_code == 0
    assert "6 cases and 1 clips of the test split" in done.output
    assert "| published recipe: instance recall" in done.output
    assert "## Clips" in done.output
    page = (tmp_path / "index.html").read_text()
    assert page.count("<section>") == 6
    assert page.index("none") < page.index("published")


@pytest.mark.usefixtures("quick")
def test_tables_are_kept_with_machine_and_date_where_that_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "RESULTS", tmp_path / "results")
    arguments = ("--cases", "1", "--clips", "0", "--methods", "none", "--out", str(tmp_path))
    invoke(*arguments)
    assert not (tmp_path / "results").exists()
    invoke(*arguments, "--keep")
    kept = (tmp_path / "results" / "matting.md").read_text()
    assert "UTC" in kept
    assert "| none" in kept


@pytest.mark.parametrize(
    ("option", "value", "choice"), [("--split", "both", "tune"), ("--methods", "magic", "published")]
)
def test_an_unknown_choice_is_named_with_those_there_are(option: str, value: str, choice: str) -> None:
    done = invoke(option, value)
    assert done.exit_code == 2
    assert value in done.output
    assert choice in done.output


def test_outside_a_clone_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(popcon, "__file__", str(tmp_path / "popcon" / "__init__.py"))
    done = invoke()
    assert done.exit_code == 1
    assert "clone" in done.output
