"""The API's description of itself: whole, true to its models, and with examples that can be sent."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel

from popcon import rest
from services.gateway.app import create_app
from services.gateway.problems import MEDIA_TYPE

DOCUMENT: dict[str, Any] = json.loads(json.dumps(create_app(None).openapi()))  # type: ignore[arg-type]
OPERATIONS = [
    (f"{method} {path}", operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
]
MODELS = {name: model for name, model in vars(rest).items() if isinstance(model, type) and issubclass(model, BaseModel)}


def walk(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for child in node.values():
            yield from walk(child)
    elif isinstance(node, list):
        for child in node:
            yield from walk(child)


def test_it_is_openapi_3_1() -> None:
    assert re.fullmatch(r"3\.1\.\d+", DOCUMENT["openapi"])
    assert DOCUMENT["info"]["title"] == "popcon"
    assert DOCUMENT["info"]["version"]


def test_every_reference_leads_somewhere_and_every_schema_is_used() -> None:
    named = {node["$ref"] for node in walk(DOCUMENT) if isinstance(node.get("$ref"), str)}
    schemas = {f"#/components/schemas/{name}" for name in DOCUMENT["components"]["schemas"]}
    assert named == schemas


def test_every_schema_is_a_model_of_the_client() -> None:
    enums = {name for name, schema in DOCUMENT["components"]["schemas"].items() if "enum" in schema}
    assert set(DOCUMENT["components"]["schemas"]) - enums <= set(MODELS)


@pytest.mark.parametrize(("name", "operation"), OPERATIONS, ids=[name for name, _ in OPERATIONS])
def test_every_operation_is_described(name: str, operation: dict[str, Any]) -> None:
    assert operation["summary"]
    assert operation["description"]
    assert [tag for tag in operation["tags"] if tag in {item["name"] for item in DOCUMENT["tags"]}]
    for parameter in operation.get("parameters", ()):
        assert parameter["description"], parameter["name"]
    answers = operation["responses"]
    assert set(answers) & {"200", "201"}
    for status, answer in answers.items():
        assert answer["description"]
        if int(status) >= 400:
            content = answer["content"][MEDIA_TYPE]
            assert content["schema"] == {"$ref": "#/components/schemas/Problem"}
            example = rest.Problem.model_validate(content["example"])
            assert (example.status, example.type) == (int(status), f"/v1/problems/{example.code}")
            assert list(answer["content"]) == [MEDIA_TYPE]


@pytest.mark.parametrize(("name", "operation"), OPERATIONS, ids=[name for name, _ in OPERATIONS])
def test_every_operation_states_the_problems_it_can_have(name: str, operation: dict[str, Any]) -> None:
    answers = set(operation["responses"])
    asks_somebody = name not in ("get /v1/presets", "get /v1/targets", "get /v1/problems/{code}")
    assert ({"429", "503", "504"} <= answers) == asks_somebody
    if "requestBody" in operation:
        assert {"413", "415", "422"} <= answers
    if re.search(r"\{(job|action|edit|picture|run|key)\}", name):
        assert "404" in answers


def test_operation_ids_are_unique() -> None:
    ids = [operation["operationId"] for _, operation in OPERATIONS]
    assert len(set(ids)) == len(ids)


def test_links_lead_to_operations_and_fill_all_of_their_paths() -> None:
    paths = {
        operation["operationId"]: path
        for path, operations in DOCUMENT["paths"].items()
        for operation in operations.values()
    }
    links = [link for node in walk(DOCUMENT) for link in node.get("links", {}).values()]
    assert len(links) > 30
    for link in links:
        assert set(re.findall(r"{(\w+)}", paths[link["operationId"]])) == set(link.get("parameters", ()))


def test_examples_are_what_their_schemas_say() -> None:
    seen = 0
    for name, schema in DOCUMENT["components"]["schemas"].items():
        for example in schema.get("examples", ()):
            MODELS[name].model_validate(example)
            seen += 1
    assert seen > 15


def test_every_body_that_is_asked_for_has_an_example() -> None:
    for name, operation in OPERATIONS:
        schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
        if schema:
            [reference] = {node["$ref"] for node in walk(schema) if "$ref" in node}
            assert DOCUMENT["components"]["schemas"][reference.rpartition("/")[2]]["examples"], name


def test_the_two_ways_to_make_a_job_take_the_same_options() -> None:
    content = DOCUMENT["paths"]["/v1/jobs"]["post"]["requestBody"]["content"]
    form = set(content["multipart/form-data"]["schema"]["properties"])
    assert form == {"picture", "actions", "name", *rest.JobOptions.model_fields}
