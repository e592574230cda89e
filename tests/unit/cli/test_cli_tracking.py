from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from popcon.cli.jobs import age
from popcon.cli.names import file_names, slug
from popcon.client.tracker import Tracker, is_over
from popcon.rest import ActionState, RunState, SetState, Stage
from tests.unit.cli.cli_toys import action, emoji_set, event, job, run


def done(preset: str) -> Any:
    return action(preset, ActionState.DONE, Stage.PACK)


def test_each_stage_counts_a_quarter() -> None:
    tracker = Tracker(job([action("joy", ActionState.RUNNING, Stage.MOTION, runs=[run(Stage.MOTION)])]))
    assert tracker.rows["act_joy"].done == 0.5
    tracker.apply(event("action.changed", "joy", Stage.MATTE, state="queued"))
    assert tracker.rows["act_joy"].done == 0.5
    tracker.apply(event("run.progress", "joy", Stage.MATTE, fraction=0.5))
    assert tracker.rows["act_joy"].done == 0.625
    tracker.apply(event("action.changed", "joy", Stage.PACK, state="done"))
    assert tracker.rows["act_joy"].done == 1


def test_pack_runs_of_several_targets_share_the_last_quarter() -> None:
    packing = action("joy", ActionState.RUNNING, Stage.PACK)
    tracker = Tracker(job([packing], targets=["line-emoji", "web"]))
    tracker.apply(event("run.succeeded", "joy", Stage.PACK, target="web"))
    assert tracker.rows["act_joy"].done == 0.875
    tracker.apply(event("run.progress", "joy", Stage.PACK, target="line-emoji", fraction=0.5))
    assert tracker.rows["act_joy"].done == 0.9375


def test_progress_that_was_made_before_is_taken_over() -> None:
    runs = [run(Stage.STARTFRAME), run(Stage.MOTION, RunState.RUNNING, progress=0.4)]
    tracker = Tracker(job([action("joy", ActionState.RUNNING, Stage.MOTION, runs=runs)]))
    assert tracker.rows["act_joy"].done == pytest.approx(0.35)


def test_a_run_that_starts_over_starts_from_nothing() -> None:
    tracker = Tracker(job([action("joy", ActionState.RUNNING, Stage.MATTE, runs=[run(Stage.MATTE)])]))
    tracker.apply(event("action.changed", "joy", Stage.STARTFRAME, state="queued"))
    assert tracker.rows["act_joy"].done == 0


def test_late_progress_of_another_stage_moves_nothing() -> None:
    tracker = Tracker(job([action("joy", ActionState.RUNNING, Stage.MATTE)]))
    tracker.apply(event("run.progress", "joy", Stage.MOTION, fraction=0.9))
    assert tracker.rows["act_joy"].done == 0.5


@pytest.mark.parametrize(
    ("state", "matters"),
    [("queued", False), ("running", False), ("awaiting_review", True), ("done", True), ("failed", True)],
)
def test_the_job_is_read_again_when_an_action_needs_somebody_or_ends(state: str, matters: bool) -> None:
    tracker = Tracker(job([action("joy")]))
    assert tracker.apply(event("action.changed", "joy", Stage.MOTION, state=state)) is matters


@pytest.mark.parametrize("kind", ["run.queued", "something.new", "action.changed"])
def test_unknown_events_and_actions_are_passed_over(kind: str) -> None:
    tracker = Tracker(job([action("joy")]))
    assert tracker.apply(event(kind, "joy", state="dancing")) is False
    assert tracker.apply(event(kind, "nobody", state="done")) is False


@given(st.lists(st.tuples(st.sampled_from(ActionState), st.sampled_from(Stage), st.floats(0, 1)), max_size=20))
def test_how_far_an_action_is_stays_between_nothing_and_all(steps: list[tuple[ActionState, Stage, float]]) -> None:
    tracker = Tracker(job([action("joy")]))
    for state, stage, fraction in steps:
        tracker.apply(event("action.changed", "joy", stage, state=state.value))
        tracker.apply(event("run.progress", "joy", stage, fraction=fraction))
        assert 0 <= tracker.rows["act_joy"].done <= 1


def test_a_job_is_over_when_its_actions_ended_and_its_sets_are_made() -> None:
    finished = [done("joy"), action("cry", ActionState.FAILED)]
    assert is_over(job(finished, [emoji_set(["act_joy"])]))
    assert not is_over(job([*finished, action("love", ActionState.RUNNING)], [emoji_set(["act_joy"])]))
    assert not is_over(job(finished, [emoji_set(["act_joy"], SetState.PENDING)]))
    assert not is_over(job(finished, []))
    assert not is_over(job(finished, [emoji_set(["act_joy"])], targets=["line-emoji", "web"]))


def test_a_job_without_a_finished_action_has_no_sets_to_wait_for() -> None:
    assert is_over(job([action("cry", ActionState.FAILED), action("joy", ActionState.CANCELLED)]))


def test_files_are_named_by_preset_or_label_and_never_twice() -> None:
    twins = [action("joy", id=f"act_{number}") for number in range(3)]
    own = action("", id="act_own", label="Plays the Trumpet!")
    wordless = action("", id="act_none", label="???")
    names = file_names([*twins, own, wordless])
    assert list(names.values()) == ["joy", "joy-2", "joy-3", "plays-the-trumpet", "emoji"]


@given(st.lists(st.text(max_size=80), max_size=8))
def test_file_names_differ_and_stay_in_their_folder(labels: list[str]) -> None:
    names = file_names([action("", id=f"act_{number}", label=label) for number, label in enumerate(labels)])
    assert len(set(names.values())) == len(labels)
    assert not any(set(name) & set("/\\.: \0") for name in names.values())


def test_a_slug_keeps_letters_of_any_script() -> None:
    assert slug("  Größe: 喜び  ") == "größe-喜び"


@pytest.mark.parametrize(
    ("delta", "text"),
    [
        (timedelta(seconds=-3), "0 s"),
        (timedelta(seconds=59), "59 s"),
        (timedelta(minutes=59, seconds=59), "59 min"),
        (timedelta(hours=23), "23 h"),
        (timedelta(days=400), "400 d"),
    ],
)
def test_an_age_is_told_in_its_largest_unit(delta: timedelta, text: str) -> None:
    assert age(delta) == text
