"""Each route, asked by everybody who might: none, by a wrong, an expired and a weak key, another owner, the owner, an
admin. The orchestrator is a real one; a route that is not in the table fails."""

import hashlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import pytest_asyncio

from popcon import ids, rpc
from popcon.v1 import access_pb2 as pb
from services.gateway.app import create_app
from services.orchestrator import tables
from tests.fixtures.gateway import Script, gateway, scripted_services
from tests.fixtures.orchestrator import Orchestrator, orchestrator
from tests.fixtures.webhooks import make as make_webhook
from tests.fixtures.work import Hand

pytestmark = pytest.mark.asyncio(loop_scope="session")

NOBODY, READ, WRITE, ADMIN = "nobody", "read", "write", "admin"
NEW_JOB = {"picture_id": "{picture}", "actions": [{"preset": "wave"}]}


@dataclass(frozen=True)
class Row:
    """`scope` that a route needs, what its owner is answered, and another owner; `body` is sent as JSON."""

    scope: str
    owner: int
    other: int
    body: object = None


# What belongs to nobody answers everybody alike; what belongs to an owner is not there for another one.
TABLE = {
    "POST /v1/pictures": Row(WRITE, 201, 201),
    "POST /v1/pictures/{picture}/crop": Row(WRITE, 201, 404, {"box": {"left": 0, "top": 0, "right": 30, "bottom": 30}}),
    "GET /v1/pictures/{picture}": Row(READ, 200, 404),
    "POST /v1/jobs": Row(WRITE, 201, 404, NEW_JOB),
    "GET /v1/jobs": Row(READ, 200, 200),
    "GET /v1/jobs/{job}": Row(READ, 200, 404),
    "DELETE /v1/jobs/{job}": Row(WRITE, 200, 404),
    "POST /v1/jobs/{job}/undelete": Row(WRITE, 200, 404),
    "POST /v1/jobs/{job}/approve": Row(WRITE, 200, 404),
    "POST /v1/jobs/{job}/resume": Row(WRITE, 200, 404),
    "POST /v1/jobs/{job}/cancel": Row(WRITE, 200, 404),
    "GET /v1/pace": Row(READ, 200, 200),
    "GET /v1/jobs/{job}/events": Row(READ, 200, 404),
    "GET /v1/jobs/{job}/actions/{action}": Row(READ, 200, 404),
    "POST /v1/jobs/{job}/actions/{action}/approve": Row(WRITE, 200, 404),
    "POST /v1/jobs/{job}/actions/{action}/regenerate": Row(WRITE, 200, 404),
    "POST /v1/jobs/{job}/actions/{action}/select": Row(
        WRITE, 200, 404, {"selection": {"stage": "startframe", "run": 1, "take": 1}}
    ),
    "POST /v1/jobs/{job}/actions/{action}/resume": Row(WRITE, 409, 404),
    "POST /v1/jobs/{job}/actions/{action}/skip": Row(WRITE, 409, 404),
    "POST /v1/jobs/{job}/actions/{action}/cancel": Row(WRITE, 200, 404),
    "GET /v1/runs/{run}": Row(READ, 200, 404),
    "POST /v1/jobs/{job}/actions/{action}/edits": Row(WRITE, 200, 404, {"stage": "startframe"}),
    "GET /v1/edits/{edit}": Row(READ, 200, 404),
    "POST /v1/edits/{edit}/operations": Row(WRITE, 200, 404, {"version": 1, "operation": {"kind": "erase"}}),
    "POST /v1/edits/{edit}/select": Row(WRITE, 422, 404, {"frame": 0, "points": [{"x": 1, "y": 1}]}),
    "POST /v1/edits/{edit}/undo": Row(WRITE, 409, 404, {"version": 1}),
    "POST /v1/edits/{edit}/redo": Row(WRITE, 409, 404, {"version": 1}),
    "POST /v1/edits/{edit}/apply": Row(WRITE, 200, 404, {"version": 1}),
    "POST /v1/edits/{edit}/discard": Row(WRITE, 200, 404, {"version": 1}),
    "GET /v1/jobs/{job}/sets": Row(READ, 200, 404),
    "GET /v1/jobs/{job}/sets/{target}": Row(READ, 200, 404),
    "PUT /v1/jobs/{job}/sets/{target}/order": Row(WRITE, 200, 404, {"action_ids": ["{action}"]}),
    "GET /v1/jobs/{job}/sets/{target}/zip": Row(READ, 409, 404),
    "GET /v1/dead-letters": Row(READ, 200, 200),
    "GET /v1/dead-letters/{run}": Row(READ, 404, 404),
    "POST /v1/dead-letters/{run}/replay": Row(WRITE, 404, 404),
    "POST /v1/dead-letters/{run}/discard": Row(WRITE, 404, 404),
    "GET /v1/artifacts/{key}": Row(READ, 200, 404),
    "GET /v1/keys": Row(ADMIN, 200, 200),
    "POST /v1/keys": Row(ADMIN, 201, 201, {"name": "mine"}),
    "GET /v1/keys/{key_id}": Row(ADMIN, 200, 404),
    "POST /v1/keys/{key_id}/rotate": Row(ADMIN, 201, 404),
    "DELETE /v1/keys/{key_id}": Row(ADMIN, 200, 404),
    "GET /v1/webhooks": Row(ADMIN, 200, 200),
    "POST /v1/webhooks": Row(ADMIN, 201, 201, {"url": "https://shop.example/popcon"}),
    "GET /v1/webhooks/{webhook}": Row(ADMIN, 200, 404),
    "DELETE /v1/webhooks/{webhook}": Row(ADMIN, 200, 404),
    "POST /v1/webhooks/{webhook}/rotate": Row(ADMIN, 201, 404),
    "POST /v1/webhooks/{webhook}/test": Row(ADMIN, 200, 404),
    "GET /v1/webhooks/{webhook}/deliveries": Row(ADMIN, 200, 404),
    "POST /v1/webhooks/{webhook}/deliveries/{delivery}/redeliver": Row(ADMIN, 200, 404),
    "GET /v1/me": Row(READ, 200, 200),
    "GET /v1/usage": Row(READ, 200, 200),
    "GET /v1/presets": Row(NOBODY, 200, 200),
    "GET /v1/presets/{preset}/sample": Row(NOBODY, 200, 200),
    "GET /v1/targets": Row(NOBODY, 200, 200),
    "GET /v1/problems/{code}": Row(NOBODY, 200, 200),
    "POST /v1/check": Row(READ, 200, 200),
}
DIGEST = hashlib.sha256(b"x").hexdigest()
SOURCE = f"owners/anna/pictures/{DIGEST}/source"
RANK = [NOBODY, READ, WRITE, ADMIN]
CALLERS = ("none", "wrong", "expired", "read", "write", "admin", "other")


