"""What the rules speak of: an action, the events that happen to it, and the commands that follow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class State(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    AWAITING_REVIEW = "awaiting_review"
    AWAITING_REFINE = "awaiting_refine"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Stage(StrEnum):
    STARTFRAME = "startframe"
    MOTION = "motion"
    MATTE = "matte"
    PACK = "pack"


UPSTREAM = {Stage.MOTION: Stage.STARTFRAME, Stage.MATTE: Stage.MOTION, Stage.PACK: Stage.MATTE}


@dataclass(frozen=True, order=True)
class Slot:
    """What runs of an action compete for: a stage and, for pack, a target."""

    stage: Stage
    target: str = ""


@dataclass(frozen=True, order=True)
class Pick:
    """A run number and a take in it, both from 1."""

    run: int
    take: int = 1


@dataclass(frozen=True)
class Live:
    """A run that is queued or running; `edit` where it applies one."""

    number: int
    made_from: Pick | None
    edit: bool = False


@dataclass(frozen=True)
class Made:
    """A run that succeeded."""

    takes: int
    made_from: Pick | None


@dataclass(frozen=True)
class Action:
    """All that the rules know of an action. `stage` is the stage that the state speaks of."""

    targets: tuple[str, ...]
    review: bool = False
    refine: bool = False
    state: State = State.QUEUED
    stage: Stage = Stage.STARTFRAME
    editing: bool = False
    numbers: Mapping[Slot, int] = field(default_factory=dict)
    live: Mapping[Slot, Live] = field(default_factory=dict)
    made: Mapping[tuple[Slot, int], Made] = field(default_factory=dict)
    selected: Mapping[Slot, Pick] = field(default_factory=dict)


# Events, named after what happened.


@dataclass(frozen=True)
class Created:
    """The action was asked for; only ever the first event."""


@dataclass(frozen=True)
class RunStarted:
    slot: Slot
    number: int


@dataclass(frozen=True)
class RunSucceeded:
    slot: Slot
    number: int
    takes: int = 1


@dataclass(frozen=True)
class RunFailed:
    """A run failed for good: retries are over."""

    slot: Slot
    number: int


@dataclass(frozen=True)
class Approved:
    """A person accepted a take; without a pick, the selected one."""

    pick: Pick | None = None


@dataclass(frozen=True)
class Regenerated:
    """A person asked for new start frames."""


@dataclass(frozen=True)
class Selected:
    """A person picked an earlier run or take."""

    slot: Slot
    pick: Pick


@dataclass(frozen=True)
class Resumed:
    """A person restarted the action; without a stage, where it stopped or where it is outdated."""

    stage: Stage | None = None


@dataclass(frozen=True)
class Skipped:
    """A person left the refine gate without an edit."""


@dataclass(frozen=True)
class Cancelled:
    """A person stopped it."""


@dataclass(frozen=True)
class EditOpened:
    """A person opened an edit on a run: `base`, or without one the selected."""

    stage: Stage = Stage.MATTE
    base: Pick | None = None


@dataclass(frozen=True)
class EditApplied:
    """A person froze the open edit; `base` is the run that it starts from."""

    base: int


@dataclass(frozen=True)
class EditDiscarded:
    """A person gave the open edit up."""


Event = (
    Created | RunStarted | RunSucceeded | RunFailed | Approved | Regenerated | Selected | Resumed | Skipped | Cancelled
    | EditOpened | EditApplied | EditDiscarded
)  # fmt: skip


# Commands: what the store must do in the same transaction.


@dataclass(frozen=True)
class StartRun:
    slot: Slot
    number: int
    made_from: Pick | None
    edit: bool = False


@dataclass(frozen=True)
class Supersede:
    slot: Slot
    number: int


@dataclass(frozen=True)
class CloseEdit:
    """The open edit no longer has an action to refine."""


@dataclass(frozen=True)
class ReopenEdit:
    """The run that applied the edit failed; the edit is the person's again."""


Command = StartRun | Supersede | CloseEdit | ReopenEdit
Step = tuple[Action, Sequence[Command]]
