"""What holds for every route of a kind, in words of OpenAPI: keys of changes, and tags of look-ups."""

from collections.abc import Callable
from typing import Any

from popcon.catalog import limits
from services.gateway import once

_KEY = {
    "name": once.HEADER,
    "in": "header",
    "required": False,
    "description": "a text of your own choosing; for 24 hours the same request with the same key is answered as the "
    "first time, and nothing is done again",
    "schema": {"type": "string", "minLength": 1, "maxLength": limits.NAME_MAX_CHARS, "pattern": r"^[\x20-\x7e]*$"},
    "example": "5c1d1b0e-order-17",
}
_TAG = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "the `ETag` of an answer that you have; 304 while it still holds",
    "schema": {"type": "string"},
}
_REPLAYED = {"description": "`true` where a kept answer came", "schema": {"type": "string", "enum": ["true"]}}
_ETAG = {"description": "names what the answer says, quoted", "schema": {"type": "string"}}
_LOCATION = {"description": "where it is", "schema": {"type": "string", "format": "uri-reference"}}
_APPLIED = {"description": "the preference that was followed", "schema": {"type": "string"}}

Problem = Callable[[int], dict[str, Any]]


def describe(method: str, operation: dict[str, Any], problem: Problem) -> None:
    """Adds to an operation what its method brings with it. `problem`: the problem answer of a status."""
    parameters = operation.setdefault("parameters", [])
    answers = operation["responses"]
    if method == "post":
        parameters.append(_KEY)
        for status in (409, 413, 422):
            answers.setdefault(str(status), problem(status))
    elif method == "get" and "text/event-stream" not in answers["200"]["content"]:
        parameters.append(_TAG)
        answers.setdefault("304", {"description": "You have it already.", "headers": {"ETag": _ETAG}})
    _name_headers(method, operation)


def _name_headers(method: str, operation: dict[str, Any]) -> None:
    names = {parameter["name"].lower() for parameter in operation["parameters"]}
    for status in set(operation["responses"]) & {"200", "201"}:
        headers = operation["responses"][status].setdefault("headers", {})
        if method == "post":
            headers.setdefault(once.REPLAYED, _REPLAYED)
        elif "if-none-match" in names:
            headers.setdefault("ETag", _ETAG)
        if "prefer" in names:
            headers.setdefault("Preference-Applied", _APPLIED)
        if status == "201":
            headers.setdefault("Location", _LOCATION)
