"""Finished sets."""

from datetime import datetime
from enum import StrEnum

from pydantic import ConfigDict, Field

from popcon.catalog import limits
from popcon.rest.common import ACTION_ID, Answer, Artifact, Ask, Text, example


class SetState(StrEnum):
    """Where a set is. `incomplete`: it can be downloaded, but `breaches` names rules that it breaks."""

    PENDING = "pending"
    COMPLETE = "complete"
    INCOMPLETE = "incomplete"
    FAILED = "failed"


class Breach(Answer):
    """A rule of a target that does not hold."""

    model_config = ConfigDict(
        json_schema_extra=example(
            {"rule": "set_too_small", "file": "", "message": "The set has 6 emoji; LINE wants 8 to 40."}
        )
    )

    rule: str = Field(description="stable code")
    file: str = Field(description="file inside the pack; empty where it concerns the whole")
    message: str = Field(description="one sentence: what is found and what is wanted")


class EmojiSet(Answer):
    """The finished emoji of a job for one target."""

    job_id: str
    target: str
    number: int = Field(description="number within (job, target), from 1; 0 until the first is made")
    state: SetState
    digest: str = Field(description="digest of what it was made from")
    action_ids: list[str] = Field(description="actions in it, in order")
    tab_action_id: str | None = Field(description="the action behind the tab image")
    outputs: list[Artifact]
    zip: Artifact | None = Field(description="null until it is made")
    breaches: list[Breach] = Field(description="rules it breaks")
    created_at: datetime | None = Field(description="when it was made")


class SetList(Answer):
    """The newest set per target."""

    sets: list[EmojiSet]


class Arrangement(Ask):
    """Order and tab image of a set."""

    model_config = ConfigDict(json_schema_extra=example({"action_ids": [], "tab_action_id": ACTION_ID}))

    action_ids: list[Text] = Field(
        [],
        max_length=limits.ACTIONS_MAX,
        description="every action of the job in the wanted order; none keeps it",
    )
    tab_action_id: Text | None = Field(
        None, max_length=100, description="its emoji becomes the tab image; null keeps it"
    )
