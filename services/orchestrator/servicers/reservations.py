"""ReservationService."""

from popcon.v1 import reservations_pb2 as pb
from popcon.v1 import reservations_pb2_grpc
from services.orchestrator import reservations
from services.orchestrator.servicers.desk import Context, Desk


class Reservations(reservations_pb2_grpc.ReservationServiceServicer):
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def Reserve(self, request: pb.ReserveRequest, context: Context) -> pb.ReserveResponse:
        return pb.ReserveResponse(reply=await self._desk.apply(lambda tx: reservations.reserve(tx, request)))

    async def KeepReply(self, request: pb.KeepReplyRequest, context: Context) -> pb.KeepReplyResponse:
        await self._desk.apply(lambda tx: reservations.keep(tx, request.reservation, request.reply))
        return pb.KeepReplyResponse()

    async def GiveBack(self, request: pb.GiveBackRequest, context: Context) -> pb.GiveBackResponse:
        await self._desk.apply(lambda tx: reservations.give_back(tx, request.reservation))
        return pb.GiveBackResponse()
