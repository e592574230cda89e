"""How far a job is, kept up to date from its events so that the job itself is read again only when it matters."""

from dataclasses import dataclass, field

from popcon.rest import Action, ActionState, Event, Job, RunState, SetState, Stage

_STAGES = (Stage.STARTFRAME, Stage.MOTION, Stage.MATTE, Stage.PACK)
OVER = frozenset({ActionState.DONE, ActionState.FAILED, ActionState.CANCELLED})
_MOVING = frozenset({ActionState.QUEUED, ActionState.RUNNING})


@dataclass
class Row:
    """One action. `fractions`: how far each run of the current stage is, 0 to 1, by target ("" before pack)."""

    label: str
    state: ActionState
    stage: Stage | None
    slots: int
    fractions: dict[str, float] = field(default_factory=dict)

    @property
    def done(self) -> float:
        """How far the whole action is, 0 to 1; every stage counts the same."""
        if self.state is ActionState.DONE:
            return 1.0
        if self.stage not in _STAGES:
            return 0.0
        slots = self.slots if self.stage is Stage.PACK else 1
        return (_STAGES.index(self.stage) + sum(self.fractions.values()) / slots) / len(_STAGES)

    @property
    def word(self) -> str:
        """What it is doing, for people."""
        if self.state is ActionState.RUNNING and self.stage:
            return self.stage.value
        return self.state.value.replace("_", " ")


class Tracker:
    """The rows of a job, by action id, in order."""

    def __init__(self, job: Job) -> None:
        self.rows: dict[str, Row] = {}
        self.load(job)

    def load(self, job: Job) -> None:
        """Takes everything over from a job that was just read."""
        self.rows = {action.id: _row(action, len(job.options.targets)) for action in job.actions}

    def apply(self, event: Event) -> bool:
        """Takes an event over; returns whether the job should be read again."""
        row = self.rows.get(event.action_id or "")
        if row is None:
            return event.type == "set.changed"
        if event.type == "action.changed" and event.data.get("state") in set(ActionState):
            _move(row, ActionState(event.data["state"]), event.stage)
            return row.state not in _MOVING
        if event.type == "run.progress" and event.stage is row.stage:
            row.fractions[event.target or ""] = float(event.data.get("fraction", 0.0))
        if event.type == "run.succeeded" and event.stage is row.stage:
            row.fractions[event.target or ""] = 1.0
        return False


def is_over(job: Job) -> bool:
    """Whether nothing more will happen by itself and nobody is awaited: actions ended, sets made."""
    if any(action.state not in OVER for action in job.actions):
        return False
    if all(action.state is not ActionState.DONE for action in job.actions):
        return True
    made = {each.target: each.state for each in job.sets}
    return all(made.get(target, SetState.PENDING) is not SetState.PENDING for target in job.options.targets)


def _row(action: Action, targets: int) -> Row:
    row = Row(action.label, action.state, action.stage, targets)
    for run in action.runs:
        if run.stage is action.stage and run.state in {RunState.RUNNING, RunState.SUCCEEDED, RunState.QUEUED}:
            row.fractions[run.target or ""] = 1.0 if run.state is RunState.SUCCEEDED else run.progress
    return row


def _move(row: Row, state: ActionState, stage: Stage | None) -> None:
    if stage is not row.stage or state is ActionState.QUEUED:
        row.fractions = {}
    row.state, row.stage = state, stage
