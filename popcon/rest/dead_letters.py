"""Dead letters as the API shows them."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import ConfigDict, Field

from popcon.rest.common import ACTION_ID, CREATED, JOB_ID, RUN_ID, Answer, Failure, Selection, Stage, example
from popcon.rest.events import Event

_EXAMPLE = {
    "run_id": RUN_ID,
    "job_id": JOB_ID,
    "action_id": ACTION_ID,
    "label": "Wave",
    "stage": "motion",
    "target": None,
    "number": 1,
    "state": "open",
    "failure": {
        "code": "worker_lost",
        "message": "Its worker vanished 5 times; resume it, or report its input.",
        "field": "",
        "retryable": False,
    },
    "attempts": 5,
    "losses": 5,
    "tries": 0,
    "inputs": [{"stage": "startframe", "target": None, "run": 1, "take": 2}],
    "backend": "puppet",
    "seed": 7919,
    "wasted_seconds": 61.5,
    "created_at": CREATED,
    "failed_at": CREATED,
    "parameters": {},
    "events": [],
}


class DeadLetterState(StrEnum):
    """What became of a dead letter. `replayed`: the work was asked for again, by a replay or otherwise."""

    OPEN = "open"
    REPLAYED = "replayed"
    DISCARDED = "discarded"


class DeadLetter(Answer):
    """A run that failed for good."""

    model_config = ConfigDict(json_schema_extra=example(_EXAMPLE))

    run_id: str = Field(description="`run_…`: the run", examples=[RUN_ID])
    job_id: str = Field(examples=[JOB_ID])
    action_id: str | None = Field(description="null for a set")
    label: str = Field(description="the action's name for people; empty for a set")
    stage: Stage
    target: str | None = Field(description="target id, for `pack` and `assemble`")
    number: int = Field(description="run number within (action, stage, target), from 1")
    state: DeadLetterState
    failure: Failure | None = Field(description="why it failed")
    attempts: int
    losses: int = Field(description="attempts whose worker died or fell silent")
    tries: int = Field(description="attempts that ended in an error or past their deadline")
    inputs: list[Selection] = Field(description="what it was made from")
    backend: str = Field(description="the backend asked for")
    seed: int
    wasted_seconds: float = Field(description="seconds of workers' time that it took")
    created_at: datetime
    failed_at: datetime
    parameters: dict[str, Any] = Field(description="what else it was asked for with, e.g. the prompts; empty in a list")
    events: list[Event] = Field(description="what happened to the run, oldest first; empty in a list")


class DeadLetterPage(Answer):
    """A page of dead letters."""

    model_config = ConfigDict(json_schema_extra=example({"dead_letters": [_EXAMPLE], "next_cursor": None}))

    dead_letters: list[DeadLetter] = Field(description="newest first")
    next_cursor: str | None = Field(description="where the next page begins; null after the last")
