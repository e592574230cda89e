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


class StillsInfo(Answer):
    """Only the first emoji of a set move; the rest are transparent PNG stills."""

    after: int = Field(description="how many move")
    file_max_bytes: int = Field(description="of a still")


class NameInfo(Answer):
    """What names of emoji may be."""

    letters: str = Field(description="their characters, as between the brackets of a regular expression")
    lengths: tuple[int, int]


class SizesInfo(Answer):
    """Which canvases a platform takes."""

    least: tuple[int, int]
    most: tuple[int, int]
    long_side_min: int = Field(description="the longer side has at least so many pixels")
    square: bool


class TargetInfo(Answer):
    """The pack format of a chat platform. Sizes are (width, height) in pixels; bounds are (least, most)."""

    id: str
    label: str
    media_type: str
    canvas: tuple[int, int] = Field(description="of the emoji that popcon makes")
    smaller: list[tuple[int, int]] = Field(description="canvases it makes instead where the full one would look worse")
    sizes: SizesInfo = Field(description="what the platform takes")
    frames: tuple[int, int]
    distinct_min: int = Field(description="frames that must differ")
    delay_min: float = Field(description="the shortest that a frame may be shown, seconds")
    seconds: list[int] = Field(description="lengths of one play that are allowed; none allows any")
    seconds_max: int | None = Field(description="the longest play; null for no end")
    plays_seconds: int | None = Field(description="the most that all plays together may last; null plays for ever")
    file_max_bytes: int
    set_size: tuple[int, int]
    matte: tuple[int, int, int] | None = Field(
        description="8-bit sRGB that moving emoji lie on; null where they are transparent"
    )
    stills: StillsInfo | None = Field(description="which of a set do not move; null where all do")
    names: NameInfo | None = Field(description="where the platform knows emoji by name; null where by number")
    extras: list[ExtraInfo]
    zip_max_bytes: int
    zip_is_upload: bool = Field(description="the platform takes the zip itself, so nothing else may be in it")
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
