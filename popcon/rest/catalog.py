"""Presets, targets, and what a check finds."""

from pydantic import ConfigDict, Field

from popcon.rest.common import Answer, example
from popcon.rest.sets import Breach


class Preset(Answer):
    """A named action known to the system."""

    model_config = ConfigDict(
        json_schema_extra=example(
            {
                "id": "wave",
                "label": "Wave",
                "action_prompt": "waves one arm in a friendly greeting",
                "effect_prompt": "two short motion lines beside the hand",
                "sample_url": "/v1/presets/wave/sample",
            }
        )
    )

    id: str
    label: str
    action_prompt: str = Field(description="what the body does")
    effect_prompt: str = Field(description="what effects are drawn")
    sample_url: str = Field(description="a small moving sample, relative to this server")


class PresetList(Answer):
    """Every preset."""

    presets: list[Preset]


class ExtraInfo(Answer):
    """A picture of a set beside its emoji, made from one of them."""

    name: str = Field(description="its file's name")
    role: str = Field(description="what it is for, e.g. tab, main, tray, icon, poster")
    size: tuple[int, int]
    file_max_bytes: int


class TargetInfo(Answer):
    """The pack format of a chat platform. Sizes are (width, height) in pixels; bounds are (least, most)."""

    id: str
    label: str
    media_type: str
    canvas: tuple[int, int] = Field(description="of the emoji that popcon makes")
    frames: tuple[int, int]
    seconds: list[int] = Field(description="lengths of one play that are allowed; none allows any")
    seconds_max: int | None = Field(description="the longest play; null for no end")
    plays_seconds: int | None = Field(description="the most that all plays together may last; null plays for ever")
    file_max_bytes: int
    set_size: tuple[int, int]
    extras: list[ExtraInfo]
    zip_max_bytes: int
    source: str = Field(description="the page that says so")
    checked: str = Field(description="the day on which it said so")
    unverified: str = Field(description="what of this no page of the platform says; empty for nothing")


class TargetList(Answer):
    """Every target."""

    targets: list[TargetInfo]


class CheckResult(Answer):
    """Whether a pack holds the rules of its target."""

    model_config = ConfigDict(
        json_schema_extra=example(
            {
                "target": "line-emoji",
                "passes": False,
                "breaches": [
                    {"rule": "set_too_small", "file": "", "message": "The set has 6 emoji; LINE wants 8 to 40."}
                ],
            }
        )
    )

    target: str = Field(description="the target it was held against")
    passes: bool
    breaches: list[Breach]
