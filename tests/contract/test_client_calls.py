"""The clients know the whole API: every operation of its description is a method of both, sent as it says."""

import inspect
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest

from popcon import rest
from popcon.client import AsyncPopcon, Popcon, transport
from popcon.client.calls import Calls
from popcon.client.endpoint import Endpoint, Listed, Sender
from popcon.client.parts import DeadLetterCalls, EditCalls, KeyCalls
from popcon.client.patience import Following
from popcon.client.request import Listing, Request
from popcon.client.webhooks import WebhookCalls
from services.gateway.app import create_app
from tests.unit.cli.cli_toys import action, artifact

DOCUMENT: dict[str, Any] = create_app(None).openapi()  # type: ignore[arg-type]
ACTION = action("wave")
EDIT = rest.Edit.model_validate(rest.Edit.model_config["json_schema_extra"]["examples"][0])  # type: ignore[index,call-overload]
OPERATION = rest.NewOperation(kind=rest.OperationKind.ERASE)
PARTS = {"": Calls, "dead_letters.": DeadLetterCalls, "edits.": EditCalls, "keys.": KeyCalls, "webhooks.": WebhookCalls}


class Recorder(Sender):
    """A client that sends nothing."""

    def send(self, request: Request[Any]) -> Any:
        return request

    def pages(self, listing: Listing[Any]) -> Iterator[Any]:
        return iter([listing.first])


class Whole(Calls, Recorder):
    """Every call by its name."""

    def __init__(self) -> None:
        for name, part in PARTS.items():
            if name:
                setattr(self, name.removesuffix("."), type("Part", (part, Recorder), {})())


ASKED: dict[str, Callable[[Any], Request[Any]]] = {
    "upload_picture": lambda c: c.upload_picture(b"x"),
    "picture": lambda c: c.picture("p"),
    "crop_picture": lambda c: c.crop_picture("p", rest.Box(left=0, top=0, right=20, bottom=20)),
    "create_job": lambda c: c.create_job("p", ["wave", rest.ActionSpec(action_prompt="hops")]),
    "job": lambda c: c.job("j"),
    "jobs": lambda c: next(c.jobs()),
    "approve_job": lambda c: c.approve_job("j"),
    "resume_job": lambda c: c.resume_job("j", rest.ActionStage.PACK),
    "cancel_job": lambda c: c.cancel_job("j"),
    "delete_job": lambda c: c.delete_job("j"),
    "undelete_job": lambda c: c.undelete_job("j"),
    "action": lambda c: c.action("j", "a"),
    "approve": lambda c: c.approve(ACTION, run=1, take=2),
    "regenerate": lambda c: c.regenerate(ACTION, rest.NewWords(preset="cry")),
    "select": lambda c: c.select(ACTION, rest.Choice(stage=rest.ActionStage.MATTE, run=1)),
    "resume": lambda c: c.resume(ACTION),
    "skip": lambda c: c.skip(ACTION),
    "cancel": lambda c: c.cancel(ACTION),
    "run": lambda c: c.run("r"),
    "sets": lambda c: c.sets("j"),
    "set": lambda c: c.set("j", "web"),
    "arrange_set": lambda c: c.arrange_set("j", "web", ["a"], tab_action_id="a"),
    "check": lambda c: c.check(b"PK", "web"),
    "presets": lambda c: c.presets(),
    "preset_sample": lambda c: c.preset_sample("wave"),
    "targets": lambda c: c.targets(),
    "problem": lambda c: c.problem("not_found"),
    "pace": lambda c: c.pace(),
    "me": lambda c: c.me(),
    "dead_letters.list": lambda c: next(c.dead_letters.list(stage=rest.Stage.PACK)),
    "dead_letters.get": lambda c: c.dead_letters.get("r"),
    "dead_letters.replay": lambda c: c.dead_letters.replay("r"),
    "dead_letters.discard": lambda c: c.dead_letters.discard("r"),
    "edits.open": lambda c: c.edits.open(ACTION, rest.EditStage.STARTFRAME),
    "edits.get": lambda c: c.edits.get("e"),
    "edits.append": lambda c: c.edits.append(EDIT, OPERATION),
    "edits.select": lambda c: c.edits.select("e", [rest.SelectPoint(x=1, y=2)]),
    "edits.undo": lambda c: c.edits.undo(EDIT),
    "edits.redo": lambda c: c.edits.redo(EDIT),
    "edits.apply": lambda c: c.edits.apply(EDIT),
    "edits.discard": lambda c: c.edits.discard(EDIT),
    "usage": lambda c: c.usage(date(2026, 11, 1), date(2026, 11, 23)),
    "keys.list": lambda c: next(c.keys.list()),
    "keys.get": lambda c: c.keys.get("k"),
    "keys.create": lambda c: c.keys.create("ci"),
    "keys.rotate": lambda c: c.keys.rotate("k", grace_s=5),
    "keys.revoke": lambda c: c.keys.revoke("k"),
    "webhooks.list": lambda c: c.webhooks.list(),
    "webhooks.create": lambda c: c.webhooks.create("https://shop.example", types=[rest.WebhookType.SET_READY]),
    "webhooks.get": lambda c: c.webhooks.get("w"),
    "webhooks.delete": lambda c: c.webhooks.delete("w"),
    "webhooks.rotate": lambda c: c.webhooks.rotate("w"),
    "webhooks.test": lambda c: c.webhooks.test("w"),
    "webhooks.deliveries": lambda c: next(c.webhooks.deliveries("w")),
    "webhooks.redeliver": lambda c: c.webhooks.redeliver("w", "d"),
}
# These come bit by bit, by methods of their own.
STREAMED = {
    "events": Following("j", 0, 1.0).request(),
    "download": transport.Download(artifact("x"), "x").request,
    "zip": transport.zip_request("j", "web"),
}
REQUESTS = {name: ask(Whole()) for name, ask in ASKED.items()} | STREAMED


