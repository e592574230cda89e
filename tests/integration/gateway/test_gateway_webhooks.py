"""Webhooks over REST, in front of a real orchestrator."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest
import pytest_asyncio

from popcon import ids, rest
from tests.fixtures.gateway import KEY, Script, gateway, problem, scripted_services
from tests.fixtures.orchestrator import Orchestrator, orchestrator
from tests.fixtures.webhooks import URL, claim, report

pytestmark = pytest.mark.asyncio(loop_scope="session")


@dataclass
class Door:
    http: httpx.AsyncClient
    house: Orchestrator


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def door(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Door]:
    folder, script = tmp_path_factory.mktemp("webhooks"), Script()
    async with (
        orchestrator(folder) as house,
        scripted_services(script) as services,
        gateway(folder, script, services, orchestrator=house.address) as gate,
    ):
        yield Door(gate.http, house)


async def test_a_webhook_from_its_making_to_its_end(door: Door) -> None:
    made = rest.MadeWebhook.model_validate_json(
        (await door.http.post("/v1/webhooks", json={"url": URL, "name": "shop", "types": ["set.ready"]})).content
    )
    here = f"/v1/webhooks/{made.webhook.id}"
    assert made.secret.startswith("whsec_")
    assert (made.webhook.state, made.webhook.types, made.webhook.answered_at) == ("pending", ["set.ready"], None)
    (sent,) = await claim(door.house)
    await report(door.house, sent, 200)
    shown = await door.http.get(here)
    assert made.secret not in shown.text
    found = rest.Webhook.model_validate_json(shown.content)
    assert (found.state, found.name) == ("active", "shop")
    assert found.answered_at is not None
    assert rest.WebhookList.model_validate_json((await door.http.get("/v1/webhooks")).content).webhooks == [found]
    again = (await door.http.post(f"{here}/rotate")).json()
    assert again["secret"] != made.secret
    tested = rest.Delivery.model_validate_json((await door.http.post(f"{here}/test")).content)
    assert (tested.type, tested.state) == ("endpoint.verify", "pending")
    page = rest.DeliveryPage.model_validate_json(
        (await door.http.get(f"{here}/deliveries", params={"limit": 1})).content
    )
    assert [each.id for each in page.deliveries] == [tested.id]
    params = {"cursor": page.next_cursor, "state": "delivered"}
    rest_ = rest.DeliveryPage.model_validate_json((await door.http.get(f"{here}/deliveries", params=params)).content)
    (first,) = rest_.deliveries
    assert (first.id, first.status, first.body["data"]["webhook_id"]) == (sent.id, 200, made.webhook.id)
    sent_again = await door.http.post(f"{here}/deliveries/{first.id}/redeliver")
    assert (sent_again.json()["id"], sent_again.json()["state"]) == (first.id, "pending")
    assert (await door.http.delete(here)).json()["id"] == made.webhook.id
    problem(await door.http.get(here), 404, "not_found")
    problem(await door.http.delete(here), 404, "not_found")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "url"),
        ({"url": "https://user:secret@shop.example/"}, "url"),
        ({"url": "gopher://shop.example/"}, "url"),
        ({"url": URL, "types": ["job.begun"]}, "types[0]"),
        ({"url": URL, "events": []}, "events"),
    ],
)
async def test_what_makes_no_sense_is_told(door: Door, body: dict[str, object], field: str) -> None:
    found = problem(await door.http.post("/v1/webhooks", json=body), 422, "invalid_request", field)
    assert "secret" not in found["detail"]


@pytest.mark.parametrize("webhook", ["hook_" + "0" * 32, "hook_1", KEY])
async def test_one_that_is_not_there_is_told(door: Door, webhook: str) -> None:
    for answer in (
        await door.http.get(f"/v1/webhooks/{webhook}"),
        await door.http.get(f"/v1/webhooks/{webhook}/deliveries"),
        await door.http.post(f"/v1/webhooks/{webhook}/deliveries/{ids.new(ids.DELIVERY)}/redeliver"),
    ):
        problem(answer, 404, "not_found")
