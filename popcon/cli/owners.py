"""`popcon owners …`: asks the orchestrator itself, as `popcon keys` does."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TypeVar

from popcon import errors, rpc
from popcon.cli.connection import connect
from popcon.cli.output import Output
from popcon.v1 import owners_pb2 as pb
from popcon.v1.owners_pb2_grpc import OwnerServiceStub

_LIMITS = ("requests_per_s", "jobs_in_flight", "worker_seconds_per_day", "stored_bytes")
_WORDS = {"none": 0.0, "default": -1.0}
T = TypeVar("T")


def show(data: Path | None, owner: str) -> int:
    """Prints what holds for an owner. Returns 0."""
    _print(_ask(data, lambda owners: rpc.call(owners.GetOwner, pb.GetOwnerRequest(owner=owner))).owner)
    return 0


def set_(data: Path | None, owner: str, weight: int | None, limits: Mapping[str, str]) -> int:
    """Changes what holds for an owner and prints it. `limits`: numbers, `none` or `default`, by name. Returns 0. Raises
    `InvalidRequest`."""
    request = pb.SetOwnerRequest(owner=owner, weight=weight)
    for name, said in limits.items():
        kind = type(getattr(request.exceptions, name))
        setattr(request.exceptions, name, kind(_number(name, said)))
    if weight is None and not limits:
        raise errors.InvalidRequest("Name what to set, e.g. --requests-per-s 5; see popcon owners set --help.")
    _print(_ask(data, lambda owners: rpc.call(owners.SetOwner, request)).owner)
    return 0


def _number(name: str, said: str) -> float:
    try:
        number = _WORDS[said] if said in _WORDS else float(said)
        if said in _WORDS or 0 <= number < 2**63:
            return number
    except ValueError:
        pass
    raise errors.InvalidRequest(f"--{name.replace('_', '-')} is a number, none or default; not {said!r}.")


def _ask(data: Path | None, call: Callable[[OwnerServiceStub], Awaitable[T]]) -> T:
    async def asked(address: str) -> T:
        async with rpc.connect(address) as channel:
            return await call(OwnerServiceStub(channel))

    with connect(data, Output()) as connection:
        return asyncio.run(asked(connection.orchestrator))


def _print(owner: pb.Owner) -> None:
    rows = [[name.replace("_", " "), *_limit(owner, name)] for name in _LIMITS]
    Output().table(owner.id, "", "", rows=[["weight", f"{owner.weight}", ""], *rows])


def _limit(owner: pb.Owner, name: str) -> list[str]:
    limit = getattr(owner.limits, name)
    return [f"{limit:,}" if limit else "no limit", "" if owner.exceptions.HasField(name) else "default"]
