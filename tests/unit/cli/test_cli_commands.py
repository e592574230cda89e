import contextlib
import io
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from popcon import errors, rest
from popcon.cli import check, connection, jobs, make
from popcon.cli.app import app
from popcon.rest import ActionState, JobState, RunState, SetState, Stage
from services.packaging.breach import Breach
from tests.unit.cli.cli_toys import Player, action, artifact, emoji_set, event, job, run

EIGHT = ("joy", "laugh", "love", "cry", "angry", "surprise", "sleep", "wave")
Invoke = Callable[..., Any]
Play = Callable[..., Player]


@pytest.fixture
def invoke(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Invoke:
    """`popcon …`, in an empty folder that is also the user's data folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "xdg"))
    monkeypatch.delenv("POPCON_DATA", raising=False)
    Path("cat.png").write_bytes(b"a picture")
    return lambda *arguments, **other: CliRunner().invoke(app, arguments, catch_exceptions=False, **other)


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> Play:
    """Puts a client that plays jobs where a stack would be; `verdict` is what the checker finds."""

    def put(*plot: Any, own: bool = False, verdict: tuple[Breach, ...] = ()) -> Player:
        player = Player(*plot)

        @contextlib.contextmanager
        def connect(*_arguments: Any) -> Iterator[Any]:
            yield connection.Connection(player, "", own)  # type: ignore[arg-type]

        for module in (make, jobs):
            monkeypatch.setattr(module, "connect", connect)
        monkeypatch.setattr(check.packaging("services.packaging.checker"), "check_pack", lambda *_: list(verdict))
        return player

    return put


def finished(*presets: str, **other: Any) -> rest.Job:
    actions = [action(preset, ActionState.DONE, Stage.PACK) for preset in presets]
    return job(actions, [emoji_set([each.id for each in actions], **other)], JobState.DONE)


def test_make_waits_as_a_full_queue_says_and_for_no_longer_than_it_is_worth(
    invoke: Invoke, play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr(make.time, "sleep", waited.append)
    player = play(([], finished(*EIGHT)))
    full = "The queue is full; try again in {} seconds."
    player.refusals = [errors.Overloaded(full.format(wait), retry_after_s=wait) for wait in (7, 90)]
    result = invoke("make", "cat.png", "--out", "out")
    assert result.exit_code == 0
    assert waited == [7, 90]
    assert full.format(90) in result.output
    player.refusals = [errors.Overloaded(full.format(3600), retry_after_s=3600)]
    assert invoke("make", "cat.png", "--out", "out").exit_code == 1
    assert waited == [7, 90]


@pytest.mark.parametrize("command", ["up", "make", "pack", "jobs", "check"])
def test_help_teaches_with_examples(invoke: Invoke, command: str) -> None:
    result = invoke(command, "--help")
    assert result.exit_code == 0
    assert f"popcon {command}" in result.output
    assert "Examples:" in result.output


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["make", "none.png", "--out", "o"], "There is no picture none.png; give the path of an image."),
        (["make", ".", "--out", "o"], "There is no picture .; give the path of an image."),
        (["make", "--out", "o"], "Which picture? Give its path"),
        (["make", "cat.png", "--out", "cat.png"], "cat.png is a file; name a folder"),
        (["make", "cat.png", "--out", "o", "--actions", "joi"], "There is no preset 'joi'; did you mean joy"),
        (["make", "cat.png", "--out", "o", "--target", "line"], 'There is no target "line"; did you mean line-emoji'),
        (["make", "cat.png", "--out", "o", "--resume", "job_1"], "leave PICTURE or --resume out"),
        (["check", "none.zip"], "none.zip cannot be read"),
        (["check", "cat.png"], "does not look like a pack of any target"),
        (["check", "cat.png", "--target", "line"], 'There is no target "line"'),
        (["jobs", "--state", "lost"], '"lost" is no state of a job; choose from queued, running'),
        (["up", "--data", "cat.png"], "cannot be used"),
    ],
)
def test_wrong_use_is_one_sentence_and_exit_code_2(invoke: Invoke, arguments: list[str], sentence: str) -> None:
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_a_picture_that_is_too_large_is_refused_before_anything_starts(invoke: Invoke) -> None:
    with Path("large.png").open("wb") as file:
        file.truncate(20_000_001)
    result = invoke("make", "large.png", "--out", "o")
    assert result.exit_code == 2
    assert "larger than 20 MB" in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [["--takes", "5"], ["--seed", "-1"], ["--strength", "1.6"], ["--speed", "nan"], ["--no-such-option"]],
)
def test_options_out_of_range_are_refused(invoke: Invoke, arguments: list[str]) -> None:
    assert invoke("make", "cat.png", "--out", "o", *arguments).exit_code == 2


def test_without_data_there_are_no_jobs_and_nothing_is_started(invoke: Invoke, tmp_path: Path) -> None:
    result = invoke("jobs")
    assert result.exit_code == 0
    assert "No jobs yet" in result.output
    assert not (tmp_path / "xdg").exists()


def test_make_leaves_the_files_of_the_set_and_the_zip(invoke: Invoke, play: Play, tmp_path: Path) -> None:
    moves = [event("action.changed", "joy", Stage.MOTION, state="running"), event("set.changed", state="complete")]
    first = job([action(preset) for preset in EIGHT])
    player = play(((), first), (moves, finished(*EIGHT)))
    result = invoke("make", "cat.png", "--out", "out")
    assert result.exit_code == 0
    assert (tmp_path / "out/line-emoji/001.png").read_bytes() == b"files/001.png"
    assert (tmp_path / "out/line-emoji/008.png").read_bytes() == b"files/008.png"
    assert (tmp_path / "out/line-emoji/preview.html").exists()
    assert (tmp_path / "out/line-emoji.zip").exists()
    assert "8 emoji in out/line-emoji, all of them in out/line-emoji.zip" in result.output
    assert "✓ out/line-emoji.zip holds every rule of LINE animated emoji." in result.output
    assert "s  Joy: motion" in result.output
    created = player.calls[1]
    assert (created[0], tuple(spec.preset for spec in created[1])) == ("create", EIGHT)
    assert created[2]["name"] == "cat"


def test_make_passes_on_what_was_asked_for(invoke: Invoke, play: Play) -> None:
    player = play(((), finished("cry", "joy")))
    invoke(
        *("make", "cat.png", "--out", "out", "--actions", "cry, joy", "--target", "web", "--target", "line-emoji"),
        *("--target", "web", "--takes", "3", "--review", "--seed", "7", "--name", "My cat"),
        *("--strength", "1.5", "--speed", "0.5"),
    )
    assert player.calls[0] == ("upload", Path("cat.png"))
    _, actions, options = player.calls[1]
    assert [(spec.preset, spec.strength, spec.speed) for spec in actions] == [("cry", 1.5, 0.5), ("joy", 1.5, 0.5)]
    assert options == {
        "review": True,
        "takes": 3,
        "targets": ["web", "line-emoji"],
        "seed": 7,
        "lane": rest.Lane.INTERACTIVE,
        "name": "My cat",
    }


def test_make_names_what_failed_and_exits_with_1(invoke: Invoke, play: Play) -> None:
    failure = rest.Failure(code="internal", message="The disk is full; make room.", retryable=True)
    actions = [
        action("joy", ActionState.DONE, Stage.PACK),
        action("cry", ActionState.FAILED, Stage.MOTION, failure=failure),
        action("love", ActionState.CANCELLED),
    ]
    play(((), job(actions, [emoji_set(["act_joy"])], JobState.PARTIAL)))
    result = invoke("make", "cat.png", "--out", "out")
    assert result.exit_code == 1
    assert "✗ Cry failed in motion: The disk is full; make room." in result.output
    assert "Love was cancelled" in result.output
    assert "popcon make --resume job_1 --out out" in result.output


def test_a_set_smaller_than_its_target_wants_is_told_but_no_failure(invoke: Invoke, play: Play) -> None:
    few = {"rule": "set_too_small", "file": "", "message": "The set has 2 emoji; 8 to 40 are wanted."}
    play(
        ((), finished("joy", "cry", state=SetState.INCOMPLETE, breaches=[rest.Breach(**few)])), verdict=(Breach(**few),)
    )
    result = invoke("make", "cat.png", "--out", "out", "--actions", "joy,cry")
    assert result.exit_code == 0
    assert "set_too_small: The set has 2 emoji; 8 to 40 are wanted." in result.output


def test_a_pack_that_breaks_another_rule_is_a_failure(invoke: Invoke, play: Play) -> None:
    wrong = Breach("canvas", "001.png", "It is 9x9 pixels; 180x180 are wanted.")
    broken = finished("joy", state=SetState.INCOMPLETE, breaches=[rest.Breach(**vars(wrong))])
    play(((), broken), verdict=(wrong,))
    result = invoke("make", "cat.png", "--out", "out")
    assert result.exit_code == 1
    assert "canvas in 001.png: It is 9x9 pixels" in result.output


def test_a_set_that_could_not_be_made_is_a_failure(invoke: Invoke, play: Play) -> None:
    play(((), finished("joy", state=SetState.FAILED)))
    result = invoke("make", "cat.png", "--out", "out")
    assert result.exit_code == 1
    assert "The line-emoji set could not be made" in result.output


def waiting(preset: str = "joy") -> rest.Action:
    frames = [artifact("takes/1.png"), artifact("takes/2.png"), artifact("rig.json", "application/json")]
    made = run(Stage.STARTFRAME, RunState.SUCCEEDED, number=2, takes=2, outputs=frames)
    return action(preset, ActionState.AWAITING_REVIEW, runs=[run(Stage.STARTFRAME), made])


@pytest.mark.parametrize(
    ("answer", "call"),
    [("2", ("approve", "act_joy", 2, 2)), ("r", ("regenerate", "act_joy")), ("c", ("cancel", "act_joy"))],
)
def test_review_shows_the_start_frames_and_does_what_is_answered(
    invoke: Invoke, play: Play, tmp_path: Path, answer: str, call: tuple[Any, ...]
) -> None:
    after = [event("action.changed", "joy", Stage.PACK, state="done")]
    player = play(((), job([waiting()], state=JobState.AWAITING)), (after, finished("joy")))
    result = invoke("make", "cat.png", "--out", "out", "--review", input=f"\n3\nwhat\n{answer}\n")
    assert result.exit_code == 0
    assert player.calls[2:] == [call]
    assert "out/review/joy-2-takes-2.png" in result.output
    assert {path.name for path in (tmp_path / "out/review").iterdir()} == {"joy-2-takes-1.png", "joy-2-takes-2.png"}


@pytest.mark.parametrize("answers", ["", "q\n"])
def test_leaving_a_review_says_how_to_go_on(invoke: Invoke, play: Play, answers: str) -> None:
    play(((), job([waiting(), waiting("cry")], state=JobState.AWAITING)))
    result = invoke("make", "cat.png", "--out", "out", "--review", input=answers)
    assert result.exit_code == 1
    assert "popcon make --resume job_1 --out out" in result.output


def test_a_review_that_somebody_else_decided_goes_on(
    invoke: Invoke, play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    def approve(*_: Any, **__: Any) -> None:
        raise errors.StaleVersion("Somebody changed it first; look again.")

    after = [event("action.changed", "joy", Stage.PACK, state="done")]
    player = play(((), job([waiting()], state=JobState.AWAITING)), (after, finished("joy")))
    monkeypatch.setattr(player, "approve", approve)
    result = invoke("make", "cat.png", "--out", "out", "--review", input="1\n")
    assert result.exit_code == 0
    assert "Somebody changed it first" in result.output


def test_resume_watches_the_job_that_is_there(invoke: Invoke, play: Play) -> None:
    player = play(((), finished("joy")))
    result = invoke("make", "--resume", "job_1", "--out", "out")
    assert result.exit_code == 0
    assert player.calls == []


def test_resume_tries_what_failed_again(invoke: Invoke, play: Play) -> None:
    broken = job([action("joy", ActionState.FAILED, Stage.MOTION), action("cry", ActionState.CANCELLED)])
    player = play(((), broken), ((), finished("joy")))
    assert invoke("make", "--resume", "job_1", "--out", "out").exit_code == 0
    assert player.calls == [("resume", "act_joy")]


@pytest.mark.parametrize(("own", "said"), [(True, "Go on with it:"), (False, "It goes on; look again:")])
def test_ctrl_c_says_how_to_go_on(
    invoke: Invoke, play: Play, monkeypatch: pytest.MonkeyPatch, own: bool, said: str
) -> None:
    def interrupted(*_: Any) -> Any:
        raise KeyboardInterrupt

    player = play(((), job([action("joy")])), own=own)
    monkeypatch.setattr(player, "events", interrupted)
    result = invoke("make", "cat.png", "--out", "out")
    assert result.exit_code == 130
    assert f"{said} popcon make --resume job_1 --out out" in result.output


def test_an_error_of_popcon_is_a_sentence_and_exit_code_1(
    invoke: Invoke, play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: Any) -> Any:
        raise errors.Unavailable("Nothing answers; start it.")

    monkeypatch.setattr(play(((), job([action("joy")]))), "upload_picture", gone)
    result = invoke("make", "cat.png", "--out", "out")
    assert result.exit_code == 1
    assert result.stderr == "Nothing answers; start it.\n"


def test_check_names_every_rule_that_does_not_hold(invoke: Invoke, tmp_path: Path) -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as pack:
        pack.writestr("001.png", b"\x89PNG no picture")
    (tmp_path / "pack.zip").write_bytes(data.getvalue())
    result = invoke("check", "pack.zip")
    assert result.exit_code == 1
    assert "✗ pack.zip breaks" in result.output
    assert "set_too_small: The set has 1 emoji" in result.output
    assert "tab_missing in tab.png" in result.output


def test_check_passes_a_pack_that_holds_every_rule(invoke: Invoke, play: Play) -> None:
    play()
    result = invoke("check", "cat.png", "--target", "web")
    assert result.exit_code == 0
    assert "✓ cat.png holds every rule of Web page." in result.output


def test_jobs_are_listed_with_what_is_done(invoke: Invoke, play: Play, tmp_path: Path) -> None:
    (tmp_path / "xdg/popcon").mkdir(parents=True)
    (tmp_path / "xdg/popcon/popcon.db").touch()
    states = [ActionState.DONE, ActionState.DONE, ActionState.FAILED, ActionState.AWAITING_REVIEW]
    summary = rest.JobSummary(
        id="job_1",
        picture_id="pic_1",
        done=2,
        name="cat",
        state=JobState.PARTIAL,
        thumbnail=None,
        actions=[rest.ActionSummary(id="a", label="Joy", state=state, last_stage=None) for state in states],
        created_at=job([]).created_at,
        updated_at=job([]).created_at,
    )
    player = play()
    asked: list[Any] = []
    player.jobs = lambda **options: asked.append(options) or iter([summary])  # type: ignore[attr-defined]
    result = invoke("jobs", "--state", "partial", "--limit", "3")
    assert result.exit_code == 0
    assert asked == [{"state": [JobState.PARTIAL], "limit": 3}]
    (row,) = [line for line in result.output.splitlines() if "job_1" in line]
    assert "2 of 4" in row
    assert "1 failed, 1 awaiting review" in row


def test_presets_and_targets_are_listed(invoke: Invoke) -> None:
    assert "joy" in invoke("presets").output
    listed = invoke("targets").output
    assert "line-emoji" in listed
    assert "APNG 180x180, at most 300 kB" in listed
    assert "5–20, 1–4 whole s" in listed
