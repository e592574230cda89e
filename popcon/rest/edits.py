"""Refine sessions."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import ConfigDict, Field

from popcon.catalog import limits
from popcon.rest.common import ACTION_ID, CREATED, EDIT_ID, INT32_MAX, INT64_MAX, Answer, Ask, Box, Selection, example


class EditState(StrEnum):
    """Where an edit is."""

    OPEN = "open"
    APPLIED = "applied"
    DISCARDED = "discarded"


class OperationKind(StrEnum):
    """What an operation does: `restore` brings back the pristine matte."""

    RESTORE = "restore"


class NewOperation(Ask):
    """A change to record."""

    kind: OperationKind
    frames: list[Annotated[int, Field(ge=0, le=INT32_MAX)]] = Field(
        [], max_length=limits.OPERATIONS_MAX, description="frames it touches, from 0; none means all"
    )
    box: Box | None = Field(None, description="region it touches; null means the whole frame")


class Operation(Answer):
    """One recorded change of an edit."""

    seq: int = Field(description="position in the edit, from 1")
    kind: str = Field(description="what it does")
    frames: list[int] = Field(description="frames it touches, from 0; none means all")
    box: Box | None = Field(description="region it touches; null means the whole frame")


class Edit(Answer):
    """A refine session: operations on a base run, kept on the server, applied as a new run."""

    model_config = ConfigDict(
        json_schema_extra=example(
            {
                "id": EDIT_ID,
                "action_id": ACTION_ID,
                "base": {"stage": "matte", "target": None, "run": 1, "take": 1},
                "state": "open",
                "version": 2,
                "cursor": 1,
                "operations": [
                    {
                        "seq": 1,
                        "kind": "restore",
                        "frames": [],
                        "box": {"left": 0, "top": 0, "right": 90, "bottom": 99},
                    }
                ],
                "created_at": CREATED,
            }
        )
    )

    id: str = Field(description="`edit_…`")
    action_id: str
    base: Selection = Field(description="the run it starts from")
    state: EditState
    version: int = Field(description="raised by each change; name it in changes")
    cursor: int = Field(description="how many operations hold; those after it were undone")
    operations: list[Operation] = Field(description="what undo and redo can reach, in order")
    created_at: datetime


class VersionOfEdit(Ask):
    """The edit as it was seen."""

    model_config = ConfigDict(json_schema_extra=example({"version": 2}))

    version: int = Field(ge=1, le=INT64_MAX, description="the version that you saw; 409 when it has moved on")


class AppendedOperation(VersionOfEdit):
    """A change and the edit that it was made for."""

    model_config = ConfigDict(
        json_schema_extra=example({"version": 1, "operation": {"kind": "restore", "frames": [0, 1]}})
    )

    operation: NewOperation
