"""Between the rules and the tables: loads an action, advances it, and writes what follows."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from popcon import errors
from services.orchestrator import enqueue, letters, tables
from services.orchestrator.ahead import SEEN
from services.orchestrator.database import Row
from services.orchestrator.rules import pipeline
from services.orchestrator.rules.action import (
    Action,
    CloseEdit,
    Command,
    Event,
    Live,
    Made,
    Pick,
    ReopenEdit,
    Slot,
    Stage,
    StartRun,
    State,
    Supersede,
)
from services.orchestrator.tx import JobChange


@dataclass(frozen=True)
class Loaded:
    """An action's row and what the rules see of it."""

    row: Row
    action: Action


async def load(job: JobChange, action_id: str) -> Loaded:
    """An action of a locked job. Raises `NotFound`."""
    actions, runs, ahead = tables.actions, tables.runs, job.tx.ahead
    row = ahead.actions.get(action_id)
    if row is None:
        row = await job.tx.one(sa.select(actions).where(actions.c.id == action_id, actions.c.job_id == job.id))
    if row is None:
        raise errors.NotFound(f"The job has no action {action_id}.")
    seen = ahead.seen.get(action_id)
    if seen is None:
        seen = await job.tx.all(sa.select(*SEEN).where(runs.c.job_id == job.id, runs.c.action_id == action_id))
    return Loaded(row, to_action(row, job.row["options"], seen))


def to_action(row: Row, options: Row, runs: Sequence[Row]) -> Action:
    """What the rules see of an action's rows."""
    numbers: dict[Slot, int] = {}
    live: dict[Slot, Live] = {}
    made: dict[tuple[Slot, int], Made] = {}
    for run in runs:
        slot, number = Slot(Stage(run["stage"]), run["target"]), run["number"]
        numbers[slot] = max(numbers.get(slot, 0), number)
        made_from = Pick(*run["made_from"]) if run["made_from"] else None
        if run["state"] in enqueue.LIVE:
            live[slot] = Live(number, made_from, "edit_id" in run["parameters"])
        elif run["state"] == "succeeded":
            made[slot, number] = Made(run["takes"], made_from)
    return Action(
        targets=tuple(options["targets"]),
        review=options["review"],
        refine=options["refine"],
        state=State(row["state"]),
        stage=Stage(row["stage"]),
        editing=row["edit_id"] is not None,
        numbers=numbers,
        live=live,
        made=made,
        selected={slot_of(name): Pick(*pick) for name, pick in row["selected"].items()},
    )


def slot_name(slot: Slot) -> str:
    """`matte`, or `pack:line-emoji`: a slot as a JSON key."""
    return f"{slot.stage}:{slot.target}" if slot.target else slot.stage.value


def slot_of(name: str) -> Slot:
    """The slot with a name."""
    stage, _, target = name.partition(":")
    return Slot(Stage(stage), target)


async def advance(
    job: JobChange, loaded: Loaded, event: Event, *, failure: Row | None = None, columns: Row | None = None
) -> None:
    """Lets an event happen to an action, within the job's change. `failure` says why, with `RunFailed`; `columns` are
    further columns of the action to set. Raises what the rules raise; then nothing was written."""
    before = loaded.row
    action, commands = pipeline.advance(loaded.action, event)
    if action == loaded.action and not commands and not columns:
        return
    values = {
        "direction": before["direction"],
        "edit_id": before["edit_id"] if action.editing else None,
        "state": action.state,
        "stage": action.stage,
        "version": before["version"] + 1,
        "selected": {slot_name(slot): [pick.run, pick.take] for slot, pick in sorted(action.selected.items())},
        "failure": failure or (before["failure"] if action.state is State.FAILED else None),
        **(columns or {}),
    }
    for command in commands:
        await _execute(job, before, values, command)
    if before["state"] in _MAY_HAVE_LETTERS and before["state"] != action.state:
        to = letters.REPLAYED if action.state is State.QUEUED else letters.DISCARDED
        await letters.close_of_action(job, before["id"], to)
    _write(job, before, values)
    data = {"state": action.state, "was": before["state"], "version": values["version"]}
    data |= {"failure": failure} if failure else {}
    job.event("action.changed", action_id=before["id"], stage=action.stage, data=data)


_MAY_HAVE_LETTERS = (State.FAILED, State.AWAITING_REVIEW, State.AWAITING_REFINE)
"""Where a failed run leaves its action: a failed edit leaves it at the gate."""


def _write(job: JobChange, row: Row, values: Row) -> None:
    job.tx.ahead.renew_action(row["id"], values)
    job.tx.update(tables.actions, row["id"], values, row["version"])


async def _execute(job: JobChange, row: Row, values: Row, command: Command) -> None:
    """Does what a command says. `row`: the action as it was; `values`: the columns it is about to get."""
    match command:
        case StartRun():
            _start_run(job, row, values["direction"], command)
        case Supersede(slot, number):
            await enqueue.supersede(job, row["id"], slot.stage, slot.target, number)
        case CloseEdit():
            await _set_edit(job, row["edit_id"], "discarded")
        case ReopenEdit():
            values["edit_id"] = await _applied_edit(job, row["id"])
            await _set_edit(job, values["edit_id"], "open")


async def _set_edit(job: JobChange, edit_id: str, state: str) -> None:
    edits = tables.edits
    values = {"state": state, "version": edits.c.version + 1}
    await job.tx.write(sa.update(edits).where(edits.c.id == edit_id).values(**values))


async def _applied_edit(job: JobChange, action_id: str) -> str:
    edits = tables.edits
    applied = (edits.c.action_id == action_id, edits.c.state == "applied")
    rows = await job.tx.all(sa.select(edits.c.id).where(*applied).order_by(edits.c.id.desc()).limit(1))
    return str(rows[0]["id"])


def _start_run(job: JobChange, row: Row, direction: Row, command: StartRun) -> None:
    options, slot = job.row["options"], command.slot
    parameters: Row = {"direction": direction}
    if slot.stage is Stage.STARTFRAME:
        parameters["takes"] = 1 if command.edit else options["takes"]
    if command.edit:
        parameters["edit_id"] = row["edit_id"]
    enqueue.start_run(
        job,
        action_id=row["id"],
        stage=slot.stage,
        target=slot.target,
        number=command.number,
        made_from=[command.made_from.run, command.made_from.take] if command.made_from else None,
        parameters=parameters,
        seed=_seed(options["seed"], row["position"], command.number),
        backend="edit" if command.edit else options["backends"].get(slot.stage, "auto"),
    )


def _seed(base: int, position: int, number: int) -> int:
    """A seed of its own for each run, the same whenever the job is made again."""
    return (base + position * 1_000_003 + number * 7_919) % 2**31
