"""Artifacts as HTTP: streamed from the store, named by their digest, kept by caches for ever."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Query, Request
from starlette.responses import Response, StreamingResponse

from popcon import errors
from popcon.storage import Artifact, ArtifactStore, keys
from services.gateway import conditional

FOR_EVER = "private, max-age=31536000, immutable"
ASK_AGAIN = "private, no-cache"
PRESIGNED_S = 300
"""How long a URL of the store's own is good for: long enough to begin with, too short to pass on."""

Redirect = Annotated[
    bool,
    Query(
        description="307 to a URL of the store's own, good for five minutes without a key, where the store has "
        "such (S3); the bytes themselves where it has none"
    ),
]
# A stored file is never a page of ours, whatever its bytes say.
_POLICY = "default-src 'none'; sandbox"
# Nor does a set's preview run anything; but it shows the pictures beside it, which come to our origin only.
_PREVIEW_POLICY = (
    "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; sandbox allow-same-origin"
)


async def find(store: ArtifactStore, owner: str, key: str) -> Artifact:
    """What is known of an owner's artifact. Anything else, malformed keys too, is `NotFound` in the same words."""
    found = None
    if key.startswith(keys.owner_prefix(owner) + "/"):
        try:
            found = await store.stat(keys.check(key))
        except errors.InvalidRequest:
            found = None
    if found is None:
        raise errors.NotFound("There is no such artifact; take its url from the job, picture or set it belongs to.")
    return found


async def respond(
    store: ArtifactStore, found: Artifact, request: Request, *, caching: str, attachment: str = "", redirect: bool
) -> Response:
    """The artifact, or 304 where the caller has it. `attachment`: the file name to save it under; "" shows it.
    `redirect`: answer where the store itself has it, if it can say so.

    Raises what the store raises before the first byte; a failure later breaks the connection off, so that nobody takes
    a part for the whole.
    """
    headers = {
        "ETag": f'"{found.sha256}"',
        "Cache-Control": caching,
        "Content-Security-Policy": _PREVIEW_POLICY if found.media_type == "text/html" else _POLICY,
    }
    if conditional.is_known(request, found.sha256):
        return Response(status_code=304, headers=headers)
    if redirect and (url := await store.presign(found.key, PRESIGNED_S)):
        return Response(status_code=307, headers={"Location": url, "Cache-Control": "no-store"})
    if attachment:
        headers["Content-Disposition"] = f'attachment; filename="{attachment}"'
    headers["Content-Length"] = str(found.size)
    return StreamingResponse(await _started(store.stream(found.key)), headers=headers, media_type=found.media_type)


async def _started(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same chunks, the first of them already read."""
    first = await anext(chunks, b"")

    async def rest() -> AsyncIterator[bytes]:
        yield first
        async for chunk in chunks:
            yield chunk

    return rest()
