"""What the API is asked: a new job, and the changes of jobs and actions."""

from typing import Annotated, Any

from pydantic import ConfigDict, Field

from popcon.catalog import limits
from popcon.rest.common import INT32_MAX, INT64_MAX, PICTURE_ID, ActionStage, Ask, Box, Lane, Text, example

# Counts and lengths that have an error code of their own are stated in the schema but checked by
# services.gateway.checks, which answers with that code.


def _stated(**schema: Any) -> Any:
    return Field(json_schema_extra=schema)


Prompt = Annotated[Text, _stated(maxLength=limits.PROMPT_MAX_CHARS)]
Backend = Annotated[Text, Field(max_length=100)]
VersionSeen = Annotated[
    int,
    Field(
        ge=0,
        le=INT64_MAX,
        description="the version that you saw; 409 `stale_version` when it has moved on. 0 takes whatever holds now",
    ),
]


Strength = Annotated[
    float,
    Field(
        ge=limits.STRENGTH_MIN,
        le=limits.STRENGTH_MAX,
        allow_inf_nan=False,
        description="how far the body moves; 1 is the preset's way",
    ),
]
Speed = Annotated[
    float,
    Field(
        ge=limits.SPEED_MIN,
        le=limits.SPEED_MAX,
        allow_inf_nan=False,
        description="how fast it moves, as near as whole seconds come to it; 1 is the preset's way",
    ),
]


class ActionSpec(Ask):
    """One emoji asked for. Prompts given here replace the preset's."""

    preset: Text = Field("", max_length=200, description="preset id; empty for a custom action")
    action_prompt: Prompt = Field("", description="what the body does")
    effect_prompt: Prompt = Field("", description="what effects are drawn")
    strength: Strength = 1.0
    speed: Speed = 1.0
    label: Text = Field("", max_length=limits.NAME_MAX_CHARS, description="name for people; empty takes the preset's")


class JobOptions(Ask):
    """How a job is to be made."""

    review: bool = Field(False, description="stop after the start frames for a person's approval")
    refine: bool = Field(False, description="stop after the mattes for a person's touch")
    takes: int = Field(1, ge=1, le=limits.TAKES_MAX, description="takes per startframe run")
    targets: list[Annotated[Text, Field(max_length=200)]] = Field(
        ["line-emoji"], description="target ids, each once", json_schema_extra={"maxItems": limits.TARGETS_MAX}
    )
    seed: int = Field(0, ge=0, le=INT32_MAX, description="equal seeds give equal pictures with deterministic backends")
    lane: Lane = Field(Lane.BATCH, description="the queue; `interactive` while a person waits")
    startframe_backend: Backend = Field("", description="backend of the startframe stage; empty for the best one")
    motion_backend: Backend = Field("", description="backend of the motion stage; empty for the best one")
    matte_backend: Backend = Field("", description="backend of the matte stage; empty for the best one")


class Crop(Ask):
    """Where to look for the character in a picture."""

    model_config = ConfigDict(json_schema_extra=example({"box": {"left": 40, "top": 0, "right": 440, "bottom": 512}}))

    box: Box = Field(description="pixels of the picture after turning by EXIF; at least 16 wide and high")


class NewJob(Ask):
    """A job to make."""

    model_config = ConfigDict(
        json_schema_extra=example(
            {
                "picture_id": PICTURE_ID,
                "actions": [
                    {"preset": "wave"},
                    {
                        "action_prompt": "plays the trumpet, cheeks puffed",
                        "effect_prompt": "three notes rising",
                        "label": "Trumpet",
                    },
                ],
                "options": {"review": True, "targets": ["line-emoji"], "lane": "interactive"},
                "name": "cat",
            }
        )
    )

    picture_id: Text = Field(max_length=100, description="from `POST /v1/pictures`")
    actions: list[ActionSpec] = Field([], json_schema_extra={"minItems": 1, "maxItems": limits.ACTIONS_MAX})
    options: JobOptions = Field(default_factory=JobOptions)
    name: Text = Field("", max_length=limits.NAME_MAX_CHARS, description="name shown to people")


class VersionOfAction(Ask):
    """The action as it was seen."""

    model_config = ConfigDict(json_schema_extra=example({"version": 4}))

    version: VersionSeen = 0


class Approval(VersionOfAction):
    """Which start frame to go on with."""

    model_config = ConfigDict(json_schema_extra=example({"version": 4, "run": 1, "take": 2}))

    run: int = Field(0, ge=0, le=INT32_MAX, description="startframe run; 0 for the selected or else the newest")
    take: int = Field(0, ge=0, le=INT32_MAX, description="take; 0 for the selected or else the first")


class NewWords(Ask):
    """New words for an action."""

    preset: Text = Field("", max_length=200, description="preset id; empty for a custom action")
    action_prompt: Prompt = Field("", description="what the body does")
    effect_prompt: Prompt = Field("", description="what effects are drawn")
    strength: Strength = 1.0
    speed: Speed = 1.0


class Regeneration(VersionOfAction):
    """New start frames, with the old words or new ones."""

    model_config = ConfigDict(
        json_schema_extra=example({"version": 4, "direction": {"preset": "wave", "action_prompt": "waves both arms"}})
    )

    direction: NewWords | None = Field(None, description="new words; null keeps the old ones")


class Choice(Ask):
    """A run and take of a stage."""

    stage: ActionStage
    target: Text | None = Field(None, max_length=100, description="target id, for `pack` only")
    run: int = Field(ge=1, le=INT32_MAX, description="run number, from 1; it must have succeeded")
    take: int = Field(1, ge=1, le=INT32_MAX, description="take inside the run, from 1")


class TakeChoice(VersionOfAction):
    """Which run and take what follows should use."""

    model_config = ConfigDict(
        json_schema_extra=example({"version": 9, "selection": {"stage": "startframe", "run": 1, "take": 2}})
    )

    selection: Choice


class Resumption(VersionOfAction):
    """Where to start again."""

    model_config = ConfigDict(json_schema_extra=example({"version": 12, "stage": "motion"}))

    stage: ActionStage | None = Field(None, description="first stage to make again; null means where it stopped")


class ResumptionOfJob(Ask):
    """Where every action that can should start again."""

    model_config = ConfigDict(json_schema_extra=example({"stage": "pack"}))

    stage: ActionStage | None = Field(
        None, description="first stage to make again; null restarts failed and cancelled actions where they stopped"
    )
