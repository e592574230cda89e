"""The effects: what is drawn around a character to say what it feels, by name. Adding one is adding one file.

An effect is made for one character and one seed and then asked for its marks at each phase. What belongs to the body
follows it; what floats does not. Births and deaths are soft, and everything is back where it was after one turn.
"""

import tomllib
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from pydantic import BaseModel, ConfigDict

from popcon.puppet import emitter
from popcon.puppet.drawing import FOLDER
from popcon.puppet.effect import Effect, Setting
from popcon.puppet.emitter import Lane

GOLDEN = 0.618034
"""Births this much of a loop apart are spread evenly, however many there are."""


class Emitter(BaseModel):
    """Lanes, and what the dice of a take add to them: up to plus or minus each amount of `scatter`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    lanes: tuple[Lane, ...]
    scatter: Mapping[str, float] = {}


class EffectFile(BaseModel):
    """A file of the folder `drawings/effects`: what the effect looks like, and what people call it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    emitters: tuple[Emitter, ...]
    words: Mapping[str, tuple[str, ...]]


def read(text: str) -> EffectFile:
    """The effect that a TOML text describes. Raises `ValueError`, which says what is wrong with it."""
    raw = tomllib.loads(text)
    return EffectFile.model_validate(
        {"emitters": [_emitter(each) for each in raw.get("emitter", [])], "words": raw.get("words", {})}
    )


def _emitter(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Each lane is what the emitter says, changed by what the lane says."""
    own = {name: value for name, value in raw.items() if name not in ("lanes", "scatter", "count", "spread", "fills")}
    lanes = [{**own, **lane} for lane in raw.get("lanes", [{}])]
    if count := raw.get("count", 0):
        lanes = [
            {**lane, **_nth(lane, raw.get("spread", {}), index, count)} for lane in lanes for index in range(count)
        ]
    if fills := raw.get("fills"):
        lanes = [{**lane, "fill": fills[index % len(fills)]} for index, lane in enumerate(lanes)]
    return {"lanes": lanes, "scatter": raw.get("scatter", {})}


def _nth(lane: Mapping[str, Any], spread: Mapping[str, Any], index: int, count: int) -> dict[str, Any]:
    """One of many: spread evenly from one value to another, and born at times of their own."""
    share = index / max(count - 1, 1)
    places = {name: first + (last - first) * share for name, (first, last) in spread.items()}
    return {"birth": (lane.get("birth", 0.0) + GOLDEN * index) % 1} | places


def _play(file: EffectFile, setting: Setting) -> Effect:
    lanes = [_thrown(lane, each.scatter, setting) for each in file.emitters for lane in each.lanes]
    return emitter.effect(lanes, setting)


def _thrown(lane: Lane, scatter: Mapping[str, float], setting: Setting) -> Lane:
    moved = {name: getattr(lane, name) + setting.rng.uniform(-amount, amount) for name, amount in scatter.items()}
    return lane.model_copy(update=moved)


def _files() -> dict[str, EffectFile]:
    entries = sorted((FOLDER / "effects").iterdir(), key=lambda entry: entry.name)
    return {
        entry.name.removesuffix(".toml").replace("-", " "): read(entry.read_text(encoding="utf-8"))
        for entry in entries
        if entry.name.endswith(".toml")
    }


FILES: Mapping[str, EffectFile] = _files()
"""By name; the file of `anger mark` is `anger-mark.toml`."""

EFFECTS: Mapping[str, Callable[[Setting], Effect]] = {name: partial(_play, file) for name, file in FILES.items()}
"""By name."""
