"""Answers that their caller may have already: tagged by what they say, left out where `If-None-Match` has the tag."""

import hashlib

from fastapi import Request, Response
from starlette.responses import StreamingResponse

OF_OWNER = "Authorization, Cookie"
"""What an owner's answers depend on besides their address."""
_TAG_DIGITS = 32


def answer(request: Request, found: Response, *, of_nobody: bool) -> Response:
    """The answer of a look-up, or 304. `of_nobody`: the same for everybody. What has a tag of its own is left alone."""
    if not of_nobody:
        found.headers.add_vary_header(OF_OWNER)
    if isinstance(found, StreamingResponse) or found.status_code != 200 or "etag" in found.headers:
        return found
    tag = hashlib.sha256(bytes(found.body)).hexdigest()[:_TAG_DIGITS]
    found.headers["ETag"] = f'"{tag}"'
    found.headers["Cache-Control"] = "no-cache" if of_nobody else "private, no-cache"
    if not is_known(request, tag):
        return found
    kept = {name: value for name, value in found.headers.items() if name not in ("content-length", "content-type")}
    return Response(status_code=304, headers=kept)


def is_known(request: Request, tag: str) -> bool:
    """Whether If-None-Match names a tag."""
    tags = [each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")]
    return f'"{tag}"' in tags or "*" in tags
