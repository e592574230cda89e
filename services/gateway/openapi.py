"""What the API says of itself beyond its models: problems, files, events, and bodies that FastAPI does not read."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from popcon import rest
from popcon.catalog import limits
from popcon.problems import title
from services.gateway import deprecation, regular, steps
from services.gateway.access import Scope, needed
from services.gateway.problems import MEDIA_TYPE, RETRY_AFTER_S

Responses = dict[int | str, dict[str, Any]]

_REF = "#/components/schemas/{model}"
_BODIES = (rest.NewJob, rest.Problem, rest.Event)

_WHY = {
    401: ("unauthenticated", "Where keys are required: none was sent, or it is not good.", "Send an API key."),
    403: ("forbidden", "The key may not do this, or another web site asks.", "This key may only read."),
    404: ("not_found", "There is no such thing of this owner.", "There is no job 'job_…'; look at the id again."),
    409: (
        "stale_version",
        "It cannot be done now (`wrong_state`, `inputs_missing`), or somebody changed it first (`stale_version`).",
        "The action is at version 5, not 4; look at it again.",
    ),
    413: ("too_large", "The body is too large.", "The body is over 1 MB; send a shorter one."),
    415: ("unsupported_media", "Not a kind of body that is taken here.", "The body must be JSON; set Content-Type."),
    422: ("invalid_request", "The request itself is wrong; `field` says where.", "takes: should be at most 4."),
    429: (
        "overloaded",
        "Too much at once (`overloaded`), too many requests of this owner (`rate_limited`), or it has all that it may "
        "(`quota_exceeded`, with the limit in `field`); come back after `Retry-After` seconds.",
        "The queue is full; try again.",
    ),
    500: ("artifact_damaged", "The stored file is damaged.", "The stored file is damaged; make it again by a new run."),
    503: ("unavailable", "A part of popcon is away; come back after `Retry-After` seconds.", "Try again in a moment."),
    504: ("deadline_passed", "A part of popcon took too long.", "Try again in a moment."),
}
_ALWAYS = (401, 403, 429, 503, 504)
_RETRYABLE = frozenset({429, 500, 503, 504})


def problems(*statuses: int) -> Responses:
    """The problem answers of a route; those of any route that asks a service are always among them."""
    return {status: _problem(status) for status in sorted({*statuses, *_ALWAYS})}


def _problem(status: int) -> dict[str, Any]:
    code, why, detail = _WHY[status]
    example = rest.Problem(
        type=f"/v1/problems/{code}",
        title=title(code),
        status=status,
        code=code,
        detail=detail,
        retryable=status in _RETRYABLE,
        retry_after_s=RETRY_AFTER_S if status in (429, 503, 504) else 0,
    )
    content = {"schema": {"$ref": _REF.format(model="Problem")}, "example": example.model_dump()}
    found: dict[str, Any] = {"description": why, "content": {MEDIA_TYPE: content}}
    if status in (429, 503, 504):
        found["headers"] = {"Retry-After": {"description": "seconds to wait", "schema": {"type": "integer"}}}
    return found


def files(*media_types: str, redirects: bool = False) -> Responses:
    """The answers of a route that sends a stored file. `redirects`: whether it can say where the store has it."""
    tag = {"ETag": {"description": "SHA-256 of the bytes, quoted", "schema": {"type": "string"}}}
    content = {kind: {"schema": {"type": "string", "format": "binary"}} for kind in media_types}
    there = {"Location": {"description": "where the store has it", "schema": {"type": "string", "format": "uri"}}}
    found: Responses = {
        200: {"description": "The bytes.", "content": content, "headers": tag},
        304: {"description": "You have it already.", "headers": tag},
    }
    return found | ({307: {"description": "The store has it there.", "headers": there}} if redirects else {})


def event_stream() -> Responses:
    """The answer of a route that sends events."""
    example = 'id: 7\nevent: action.changed\ndata: {"seq":7,"type":"action.changed", …}\n\n'
    content = {"schema": {"description": "each `data` is an `Event`"}, "example": example}
    return {200: {"description": "Events, as they come.", "content": {"text/event-stream": content}}}


def or_page() -> Responses:
    """The answers of a route that shows people a page instead of JSON."""
    return {200: {"content": {"text/html": {"schema": {"type": "string"}}}}, 404: _problem(404)}


def picture_body() -> dict[str, Any]:
    """The body of an upload."""
    kinds = (*limits.MEDIA_TYPES, "application/octet-stream")
    raw = {kind: {"schema": {"type": "string", "format": "binary"}} for kind in kinds}
    return _body({**raw, "multipart/form-data": _form({"picture": _FILE}, ["picture"])})


def pack_body() -> dict[str, Any]:
    """The body of a check."""
    raw = {"application/zip": {"schema": {"type": "string", "format": "binary"}}}
    return _body({**raw, "multipart/form-data": _form({"pack": _FILE}, ["pack"])})


def job_body() -> dict[str, Any]:
    """The two bodies of a new job."""
    options = rest.JobOptions.model_json_schema(ref_template=_REF)["properties"]
    fields = {
        "picture": _FILE,
        "actions": {
            "type": "array",
            "items": {"type": "string"},
            "description": "preset ids; repeated, a comma list, or one JSON array that may hold action objects",
        },
        "name": {"type": "string", "maxLength": limits.NAME_MAX_CHARS},
        **options,
    }
    as_json = {"schema": {"$ref": _REF.format(model="NewJob")}}
    return _body({"application/json": as_json, "multipart/form-data": _form(fields, ["picture", "actions"])})


_FILE = {"type": "string", "format": "binary"}


def _form(fields: dict[str, Any], required: list[str]) -> dict[str, Any]:
    return {"schema": {"type": "object", "properties": fields, "required": required}}


def _body(content: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": content}}


def install(app: FastAPI) -> None:
    """Makes the app describe itself whole, once, when first asked."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _describe(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _describe(app: FastAPI) -> dict[str, Any]:
    found = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes, tags=app.openapi_tags
    )
    _, schemas = models_json_schema([(model, "validation") for model in _BODIES], ref_template=_REF)
    components = found["components"]["schemas"]
    for name, schema in schemas["$defs"].items():
        components.setdefault(name, schema)
    for name, schema in components.items():
        # FastAPI drops every null, also those that examples are there to show.
        extra = getattr(getattr(rest, name, None), "model_config", {}).get("json_schema_extra")
        if extra:
            schema.update(extra)
    # FastAPI adds its own validation error where a route states no 422; ours are problems, and stated.
    for name in ("HTTPValidationError", "ValidationError"):
        components.pop(name, None)
    found["components"]["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    for path, operations in found["paths"].items():
        for method, operation in operations.items():
            scope = needed(method.upper(), path)
            if f"{method.upper()} {path}" in deprecation.DEPRECATED:
                operation["deprecated"] = True
            operation["security"] = [{"key": [scope.name.lower()]}] if scope > Scope.NONE else []
            answer = operation["responses"].get("422")
            if answer and "application/json" in answer["content"]:
                operation["responses"]["422"] = _problem(422)
            regular.describe(method, operation, _problem)
    steps.link(found["paths"])
    return found
