"""AccessService."""

from popcon.v1 import access_pb2 as pb
from popcon.v1 import access_pb2_grpc
from services.orchestrator import keys
from services.orchestrator.keys import Keys
from services.orchestrator.rules.quota import Quota
from services.orchestrator.servicers.desk import Context, Desk
from services.orchestrator.tx import Tx


class Access(access_pb2_grpc.AccessServiceServicer):
    """`defaults`: limits of owners without exceptions."""

    def __init__(self, desk: Desk, kept: Keys, defaults: Quota) -> None:
        self._desk = desk
        self._keys = kept
        self._defaults = defaults

    async def Authenticate(self, request: pb.AuthenticateRequest, context: Context) -> pb.AuthenticateResponse:
        return await self._desk.read(lambda tx: self._keys.authenticate(tx, request.secret, self._defaults))

    async def CreateKey(self, request: pb.CreateKeyRequest, context: Context) -> pb.CreateKeyResponse:
        scope = pb.Scope.Name(request.scope).removeprefix("SCOPE_").lower()

        async def create(tx: Tx) -> tuple[pb.Key, str]:
            return self._keys.create(tx, request.owner, request.name, scope, request.lifetime_s)

        key, secret = await self._desk.apply(create)
        return pb.CreateKeyResponse(key=key, secret=secret)

    async def ListKeys(self, request: pb.ListKeysRequest, context: Context) -> pb.ListKeysResponse:
        return await self._desk.read(lambda tx: keys.list_page(tx, request))

    async def GetKey(self, request: pb.GetKeyRequest, context: Context) -> pb.GetKeyResponse:
        return pb.GetKeyResponse(key=await self._desk.read(lambda tx: keys.get(tx, request.owner, request.key_id)))

    async def RotateKey(self, request: pb.RotateKeyRequest, context: Context) -> pb.RotateKeyResponse:
        key, secret = await self._desk.apply(
            lambda tx: self._keys.rotate(tx, request.owner, request.key_id, request.grace_s)
        )
        return pb.RotateKeyResponse(key=key, secret=secret)

    async def RevokeKey(self, request: pb.RevokeKeyRequest, context: Context) -> pb.RevokeKeyResponse:
        return pb.RevokeKeyResponse(
            key=await self._desk.apply(lambda tx: keys.revoke(tx, request.owner, request.key_id))
        )
