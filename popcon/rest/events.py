"""What happens to a job, and how it is told."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from pydantic import ConfigDict, Field

from popcon.rest.common import ACTION_ID, CREATED, Answer, Stage, example


class Event(Answer):
    """Something that happened to a job."""

    model_config = ConfigDict(
        json_schema_extra=example(
            {
                "seq": 7,
                "at": CREATED,
                "type": "action.changed",
                "action_id": ACTION_ID,
                "stage": "motion",
                "target": None,
                "run": None,
                "data": {"state": "running"},
            }
        )
    )

    seq: int | None = Field(description="number within the job, from 1; null for progress, which is not kept")
    at: datetime
    type: str = Field(description="`job.created`, `action.changed`, `run.queued`, `run.progress`, `set.changed`, …")
    action_id: str | None = Field(description="null where it concerns the job")
    stage: Stage | None
    target: str | None
    run: int | None = Field(description="run number")
    data: dict[str, Any] = Field(description="more, by type")


def parse_events(lines: Iterable[str]) -> Iterator[Event | None]:
    """Server-sent events from their lines; None for each comment, which says that the other side is there."""
    data: list[str] = []
    for line in lines:
        if line.startswith(":"):
            yield None
        elif line.startswith("data:"):
            data.append(line.removeprefix("data:").removeprefix(" "))
        elif not line and data:
            yield Event.model_validate_json("\n".join(data))
            data = []
