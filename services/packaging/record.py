"""`pack.json`: what a set holds, told to programs. docs/packs.md says the same to people."""

from collections.abc import Mapping, Sequence
from importlib import metadata
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from popcon.catalog.target import Format, Target
from services.packaging.emoji_rules import read_moving

Stats = Mapping[str, Any]
_QUALITY = ("rung", "ssim", "edge_db")


class PackedFile(BaseModel):
    """One file that the platform takes. What is not known of it is left out."""

    model_config = ConfigDict(frozen=True)

    name: str = Field(description="its name in the zip")
    role: str = Field(description="`emoji`, or what an extra picture is for: `tab`, `main`, `tray`, `poster`…")
    label: str | None = Field(None, description="of an emoji: its action's label")
    format: Format = Field(description="`apng`, `webp`, `gif`, `webm` or `png`")
    bytes: int = Field(description="its size")
    width: int = Field(description="of the canvas, pixels")
    height: int = Field(description="of the canvas, pixels")
    frames: int | None = Field(None, description="of what moves: how many")
    seconds: float | None = Field(None, description="of what moves: length of one play, to the microsecond")
    plays: int | None = Field(None, description="of what moves: how often it plays; 0 is for ever")
    rung: str | None = Field(None, description="of an emoji: what was given up to fit, e.g. `256 colours`")
    ssim: float | None = Field(None, description="of an emoji: likeness to the source inside the silhouette, 0 to 1")
    edge_db: float | None = Field(None, description="of an emoji: PSNR of soft edges on the worse of black and white")


class Rules(BaseModel):
    """The target, and where its rules come from."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(description="the target's id")
    label: str = Field(description="the target's name")
    source: str = Field(description="page that the rules were read from")
    checked: str = Field(description="day on which it was read, YYYY-MM-DD")
    unverified: str = Field(description="what no page of the platform itself says; empty for nothing")


class PackRecord(BaseModel):
    """The whole of `pack.json`. Fields may be added to a version, never changed or taken away."""

    model_config = ConfigDict(frozen=True)

    version: Literal[1] = Field(1, description="version of this schema")
    made_by: str = Field(description="program and version that made the pack")
    target: Rules = Field(description="the target and the source of its rules")
    files: tuple[PackedFile, ...] = Field(description="emoji in order, then the extra pictures")

    def to_json(self) -> bytes:
        """The file. The same record gives the same bytes."""
        return self.model_dump_json(indent=1, exclude_none=True).encode() + b"\n"


def record(files: Mapping[str, bytes], target: Target, labels: Sequence[str], stats: Sequence[Stats]) -> PackRecord:
    """The record of a set's files: emoji in order, then the target's extra pictures. `labels` and `stats`: one for each
    emoji, `stats` as packing told them. Sizes and times are read from the files themselves. Raises `PictureUnreadable`.
    """
    extras = {extra.name: extra for extra in target.extras}
    emoji = [name for name in files if name not in extras]
    about = {name: (label, told) for name, label, told in zip(emoji, labels, stats, strict=True)}
    found = []
    for number, (name, data) in enumerate(files.items(), 1):
        if extra := extras.get(name):
            found.append(_file(name, extra.role, data, extra.format))
        else:
            label, told = about[name]
            quality = {key: told[key] for key in _QUALITY if key in told}
            found.append(_file(name, "emoji", data, target.at(number).format, label=label or None, **quality))
    rules = Rules(**{key: getattr(target, key) for key in Rules.model_fields})
    return PackRecord(made_by=f"popcon {metadata.version('popcon')}", target=rules, files=tuple(found))


def _file(name: str, role: str, data: bytes, file_format: Format, **more: Any) -> PackedFile:
    moving = read_moving(data, file_format)
    width, height = moving.canvas
    if moving.animated:
        seconds = round(float(sum(moving.delays)), 6)
        more |= {"frames": len(moving.delays), "seconds": seconds, "plays": moving.plays}
    return PackedFile(name=name, role=role, format=file_format, bytes=len(data), width=width, height=height, **more)
