"""Refine sessions."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import ConfigDict, Field

from popcon.catalog import limits
from popcon.rest.common import (
    ACTION_ID,
    CREATED,
    EDIT_ID,
    INT32_MAX,
    INT64_MAX,
    JOB_ID,
    Answer,
    Artifact,
    Ask,
    Box,
    Selection,
    Text,
    example,
)
from popcon.rest.requests import VersionOfAction


class EditState(StrEnum):
    """Where an edit is."""

    OPEN = "open"
    APPLIED = "applied"
    DISCARDED = "discarded"


class EditStage(StrEnum):
    """A stage whose runs can be edited."""

    STARTFRAME = "startframe"
    MATTE = "matte"


class OperationKind(StrEnum):
    """What an operation does: `erase` makes a region transparent, `restore` brings back its pristine pixels,
    `drop_effect` takes rescued effects away, `keep_effect` brings them back."""

    ERASE = "erase"
    RESTORE = "restore"
    DROP_EFFECT = "drop_effect"
    KEEP_EFFECT = "keep_effect"


class NewEdit(VersionOfAction):
    """What to edit. A start frame can be edited while the action awaits review."""

    model_config = ConfigDict(json_schema_extra=example({"version": 4, "stage": "startframe", "run": 1, "take": 2}))

    stage: EditStage = EditStage.MATTE
    run: int = Field(0, ge=0, le=INT32_MAX, description="the run to start from; 0 for the selected one")
    take: int = Field(0, ge=0, le=INT32_MAX, description="its take; 0 for the selected or else the first")


_Coordinate = Annotated[
    float, Field(ge=-limits.STROKE_COORDINATE_MAX, le=limits.STROKE_COORDINATE_MAX, allow_inf_nan=False)
]


class Stroke(Ask):
    """A line that a round brush went along: hard inside, its rim one pixel wide and soft."""

    points: list[tuple[_Coordinate, _Coordinate]] = Field(
        min_length=1,
        max_length=limits.STROKE_POINTS_MAX,
        description="x and y of the brush's middle, pixels of the frame: the middle of its first pixel is [0.5, 0.5]",
    )
    radius: float = Field(ge=limits.BRUSH_RADIUS_MIN, le=limits.BRUSH_RADIUS_MAX, description="pixels of the frame")


class EffectRef(Ask):
    """A rescued effect."""

    frame: int = Field(ge=0, le=INT32_MAX, description="the frame, from 0")
    number: int = Field(
        ge=1, le=255, description="place in the frame's list in `effects.json`, from 1; its grey in `effects/NNNN.png`"
    )


class NewOperation(Ask):
    """A change to record. `erase` and `restore` touch a region (one of `box`, `strokes` and `mask`, else the whole
    frame) of some or all frames; `drop_effect` and `keep_effect` name effects instead."""

    kind: OperationKind
    frames: list[Annotated[int, Field(ge=0, le=INT32_MAX)]] = Field(
        [], max_length=limits.OPERATIONS_MAX, description="frames it touches, from 0; none means all"
    )
    box: Box | None = Field(None, description="region it touches")
    strokes: list[Stroke] = Field(
        [],
        max_length=limits.STROKE_POINTS_MAX,
        description=f"region it touches, at most {limits.STROKE_POINTS_MAX:,} points in all",
    )
    mask: Text = Field("", max_length=512, description="region it touches: `key` of a mask from this edit's select")
    effects: list[EffectRef] = Field(
        [], max_length=limits.EFFECTS_MAX, description="effects to drop or keep; 1 or more for these kinds"
    )


class Operation(Answer):
    """One recorded change of an edit."""

    seq: int = Field(description="position in the edit, from 1")
    kind: str = Field(description="what it does")
    frames: list[int] = Field(description="frames it touches, from 0; none means all")
    box: Box | None = Field(description="region it touches")
    strokes: list[Stroke] = Field(description="region it touches")
    mask: str = Field(description="region it touches: key of a mask; empty where there is none")
    effects: list[EffectRef] = Field(description="effects it drops or keeps")


class Edit(Answer):
    """A refine session: operations on a base run, kept on the server, applied as a new run."""

    model_config = ConfigDict(
        json_schema_extra=example(
            {
                "id": EDIT_ID,
                "action_id": ACTION_ID,
                "job_id": JOB_ID,
                "base": {"stage": "matte", "target": None, "run": 1, "take": 1},
                "state": "open",
                "version": 2,
                "cursor": 1,
                "operations": [
                    {
                        "seq": 1,
                        "kind": "erase",
                        "frames": [3],
                        "box": None,
                        "strokes": [{"points": [[40.5, 62], [44, 60.25]], "radius": 6}],
                        "mask": "",
                        "effects": [],
                    }
                ],
                "created_at": CREATED,
            }
        )
    )

    id: str = Field(description="`edit_…`")
    action_id: str
    job_id: str
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
        json_schema_extra=example(
            {"version": 1, "operation": {"kind": "drop_effect", "effects": [{"frame": 0, "number": 2}]}}
        )
    )

    operation: NewOperation


class SelectTool(StrEnum):
    """How points become a region: `flood`, what is connected and of like colour; `object`, one object under all."""

    FLOOD = "flood"
    OBJECT = "object"


class SelectPoint(Ask):
    """A place that was pointed at."""

    x: float = Field(ge=0, lt=INT32_MAX, description="pixels from the frame's left edge")
    y: float = Field(ge=0, lt=INT32_MAX, description="pixels from the frame's top edge")
    keep: bool = Field(True, description="whether it belongs to the region; false: the region must not reach it")


class Pointing(Ask):
    """What was pointed at in a frame of an edit's base."""

    model_config = ConfigDict(
        json_schema_extra=example(
            {"frame": 0, "tool": "object", "points": [{"x": 210, "y": 96.5}, {"x": 240, "y": 300, "keep": False}]}
        )
    )

    frame: int = Field(0, ge=0, le=INT32_MAX, description="the frame, from 0")
    points: list[SelectPoint] = Field(
        min_length=1, max_length=limits.SELECT_POINTS_MAX, description="at least one of them to keep"
    )
    tool: SelectTool = SelectTool.FLOOD


class Region(Answer):
    """A region of a frame that can be erased or restored by its mask."""

    mask: Artifact = Field(description="grey PNG of the frame's size: 255 inside, 0 outside, a soft rim between")
    box: Box = Field(description="the smallest box that holds it")