@dataclass
class Setting:
    house: Orchestrator
    http: httpx.AsyncClient
    keys: dict[str, str]
    world: dict[str, str]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def setting(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Setting]:
    folder, script = tmp_path_factory.mktemp("matrix"), Script()
    async with (
        orchestrator(folder) as house,
        scripted_services(script) as services,
        gateway(folder, script, services, orchestrator=house.address, keys_required=True) as gate,
    ):
        keys = {"none": "", "wrong": "popcon_" + "f" * 32 + "_" + "A" * 43}
        for name, owner, scope in (
            ("expired", "anna", "ADMIN"),
            ("read", "anna", "READ"),
            ("write", "anna", "WRITE"),
            ("admin", "anna", "ADMIN"),
            ("other", "ben", "ADMIN"),
        ):
            request = pb.CreateKeyRequest(owner=owner, scope=f"SCOPE_{scope}", lifetime_s=600)
            made = await rpc.call(house.access.CreateKey, request)
            keys[name] = made.secret
            if name == "expired":
                await house.set(tables.keys, tables.keys.c.id == made.key.id, ends_at=1)
        await gate.store.put(SOURCE, b"x", "image/png")
        yield Setting(house, gate.http, keys, await a_world(house) | await a_webhook(house))


async def a_world(house: Orchestrator) -> dict[str, str]:
    """A job of anna's that awaits review with an edit open, and a key of hers."""
    picture = await house.picture("anna", DIGEST)
    job = await house.create("joy", owner="anna", review=True, targets=["web"])
    hand = Hand(house)
    run_id = (await house.rows(tables.runs, tables.runs.c.job_id == job.id))[0]["id"]
    await hand.succeed(await hand.take(run_id))
    return {
        "job": job.id, "action": job.actions[0].id, "run": run_id, "picture": picture.id, "target": "web",
        "preset": "wave", "key": SOURCE, "code": "fenced",
    }  # fmt: skip


async def a_webhook(house: Orchestrator) -> dict[str, str]:
    """A webhook of anna's and a delivery to it: the same one for as long as there is one."""
    if not await house.rows(tables.webhooks, tables.webhooks.c.owner == "anna"):
        await make_webhook(house, "anna")
    delivery = (await house.rows(tables.deliveries, tables.deliveries.c.owner == "anna"))[0]
    return {"webhook": delivery["webhook_id"], "delivery": delivery["id"]}


def expected(row: Row, caller: str) -> int:
    if row.scope == NOBODY:
        return row.owner
    if caller in ("none", "wrong", "expired"):
        return 401
    if caller == "other":
        return row.other
    return row.owner if RANK.index(caller) >= RANK.index(row.scope) else 403


async def test_every_route_is_in_the_table() -> None:
    document = create_app(None).openapi()  # type: ignore[arg-type]
    routes = {f"{method.upper()} {path}" for path, methods in document["paths"].items() for method in methods}
    assert routes == {name.replace("{key_id}", "{key}") for name in TABLE}


