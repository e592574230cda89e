"""The transition table, cell by cell. The grid is written out so that an outcome that changes is seen to change."""

from dataclasses import replace
from typing import get_args

import pytest

from popcon.errors import InputsMissing, NotFound, WrongState
from services.orchestrator.rules import pipeline
from services.orchestrator.rules.action import (
    Action,
    Approved,
    Cancelled,
    CloseEdit,
    Command,
    Created,
    EditApplied,
    EditDiscarded,
    EditOpened,
    Event,
    Pick,
    Regenerated,
    ReopenEdit,
    Resumed,
    RunFailed,
    RunStarted,
    RunSucceeded,
    Selected,
    Skipped,
    Slot,
    Stage,
    StartRun,
    State,
    Supersede,
)
from tests.unit.orchestrator.walks import MATTE, MOTION, PACK, STARTFRAME, WALKS, in_state, new, walk

STATES = (
    State.QUEUED, State.RUNNING, State.AWAITING_REVIEW, State.AWAITING_REFINE, State.DONE, State.FAILED,
    State.CANCELLED,
)  # fmt: skip

# Each cell: the next state, `=` for nothing at all, or what is raised; then the commands: + starts a run, - supersedes
# one, `close` closes the open edit. Columns: queued, running, review, refine with an open edit, done, failed,
# cancelled.
# fmt: off
GRID: dict[str, tuple[Event, list[str]]] = {
    "created": (Created(), [
        "=", "=", "=", "=", "=", "=", "="]),
    "run started": (RunStarted(STARTFRAME, 1), [
        "running", "=", "=", "=", "=", "=", "="]),
    "run succeeded": (RunSucceeded(STARTFRAME, 1, takes=2), [
        "awaiting_review", "awaiting_review", "=", "=", "=", "=", "="]),
    "run failed": (RunFailed(STARTFRAME, 1), [
        "failed", "failed", "=", "=", "=", "=", "="]),
    "approved": (Approved(), [
        "WrongState", "WrongState", "queued +motion1", "WrongState", "WrongState", "WrongState", "WrongState"]),
    "regenerated": (Regenerated(), [
        "queued -startframe1 +startframe2", "queued -startframe1 +startframe2", "queued +startframe2",
        "queued close +startframe2", "queued +startframe2", "queued +startframe2", "queued +startframe2"]),
    "selected": (Selected(STARTFRAME, Pick(1, 2)), [
        "NotFound", "NotFound", "awaiting_review", "awaiting_refine", "done", "failed", "cancelled"]),
    "resumed": (Resumed(), [
        "WrongState", "WrongState", "WrongState", "WrongState", "WrongState", "queued +motion2", "queued +motion2"]),
    "resumed from motion": (Resumed(Stage.MOTION), [
        "InputsMissing", "InputsMissing", "queued +motion1", "queued close +motion2", "queued +motion2",
        "queued +motion2", "queued +motion2"]),
    "skipped": (Skipped(), [
        "WrongState", "WrongState", "WrongState", "queued close +pack:a1", "WrongState", "WrongState", "WrongState"]),
    "cancelled": (Cancelled(), [
        "cancelled -startframe1", "cancelled -startframe1", "cancelled", "cancelled close", "=", "=", "="]),
    "edit opened": (EditOpened(), [
        "WrongState", "WrongState", "WrongState", "=", "awaiting_refine", "WrongState", "WrongState"]),
    "edit applied": (EditApplied(base=1), [
        "WrongState", "WrongState", "WrongState", "queued +matte2", "WrongState", "WrongState", "WrongState"]),
    "edit discarded": (EditDiscarded(), [
        "WrongState", "WrongState", "=", "awaiting_refine", "WrongState", "WrongState", "WrongState"]),
    "start frame edit opened": (EditOpened(Stage.STARTFRAME, Pick(1, 2)), [
        "WrongState", "WrongState", "awaiting_review", "WrongState", "WrongState", "WrongState", "WrongState"]),
}
# fmt: on

CELLS = [
    pytest.param(state, event, expected, id=f"{name}, {state}")
    for name, (event, row) in GRID.items()
    for state, expected in zip(STATES, row, strict=True)
]


def test_the_table_states_an_outcome_for_every_event_and_state() -> None:
    assert set(pipeline.TABLE) == set(get_args(Event))
    assert all(set(row) == set(State) for row in pipeline.TABLE.values())


def test_the_grid_shows_every_event_and_state() -> None:
    assert {type(event) for event, _ in GRID.values()} == set(get_args(Event))
    assert set(STATES) == set(WALKS) == set(State)


@pytest.mark.parametrize("state", State)
def test_every_state_is_reached_by_what_happens_to_an_action(state: State) -> None:
    assert in_state(state).state is state


@pytest.mark.parametrize(("state", "event", "expected"), CELLS)
def test_outcome(state: State, event: Event, expected: str) -> None:
    action = in_state(state)
    assert _outcome(action, event) == expected
    assert action == in_state(state), "an outcome changed the action that it was given"


