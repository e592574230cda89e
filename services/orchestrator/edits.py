"""Edits: refine sessions on a matte or a start frame, kept operation by operation and applied as a new run."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import sqlalchemy as sa

from popcon import errors, ids
from popcon.catalog import limits
from popcon.v1 import edits_pb2
from services.orchestrator import actions, operations, tables, transitions, views
from services.orchestrator.change import change
from services.orchestrator.database import Row
from services.orchestrator.rules.action import EditApplied, EditDiscarded, EditOpened, Slot, Stage
from services.orchestrator.tx import JobChange, Tx


async def open_edit(tx: Tx, request: edits_pb2.OpenEditRequest) -> edits_pb2.Edit:
    """Opens an edit on the selected or named run of a stage; one that is open is answered as it is."""
    stage = transitions.stage_of(request.stage) or Stage.MATTE
    job_id = await transitions.job_of(tx, request.owner, request.action_id)
    async with change(tx, job_id, request.owner) as job:
        loaded = await actions.load(job, request.action_id)
        if loaded.row["edit_id"] is not None:
            return await get(tx, request.owner, loaded.row["edit_id"])
        transitions.check_version(loaded.row, request.version, "action")
        opened = EditOpened(stage, transitions.pick(loaded, Slot(stage), request.run, request.take))
        edit_id = ids.new(ids.EDIT)
        await actions.advance(job, loaded, opened, columns={"edit_id": edit_id})
        base = opened.base or loaded.action.selected[Slot(stage)]
        row = {
            "id": edit_id, "owner": job.owner, "job_id": job.id, "action_id": request.action_id, "state": "open",
            "stage": stage, "base_run": base.run, "base_take": base.take, "version": 1, "cursor": 0,
            "created_at": tx.now,
        }  # fmt: skip
        tx.insert(tables.edits, row)
    return await get(tx, request.owner, edit_id)


async def get(tx: Tx, owner: str, edit_id: str) -> edits_pb2.Edit:
    """An edit with the operations that undo and redo can reach. Raises `NotFound`."""
    row = await _row(tx, owner, edit_id)
    return views.edit(row, await _reachable(tx, edit_id))


async def append(tx: Tx, request: edits_pb2.AppendOperationRequest) -> edits_pb2.Edit:
    """Adds an operation after the cursor; those that were undone are dropped from the way ahead."""
    async with _held(tx, request) as (job, row):
        kept = tables.operations
        taken = len(await tx.all(sa.select(kept.c.id).where(kept.c.edit_id == row["id"])))
        if taken >= limits.OPERATIONS_MAX:
            most = limits.OPERATIONS_MAX
            raise errors.WrongState(f"An edit holds at most {most} operations: apply it and open another.")
        ahead = (kept.c.edit_id == row["id"], kept.c.seq > row["cursor"])
        await tx.write(sa.update(kept).where(*ahead).values(dropped=True))
        seq = row["cursor"] + 1
        about = {"edit_id": row["id"], "id": taken + 1, "owner": row["owner"], "seq": seq, "dropped": False}
        what = {"kind": request.operation.kind, "parameters": operations.parameters(request.operation, row)}
        tx.insert(kept, {**about, **what})
        return await _move(job, row, seq)


async def undo(tx: Tx, request: edits_pb2.UndoOperationRequest) -> edits_pb2.Edit:
    """Moves the cursor one operation back."""
    async with _held(tx, request) as (job, row):
        if row["cursor"] == 0:
            raise errors.WrongState("There is nothing to undo.")
        return await _move(job, row, row["cursor"] - 1)


async def redo(tx: Tx, request: edits_pb2.RedoOperationRequest) -> edits_pb2.Edit:
    """Moves the cursor one operation on."""
    async with _held(tx, request) as (job, row):
        if row["cursor"] == len(await _reachable(tx, row["id"])):
            raise errors.WrongState("There is nothing to redo.")
        return await _move(job, row, row["cursor"] + 1)


async def apply(tx: Tx, request: edits_pb2.ApplyEditRequest) -> edits_pb2.Edit:
    """Freezes the operations up to the cursor as a new run of the edit's stage."""
    row = await _row(tx, request.owner, request.edit_id)
    if row["state"] == "applied" and row["version"] == request.version + 1:
        return await get(tx, request.owner, request.edit_id)
    async with _held(tx, request) as (job, row):
        await _close(job, row, EditApplied(row["base_run"]), "applied")
    return await get(tx, request.owner, request.edit_id)


