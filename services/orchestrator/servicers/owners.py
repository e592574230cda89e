"""OwnerService."""

from popcon.v1 import owners_pb2 as pb
from popcon.v1 import owners_pb2_grpc
from services.orchestrator import owners, rates, usage
from services.orchestrator.rules.quota import Quota
from services.orchestrator.servicers.desk import Context, Desk


class Owners(owners_pb2_grpc.OwnerServiceServicer):
    """`defaults`: limits of owners without exceptions."""

    def __init__(self, desk: Desk, defaults: Quota) -> None:
        self._desk = desk
        self._defaults = defaults

    async def GetOwner(self, request: pb.GetOwnerRequest, context: Context) -> pb.GetOwnerResponse:
        owner = await self._desk.read(lambda tx: owners.get(tx, request.owner, self._defaults))
        return pb.GetOwnerResponse(owner=owner)

    async def SetOwner(self, request: pb.SetOwnerRequest, context: Context) -> pb.SetOwnerResponse:
        owner = await self._desk.apply(lambda tx: owners.set_(tx, request, self._defaults))
        return pb.SetOwnerResponse(owner=owner)

    async def ReserveRequests(self, request: pb.ReserveRequestsRequest, context: Context) -> pb.ReserveRequestsResponse:
        return await self._desk.apply(lambda tx: rates.reserve(tx, request.owner, request.requests, self._defaults))

    async def GetUsage(self, request: pb.GetUsageRequest, context: Context) -> pb.GetUsageResponse:
        return await self._desk.read(lambda tx: usage.get(tx, request, self._defaults))
