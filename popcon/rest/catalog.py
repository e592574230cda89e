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


class TargetInfo(Answer):
    """The pack format of a chat platform. Sizes are (width, height) in pixels; bounds are (least, most)."""

    id: str
    label: str
    media_type: str
    canvas: tuple[int, int]
    frames: tuple[int, int]
    seconds: list[int] = Field(description="lengths of one play that are allowed; none allows any")
    plays_seconds: int | None = Field(description="the most that all plays together may last; null plays for ever")
    file_max_bytes: int
    set_size: tuple[int, int]
    tab_name: str
    tab_size: tuple[int, int]
    zip_max_bytes: int
    source: str = Field(description="the page that says so")


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
