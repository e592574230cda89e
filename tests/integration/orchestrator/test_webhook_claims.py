"""Deliveries between orchestrator and deliverers: one holder at a time, a day of attempts, and what ends it."""

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from popcon import errors, rpc
from popcon.v1 import webhooks_pb2 as pb
from services.orchestrator.webhooks.claims import AT_ONCE
from tests.fixtures.orchestrator import OWNER, Orchestrator, orchestrator
from tests.fixtures.webhooks import KEPT, active, claim, get, make, pass_time, put, redeliver, report

HOUR_MS = 3_600_000


async def test_a_delivery_is_one_deliverers_until_its_lease_is_over(house: Orchestrator) -> None:
    await make(house)
    (first,) = await claim(house)
    assert await claim(house) == []
    await pass_time(house, 60_000)
    (second,) = await claim(house)
    assert (second.id, second.body, second.attempt) == (first.id, first.body, 2)
    assert not await report(house, first, 500)
    assert await report(house, second, 200)
    assert not await report(house, second, 500)
    assert await claim(house) == []


async def test_one_that_was_only_slow_may_still_say_how_it_ended(house: Orchestrator) -> None:
    made = await make(house)
    (sent,) = await claim(house)
    await pass_time(house, 60_000)
    assert await report(house, sent, 200)
    assert (await get(house, made.webhook.id)).state == pb.WEBHOOK_STATE_ACTIVE


async def test_deliverers_at_several_orchestrators_never_hold_the_same(house: Orchestrator, tmp_path: Path) -> None:
    due = [each for made in [await active(house) for _ in range(5)] for each in await put(house, made.webhook.id, 8)]
    async with orchestrator(tmp_path, database_url=house.database_url) as other:
        seen: Counter[str] = Counter()
        while True:
            held = await asyncio.gather(*(claim(each, 5) for each in (house, other) * 4))
            now = [sent for taken in held for sent in taken]
            seen.update(sent.id for sent in now)
            if not now:
                break
            for sent in now:
                assert await report(house, sent, 200)
    assert seen == Counter(due)


async def test_an_endpoint_that_is_slow_keeps_no_other_waiting(house: Orchestrator) -> None:
    slow, quick = await active(house), await active(house)
    await put(house, slow.webhook.id, 30)
    await put(house, quick.webhook.id, 1)
    held = await claim(house, 10)
    assert Counter(sent.webhook_id for sent in held) == {slow.webhook.id: AT_ONCE, quick.webhook.id: 1}
    assert await claim(house, 10) == []
    assert await report(house, next(sent for sent in held if sent.webhook_id == slow.webhook.id), 200)
    assert len(await claim(house, 10)) == 1


async def test_one_that_is_away_is_tried_for_a_day_and_then_the_webhook_is_disabled(house: Orchestrator) -> None:
    made = await active(house)
    (delivery,) = await put(house, made.webhook.id, 1)
    waited, tries = 0, 0
    while True:
        (sent,) = await claim(house)
        tries += 1
        assert await report(house, sent, 503)
        (row,) = await house.rows(KEPT, KEPT.c.id == delivery)
        if row["state"] != "pending":
            break
        assert await claim(house) == []
        ahead = row["not_before"] - row["since"] - waited
        waited += ahead
        await pass_time(house, ahead)
    assert (row["state"], row["status"], row["error"]) == ("failed", 503, "The endpoint answered 503.")
    assert 23 * HOUR_MS < waited <= 24 * HOUR_MS
    assert tries == 8
    found = await get(house, made.webhook.id)
    assert found.state == pb.WEBHOOK_STATE_DISABLED
    assert "503" in found.reason


async def test_a_webhook_that_takes_others_is_not_disabled_for_one_that_it_does_not_take(house: Orchestrator) -> None:
    made = await active(house)
    bad, good = await put(house, made.webhook.id, 2)
    await house.set(KEPT, KEPT.c.id == bad, tries=7)
    by_id = {sent.id: sent for sent in await claim(house)}
    assert await report(house, by_id[good], 200)
    assert await report(house, by_id[bad], 400)
    assert [row["state"] for row in await house.rows(KEPT, KEPT.c.id == bad)] == ["failed"]
    assert (await get(house, made.webhook.id)).state == pb.WEBHOOK_STATE_ACTIVE


async def test_gone_disables_at_once_and_what_waited_can_be_had_once_it_answers_again(house: Orchestrator) -> None:
    made = await active(house)
    first, second = await put(house, made.webhook.id, 2)
    by_id = {sent.id: sent for sent in await claim(house)}
    assert await report(house, by_id[first], 410)
    assert not await report(house, by_id[second], 500)  # nobody waits for it any more
    found = await get(house, made.webhook.id)
    assert (found.state, found.reason) == (pb.WEBHOOK_STATE_DISABLED, "Its endpoint answered 410 Gone.")
    states = {row["id"]: row["state"] for row in await house.rows(KEPT)}
    assert (states[first], states[second]) == ("failed", "failed")
    with pytest.raises(errors.WrongState, match="test it"):
        await redeliver(house, made.webhook.id, second)
    await rpc.call(house.webhooks.TestWebhook, pb.TestWebhookRequest(owner=OWNER, webhook_id=made.webhook.id))
    (verify,) = await claim(house)
    assert await report(house, verify, 200)
    assert (await get(house, made.webhook.id)).state == pb.WEBHOOK_STATE_ACTIVE
    again = await redeliver(house, made.webhook.id, second)
    (sent,) = await claim(house)
    assert again.id == sent.id == second
    assert (sent.attempt, sent.body) == (2, by_id[second].body)


async def test_an_endpoint_may_ask_for_time(house: Orchestrator) -> None:
    await make(house)
    (sent,) = await claim(house)
    assert await report(house, sent, 429, retry_after_s=3_600)
    (row,) = await house.rows(KEPT)
    assert row["not_before"] - row["since"] >= 3_600_000
    await pass_time(house, 3_500_000)
    assert await claim(house) == []
    await pass_time(house, 200_000)
    assert len(await claim(house)) == 1


async def test_what_was_delivered_can_be_had_again_under_the_same_id(house: Orchestrator) -> None:
    made = await active(house)
    (delivery,) = await put(house, made.webhook.id, 1)
    (sent,) = await claim(house)
    await report(house, sent, 200)
    assert (await redeliver(house, made.webhook.id, delivery)).state == pb.DELIVERY_STATE_PENDING
    (again,) = await claim(house)
    assert (again.id, again.body, again.attempt) == (sent.id, sent.body, 2)


async def test_what_waits_for_its_next_attempt_is_sent_now_but_not_beside_one_that_goes_on(house: Orchestrator) -> None:
    made = await active(house)
    (delivery,) = await put(house, made.webhook.id, 1)
    (sent,) = await claim(house)
    await redeliver(house, made.webhook.id, delivery)
    assert await claim(house) == []
    await report(house, sent, 500)
    await redeliver(house, made.webhook.id, delivery)
    assert [each.id for each in await claim(house)] == [delivery]


async def test_one_whose_deliverers_keep_vanishing_is_given_up(house: Orchestrator) -> None:
    await make(house)
    for _ in range(10):
        assert len(await claim(house)) == 1
        await pass_time(house, 60_000)
    assert await claim(house) == []
    (row,) = await house.rows(KEPT)
    assert (row["state"], row["error"]) == ("failed", "Whoever sent it vanished 10 times.")
