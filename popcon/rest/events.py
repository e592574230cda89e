"""What happens to a job, and how it is told."""

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


class EventLines:
    """Reads server-sent events, line by line."""

    def __init__(self) -> None:
        self._data: list[str] = []

    def read(self, line: str) -> Event | None:
        """The event that a line ends, if it does; comments only say that the other side is there."""
        if line.startswith("data:"):
            self._data.append(line.removeprefix("data:").removeprefix(" "))
        if line or not self._data:
            return None
        whole, self._data = "\n".join(self._data), []
        return Event.model_validate_json(whole)