def test_every_operation_has_a_method() -> None:
    operations = {f"{method.upper()} {path}" for path, methods in DOCUMENT["paths"].items() for method in methods}
    routes = [request.route for request in REQUESTS.values()]
    assert set(routes) == operations
    assert len(routes) == len(operations)


def test_every_method_is_looked_at_here() -> None:
    described = {
        prefix + name
        for prefix, part in PARTS.items()
        for name, each in vars(part).items()
        if isinstance(each, (Endpoint, Listed))
    }
    assert described == set(ASKED)


@pytest.mark.parametrize("name", REQUESTS)
def test_what_is_sent_is_what_the_description_takes(name: str) -> None:
    request = REQUESTS[name]
    method, _, path = request.route.partition(" ")
    operation = DOCUMENT["paths"][path][method.lower()]
    assert "{" not in request.path
    assert set(request.params) <= {item["name"] for item in operation.get("parameters", ()) if item["in"] == "query"}
    content = operation.get("requestBody", {}).get("content", {})
    if request.json is not None:
        [model] = [item["$ref"].rpartition("/")[2] for item in refs(content["application/json"]["schema"])]
        getattr(rest, model).model_validate(request.json)
    elif request.content:
        assert request.headers["Content-Type"] in content
    if method == "POST":
        assert len(request.headers["Idempotency-Key"]) == 32


def refs(schema: dict[str, Any]) -> list[dict[str, Any]]:
    return [item for item in (schema, *schema.get("anyOf", ())) if "$ref" in item]


def test_both_clients_have_the_same_methods_with_the_same_parameters() -> None:
    def parameters(client: type) -> dict[str, list[str]]:
        methods = {name: member for name, member in inspect.getmembers(client, callable) if name[0] != "_"}
        return {name: list(inspect.signature(member).parameters) for name, member in methods.items()}

    sync, asynchronous = parameters(Popcon), parameters(AsyncPopcon)
    assert sync == asynchronous
    assert {"make", "wait", "events", "download", "zip", "close"} <= set(sync)


def test_an_id_is_one_part_of_a_path() -> None:
    assert Whole().job("../keys?x=1").path == "/v1/jobs/..%2Fkeys%3Fx%3D1"  # type: ignore[attr-defined]