async def discard(tx: Tx, request: edits_pb2.DiscardEditRequest) -> edits_pb2.Edit:
    """Ends the edit without a run."""
    row = await _row(tx, request.owner, request.edit_id)
    if row["state"] == "discarded":
        return await get(tx, request.owner, request.edit_id)
    async with _held(tx, request) as (job, row):
        await _close(job, row, EditDiscarded(), "discarded")
    return await get(tx, request.owner, request.edit_id)


async def apply_again(job: JobChange, edit_id: str) -> None:
    """Applies an edit whose run failed and that was not closed since. Raises `WrongState`."""
    row = (await job.tx.all(sa.select(tables.edits).where(tables.edits.c.id == edit_id)))[0]
    await _close(job, row, EditApplied(row["base_run"]), "applied")


_Change = (
    edits_pb2.AppendOperationRequest | edits_pb2.UndoOperationRequest | edits_pb2.RedoOperationRequest
    | edits_pb2.ApplyEditRequest | edits_pb2.DiscardEditRequest
)  # fmt: skip


async def _close(job: JobChange, row: Row, event: EditApplied | EditDiscarded, state: str) -> None:
    loaded = await actions.load(job, row["action_id"])
    if loaded.row["edit_id"] != row["id"]:
        raise errors.WrongState("The action has moved on since the edit was opened; open another.")
    values = {"state": state, "version": row["version"] + 1}
    job.tx.update(tables.edits, row["id"], values)
    await actions.advance(job, loaded, event)


@asynccontextmanager
async def _held(tx: Tx, request: _Change) -> AsyncIterator[tuple[JobChange, Row]]:
    """An open edit at the version that the request saw, its job locked: always the job first, then what is in it."""
    job_id = (await _row(tx, request.owner, request.edit_id))["job_id"]
    async with change(tx, job_id, request.owner) as job:
        yield job, await _open_row(tx, request)


async def _open_row(tx: Tx, request: _Change) -> Row:
    row = await _row(tx, request.owner, request.edit_id)
    if row["state"] != "open":
        raise errors.WrongState(f"The edit is {row['state']} and cannot be changed; open another.")
    if request.version < 1:
        raise errors.InvalidRequest("Name the version of the edit that you saw.", field="version")
    transitions.check_version(row, request.version, "edit")
    return row


async def _row(tx: Tx, owner: str, edit_id: str) -> Row:
    kept = tables.edits
    row = await tx.one(sa.select(kept).where(kept.c.id == edit_id, kept.c.owner == owner))
    if row is None:
        raise errors.NotFound(f"There is no edit {edit_id}; get its action to find the open one.")
    return row


async def _reachable(tx: Tx, edit_id: str) -> list[Row]:
    kept = tables.operations
    return await tx.all(sa.select(kept).where(kept.c.edit_id == edit_id, ~kept.c.dropped).order_by(kept.c.seq))


async def _move(job: JobChange, row: Row, cursor: int) -> edits_pb2.Edit:
    values = {"cursor": cursor, "version": row["version"] + 1}
    job.tx.update(tables.edits, row["id"], values)
    data = {"edit_id": row["id"], "version": values["version"]}
    job.event("edit.changed", action_id=row["action_id"], stage=row["stage"], data=data)
    return await get(job.tx, row["owner"], row["id"])