def _outcome(action: Action, event: Event) -> str:
    try:
        after, commands = pipeline.advance(action, event)
    except (WrongState, NotFound) as error:
        return type(error).__name__
    if after == action:
        assert not commands
        return "="
    return " ".join([after.state, *map(_spoken, commands)])


def _spoken(command: Command) -> str:
    match command:
        case StartRun(slot, number):
            return f"+{_name(slot)}{number}"
        case Supersede(slot, number):
            return f"-{_name(slot)}{number}"
        case CloseEdit():
            return "close"


def _name(slot: Slot) -> str:
    return f"{slot.stage}:{slot.target}" if slot.target else slot.stage


def test_without_gates_an_action_goes_from_stage_to_stage_until_every_target_is_packed() -> None:
    action, commands = pipeline.advance(new("a", "b"), Created())
    assert list(commands) == [StartRun(STARTFRAME, 1, None)]
    for slot, following, upstream in ((STARTFRAME, MOTION, Pick(1)), (MOTION, MATTE, Pick(1))):
        action, commands = pipeline.advance(action, RunSucceeded(slot, 1))
        assert list(commands) == [StartRun(following, 1, upstream)]
    action, commands = pipeline.advance(action, RunSucceeded(MATTE, 1))
    other = Slot(Stage.PACK, "b")
    assert list(commands) == [StartRun(PACK, 1, Pick(1)), StartRun(other, 1, Pick(1))]
    action = walk(action, RunSucceeded(other, 1))
    assert (action.state, set(action.live)) == (State.RUNNING, {PACK})
    assert walk(action, RunSucceeded(PACK, 1)).state is State.DONE


def test_a_target_that_fails_stops_the_others() -> None:
    action = walk(new("a", "b"), Created(), *(RunSucceeded(slot, 1) for slot in (STARTFRAME, MOTION, MATTE)))
    action, commands = pipeline.advance(action, RunFailed(PACK, 1))
    assert list(commands) == [Supersede(Slot(Stage.PACK, "b"), 1)]
    assert (action.state, action.stage, action.live) == (State.FAILED, Stage.PACK, {})


def test_approval_names_a_take() -> None:
    action, commands = pipeline.advance(in_state(State.AWAITING_REVIEW), Approved(Pick(1, 2)))
    assert list(commands) == [StartRun(MOTION, 1, Pick(1, 2))]
    assert action.selected[STARTFRAME] == Pick(1, 2)


@pytest.mark.parametrize("pick", [Pick(1, 3), Pick(1, 0), Pick(2), Pick(0), Pick(-1)])
def test_what_was_never_made_cannot_be_picked(pick: Pick) -> None:
    for event in (Approved(pick), Selected(STARTFRAME, pick)):
        with pytest.raises(NotFound):
            pipeline.advance(in_state(State.AWAITING_REVIEW), event)


def test_an_earlier_run_can_be_approved_after_new_ones_were_asked_for() -> None:
    action = walk(in_state(State.AWAITING_REVIEW), Regenerated(), RunSucceeded(STARTFRAME, 2))
    assert action.selected[STARTFRAME] == Pick(2)
    assert walk(action, Approved(Pick(1, 2))).live[MOTION].made_from == Pick(1, 2)


def test_a_run_that_was_superseded_changes_nothing_when_it_ends_after_all() -> None:
    action = walk(in_state(State.RUNNING), Regenerated())
    for event in (RunStarted(STARTFRAME, 1), RunSucceeded(STARTFRAME, 1), RunFailed(STARTFRAME, 1)):
        assert pipeline.advance(action, event) == (action, ())


def test_selecting_something_else_outdates_what_was_made_from_it_and_rewrites_nothing() -> None:
    done = in_state(State.DONE)
    assert not any(pipeline.outdated(done, slot, number) for slot, number in done.made)
    action = walk(done, Selected(STARTFRAME, Pick(1, 2)))
    assert action.state is State.DONE
    assert pipeline.outdated(action, MOTION, 1)
    assert not pipeline.outdated(action, MATTE, 1)
    assert action.made == done.made


def test_resume_of_a_finished_action_begins_with_the_first_stage_that_is_outdated() -> None:
    _, commands = pipeline.advance(walk(in_state(State.DONE), Selected(STARTFRAME, Pick(1, 2))), Resumed())
    assert list(commands) == [StartRun(MOTION, 2, Pick(1, 2))]


def test_resume_restarts_every_target_of_a_failed_pack() -> None:
    action = walk(new("a", "b"), Created(), *(RunSucceeded(slot, 1) for slot in (STARTFRAME, MOTION, MATTE)))
    action = walk(action, RunSucceeded(PACK, 1), RunFailed(Slot(Stage.PACK, "b"), 1))
    _, commands = pipeline.advance(action, Resumed())
    assert [(each.slot.target, each.number) for each in commands if isinstance(each, StartRun)] == [("a", 2), ("b", 2)]


