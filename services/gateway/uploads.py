"""Files that people send: read to the end and bounded before any service hears of them."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from tempfile import SpooledTemporaryFile
from typing import Any, TypeVar

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException

from popcon import errors
from popcon.catalog import limits

PIECE_BYTES = 1 << 20
_SPOOL_BYTES = 1 << 20
_FIELDS_MAX = 200

M = TypeVar("M", bound=BaseModel)


def media_type(request: Request) -> str:
    """The media type that a request says its body has, without parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def is_form(request: Request) -> bool:
    return media_type(request) == "multipart/form-data"


@asynccontextmanager
async def form(request: Request) -> AsyncIterator[FormData]:
    """A multipart form with at most one file. Raises `InvalidRequest` for a broken one."""
    try:
        found = await request.form(max_files=1, max_fields=_FIELDS_MAX, max_part_size=limits.BODY_MAX_BYTES)
    except HTTPException as error:
        raise errors.InvalidRequest(f"The form cannot be read: {error.detail} Send a well-formed one.") from error
    try:
        yield found
    finally:
        await found.close()


@asynccontextmanager
async def upload(request: Request, name: str, allowed: Callable[[str], bool]) -> AsyncIterator[UploadFile]:
    """The file of a request: the part `name` of a form, or the whole body. `allowed` looks at its media type.

    Raises `UnsupportedMedia` and `InvalidRequest`; what is too large is stopped on the way in (`edge.Bound`).
    """
    if is_form(request):
        async with form(request) as fields:
            yield file_part(fields, name, allowed)
        return
    _check_type(media_type(request), name, allowed)
    with SpooledTemporaryFile(max_size=_SPOOL_BYTES) as spool:
        file = UploadFile(spool, size=0)  # type: ignore[arg-type]  # a spool has all that is used of a file
        async for chunk in request.stream():
            await file.write(chunk)
        yield file


def file_part(fields: FormData, name: str, allowed: Callable[[str], bool]) -> UploadFile:
    """The file called `name` of a form. Raises `InvalidRequest` where it is missing or a text field."""
    file = fields.get(name)
    if not isinstance(file, UploadFile):
        raise errors.InvalidRequest(f"The form has no file called {name!r}; send one as its part {name!r}.", field=name)
    _check_type((file.content_type or "").partition(";")[0].strip().lower(), name, allowed)
    return file


def _check_type(kind: str, name: str, allowed: Callable[[str], bool]) -> None:
    if not allowed(kind):
        raise errors.UnsupportedMedia(
            f"{kind or 'A body without Content-Type'} is not taken here; send the file as the part {name!r} of a "
            "multipart/form-data form, or as the body with its own Content-Type.",
            field=name,
        )


def is_picture(kind: str) -> bool:
    """Any image: what it truly is, its first bytes will say. Clients send what they do not know as octet-stream."""
    return kind.startswith("image/") or kind == "application/octet-stream"


def is_zip(kind: str) -> bool:
    return kind in ("application/zip", "application/x-zip-compressed", "application/octet-stream")


async def pieces(file: UploadFile) -> AsyncIterator[bytes]:
    """The file from its start; one empty piece when it is empty."""
    await file.seek(0)
    piece = await file.read(PIECE_BYTES)
    yield piece
    while piece := await file.read(PIECE_BYTES):
        yield piece


def parsed(model: type[M], value: Any, *prefix: str) -> M:
    """The value as a model; what is wrong is told as for any other body, `prefix` before its field."""
    try:
        if isinstance(value, bytes):
            return model.model_validate_json(value)
        return model.model_validate(value)
    except ValidationError as error:
        found = [{**problem, "loc": (*prefix, *problem["loc"])} for problem in error.errors(include_url=False)]
        raise RequestValidationError(found) from error


def words(fields: FormData, name: str) -> Iterator[str]:
    """The values of a repeated field, each of which may be a comma list."""
    for value in fields.getlist(name):
        if isinstance(value, str):
            yield from (part.strip() for part in value.split(",") if part.strip())
