"""The gate of the REST API: what breaks a client of the last release is found, and what does not is let by."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from scripts.openapi_breaks import breaks
from services.gateway.app import create_app

DOCUMENT: dict[str, Any] = json.loads(json.dumps(create_app(None).openapi()))  # type: ignore[arg-type]
Change = Callable[[dict[str, Any]], object]


def schema(document: dict[str, Any], name: str) -> Any:
    return document["components"]["schemas"][name]


def field(document: dict[str, Any], name: str, of: str) -> Any:
    return schema(document, of)["properties"][name]


def query(document: dict[str, Any], name: str) -> Any:
    parameters = document["paths"]["/v1/jobs"]["get"]["parameters"]
    return next(each for each in parameters if each["name"] == name)


def body(document: dict[str, Any]) -> Any:
    return document["paths"]["/v1/jobs"]["post"]["requestBody"]


BREAKS: dict[str, tuple[Change, str]] = {
    "a path goes": (lambda d: d["paths"].pop("/v1/pace"), "GET /v1/pace is gone"),
    "a method goes": (lambda d: d["paths"]["/v1/jobs/{job}"].pop("delete"), "DELETE /v1/jobs/{job} is gone"),
    "a parameter goes": (
        lambda d: d["paths"]["/v1/jobs"]["get"]["parameters"].remove(query(d, "search")),
        "parameter search is gone",
    ),
    "a parameter is required": (lambda d: query(d, "search").update(required=True), "search has become required"),
    "a new parameter is required": (
        lambda d: d["paths"]["/v1/pace"]["get"].update(
            parameters=[{"in": "query", "name": "of", "required": True, "schema": {"type": "string"}}]
        ),
        "parameter of is new and required",
    ),
    "a parameter has another type": (
        lambda d: query(d, "limit")["schema"].update(type="string"), "limit no longer takes integer"),
    "a parameter takes less": (lambda d: query(d, "limit")["schema"].update(maximum=20), "maximum is now 20"),
    "a field of a request goes": (lambda d: schema(d, "NewJob")["properties"].pop("name"), "body.name is gone"),
    "a field of a request is required": (
        lambda d: schema(d, "NewJob")["required"].append("name"), "body.name has become required"),
    "a field of a request is shorter": (
        lambda d: field(d, "name", "NewJob").update(maxLength=9), "body.name: maxLength is now 9"),
    "a field of a request has a new least": (
        lambda d: field(d, "seed", "JobOptions").update(minimum=1), "seed: minimum is now 1"),
    "a field of a request has a new pattern": (
        lambda d: field(d, "name", "NewJob").update(pattern="^a"), "name has another pattern"),
    "a request takes one word less": (
        lambda d: schema(d, "Lane")["enum"].remove("batch"), "lane no longer takes batch"),
    "a request no longer takes null": (
        lambda d: field(d, "direction", "Regeneration").update(anyOf=[{"$ref": "#/components/schemas/NewWords"}]),
        "direction no longer takes null",
    ),
    "a field inside a list of a request goes": (
        lambda d: schema(d, "ActionSpec")["properties"].pop("label"), "actions[].label is gone"),
    "a kind of body goes": (
        lambda d: body(d)["content"].pop("multipart/form-data"), "a body of multipart/form-data is no longer taken"),
    "a body is required": (
        lambda d: d["paths"]["/v1/jobs/{job}/resume"]["post"]["requestBody"].update(required=True),
        "the body has become required",
    ),
    "a field of an answer goes": (lambda d: schema(d, "Job")["properties"].pop("name"), "answer.name is gone"),
    "a field of an answer has another type": (
        lambda d: field(d, "width", "Picture").update(type="string"), "width may now be string"),
    "a field of an answer may be null": (
        lambda d: schema(d, "Job")["properties"].update(
            name={"anyOf": [{"type": "string"}, {"type": "null"}]}), "answer.name may now be null"),
    "a field of an answer may be missing": (
        lambda d: schema(d, "Job")["required"].remove("name"), "answer.name may now be missing"),
    "a field inside an answer that may be null goes": (
        lambda d: schema(d, "Failure")["properties"].pop("code"), "failure.code is gone"),
    "an answer has a new word": (lambda d: schema(d, "JobState")["enum"].append("lost"), "state may now be lost"),
    "an answer has another status": (
        lambda d: d["paths"]["/v1/jobs"]["post"]["responses"].pop("201"), "201 is no longer answered"),
    "an answer has another kind": (
        lambda d: d["paths"]["/v1/pace"]["get"]["responses"]["200"].update(content={"text/plain": {}}),
        "application/json is no longer answered",
    ),
    "a call needs a higher scope": (
        lambda d: d["paths"]["/v1/pace"]["get"].update(security=[{"key": ["admin"]}]), "needs a higher scope"),
}  # fmt: skip

GROWTH: dict[str, Change] = {
    "a new path": lambda d: d["paths"].update({"/v1/new": d["paths"]["/v1/pace"]}),
    "a new optional parameter": lambda d: d["paths"]["/v1/pace"]["get"]["parameters"].append(
        {"in": "query", "name": "of", "schema": {"type": "string"}}
    ),
    "a new field of an answer": lambda d: schema(d, "Job")["properties"].update(more={"type": "string"}),
    "a new optional field of a request": lambda d: schema(d, "NewJob")["properties"].update(more={"type": "string"}),
    "a request takes more": lambda d: field(d, "name", "NewJob").update(maxLength=9_000),
    "a request takes any length": lambda d: field(d, "name", "NewJob").pop("maxLength"),
    "other words of the description": lambda d: schema(d, "Job").update(description="other"),
    "a lower scope": lambda d: d["paths"]["/v1/keys"]["get"].update(security=[{"key": ["read"]}]),
    "a new problem": lambda d: d["paths"]["/v1/pace"]["get"]["responses"].update({"418": {"description": "teapot"}}),
    "an answer that is always there": lambda d: schema(d, "Failure")["required"].append("field"),
}


def test_nothing_changed_breaks_nothing() -> None:
    assert breaks(DOCUMENT, DOCUMENT) == []


@pytest.mark.parametrize("name", BREAKS)
def test_what_breaks_is_found(name: str) -> None:
    change, words = BREAKS[name]
    new = copy.deepcopy(DOCUMENT)
    change(new)
    assert [each for each in breaks(DOCUMENT, new) if words in each]


@pytest.mark.parametrize("name", GROWTH)
def test_what_only_grows_is_let_by(name: str) -> None:
    new = copy.deepcopy(DOCUMENT)
    GROWTH[name](new)
    assert breaks(DOCUMENT, new) == []
