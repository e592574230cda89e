"""Fault 25: somebody sets the clock that leases and delays go by. `tests/chaos` does it to whole processes."""

import pytest

from services.orchestrator import tables
from services.orchestrator.clock import Leaps, bring_near, put_off
from services.orchestrator.database import now_ms
from services.orchestrator.runs import Timing
from services.orchestrator.webhooks import claims
from tests.fixtures import webhooks
from tests.fixtures.orchestrator import DEADLINE_S, STAGES, Orchestrator
from tests.fixtures.work import CONTINUE, Hand

TEN_MINUTES_MS = 600_000
TIMING = Timing(15.0, dict.fromkeys(STAGES, DEADLINE_S))


@pytest.mark.parametrize("leap_s", [600, -600, 3, -3])
def test_a_leap_is_told_once_and_no_slow_answer_is_taken_for_one(leap_s: int) -> None:
    leaps = Leaps(1.0)
    assert leaps.leapt_ms(5_000_000, 10.0) == 0
    assert leaps.leapt_ms(5_062_400, 72.0) == 0
    assert leaps.leapt_ms(5_064_400 + leap_s * 1000, 74.0) == leap_s * 1000
    assert leaps.leapt_ms(5_066_000 + leap_s * 1000, 76.0) == 0


async def test_when_the_clock_is_set_back_no_lease_lasts_longer_than_it_may(house: Orchestrator, hand: Hand) -> None:
    held = await hand.start((await house.create()).id)
    row = await house.run_row(held.run_id)
    later = {name: row[name] + TEN_MINUTES_MS for name in ("lease_until", "deadline_at")}
    await house.set(tables.runs, tables.runs.c.id == held.run_id, **later)
    await house.writer.apply(lambda tx: bring_near(tx, TIMING))
    near, now = await house.run_row(held.run_id), await database_time(house)
    assert now < near["lease_until"] <= now + 15_000
    assert now < near["deadline_at"] <= now + DEADLINE_S * 1000


async def test_when_the_clock_is_set_back_no_task_waits_for_it(house: Orchestrator, hand: Hand) -> None:
    await house.create("joy", "cry")
    sent, delayed = await house.rows(tables.runs)
    ahead = await database_time(house) + TEN_MINUTES_MS
    await house.set(tables.runs, tables.runs.c.id == sent["id"], published_at=ahead, stream_seq=1)
    await house.set(tables.runs, tables.runs.c.id == delayed["id"], not_before=ahead)
    await house.writer.apply(lambda tx: bring_near(tx, TIMING))
    now = await database_time(house)
    assert (await house.run_row(sent["id"]))["published_at"] <= now
    assert (await house.run_row(delayed["id"]))["not_before"] <= now


async def test_when_the_clock_is_set_back_no_delivery_waits_for_it(house: Orchestrator) -> None:
    await webhooks.make(house)
    (first,) = await webhooks.claim(house)
    for name in ("lease_until", "not_before"):
        await webhooks.pass_time(house, -TEN_MINUTES_MS)
        await house.writer.apply(lambda tx: bring_near(tx, TIMING))
        now = await database_time(house)
        (row,) = await house.rows(tables.deliveries)
        assert row[name] <= now + claims.LEASE_MS
        await house.set(tables.deliveries, tables.deliveries.c.id == first.id, lease_until=None)
    assert [sent.id for sent in await webhooks.claim(house)] == [first.id]


async def test_what_lies_as_far_ahead_as_it_may_is_left_alone(house: Orchestrator, hand: Hand) -> None:
    job = await house.create("joy", "cry")
    await hand.start(job.id)
    await hand.fail(await hand.start(job.id), retryable=True)
    before = await house.rows(tables.runs)
    await house.writer.apply(lambda tx: bring_near(tx, TIMING))
    assert await house.rows(tables.runs) == before


@pytest.mark.parametrize("times", [1, 2])
async def test_when_the_clock_is_set_ahead_no_deadline_passes(house: Orchestrator, hand: Hand, times: int) -> None:
    held = await hand.start((await house.create()).id)
    now = await database_time(house)
    soon = now - TEN_MINUTES_MS + 5_000
    await house.set(tables.runs, tables.runs.c.id == held.run_id, deadline_at=soon, lease_until=soon)
    assert await hand.beat(held) == CONTINUE
    for _ in range(times):
        await house.writer.apply(lambda tx: put_off(tx, TIMING, TEN_MINUTES_MS))
    deadline = (await house.run_row(held.run_id))["deadline_at"]
    assert (
        deadline == soon + TEN_MINUTES_MS if times == 1 else deadline <= await database_time(house) + DEADLINE_S * 1000
    )
    assert await hand.beat(held) == CONTINUE
    await house.reconciler.end_leases()
    assert (await house.run_row(held.run_id))["state"] == "running"


async def database_time(house: Orchestrator) -> int:
    async with house.database.look() as connection:
        return await now_ms(connection)
