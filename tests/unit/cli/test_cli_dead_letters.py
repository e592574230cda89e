import contextlib
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from popcon import errors, rest
from popcon.cli import connection, dead_letters
from popcon.cli.app import app
from popcon.rest import DeadLetter, DeadLetterState, Stage
from tests.unit.cli.cli_toys import NOW, event

Invoke = Callable[..., Any]


def letter(run_id: str, stage: Stage = Stage.MATTE, **other: Any) -> DeadLetter:
    failure = rest.Failure(code="worker_lost", message="Its worker vanished 5 times.", field="", retryable=False)
    values: dict[str, Any] = {
        "run_id": run_id, "job_id": "job_1", "action_id": "act_joy", "label": "Joy", "stage": stage, "target": None,
        "number": 2, "state": DeadLetterState.OPEN, "failure": failure, "attempts": 6, "losses": 5, "tries": 1,
        "inputs": [rest.Selection(stage=Stage.MOTION, run=1, take=1)], "backend": "classic", "seed": 7,
        "wasted_seconds": 61.5, "created_at": NOW, "failed_at": NOW + timedelta(minutes=1), "parameters": {},
        "events": [],
    }  # fmt: skip
    return DeadLetter(**{**values, **other})


class Letters:
    """A gateway's dead letters; `refused` are runs whose letters cannot be changed."""

    def __init__(self, *held: DeadLetter, refused: Iterable[str] = ()) -> None:
        self.held = {each.run_id: each for each in held}
        self.refused = set(refused)
        self.calls: list[tuple[Any, ...]] = []

    def list(self, **asked: Any) -> Iterator[DeadLetter]:
        self.calls.append(("list", asked))
        return (each for each in self.held.values() if asked["stage"] in (None, each.stage))

    def get(self, run_id: str) -> DeadLetter:
        return self.held[run_id]

    def replay(self, run_id: str) -> DeadLetter:
        return self._change("replay", run_id, DeadLetterState.REPLAYED)

    def discard(self, run_id: str) -> DeadLetter:
        return self._change("discard", run_id, DeadLetterState.DISCARDED)

    def _change(self, name: str, run_id: str, state: DeadLetterState) -> DeadLetter:
        self.calls.append((name, run_id))
        if run_id in self.refused:
            raise errors.WrongState("The dead letter was put away: resume its action.")
        return self.held[run_id].model_copy(update={"state": state})


@pytest.fixture
def invoke(monkeypatch: pytest.MonkeyPatch) -> Invoke:
    """`popcon dead-letters …` on given letters."""

    def run(letters: Letters, *arguments: str) -> Any:
        @contextlib.contextmanager
        def connect(*_arguments: Any) -> Iterator[Any]:
            yield connection.Connection(SimpleNamespace(dead_letters=letters), "", False)  # type: ignore[arg-type]

        monkeypatch.setattr(dead_letters, "connect", connect)
        return CliRunner().invoke(app, ["dead-letters", *arguments], catch_exceptions=False)

    return run


def test_a_list_is_a_table_of_the_open_ones(invoke: Invoke) -> None:
    letters = Letters(letter("run_1"), letter("run_2", Stage.PACK))
    result = invoke(letters, "list", "--stage", "matte", "--limit", "7")
    assert result.exit_code == 0
    (head, row) = result.output.splitlines()
    assert head.split() == ["run", "name", "stage", "state", "attempts", "failure", "age"]
    assert row.split()[:6] == ["run_1", "Joy", "matte", "open", "6", "worker_lost"]
    assert letters.calls == [("list", {"state": [DeadLetterState.OPEN], "stage": Stage.MATTE, "limit": 7})]
    assert "No such dead letters." in invoke(Letters(), "list", "--state", "replayed").output


def test_show_tells_all_that_is_known(invoke: Invoke) -> None:
    happened = [event("run.started", "joy", Stage.MATTE, attempt=1), event("run.failed", "joy", Stage.MATTE)]
    result = invoke(Letters(letter("run_1", events=happened)), "show", "run_1")
    assert result.exit_code == 0
    for words in (
        "run_1, number 2 of Joy: matte", "worker_lost: Its worker vanished 5 times.", "motion run 1 take 1",
        "6, of which 5 lost their worker and 1 ended in an error", "61.5 s", "run.started  attempt=1", "run.failed",
    ):  # fmt: skip
        assert words in result.output


@pytest.mark.parametrize("verb", ["replay", "discard"])
def test_several_are_named_or_all_of_a_stage(invoke: Invoke, verb: str) -> None:
    letters = Letters(letter("run_1"), letter("run_2", Stage.PACK), letter("run_3"))
    assert invoke(letters, verb, "run_2", "run_3").exit_code == 0
    assert letters.calls == [(verb, "run_2"), (verb, "run_3")]
    letters.calls.clear()
    assert invoke(letters, verb, "--all", "--stage", "matte").exit_code == 0
    assert letters.calls[1:] == [(verb, "run_1"), (verb, "run_3")]


def test_one_that_is_refused_keeps_no_other_back(invoke: Invoke) -> None:
    letters = Letters(letter("run_1"), letter("run_2"), refused=["run_1"])
    result = invoke(letters, "replay", "--all")
    assert result.exit_code == 1
    assert "run_1: The dead letter was put away" in result.output
    assert "run_2: replayed, Joy: matte" in result.output


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["replay"], "Name runs of popcon dead-letters list, or --all"),
        (["discard", "run_1", "--all"], "Name runs of popcon dead-letters list, or --all"),
        (["replay", "run_1", "--stage", "matte"], "Name runs of popcon dead-letters list, or --all"),
        (["list", "--state", "lost"], '"lost" is no state of a dead letter; choose from open'),
        (["list", "--stage", "lost"], '"lost" is no stage; choose from startframe'),
    ],
)
def test_wrong_use_is_one_sentence_and_exit_code_2(invoke: Invoke, arguments: list[str], sentence: str) -> None:
    letters = Letters(letter("run_1"))
    result = invoke(letters, *arguments)
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert letters.calls == []
