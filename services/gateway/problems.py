"""Errors as RFC 9457 `application/problem+json`: the only way the gateway says no."""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse

from popcon import errors, rest
from popcon.problems import METHOD_NOT_ALLOWED, title
from popcon.telemetry import log

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 2

# What went wrong inside is for the log; a caller can only wait, or tell somebody.
_INSIDE: dict[str, str] = {
    errors.Unavailable.code: "A part of popcon does not answer just now; try again in a moment.",
    errors.DeadlinePassed.code: "A part of popcon took too long to answer; try again in a moment.",
    errors.ArtifactDamaged.code: "The stored file is damaged; make it again by a new run.",
}
_BUG = "Something went wrong inside popcon; its log has the details. Try again, and report it if it stays."

_STATUS_CODES = {
    400: errors.InvalidRequest.code,
    404: errors.NotFound.code,
    405: METHOD_NOT_ALLOWED,
    413: errors.TooLarge.code,
    415: errors.UnsupportedMedia.code,
}


def install(app: FastAPI) -> None:
    """Makes every error of an app a problem."""
    app.add_exception_handler(errors.PopconError, _on_popcon)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(ClientDisconnect, _on_gone)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(Exception, _on_bug)


def answer(error: errors.PopconError) -> JSONResponse:
    """The response for an error. What happened inside (5xx) is logged, not told."""
    row = errors.mapping(type(error))
    detail = error.message
    if row.http >= 500:
        log.warning("request failed", code=error.code, error=error.message)
        detail = _INSIDE.get(error.code, _BUG)
    wait_s = error.retry_after_s or (RETRY_AFTER_S if row.http in (429, 503, 504) else 0)
    return _response(row.http, error.code, detail, field=error.field, retryable=row.retryable, retry_after_s=wait_s)


def _response(
    status: int,
    code: str,
    detail: str,
    *,
    field: str = "",
    retryable: bool = False,
    retry_after_s: int = 0,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    problem = rest.Problem(
        type=f"/v1/problems/{code}",
        title=title(code),
        status=status,
        code=code,
        detail=detail,
        field=field,
        retryable=retryable,
        retry_after_s=retry_after_s,
    )
    said = (
        dict(headers or {})
        | ({"WWW-Authenticate": "Bearer"} if status == 401 else {})
        | ({"Retry-After": str(retry_after_s)} if retry_after_s else {})
    )
    return JSONResponse(problem.model_dump(), status, said, MEDIA_TYPE)


async def _on_popcon(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, errors.PopconError)
    return answer(error)


async def _on_http(request: Request, error: Exception) -> JSONResponse:
    """What the frameworks raise. FastAPI wraps whatever ends the reading of a body into a 400; ours is the cause."""
    assert isinstance(error, HTTPException)
    if isinstance(error.__cause__, errors.PopconError):
        return answer(error.__cause__)
    path = request.url.path
    detail = {
        400: "The body could not be read; send what the API's description says.",
        404: f"There is nothing at {path[:100]}; the routes are listed at /v1/openapi.json.",
        405: f"{path[:100]} does not take {request.method}; the routes are listed at /v1/openapi.json.",
    }.get(error.status_code, error.detail)
    status = 422 if error.status_code == 400 else error.status_code
    code = _STATUS_CODES.get(error.status_code, errors.InvalidRequest.code)
    headers = _allowed(request) if status == 405 else error.headers
    return _response(status, code, detail, headers=headers)


def _allowed(request: Request) -> dict[str, str]:
    """Every method that a path takes: each route knows of its own alone."""
    path = getattr(request.scope.get("route"), "path_format", "")
    found = request.app.openapi()["paths"].get(path, {})
    return {"Allow": ", ".join(sorted(method.upper() for method in found))}


async def _on_invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    return answer(_from_validation(request, error.errors()))


def _from_validation(request: Request, found: Any) -> errors.PopconError:
    first = found[0]
    loc = [part for part in first["loc"] if part not in ("body", "query", "path", "header")]
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if first["loc"] == ("body",) and first["type"] == "model_attributes_type" and not kind.endswith("json"):
        return errors.UnsupportedMedia("The body must be JSON; send it with Content-Type: application/json.")
    if first["type"] == "json_invalid":
        return errors.InvalidRequest("The body is not valid JSON; look for a missing quote, comma or bracket.")
    field = _spell(loc)
    more = f" ({len(found) - 1} more like this.)" if len(found) > 1 else ""
    return errors.InvalidRequest(f"{field or 'The body'}: {_sentence(first)}.{more}.", field=field)


def _sentence(problem: Mapping[str, Any]) -> str:
    match problem["type"]:
        case "missing":
            return "this is required; send it"
        case "extra_forbidden":
            return "there is no such field; leave it out or look at its spelling"
        case _:
            text = str(problem["msg"]).removeprefix("Value error, ")
            return text[:1].lower() + text[1:]


def _spell(loc: list[int | str]) -> str:
    """`actions[3].preset` from its parts."""
    name = ""
    for part in loc:
        name += f"[{part}]" if isinstance(part, int) else f".{part}" if name else str(part)
    return name


async def _on_gone(_request: Request, _error: Exception) -> JSONResponse:
    return answer(errors.InvalidRequest("The connection ended before the body did; send it again."))


async def _on_bug(_request: Request, _error: Exception) -> JSONResponse:
    # Starlette raises it again after this answer, and the server logs it with its traceback.
    return _response(500, errors.Internal.code, _BUG, retryable=True)
