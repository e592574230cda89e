"""The effect language: what a lane of marks says, and the marks that it makes.

`docs/puppet.md` teaches it. A lane is one mark that is born, lives and dies once per loop; an effect is its lanes.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from popcon.puppet.anchors import ANCHORS, Spot
from popcon.puppet.curves import life, pop, smoothstep
from popcon.puppet.drawing import DRAWINGS
from popcon.puppet.effect import Effect, Follow, Setting
from popcon.puppet.marks import Box, Mark, union
from popcon.puppet.paths import PATHS, heading

SIDES = {"right": (1,), "left": (-1,), "both": (-1, 1)}

Wave = tuple[float, int, float]
"""Amount, whole cycles per loop, lag 0..1 of a loop: whole cycles close the loop."""
STILL: Wave = (0.0, 1, 0.0)
Share = Annotated[float, Field(ge=0, le=1)]


class Lane(BaseModel):
    """One mark. Lengths are those of its anchor, `size` is in character sizes, times are shares of a loop or of its
    life, angles degrees."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    drawing: str
    anchor: str = "around"
    side: Literal["right", "left", "both"] = "right"
    x: float = 0.0
    y: float = 0.0
    path: str = "stay"
    toward: float = 90.0
    reach: float = 0.0
    since: Share = 0.0
    drop: float = 0.0
    flat: float = 1.0
    turned: bool = False
    birth: float = 0.0
    span: Annotated[float, Field(gt=0, le=1)] = 1.0
    size: Annotated[float, Field(gt=0, le=3)]
    wide: float = 1.0
    fit: bool = False
    pop: Share = 0.0
    bloom: tuple[Share, Share] = (0.0, 0.0)
    grow: float = 1.0
    angle: float = 0.0
    spin: float = 0.0
    opacity: Share = 1.0
    fade: tuple[Share, Share] = (0.0, 0.0)
    worn: bool = False
    swing: Wave = STILL
    throb: Wave = STILL
    sway: Wave = STILL
    bob: Wave = STILL
    glow: Wave = STILL
    squeeze: Wave = STILL
    fill: str = ""
    behind: bool = False

    @model_validator(mode="after")
    def _closed(self) -> "Lane":
        for name, known in ((self.drawing, DRAWINGS), (self.anchor, ANCHORS), (self.path, PATHS)):
            if name not in known:
                raise ValueError(f"There is no {name!r}; choose one of {', '.join(sorted(known))}.")
        born_unseen = self.fade[0] > 0 or self.bloom[0] > 0 or self.pop > 0
        dies_unseen = self.fade[1] > 0 or self.bloom[1] > 0
        if not (born_unseen and dies_unseen) and not self._lasts:
            raise ValueError(f"A mark of {self.drawing!r} would jump where its life ends; give it a fade or a bloom.")
        return self

    @property
    def _lasts(self) -> bool:
        """Whether the end of its life is its beginning."""
        still = self.path in ("stay", "orbit") and self.spin % 360 == 0 and self.grow == 1
        return still and self.span == 1 and self.fade == self.bloom == (0, 0) and self.pop == 0


def effect(lanes: Sequence[Lane], setting: Setting) -> Effect:
    """The lanes playing around a character."""
    placed = [
        (lane, side, spot)
        for lane in lanes
        for side in SIDES[lane.side]
        if (spot := ANCHORS[lane.anchor](setting, side, lane.x, lane.y)) is not None
    ]

    def marks(phase: float, follow: Follow) -> Sequence[Mark]:
        groups: dict[tuple[str, int], list[Mark]] = {}
        for index, (lane, side, spot) in enumerate(placed):
            if (age := life(phase, lane.birth, lane.span)) is not None:
                mark = _mark(lane, side, spot, setting, phase, age, follow)
                groups.setdefault(("", index) if spot.aside is None else (lane.anchor, side), []).append(mark)
        return [mark for group in groups.values() for mark in _within(group, setting.room)]

    return marks