@pytest.mark.parametrize("name", TABLE)
async def test_each_caller_is_answered_as_the_table_says(setting: Setting, name: str) -> None:
    row, found = TABLE[name], {}
    for caller in CALLERS:
        found[caller] = await ask(setting, name, row, caller)
    assert found == {caller: expected(row, caller) for caller in CALLERS}


async def ask(setting: Setting, name: str, row: Row, caller: str) -> int:
    method, path = name.split(" ")
    changes = expected(row, caller) not in (401, 403) and method != "GET"
    needs_more = "{edit}" in path or "{key_id}" in path or "{webhook}" in path
    world = await prepared(setting, name) if changes or needs_more else setting.world
    asked = built(setting, name, row, world, caller)
    answer = await setting.http.send(asked, stream=True)
    await answer.aclose()
    return answer.status_code


def built(setting: Setting, name: str, row: Row, world: dict[str, str], caller: str) -> httpx.Request:
    method, path = name.split(" ")
    asked = setting.http.build_request(method, path.format(**world), **body_of(name, row, world))
    asked.headers.update(bearer(setting, caller))
    return asked


def body_of(name: str, row: Row, world: dict[str, str]) -> dict[str, Any]:
    if name == "POST /v1/pictures":
        return {"content": b"a picture", "headers": {"Content-Type": "application/octet-stream"}}
    if name == "POST /v1/check":
        return {"content": b"PK", "params": {"target": "web"}, "headers": {"Content-Type": "application/zip"}}
    if row.body is None:
        return {}
    text = json.dumps(row.body)
    for key in ("picture", "action"):
        text = text.replace("{" + key + "}", world[key])
    return {"json": json.loads(text)}


def bearer(setting: Setting, caller: str) -> dict[str, str]:
    secret = setting.keys[caller]
    return {"Authorization": f"Bearer {secret}"} if secret else {}


@pytest.mark.parametrize("name", [name for name, row in TABLE.items() if row.other == 404])
async def test_what_is_anothers_is_told_apart_from_nothing_by_no_word(setting: Setting, name: str) -> None:
    row, world, told = TABLE[name], dict(setting.world), []
    world |= {"edit": ids.new(ids.EDIT), "key_id": ids.new(ids.KEY), **await a_webhook(setting.house)}
    nothing = {
        "job": ids.new(ids.JOB), "action": ids.new(ids.ACTION), "run": ids.new(ids.RUN),
        "picture": ids.new(ids.PICTURE),
        "target": "web", "key": "owners/anna/pictures/bb/source", "edit": world["edit"], "key_id": world["key_id"],
        "webhook": ids.new(ids.WEBHOOK), "delivery": ids.new(ids.DELIVERY),
    }  # fmt: skip
    for about in (world, nothing):
        answer = await setting.http.send(built(setting, name, row, about, "other"))
        text = answer.text
        for value in about.values():
            text = text.replace(value, "X")
        told.append((answer.status_code, text))
    assert told[0] == told[1]


@pytest.mark.parametrize("name", [name for name, row in TABLE.items() if name.startswith("POST") and row.owner < 300])
async def test_a_change_with_a_key_is_done_once_and_its_secret_is_kept_nowhere(setting: Setting, name: str) -> None:
    world = await prepared(setting, name)
    asked = built(setting, name, TABLE[name], world, "admin")
    asked.headers["Idempotency-Key"] = f"once {world['job']}"
    first = await setting.http.send(asked)
    rows = await setting.house.count()
    again = await setting.http.send(asked)
    assert first.status_code == TABLE[name].owner
    assert await setting.house.count() == rows
    if secret := first.json().get("secret"):
        assert (again.status_code, again.json()["code"]) == (409, "wrong_state")
        assert secret.encode() not in b"".join([row["body"] for row in await setting.house.rows(tables.reservations)])
    else:
        assert (again.status_code, again.content) == (first.status_code, first.content)
        assert again.headers["Idempotent-Replayed"] == "true"
        assert again.headers.get("Location") == first.headers.get("Location")


async def prepared(setting: Setting, name: str) -> dict[str, str]:
    """A world of its own in which the route has something to change."""
    world = await a_world(setting.house)
    if "{edit}" in name:
        opened = await setting.http.post(
            "/v1/jobs/{job}/actions/{action}/edits".format(**world),
            json={"stage": "startframe"},
            headers=bearer(setting, "admin"),
        )
        world["edit"] = opened.json()["id"]
    if "{key_id}" in name:
        request = pb.CreateKeyRequest(owner="anna", scope=pb.SCOPE_READ)
        world["key_id"] = (await rpc.call(setting.house.access.CreateKey, request)).key.id
    if "{webhook}" in name:
        world |= await a_webhook(setting.house)
    if name.endswith("/undelete"):
        await setting.http.delete(f"/v1/jobs/{world['job']}", headers=bearer(setting, "admin"))
    return world
