"""Refine sessions."""

from typing import Annotated

from fastapi import APIRouter, Body, Response

from popcon import rest
from popcon.v1 import edits_pb2
from services.gateway import files, openapi, pointing, to_proto, to_rest
from services.gateway.access import KnownRoute
from services.gateway.links import read, write
from services.gateway.params import ActionId, EditId, JobId, Owner, Services
from services.gateway.routes import actions

router = APIRouter(tags=["edits"], route_class=KnownRoute)


@router.post("/v1/jobs/{job}/actions/{action}/edits", summary="Open an edit", responses=actions.CHANGE)
async def open_edit(
    job: JobId,
    action: ActionId,
    owner: Owner,
    links: Services,
    response: Response,
    asked: Annotated[rest.NewEdit | None, Body()] = None,
) -> rest.Edit:
    """Opens an edit on a matte or, while the action awaits review, on a start frame. One that is open already is
    answered as it is."""
    await actions.find(links, owner, job, action)
    asked = asked or rest.NewEdit()
    request = edits_pb2.OpenEditRequest(
        owner=owner,
        action_id=action,
        version=asked.version,
        stage=to_proto.stage(asked.stage),
        run=asked.run,
        take=asked.take,
    )
    answer = await write(links.edits.OpenEdit, request, repeatable=True)
    response.headers["Location"] = f"/v1/edits/{answer.edit.id}"
    return to_rest.edit(answer.edit)


@router.get("/v1/edits/{edit}", summary="One edit", responses=openapi.problems(404))
async def get_edit(edit: EditId, owner: Owner, links: Services) -> rest.Edit:
    """An edit with the operations that undo and redo can reach."""
    request = edits_pb2.GetEditRequest(owner=owner, edit_id=edit)
    return to_rest.edit((await read(links.edits.GetEdit, request)).edit)


@router.post("/v1/edits/{edit}/operations", summary="Add an operation", responses=actions.CHANGE)
async def append_operation(edit: EditId, owner: Owner, links: Services, asked: rest.AppendedOperation) -> rest.Edit:
    """Adds an operation after the cursor; what was undone is dropped from the way ahead."""
    if asked.operation.mask:
        await files.find(links.store, owner, asked.operation.mask)
    request = edits_pb2.AppendOperationRequest(
        owner=owner, edit_id=edit, version=asked.version, operation=to_proto.operation(asked.operation)
    )
    return to_rest.edit((await write(links.edits.AppendOperation, request, repeatable=True)).edit)


@router.post("/v1/edits/{edit}/select", summary="Point at a region", responses=actions.CHANGE)
async def select_region(edit: EditId, owner: Owner, links: Services, asked: rest.Pointing) -> rest.Region:
    """Finds the region that points mean and keeps its mask, for an operation to name. The edit itself stays as it is,
    and the same points give the same mask."""
    found = await read(links.edits.GetEdit, edits_pb2.GetEditRequest(owner=owner, edit_id=edit))
    return await pointing.region(links, owner, found.edit, asked)


@router.post("/v1/edits/{edit}/undo", summary="Undo an operation", responses=actions.CHANGE)
async def undo_operation(edit: EditId, owner: Owner, links: Services, asked: rest.VersionOfEdit) -> rest.Edit:
    """Moves the cursor one operation back."""
    request = edits_pb2.UndoOperationRequest(owner=owner, edit_id=edit, version=asked.version)
    return to_rest.edit((await write(links.edits.UndoOperation, request, repeatable=True)).edit)


@router.post("/v1/edits/{edit}/redo", summary="Redo an operation", responses=actions.CHANGE)
async def redo_operation(edit: EditId, owner: Owner, links: Services, asked: rest.VersionOfEdit) -> rest.Edit:
    """Moves the cursor one operation on."""
    request = edits_pb2.RedoOperationRequest(owner=owner, edit_id=edit, version=asked.version)
    return to_rest.edit((await write(links.edits.RedoOperation, request, repeatable=True)).edit)


@router.post("/v1/edits/{edit}/apply", summary="Apply an edit", responses=actions.CHANGE)
async def apply_edit(edit: EditId, owner: Owner, links: Services, asked: rest.VersionOfEdit) -> rest.Edit:
    """Makes a new run of the operations up to the cursor; the old run stays."""
    request = edits_pb2.ApplyEditRequest(owner=owner, edit_id=edit, version=asked.version)
    return to_rest.edit((await write(links.edits.ApplyEdit, request, repeatable=True)).edit)


@router.post("/v1/edits/{edit}/discard", summary="Discard an edit", responses=actions.CHANGE)
async def discard_edit(edit: EditId, owner: Owner, links: Services, asked: rest.VersionOfEdit) -> rest.Edit:
    """Ends the edit without a run."""
    request = edits_pb2.DiscardEditRequest(owner=owner, edit_id=edit, version=asked.version)
    return to_rest.edit((await write(links.edits.DiscardEdit, request, repeatable=True)).edit)
