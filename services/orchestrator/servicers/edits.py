"""EditService and SetService."""

from popcon.v1 import edits_pb2 as pb
from popcon.v1 import edits_pb2_grpc, sets_pb2, sets_pb2_grpc
from services.orchestrator import arrangements, edits
from services.orchestrator.servicers.desk import Context, Desk


class Edits(edits_pb2_grpc.EditServiceServicer):
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def OpenEdit(self, request: pb.OpenEditRequest, context: Context) -> pb.OpenEditResponse:
        return pb.OpenEditResponse(edit=await self._desk.apply(lambda tx: edits.open_edit(tx, request)))

    async def GetEdit(self, request: pb.GetEditRequest, context: Context) -> pb.GetEditResponse:
        edit = await self._desk.read(lambda tx: edits.get(tx, request.owner, request.edit_id))
        return pb.GetEditResponse(edit=edit)

    async def AppendOperation(self, request: pb.AppendOperationRequest, context: Context) -> pb.AppendOperationResponse:
        return pb.AppendOperationResponse(edit=await self._desk.apply(lambda tx: edits.append(tx, request)))

    async def UndoOperation(self, request: pb.UndoOperationRequest, context: Context) -> pb.UndoOperationResponse:
        return pb.UndoOperationResponse(edit=await self._desk.apply(lambda tx: edits.undo(tx, request)))

    async def RedoOperation(self, request: pb.RedoOperationRequest, context: Context) -> pb.RedoOperationResponse:
        return pb.RedoOperationResponse(edit=await self._desk.apply(lambda tx: edits.redo(tx, request)))

    async def ApplyEdit(self, request: pb.ApplyEditRequest, context: Context) -> pb.ApplyEditResponse:
        return pb.ApplyEditResponse(edit=await self._desk.apply(lambda tx: edits.apply(tx, request)))

    async def DiscardEdit(self, request: pb.DiscardEditRequest, context: Context) -> pb.DiscardEditResponse:
        return pb.DiscardEditResponse(edit=await self._desk.apply(lambda tx: edits.discard(tx, request)))


class Sets(sets_pb2_grpc.SetServiceServicer):
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def GetSet(self, request: sets_pb2.GetSetRequest, context: Context) -> sets_pb2.GetSetResponse:
        return sets_pb2.GetSetResponse(set=await self._desk.read(lambda tx: arrangements.get_set(tx, request)))

    async def ArrangeSet(self, request: sets_pb2.ArrangeSetRequest, context: Context) -> sets_pb2.ArrangeSetResponse:
        return sets_pb2.ArrangeSetResponse(set=await self._desk.apply(lambda tx: arrangements.arrange(tx, request)))
