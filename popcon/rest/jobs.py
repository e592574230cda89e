"""Jobs, actions and runs as the API shows them."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import ConfigDict, Field

from popcon.rest.common import (
    ACTION_ID,
    CREATED,
    JOB_ID,
    PICTURE_ID,
    ActionStage,
    Answer,
    Artifact,
    Direction,
    Failure,
    Picture,
    Selection,
    Stage,
    example,
)
from popcon.rest.requests import JobOptions
from popcon.rest.sets import EmojiSet


class ActionState(StrEnum):
    """Where an action is."""

    QUEUED = "queued"
    RUNNING = "running"
    AWAITING_REVIEW = "awaiting_review"
    AWAITING_REFINE = "awaiting_refine"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class RunState(StrEnum):
    """Where a run is."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    SUPERSEDED = "superseded"


class JobState(StrEnum):
    """Where a job is. `awaiting`: only people can move it on. `partial`: some actions are done, the others are not."""

    QUEUED = "queued"
    RUNNING = "running"
    AWAITING = "awaiting"
    DONE = "done"
    PARTIAL = "partial"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Run(Answer):
    """One execution of a stage; its outputs never change."""

    id: str = Field(description="`run_…`")
    stage: Stage
    target: str | None = Field(description="target id, for `pack` and `assemble`")
    number: int = Field(description="number within (action, stage, target), from 1")
    state: RunState
    attempt: int = Field(description="attempts so far")
    progress: float = Field(description="fraction done, 0 to 1, as last heard")
    backend: str = Field(description="the backend that made it; the one asked for until then")
    takes: int = Field(description="takes it holds; 0 until it succeeded")
    inputs: list[Selection] = Field(description="what it was made from")
    outdated: bool = Field(description="whether something newer is selected upstream of it")
    outputs: list[Artifact]
    manifest: Artifact | None = Field(description="null until it succeeded")
    thumbnail: str = Field(description="name of the output that stands for it; empty where none does")
    failure: Failure | None
    seed: int
    details: dict[str, Any] = Field(description="more about the result")
    created_at: datetime
    ended_at: datetime | None = Field(description="null until it ended")
    seconds: float = Field(description="seconds of work of the attempt that ended it")
    wasted_seconds: float = Field(0.0, description="seconds of work of attempts that came to nothing")


class Action(Answer):
    """One emoji of a job."""

    id: str = Field(description="`act_…`", examples=[ACTION_ID])
    job_id: str = Field(examples=[JOB_ID])
    index: int = Field(description="position in the job, from 0")
    direction: Direction
    label: str = Field(description="name shown to people")
    state: ActionState
    stage: Stage | None = Field(description="the stage that the state speaks of")
    version: int = Field(description="raised by each transition; name it in changes")
    selected: list[Selection] = Field(description="the picked run and take per stage")
    runs: list[Run] = Field(description="every run, oldest first")
    failure: Failure | None = Field(description="why it failed, with the stage in `stage`")
    edit_id: str | None = Field(description="the open edit")


class Job(Answer):
    """A picture and the actions asked for."""

    id: str = Field(description="`job_…`", examples=[JOB_ID])
    name: str
    picture: Picture
    options: JobOptions
    state: JobState
    actions: list[Action] = Field(description="in order")
    sets: list[EmojiSet] = Field(description="the newest set per target")
    last_seq: int = Field(description="highest event number so far; follow the events from here")
    created_at: datetime
    deleted_at: datetime | None
    useful_seconds: float = Field(0.0, description="seconds of workers' time that its results took, sets among them")
    wasted_seconds: float = Field(0.0, description="seconds of workers' time that came to nothing")


class ActionSummary(Answer):
    """An action in a list."""

    id: str
    label: str
    state: ActionState
    last_stage: Stage | None = Field(description="the last stage it completed")


class JobSummary(Answer):
    """A job in a list."""

    id: str
    name: str
    picture_id: str
    state: JobState
    thumbnail: Artifact | None = Field(description="the character, small")
    actions: list[ActionSummary] = Field(description="in order")
    done: int = Field(description="how many actions are done")
    created_at: datetime
    updated_at: datetime


class JobPage(Answer):
    """A page of jobs, newest first."""

    model_config = ConfigDict(
        json_schema_extra=example(
            {
                "jobs": [
                    {
                        "id": JOB_ID,
                        "name": "cat",
                        "picture_id": PICTURE_ID,
                        "state": "running",
                        "thumbnail": None,
                        "actions": [{"id": ACTION_ID, "label": "Wave", "state": "running", "last_stage": "startframe"}],
                        "done": 0,
                        "created_at": CREATED,
                        "updated_at": CREATED,
                    }
                ],
                "next_cursor": None,
            }
        )
    )

    jobs: list[JobSummary]
    next_cursor: str | None = Field(description="give it as `cursor` for the next page; null after the last")


class StagePace(Answer):
    """How long a run of a stage takes."""

    stage: ActionStage
    seconds: float | None = Field(description="median seconds of work of the last runs; null where there is none yet")


class Pace(Answer):
    """How fast work goes: what a job will take can be told from it."""

    model_config = ConfigDict(
        json_schema_extra=example(
            {
                "stages": [
                    {"stage": "startframe", "seconds": 1.2},
                    {"stage": "motion", "seconds": 3.4},
                    {"stage": "matte", "seconds": 2.1},
                    {"stage": "pack", "seconds": None},
                ],
                "waiting": 12,
            }
        )
    )

    stages: list[StagePace] = Field(description="each stage of an action, in order")
    waiting: int = Field(description="how many runs are queued or running")


class Deleted(Answer):
    """A job that was hidden."""

    model_config = ConfigDict(json_schema_extra=example({"undo_until": "2026-11-24T07:45:12Z"}))

    undo_until: datetime = Field(description="until when it can be brought back")
