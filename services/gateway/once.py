"""Changes with an Idempotency-Key: done once, and answered again as the first time.

The key is reserved at the orchestrator before anything is done, with a digest of the request, and the answer is kept
there under it. Only what was done is kept: what was refused changed nothing, and its key is free.
"""

import re
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import Request, Response
from pydantic import BaseModel

from popcon import errors
from popcon.catalog import limits
from popcon.telemetry import log
from popcon.v1 import reservations_pb2 as pb
from services.gateway import bodies
from services.gateway.links import Links, read

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"

_FORM = re.compile(rf"[\x20-\x7e]{{1,{limits.NAME_MAX_CHARS}}}")
_KEPT_HEADERS = ("content-type", "location")

Handle = Callable[[Request], Awaitable[Response]]


def key_of(request: Request) -> str:
    """The key of a request that is done once, for the change to be kept under, too; empty where it has none."""
    return str(getattr(request.state, "idempotency_key", ""))


def shows_secret(model: Any) -> bool:
    """Whether answers of this model hold what may be kept nowhere."""
    return isinstance(model, type) and issubclass(model, BaseModel) and "secret" in model.model_fields


async def answer(request: Request, route: str, handle: Handle, *, shows_secret: bool) -> Response:
    """What `handle` answers or, where the same request was done before, what it answered then. Raises what it raises,
    `InvalidRequest`, `IdempotencyMismatch`, `InProgress`, and `WrongState` for an answer that was not kept."""
    if HEADER not in request.headers:
        return await handle(request)
    key, links = _checked(request.headers[HEADER]), request.app.state.links
    asked = pb.Reservation(owner=request.state.caller.owner, route=route, key=key, holder=uuid.uuid4().hex)
    async with bodies.read_ahead(request) as (again, digest):
        kept = await read(links.reservations.Reserve, pb.ReserveRequest(reservation=asked, digest=digest))
        if kept.HasField("reply"):
            return _replay(kept.reply)
        again.state.idempotency_key = key
        try:
            done = await handle(again)
        except BaseException:
            await _told(links.reservations.GiveBack, pb.GiveBackRequest(reservation=asked))
            raise
        await _keep(links, asked, done, shows_secret=shows_secret)
        return done


async def _keep(links: Links, asked: pb.Reservation, done: Response, *, shows_secret: bool) -> None:
    headers = {name: done.headers[name] for name in _KEPT_HEADERS if name in done.headers}
    body = b"" if shows_secret else bytes(done.body)
    reply = pb.Reply(status=done.status_code, headers=headers, body=body)
    await _told(links.reservations.KeepReply, pb.KeepReplyRequest(reservation=asked, reply=reply))


async def _told(method: Any, request: Any) -> None:
    """Tells the orchestrator how it went. Should it be away, the reservation ends by itself, and the change is kept."""
    try:
        await read(method, request)
    except errors.PopconError as error:
        log.warning("a reservation was left behind", code=error.code)


def _replay(reply: pb.Reply) -> Response:
    if not reply.body:
        raise errors.WrongState(
            "This was done already, and its secret was shown then and kept nowhere: list what there is, and rotate it "
            "where the secret is lost."
        )
    return Response(reply.body, reply.status, {**reply.headers, REPLAYED: "true"})


def _checked(key: str) -> str:
    if not _FORM.fullmatch(key):
        raise errors.InvalidRequest(
            f"An idempotency key is 1 to {limits.NAME_MAX_CHARS} printable ASCII characters.", field="idempotency-key"
        )
    return key
