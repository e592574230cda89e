"""Bodies read before their handler sees them, to tell a repeated request from another one."""

import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from tempfile import SpooledTemporaryFile

from fastapi import Request
from python_multipart.multipart import parse_options_header
from starlette.datastructures import UploadFile
from starlette.types import Message, Receive

from popcon.catalog import limits
from services.gateway import uploads


@asynccontextmanager
async def read_ahead(request: Request) -> AsyncIterator[tuple[Request, str]]:
    """The same request with its body still to read, and a digest of all of it that counts: method, path, query, kind
    and content of the body. Spelling does not: spaces and order of JSON, order of the query, the boundary of a form.

    Large bodies wait in a file. Raises what reading raises.
    """
    with SpooledTemporaryFile(max_size=uploads.PIECE_BYTES) as spool:
        file = UploadFile(spool, size=0)  # type: ignore[arg-type]  # a spool has all that is used of a file
        async for chunk in request.stream():
            await file.write(chunk)
        yield Request(request.scope, _receive(uploads.pieces(file), request.receive)), await _digest(request, file)


def _receive(pieces: AsyncIterator[bytes], after: Receive) -> Receive:
    ended = False

    async def receive() -> Message:
        nonlocal ended
        if ended:
            return await after()
        piece = await anext(pieces, None)
        ended = piece is None
        return {"type": "http.request", "body": piece or b"", "more_body": not ended}

    return receive


async def _digest(request: Request, file: UploadFile) -> str:
    kind = uploads.media_type(request)
    head = [request.method, request.url.path, sorted(request.query_params.multi_items()), kind]
    found = hashlib.sha256(json.dumps(head).encode())
    if kind.endswith("json") and (file.size or 0) <= limits.BODY_MAX_BYTES:
        found.update(_plain(b"".join([piece async for piece in uploads.pieces(file)])))
    else:
        async for part in _parts(file, _boundary(request)):
            found.update(part)
    return found.hexdigest()


def _plain(body: bytes) -> bytes:
    """JSON in one spelling; what is none as it is."""
    try:
        return json.dumps(json.loads(body), sort_keys=True, separators=(",", ":")).encode()
    except (ValueError, RecursionError):
        return body


def _boundary(request: Request) -> bytes:
    """What stands between the parts of a form; empty for what is none."""
    return parse_options_header(request.headers.get("content-type"))[1].get(b"boundary", b"")


async def _parts(file: UploadFile, boundary: bytes) -> AsyncIterator[bytes]:
    """A body with every boundary, which clients make up anew each time, as a NUL."""
    rest = b""
    async for piece in uploads.pieces(file):
        if not boundary:
            yield piece
            continue
        *whole, rest = (rest + piece).split(boundary)
        for part in whole:
            yield part + b"\0"
        cut = max(0, len(rest) - len(boundary) + 1)
        yield rest[:cut]
        rest = rest[cut:]
    yield rest
