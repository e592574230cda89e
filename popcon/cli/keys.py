"""`popcon keys …`: asks the orchestrator itself, since whoever has its data folder may make keys for anybody."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from google.protobuf.timestamp_pb2 import Timestamp

from popcon import errors, rpc
from popcon.cli.connection import connect
from popcon.cli.output import Output
from popcon.rest import Scope
from popcon.v1 import access_pb2 as pb
from popcon.v1.access_pb2_grpc import AccessServiceStub

_DAY_S = 86_400
T = TypeVar("T")


def create(data: Path | None, owner: str, scope: str, name: str, days: int) -> int:
    """Prints a new key. Returns 0. Raises `InvalidRequest` for what makes no sense."""
    if scope not in set(Scope):
        raise errors.InvalidRequest(f"A key may {', '.join(Scope)}; not {scope!r}.")
    request = pb.CreateKeyRequest(owner=owner, name=name, scope=f"SCOPE_{scope.upper()}", lifetime_s=days * _DAY_S)
    _show(_ask(data, lambda keys: rpc.call(keys.CreateKey, request)).secret)
    return 0


def list_(data: Path | None, owner: str) -> int:
    """Prints a table of an owner's keys, newest first. Returns 0."""
    found = _ask(data, lambda keys: rpc.call(keys.ListKeys, pb.ListKeysRequest(owner=owner))).keys
    output = Output()
    if not found:
        output.say(f"{owner} has no keys; make one with popcon keys create --owner {owner}.")
        return 0
    output.table("key", "name", "scope", "made", "ends", rows=[_row(key) for key in found])
    return 0


def rotate(data: Path | None, key: str, owner: str, hours: int) -> int:
    """Prints the successor of a key. Returns 0. Raises `NotFound`, `WrongState`."""
    request = pb.RotateKeyRequest(owner=owner, key_id=key, grace_s=hours * 3600)
    _show(_ask(data, lambda keys: rpc.call(keys.RotateKey, request)).secret)
    return 0


def revoke(data: Path | None, key: str, owner: str) -> int:
    """Ends a key. Returns 0. Raises `NotFound`."""
    _ask(data, lambda keys: rpc.call(keys.RevokeKey, pb.RevokeKeyRequest(owner=owner, key_id=key)))
    Output().say(f"{key} is revoked; it is refused within five seconds.")
    return 0


def _ask(data: Path | None, call: Callable[[AccessServiceStub], Awaitable[T]]) -> T:
    async def asked(address: str) -> T:
        async with rpc.connect(address) as channel:
            return await call(AccessServiceStub(channel))

    with connect(data, Output()) as connection:
        return asyncio.run(asked(connection.orchestrator))


def _show(secret: str) -> None:
    # The key alone, so that a script can take it: key=$(popcon keys create)
    print(secret)


def _row(key: pb.Key) -> list[str]:
    ends = _day(key.expires_at) if key.HasField("expires_at") else "never"
    if key.HasField("revoked_at"):
        ends = f"revoked {_day(key.revoked_at)}"
    scope = pb.Scope.Name(key.scope).removeprefix("SCOPE_").lower()
    return [key.id, key.name, scope, _day(key.created_at), ends]


def _day(at: Timestamp) -> str:
    return f"{at.ToDatetime():%Y-%m-%d %H:%M}"
