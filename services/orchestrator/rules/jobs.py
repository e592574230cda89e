"""The state of a job: a pure function of its actions."""

from collections.abc import Sequence
from enum import StrEnum

from services.orchestrator.rules.action import State


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    AWAITING = "awaiting"
    DONE = "done"
    PARTIAL = "partial"
    FAILED = "failed"
    CANCELLED = "cancelled"


def job_state(actions: Sequence[State]) -> JobState:
    """The first of these that holds: work goes on, a person is awaited, and how it ended.

    A job is queued only while none of its actions has gone further than that.
    """
    found = set(actions)
    if found == {State.QUEUED}:
        return JobState.QUEUED
    if found & {State.QUEUED, State.RUNNING}:
        return JobState.RUNNING
    if found & {State.AWAITING_REVIEW, State.AWAITING_REFINE}:
        return JobState.AWAITING
    if found == {State.DONE}:
        return JobState.DONE
    if State.DONE in found:
        return JobState.PARTIAL
    return JobState.FAILED if State.FAILED in found else JobState.CANCELLED
