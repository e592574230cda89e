"""Webhooks in the orchestrator: who is told what, under which signature, and what people do to them."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from standardwebhooks import Webhook as Receiver
from standardwebhooks import WebhookVerificationError

from popcon import errors, ids, rpc
from popcon.v1 import jobs_pb2
from popcon.v1 import webhooks_pb2 as pb
from services.orchestrator import tables
from services.orchestrator.rules.notices import TYPES
from services.orchestrator.sweeping import deliveries as old_deliveries
from tests.fixtures.orchestrator import OWNER, Orchestrator, orchestrator
from tests.fixtures.webhooks import KEPT, URL, active, claim, get, listed, make, put, redeliver, report
from tests.fixtures.work import Hand


def headers(sent: pb.SignedDelivery) -> dict[str, str]:
    return {"webhook-id": sent.id, "webhook-timestamp": str(sent.timestamp), "webhook-signature": sent.signature}


def is_signed(sent: pb.SignedDelivery, secret: str) -> bool:
    try:
        Receiver(secret).verify(sent.body, headers(sent))
    except WebhookVerificationError:
        return False
    return True


async def test_a_new_webhook_is_asked_first_and_told_nothing_before_it_answered(
    house: Orchestrator, hand: Hand
) -> None:
    made = await make(house, name="shop")
    assert (made.webhook.state, made.webhook.url, list(made.webhook.types)) == (pb.WEBHOOK_STATE_PENDING, URL, [*TYPES])
    await hand.work((await house.create("joy")).id)
    (sent,) = await claim(house)
    body = json.loads(sent.body)
    assert (body["type"], body["data"]["webhook_id"]) == ("endpoint.verify", made.webhook.id)
    assert await report(house, sent, 200)
    found = await get(house, made.webhook.id)
    assert found.state == pb.WEBHOOK_STATE_ACTIVE
    assert found.HasField("answered_at")
    await hand.work((await house.create("joy")).id)
    assert {json.loads(each.body)["type"] for each in await claim(house)} == {
        "action.done",
        "job.finished",
        "set.ready",
    }


async def test_deliveries_are_signed_as_receivers_of_standard_webhooks_verify(house: Orchestrator) -> None:
    made = await make(house)
    assert len(base64.b64decode(made.secret.removeprefix("whsec_"))) == 32
    (sent,) = await claim(house)
    assert is_signed(sent, made.secret)
    assert not is_signed(sent, (await make(house)).secret)
    sent.body += " "
    assert not is_signed(sent, made.secret)


async def test_no_secret_is_kept(house: Orchestrator) -> None:
    made = await make(house)
    kept = str([await house.rows(table) for table in (tables.webhooks, KEPT, tables.audit)])
    assert made.webhook.id in kept
    private = made.secret.removeprefix("whsec_")
    assert private not in kept
    assert base64.b64decode(private).hex() not in kept


async def test_what_happens_to_a_job_is_told_once_each(house: Orchestrator, hand: Hand) -> None:
    made = await active(house)
    job = await house.create("joy", "wave", review=True, targets=["web"])
    await hand.work(job.id)
    await rpc.call(house.jobs.ApproveJob, jobs_pb2.ApproveJobRequest(owner=OWNER, job_id=job.id))
    first, second = job.actions
    (motion, other) = await hand.queued(job.id)
    await hand.fail(await hand.take(motion["id"] if motion["action_id"] == first.id else other["id"]))
    await hand.work(job.id)
    told = [json.loads(each.body) for each in reversed(await listed(house, made.webhook.id))][1:]
    about = {"job_id": job.id, "url": f"/v1/jobs/{job.id}"}

    def action(of: jobs_pb2.Action, state: str, stage: str) -> dict[str, str]:
        url = f"/v1/jobs/{job.id}/actions/{of.id}"
        return {"job_id": job.id, "action_id": of.id, "state": state, "stage": stage, "url": url}

    found = [(each["type"], each["data"]) for each in told]
    expected = [
        ("action.awaiting_review", action(first, "awaiting_review", "startframe")),
        ("action.awaiting_review", action(second, "awaiting_review", "startframe")),
        ("action.failed", action(first, "failed", "motion")),
        ("action.done", action(second, "done", "pack")),
        ("job.finished", {**about, "state": "partial"}),
        ("set.ready", {"job_id": job.id, "target": "web", "number": 1, "state": "complete",
                       "url": f"/v1/jobs/{job.id}/sets/web"}),
    ]  # fmt: skip
    assert sorted(found, key=str) == sorted(expected, key=str)
    assert all(each["timestamp"].endswith("Z") for each in told)


async def test_a_job_that_goes_on_and_ends_again_is_told_of_again(house: Orchestrator) -> None:
    made = await active(house, types=["job.finished"])
    job = await house.create("joy")
    for call, request in (
        (house.jobs.CancelJob, jobs_pb2.CancelJobRequest(owner=OWNER, job_id=job.id)),
        (house.jobs.ResumeJob, jobs_pb2.ResumeJobRequest(owner=OWNER, job_id=job.id)),
        (house.jobs.CancelJob, jobs_pb2.CancelJobRequest(owner=OWNER, job_id=job.id)),
    ):
        await rpc.call(call, request)
    told = [json.loads(each.body) for each in await listed(house, made.webhook.id)][:-1]
    assert [(each["type"], each["data"]["state"]) for each in told] == [("job.finished", "cancelled")] * 2


async def test_each_webhook_is_told_what_it_asked_for_and_nobody_elses(house: Orchestrator, hand: Hand) -> None:
    asked = {
        (await active(house, types=["set.ready"])).webhook.id: ["set.ready"],
        (await active(house, types=["job.finished", "action.done"])).webhook.id: ["action.done", "job.finished"],
        (await active(house, "ben")).webhook.id: [],
    }
    await hand.work((await house.create("joy")).id)
    rows = await house.rows(KEPT, KEPT.c.type != "endpoint.verify")
    found = {webhook: sorted(row["type"] for row in rows if row["webhook_id"] == webhook) for webhook in asked}
    assert found == asked


async def test_while_a_secret_is_replaced_both_sign(house: Orchestrator) -> None:
    made = await make(house)

    async def rotated(grace_s: int) -> str:
        request = pb.RotateWebhookRequest(owner=OWNER, webhook_id=made.webhook.id, grace_s=grace_s)
        return (await rpc.call(house.webhooks.RotateWebhook, request)).secret  # type: ignore[no-any-return]

    async def signers(*secrets: str) -> list[bool]:
        await house.set(KEPT, sa.true(), lease_until=None)
        (sent,) = await claim(house)
        return [is_signed(sent, secret) for secret in secrets]

    second = await rotated(3_600)
    assert await signers(made.secret, second) == [True, True]
    third = await rotated(0)
    assert await signers(made.secret, second, third) == [False, False, True]
    fourth = await rotated(60)
    (row,) = await house.rows(tables.webhooks)
    salts = [{**each, "ends_at": 1 if each["ends_at"] else None} for each in row["salts"]]
    await house.set(tables.webhooks, sa.true(), salts=salts)
    assert await signers(third, fourth) == [False, True]
    for _ in range(4):
        await rotated(60)
    with pytest.raises(errors.WrongState):
        await rotated(60)


async def test_anothers_webhook_is_like_one_that_does_not_exist(house: Orchestrator) -> None:
    made = await make(house)
    (delivery,) = await house.rows(KEPT)
    told = set()
    for webhook_id in (made.webhook.id, ids.new(ids.WEBHOOK)):
        for call, kind, more in (
            (house.webhooks.GetWebhook, pb.GetWebhookRequest, {}),
            (house.webhooks.DeleteWebhook, pb.DeleteWebhookRequest, {}),
            (house.webhooks.RotateWebhook, pb.RotateWebhookRequest, {}),
            (house.webhooks.TestWebhook, pb.TestWebhookRequest, {}),
            (house.webhooks.ListDeliveries, pb.ListDeliveriesRequest, {}),
            (house.webhooks.Redeliver, pb.RedeliverRequest, {"delivery_id": delivery["id"]}),
        ):
            with pytest.raises(errors.NotFound) as refused:
                await rpc.call(call, kind(owner="ben", webhook_id=webhook_id, **more))
            told.add(refused.value.message.replace(webhook_id, "X"))
    assert len(told) == 1
    assert not (await rpc.call(house.webhooks.ListWebhooks, pb.ListWebhooksRequest(owner="ben"))).webhooks


async def test_a_delivery_of_another_webhook_is_like_one_that_does_not_exist(house: Orchestrator) -> None:
    mine, other = await active(house), await active(house)
    (delivery,) = await house.rows(KEPT, KEPT.c.webhook_id == other.webhook.id)
    told = set()
    for delivery_id in (delivery["id"], ids.new(ids.DELIVERY)):
        with pytest.raises(errors.NotFound) as refused:
            await redeliver(house, mine.webhook.id, delivery_id)
        told.add(refused.value.message.replace(delivery_id, "X"))
    assert len(told) == 1


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"url": "ftp://shop.example/"}, "url"),
        ({"name": "n" * 101}, "name"),
        ({"types": ["job.finished", "job.begun"]}, "types"),
    ],
)
async def test_what_makes_no_sense_is_told(house: Orchestrator, asked: dict[str, Any], field: str) -> None:
    with pytest.raises(errors.InvalidRequest) as told:
        await make(house, **asked)
    assert told.value.field == field
    assert not await house.rows(tables.webhooks)


async def test_an_endpoint_is_https_unless_private_ones_are_allowed(house: Orchestrator, tmp_path: Path) -> None:
    assert (await make(house, url="http://127.0.0.1:1/")).webhook.url == "http://127.0.0.1:1/"
    async with orchestrator(tmp_path, database_url=house.database_url, allow_http=False) as strict:
        with pytest.raises(errors.InvalidRequest, match="https://example"):
            await make(strict, url="http://shop.example/")
        assert (await make(strict, url="https://bücher.example/ü")).webhook.url == (
            "https://xn--bcher-kva.example/%C3%BC"
        )


async def test_an_owner_has_so_many_and_no_more(house: Orchestrator) -> None:
    for _ in range(20):
        await make(house)
    with pytest.raises(errors.WrongState, match="delete one"):
        await make(house)
    await make(house, "ben")


async def test_testing_twice_sends_once(house: Orchestrator) -> None:
    made = await active(house)
    request = pb.TestWebhookRequest(owner=OWNER, webhook_id=made.webhook.id)
    first, second = [(await rpc.call(house.webhooks.TestWebhook, request)).delivery for _ in range(2)]
    assert first.id == second.id
    assert len(await claim(house)) == 1


async def test_deliveries_are_listed_page_by_page_newest_first(house: Orchestrator) -> None:
    made = await active(house)
    due = await put(house, made.webhook.id, 4)
    found, cursor = [], ""
    while True:
        request = pb.ListDeliveriesRequest(owner=OWNER, webhook_id=made.webhook.id, limit=2, cursor=cursor)
        page = await rpc.call(house.webhooks.ListDeliveries, request)
        assert len(page.deliveries) <= 2
        found += [each.id for each in page.deliveries]
        if not (cursor := page.next_cursor):
            break
    assert found[:-1] == due[::-1]
    only = await listed(house, made.webhook.id, states=["DELIVERY_STATE_DELIVERED"])
    assert [each.type for each in only] == ["endpoint.verify"]
    with pytest.raises(errors.InvalidRequest):
        await listed(house, made.webhook.id, cursor="no cursor")


async def test_a_webhook_goes_with_its_deliveries(house: Orchestrator) -> None:
    made, other = await active(house), await active(house)
    await put(house, made.webhook.id, 3)
    (sent, *_) = await claim(house, 1)
    await rpc.call(house.webhooks.DeleteWebhook, pb.DeleteWebhookRequest(owner=OWNER, webhook_id=made.webhook.id))
    assert not await report(house, sent, 200)
    assert await claim(house) == []
    assert {row["webhook_id"] for row in await house.rows(KEPT)} == {other.webhook.id}


async def test_deliveries_are_kept_for_thirty_days(house: Orchestrator) -> None:
    made = await active(house)
    old, young = (ids.since(ids.DELIVERY, ms).ljust(36, "0") for ms in (1, 4_000_000_000_000))
    first, second = await put(house, made.webhook.id, 2)
    await house.set(KEPT, KEPT.c.id == first, id=old)
    await house.set(KEPT, KEPT.c.id == second, id=young)
    assert await house.writer.apply(old_deliveries._forget) == 1
    assert old not in {row["id"] for row in await house.rows(KEPT)}
    assert len(await house.rows(KEPT)) == 2