def test_an_edit_is_applied_as_a_run_made_from_what_its_base_was_made_from() -> None:
    refined = walk(in_state(State.AWAITING_REFINE), Skipped(), RunSucceeded(PACK, 1))
    again = walk(
        refined, Resumed(Stage.MOTION), RunSucceeded(MOTION, 2), RunSucceeded(MATTE, 2), Selected(MATTE, Pick(1))
    )
    action = walk(again, EditOpened(), Selected(MATTE, Pick(2)))
    action, commands = pipeline.advance(action, EditApplied(base=1))
    assert list(commands) == [StartRun(MATTE, 3, Pick(1), edit=True)]
    assert (action.state, action.editing) == (State.QUEUED, False)


def test_an_applied_edit_goes_on_to_pack_without_the_gate_again() -> None:
    action = walk(in_state(State.AWAITING_REFINE), EditApplied(base=1))
    action, commands = pipeline.advance(action, RunSucceeded(MATTE, 2))
    assert list(commands) == [StartRun(PACK, 1, Pick(2))]


@pytest.fixture
def touched_up() -> Action:
    """An action that awaits review, with an open edit of a start frame."""
    return walk(in_state(State.AWAITING_REVIEW), EditOpened(Stage.STARTFRAME, Pick(1, 2)))


def test_an_edited_start_frame_awaits_review_again_as_the_one_selected(touched_up: Action) -> None:
    action, commands = pipeline.advance(touched_up, EditApplied(base=1))
    assert list(commands) == [StartRun(STARTFRAME, 2, None, edit=True)]
    assert (action.state, action.stage, action.editing) == (State.QUEUED, Stage.STARTFRAME, False)
    action = walk(action, RunStarted(STARTFRAME, 2), RunSucceeded(STARTFRAME, 2))
    assert (action.state, action.selected[STARTFRAME]) == (State.AWAITING_REVIEW, Pick(2))
    assert walk(action, Approved()).live[MOTION].made_from == Pick(2)


def test_an_edit_of_a_start_frame_whose_run_fails_is_the_persons_again(touched_up: Action) -> None:
    action, commands = pipeline.advance(walk(touched_up, EditApplied(base=1)), RunFailed(STARTFRAME, 2))
    assert list(commands) == [ReopenEdit()]
    assert (action.state, action.editing) == (State.AWAITING_REVIEW, True)


def test_discarding_an_edit_of_a_start_frame_leaves_the_action_at_review_though_it_was_packed_before() -> None:
    again = walk(in_state(State.DONE), Regenerated(), RunSucceeded(STARTFRAME, 2))
    assert walk(again, EditOpened(Stage.STARTFRAME), EditDiscarded()) == again


@pytest.mark.parametrize("event", [Approved(), Regenerated(), Resumed(Stage.STARTFRAME), Cancelled()])
def test_what_ends_the_review_closes_the_edit_of_a_start_frame(touched_up: Action, event: Event) -> None:
    action, commands = pipeline.advance(touched_up, event)
    assert (action.editing, commands[0]) == (False, CloseEdit())


def test_an_edit_starts_from_what_was_made() -> None:
    for event in (EditOpened(Stage.STARTFRAME, Pick(1, 3)), EditOpened(Stage.STARTFRAME, Pick(2))):
        with pytest.raises(NotFound):
            pipeline.advance(in_state(State.AWAITING_REVIEW), event)
    with pytest.raises(NotFound):
        pipeline.advance(in_state(State.DONE), EditOpened(base=Pick(2)))


def test_an_edit_whose_run_fails_is_the_persons_again() -> None:
    applied = walk(in_state(State.AWAITING_REFINE), EditApplied(base=1))
    action, commands = pipeline.advance(applied, RunFailed(MATTE, 2))
    assert list(commands) == [ReopenEdit()]
    assert (action.state, action.stage, action.editing) == (State.AWAITING_REFINE, Stage.MATTE, True)
    assert walk(action, EditApplied(base=1)).live[MATTE].number == 3


def test_cancelling_a_touch_up_of_a_finished_action_leaves_it_finished() -> None:
    action, commands = pipeline.advance(walk(in_state(State.DONE), EditOpened()), Cancelled())
    assert (action, list(commands)) == (in_state(State.DONE), [CloseEdit()])


def test_without_an_open_edit_nothing_can_be_applied() -> None:
    with pytest.raises(WrongState):
        pipeline.advance(replace(in_state(State.AWAITING_REFINE), editing=False), EditApplied(base=1))


def test_discarding_an_edit_of_a_finished_action_leaves_it_finished() -> None:
    opened = walk(in_state(State.DONE), EditOpened())
    assert (opened.state, opened.editing) == (State.AWAITING_REFINE, True)
    assert walk(opened, EditDiscarded()) == in_state(State.DONE)


def test_skipping_packs_nothing_that_is_packed_already() -> None:
    action, commands = pipeline.advance(walk(in_state(State.DONE), EditOpened()), Skipped())
    assert (action, list(commands)) == (in_state(State.DONE), [CloseEdit()])


def test_a_refused_change_says_what_to_do() -> None:
    with pytest.raises(WrongState, match="The action is awaiting review and cannot be skipped now; look at it again"):
        pipeline.advance(in_state(State.AWAITING_REVIEW), Skipped())
    with pytest.raises(InputsMissing, match="matte needs a motion and the action has none: resume from motion"):
        pipeline.advance(in_state(State.FAILED), Resumed(Stage.MATTE))