def _mark(lane: Lane, side: int, spot: Spot, setting: Setting, phase: float, age: float, follow: Follow) -> Mark:
    across, up, near = _way(lane, age)
    across += _wave(lane.sway, phase)
    up += _wave(lane.bob, phase)
    x, y = follow(spot.x, spot.y) if spot.follows else (spot.x, spot.y)
    aside = spot.aside or (0.0, 0.0)
    size, wide = _size(lane, setting, phase, age, near)
    return Mark(
        lane.drawing,
        x + aside[0] + side * across * spot.across,
        y + aside[1] - up * spot.up,
        size,
        _angle(lane, side, phase, age) + (_turn(spot, setting, follow) if lane.worn else 0.0),
        lane.opacity * _faded(age, lane.fade) * _part(lane.glow, phase),
        side * wide,
        lane.fill,
        lane.behind or near < 0,
        setting.hand,
    )


def _within(group: Sequence[Mark], room: Box) -> Sequence[Mark]:
    """Marks of one place, pushed back into the room that there is for effects, all by the same way."""
    boxes = [mark.box() for mark in group if mark.visible]
    if not boxes:
        return group
    left, top, right, bottom = union(boxes)
    across, down = _pushed(left, right, room[0], room[2]), _pushed(top, bottom, room[1], room[3])
    return [replace(mark, x=mark.x + across, y=mark.y + down) for mark in group] if across or down else group


def _pushed(low: float, high: float, least: float, most: float) -> float:
    """What moves `low` to `high` between `least` and `most`; middle to middle where there is no room."""
    if high - low > most - least:
        return (least + most - low - high) / 2
    return max(least - low, 0.0) + min(most - high, 0.0)


def _turn(spot: Spot, setting: Setting, follow: Follow) -> float:
    """Degrees by which the pose turns what is up at a spot."""
    (x, y), (over_x, over_y) = follow(spot.x, spot.y), follow(spot.x, spot.y - 0.1 * setting.unit)
    return math.degrees(math.atan2(over_x - x, y - over_y))


def _way(lane: Lane, age: float) -> tuple[float, float, float]:
    """How far outwards and up from its anchor, and how near to the viewer, -1..1."""
    way = PATHS[lane.path](age)
    if way.turn is not None:
        turn = math.tau * way.turn
        return lane.reach * math.cos(turn), -lane.reach * lane.flat * math.sin(turn), math.sin(turn)
    far = lane.reach * (lane.since + (1 - lane.since) * way.along)
    turn = math.radians(lane.toward)
    return far * math.cos(turn), far * math.sin(turn) - lane.drop * way.fallen, 0.0


def _size(lane: Lane, setting: Setting, phase: float, age: float, near: float) -> tuple[float, float]:
    """Half of a side in pixels, and the factor of the width."""
    grown = (lane.grow + (1 - lane.grow) * PATHS["puff"](age).along) * (1 + 0.25 * near)
    if lane.pop:
        grown *= pop(age, lane.pop)
    grown *= _faded(age, lane.bloom) * (1 + _wave(lane.throb, phase))
    wide = lane.wide * _part(lane.squeeze, phase)
    if not lane.fit:
        return lane.size * setting.unit * grown, wide
    left, top, right, bottom = setting.anatomy.box
    return lane.size * (bottom - top) / 2 * grown, wide * (right - left) / (bottom - top)


def _angle(lane: Lane, side: int, phase: float, age: float) -> float:
    angle = lane.angle + lane.spin * age + _wave(lane.swing, phase)
    if lane.turned:
        angle += heading(lane.toward, lane.reach * (1 - lane.since), lane.drop, age)
    return side * angle


def _wave(wave: Wave, phase: float) -> float:
    amount, cycles, lag = wave
    return amount * math.sin(math.tau * (cycles * phase + lag))


def _part(wave: Wave, phase: float) -> float:
    """1 at its most, less by the amount of the wave at its least."""
    amount, cycles, lag = wave
    return 1 - amount * (0.5 - 0.5 * math.cos(math.tau * (cycles * phase + lag)))


def _faded(age: float, ends: tuple[float, float]) -> float:
    """0 at each end that takes a share of the life, 1 between, eased."""
    rise, fall = ends
    return (smoothstep(age / rise) if rise else 1.0) * (smoothstep((1 - age) / fall) if fall else 1.0)
