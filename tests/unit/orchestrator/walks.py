"""An action in each of its states, reached as a real one is: by what happened to it."""

from services.orchestrator.rules import pipeline
from services.orchestrator.rules.action import (
    Action,
    Approved,
    Cancelled,
    Created,
    EditOpened,
    Event,
    RunFailed,
    RunStarted,
    RunSucceeded,
    Slot,
    Stage,
    State,
)

STARTFRAME, MOTION, MATTE = Slot(Stage.STARTFRAME), Slot(Stage.MOTION), Slot(Stage.MATTE)
PACK = Slot(Stage.PACK, "a")

_TO_REVIEW: list[Event] = [Created(), RunStarted(STARTFRAME, 1), RunSucceeded(STARTFRAME, 1, takes=2)]
_TO_REFINE: list[Event] = [*_TO_REVIEW, Approved(), RunSucceeded(MOTION, 1), RunSucceeded(MATTE, 1)]
_TO_DONE: list[Event] = [*_TO_REVIEW, Approved(), RunSucceeded(MOTION, 1), RunSucceeded(MATTE, 1)]

WALKS: dict[State, list[Event]] = {
    State.QUEUED: [Created()],
    State.RUNNING: [Created(), RunStarted(STARTFRAME, 1)],
    State.AWAITING_REVIEW: _TO_REVIEW,
    State.AWAITING_REFINE: [*_TO_REFINE, EditOpened()],
    State.DONE: [*_TO_DONE, RunSucceeded(PACK, 1)],
    State.FAILED: [*_TO_REVIEW, Approved(), RunFailed(MOTION, 1)],
    State.CANCELLED: [*_TO_REVIEW, Approved(), Cancelled()],
}
"""The refine gate is on for the state that is that gate only."""


def new(*targets: str, review: bool = False, refine: bool = False) -> Action:
    return Action(targets or ("a",), review=review, refine=refine)


def walk(action: Action, *events: Event) -> Action:
    for event in events:
        action, _ = pipeline.advance(action, event)
    return action


def in_state(state: State) -> Action:
    """An action of one target with the review gate, in a state."""
    return walk(new(review=True, refine=state is State.AWAITING_REFINE), *WALKS[state])
