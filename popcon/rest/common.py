"""What every REST message shares: the two bases, checked text, and the words of `popcon.v1` common to all."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

INT64_MAX = 2**63 - 1
INT32_MAX = 2**31 - 1

JOB_ID = "job_019aaf3b6c6d7b3a8f0e5d4c3b2a1908"
ACTION_ID = "act_019aaf3b6c6e71f2a4d35be09c8f1a77"
PICTURE_ID = "pic_019aaf3b5a117c4ab0c3d9e8f7061524"
EDIT_ID = "edit_019aaf4010aa7e09b1f2c3d4e5f60718"
RUN_ID = "run_019aaf4010aa7e09b1f2c3d4e5f60719"
KEY_ID = "key_019aaf4010aa7e09b1f2c3d4e5f6071a"
WEBHOOK_ID = "hook_019aaf4010aa7e09b1f2c3d4e5f6071b"
DELIVERY_ID = "msg_019aaf4010aa7e09b1f2c3d4e5f6071c"
SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
CREATED = "2026-11-23T07:45:12Z"


def example(value: dict[str, Any]) -> dict[str, Any]:
    """The part of a model's settings that puts an example into its schema."""
    return {"examples": [value]}


class Answer(BaseModel):
    """Base of what the API sends. Fields that a newer server adds are left aside."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Ask(BaseModel):
    """Base of what the API takes. A field it does not know is refused, so that no typing error goes unnoticed."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _storable(text: str) -> str:
    """NUL cannot be kept by every database and half of a surrogate pair cannot be sent at all."""
    if "\x00" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise ValueError("holds a NUL or half a surrogate pair; send plain Unicode text")
    return text


Text = Annotated[str, AfterValidator(_storable)]
"""Text from outside."""


class Stage(StrEnum):
    """One step of an action; `assemble` is the work of a set."""

    STARTFRAME = "startframe"
    MOTION = "motion"
    MATTE = "matte"
    PACK = "pack"
    ASSEMBLE = "assemble"


class ActionStage(StrEnum):
    """A stage that an action can be restarted from."""

    STARTFRAME = "startframe"
    MOTION = "motion"
    MATTE = "matte"
    PACK = "pack"


class Lane(StrEnum):
    """Which queue tasks wait in: `interactive` goes first."""

    INTERACTIVE = "interactive"
    BATCH = "batch"


class Artifact(Answer):
    """An immutable file in the store."""

    model_config = ConfigDict(
        json_schema_extra=example(
            {
                "key": f"owners/local/pictures/{SHA256}/source",
                "url": f"/v1/artifacts/owners/local/pictures/{SHA256}/source",
                "size": 48_213,
                "sha256": SHA256,
                "media_type": "image/png",
                "name": "",
            }
        )
    )

    key: str = Field(description="key in the store")
    url: str = Field(description="where to get it, relative to this server; it never changes")
    size: int = Field(ge=0, description="bytes")
    sha256: str = Field(description="SHA-256 of the bytes, 64 lower-case hex digits")
    media_type: str = Field(description="IANA media type")
    name: str = Field(description="name inside its run, e.g. `frames/0000.png`; empty outside a run")


class Failure(Answer):
    """Why something failed."""

    code: str = Field(description="stable code, e.g. `picture_unreadable`")
    message: str = Field(description="one sentence: what is wrong and what to do")
    field: str = Field("", description="the offending input; empty where there is none")
    retryable: bool = Field(description="whether doing the same again may work")


class Direction(Answer):
    """What an action shows."""

    preset: str = Field(description="preset id; empty for a custom action")
    action_prompt: str = Field(description="what the body does")
    effect_prompt: str = Field(description="what effects are drawn")
    strength: float = Field(1.0, description="how far the body moves; 1 is the preset's way")
    speed: float = Field(1.0, description="how fast it moves; 1 is the preset's way")


class Box(Ask):
    """A rectangle in pixels; left and top inclusive, right and bottom exclusive."""

    left: int = Field(ge=0, le=INT32_MAX)
    top: int = Field(ge=0, le=INT32_MAX)
    right: int = Field(ge=0, le=INT32_MAX)
    bottom: int = Field(ge=0, le=INT32_MAX)


class Selection(Answer):
    """A (run, take) of a stage."""

    model_config = ConfigDict(
        json_schema_extra=example({"stage": "startframe", "target": None, "run": 2, "take": 1}),
    )

    stage: Stage
    target: str | None = Field(None, description="target id, for `pack` only")
    run: int = Field(description="run number, from 1")
    take: int = Field(description="take inside the run, from 1")


class Picture(Answer):
    """An uploaded picture, by digest, with the character found in it."""

    id: str = Field(description="`pic_…`", examples=[PICTURE_ID])
    source: Artifact = Field(description="the bytes as uploaded")
    cutout: Artifact = Field(description="the cut-out character: PNG, straight RGBA")
    width: int = Field(description="pixels, after turning by EXIF")
    height: int = Field(description="pixels, after turning by EXIF")
    box: Box = Field(description="where in the picture the character is")
    background: str = Field(description="what was behind the character: `transparent`, `plain` or `busy`")
    created_at: datetime = Field(description="when it was first uploaded")
    crop: Box | None = Field(
        description="the part of the upload that the character was looked for in; null for all of it"
    )
    thumbnail: Artifact | None = Field(
        description="the cut-out character, small; null for pictures of an earlier release"
    )


class ProblemKind(Answer):
    """What the `type` of a problem leads to."""

    model_config = ConfigDict(
        json_schema_extra=example(
            {
                "type": "/v1/problems/unknown_preset",
                "title": "Unknown preset",
                "status": 422,
                "code": "unknown_preset",
                "retryable": False,
                "means": "There is no preset of that name.",
                "remedy": "Take one from GET /v1/presets; `detail` names the nearest.",
            }
        )
    )

    type: str = Field(description="`/v1/problems/<code>`")
    title: str = Field(description="the code in words")
    status: int = Field(description="the HTTP status that it comes with")
    code: str
    retryable: bool = Field(description="whether the same request may work later")
    means: str = Field(description="what is wrong")
    remedy: str = Field(description="what to do about it")


class Problem(Answer):
    """What went wrong, as RFC 9457 `application/problem+json`."""

    model_config = ConfigDict(
        json_schema_extra=example(
            {
                "type": "/v1/problems/unknown_preset",
                "title": "Unknown preset",
                "status": 422,
                "code": "unknown_preset",
                "detail": 'There is no preset "wavee"; did you mean wave?',
                "field": "actions[0].preset",
                "retryable": False,
                "retry_after_s": 0,
            }
        )
    )

    type: str = Field(description="`/v1/problems/<code>`")
    title: str = Field(description="the code in words")
    status: int = Field(description="the HTTP status")
    code: str = Field(description="stable code; programs decide by it")
    detail: str = Field(description="one sentence: what is wrong and what to do")
    field: str = Field("", description="the offending input; empty where there is none")
    retryable: bool = Field(False, description="whether the same request may work later")
    retry_after_s: int = Field(0, description="seconds after which it may, as in `Retry-After`; 0 where there is none")
