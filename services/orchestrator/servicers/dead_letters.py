"""DeadLetterService."""

from popcon.v1 import dead_letters_pb2 as pb
from popcon.v1 import dead_letters_pb2_grpc
from services.orchestrator import dead_letters
from services.orchestrator.servicers.desk import Context, Desk


class DeadLetters(dead_letters_pb2_grpc.DeadLetterServiceServicer):
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def ListDeadLetters(self, request: pb.ListDeadLettersRequest, context: Context) -> pb.ListDeadLettersResponse:
        return await self._desk.read(lambda tx: dead_letters.list_page(tx, request))

    async def GetDeadLetter(self, request: pb.GetDeadLetterRequest, context: Context) -> pb.GetDeadLetterResponse:
        found = await self._desk.read(lambda tx: dead_letters.get(tx, request.owner, request.run_id))
        return pb.GetDeadLetterResponse(dead_letter=found)

    async def ReplayDeadLetter(
        self, request: pb.ReplayDeadLetterRequest, context: Context
    ) -> pb.ReplayDeadLetterResponse:
        found = await self._desk.apply(lambda tx: dead_letters.replay(tx, request.owner, request.run_id))
        return pb.ReplayDeadLetterResponse(dead_letter=found)

    async def DiscardDeadLetter(
        self, request: pb.DiscardDeadLetterRequest, context: Context
    ) -> pb.DiscardDeadLetterResponse:
        found = await self._desk.apply(lambda tx: dead_letters.discard(tx, request.owner, request.run_id))
        return pb.DiscardDeadLetterResponse(dead_letter=found)
