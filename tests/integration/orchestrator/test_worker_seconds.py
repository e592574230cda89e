"""Seconds of workers' time: however an attempt ends, each is counted once, as useful or as wasted."""

import asyncio
import math
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from popcon import errors, rpc
from popcon.v1 import jobs_pb2, runs_pb2
from services.orchestrator import accounting, tables
from services.orchestrator.database import Row
from services.orchestrator.tx import Tx
from tests.fixtures import invariants, sums
from tests.fixtures.orchestrator import Orchestrator
from tests.fixtures.sources import FolderObjects, Sources
from tests.fixtures.work import CONTINUE, HELD, SETTLED, TAKEN, Hand

HELD_S = 10.0
LEASE_LEFT_S = 6.0
"""Claimed so long ago; and so long after its claim the lease or deadline of an attempt ends in these tests."""
SLACK_S = 2.0
"""What a slow machine may add between two steps of a test."""


class Meter:
    """What the metrics added up since it was made."""

    def __init__(self) -> None:
        self._before = self._now()

    def read(self) -> dict[str, float]:
        return {kind: round(total - self._before[kind], 3) for kind, total in self._now().items()}

    def _now(self) -> dict[str, float]:
        return {
            kind: sum(
                REGISTRY.get_sample_value("popcon_worker_seconds_total", {"stage": stage, "kind": kind}) or 0.0
                for stage in ("startframe", "motion", "matte", "pack", "assemble")
            )
            for kind in (accounting.USEFUL, accounting.WASTED)
        }


@pytest.fixture
def meter() -> Meter:
    return Meter()


async def rows_and_meter_agree(house: Orchestrator, meter: Meter) -> None:
    rows = await house.rows(tables.runs)
    told = meter.read()
    assert told["useful"] == pytest.approx(sum(row["seconds"] for row in rows), abs=0.01)
    assert told["wasted"] == pytest.approx(sum(row["wasted"] for row in rows), abs=0.01)
    await ledger_adds_up(house)


async def ledger_adds_up(house: Orchestrator) -> None:
    sources = Sources(house.database_url, FolderObjects(Path()))
    assert list(sums.ledger_adds_up(await asyncio.to_thread(invariants.read, sources))) == []


async def held_long(house: Orchestrator, hand: Hand) -> runs_pb2.Assignment:
    """A run that its worker claimed a while ago."""
    held = await hand.start((await house.create()).id)
    await let_pass(house, held.run_id)
    return held


async def let_pass(house: Orchestrator, run_id: str) -> None:
    runs = tables.runs
    await house.set(runs, runs.c.id == run_id, claimed_at=runs.c.claimed_at - HELD_S * 1000)


async def end(house: Orchestrator, run_id: str, *limits: str) -> None:
    """Has lease or deadline have ended some seconds after the claim, and the reconciler see it."""
    runs = tables.runs
    until = runs.c.claimed_at + LEASE_LEFT_S * 1000
    await house.set(runs, runs.c.id == run_id, **dict.fromkeys(limits, until))
    await house.reconciler.end_leases()


def is_about(seconds: float, wanted: float = HELD_S) -> bool:
    return wanted <= seconds <= wanted + SLACK_S


async def test_a_success_counts_what_was_reported_but_no_more_than_passed(
    house: Orchestrator, hand: Hand, meter: Meter
) -> None:
    longest = HELD_S + SLACK_S
    for reported, least, most in ((0.25, 0.25, 0.25), (999.0, HELD_S, longest), (-1.0, 0.0, 0.0), (math.nan, 0.0, 0.0)):
        held = await held_long(house, hand)
        assert await hand.succeed(held, seconds=reported) == TAKEN
        run = await house.run_row(held.run_id)
        assert least <= run["seconds"] <= most, reported
        assert run["wasted"] == 0
        for late in (await hand.succeed(held), await hand.fail(held), await hand.release(held)):
            assert late in (TAKEN, SETTLED)
        assert await house.run_row(held.run_id) == run
    await rows_and_meter_agree(house, meter)


async def fail(house: Orchestrator, hand: Hand, held: runs_pb2.Assignment) -> None:
    assert await hand.fail(held) == TAKEN


async def fail_for_now(house: Orchestrator, hand: Hand, held: runs_pb2.Assignment) -> None:
    assert await hand.fail(held, retryable=True) == TAKEN


async def release(house: Orchestrator, hand: Hand, held: runs_pb2.Assignment) -> None:
    assert await hand.release(held) == TAKEN


async def regenerate(house: Orchestrator, hand: Hand, held: runs_pb2.Assignment) -> None:
    await rpc.call(
        house.jobs.RegenerateAction, jobs_pb2.RegenerateActionRequest(owner="local", action_id=held.action_id)
    )


async def cancel(house: Orchestrator, hand: Hand, held: runs_pb2.Assignment) -> None:
    await rpc.call(house.jobs.CancelJob, jobs_pb2.CancelJobRequest(owner="local", job_id=held.job_id))


async def delete(house: Orchestrator, hand: Hand, held: runs_pb2.Assignment) -> None:
    await rpc.call(house.jobs.DeleteJob, jobs_pb2.DeleteJobRequest(owner="local", job_id=held.job_id))


async def test_an_attempt_that_comes_to_nothing_is_wasted_once(house: Orchestrator, hand: Hand, meter: Meter) -> None:
    for ending in (fail, fail_for_now, release, regenerate, cancel, delete):
        held = await held_long(house, hand)
        await ending(house, hand, held)
        run = await house.run_row(held.run_id)
        assert is_about(run["wasted"]), ending
        assert run["seconds"] == 0
        for late in (await hand.succeed(held), await hand.fail(held), await hand.release(held), await hand.beat(held)):
            assert late == SETTLED, ending
        await house.reconciler.end_leases()
        assert await house.run_row(held.run_id) == run, ending
    await rows_and_meter_agree(house, meter)


async def test_an_attempt_that_fell_silent_is_wasted_until_its_lease_or_deadline_ended(
    house: Orchestrator, hand: Hand, meter: Meter
) -> None:
    for limits in (("lease_until",), ("lease_until", "deadline_at")):
        held = await held_long(house, hand)
        await end(house, held.run_id, *limits)
        run = await house.run_row(held.run_id)
        assert (run["state"], run["wasted"]) == ("queued", LEASE_LEFT_S)
    await rows_and_meter_agree(house, meter)


async def test_each_attempt_adds_to_what_earlier_ones_wasted(house: Orchestrator, hand: Hand, meter: Meter) -> None:
    held = await held_long(house, hand)
    await end(house, held.run_id, "lease_until")
    again = await Hand(house, "other").take(held.run_id)
    for late in (await hand.succeed(held), await hand.fail(held), await hand.release(held)):
        assert late == HELD, "a fenced attempt adds nothing"
    assert (await house.run_row(held.run_id))["wasted"] == LEASE_LEFT_S
    await let_pass(house, held.run_id)
    await hand.release(again)
    last = await hand.take(held.run_id)
    await let_pass(house, held.run_id)
    await hand.succeed(last, seconds=4.0)
    run = await house.run_row(held.run_id)
    assert is_about(run["wasted"], LEASE_LEFT_S + HELD_S)
    assert run["seconds"] == 4.0
    await rows_and_meter_agree(house, meter)


async def test_a_slow_worker_that_finishes_after_all_has_no_second_counted_twice(
    house: Orchestrator, hand: Hand, meter: Meter
) -> None:
    for beats in (0, 1):
        held = await held_long(house, hand)
        await end(house, held.run_id, "lease_until")
        for _ in range(beats):
            assert await hand.beat(held) == CONTINUE
        await hand.succeed(held, seconds=999.0)
        run = await house.run_row(held.run_id)
        assert run["wasted"] == LEASE_LEFT_S
        assert is_about(run["seconds"] + run["wasted"])
    await rows_and_meter_agree(house, meter)


async def test_a_run_that_waits_wastes_nothing_when_it_is_superseded(
    house: Orchestrator, hand: Hand, meter: Meter
) -> None:
    held = await held_long(house, hand)
    await end(house, held.run_id, "lease_until")
    await let_pass(house, held.run_id)
    await cancel(house, hand, held)
    assert (await house.run_row(held.run_id))["wasted"] == LEASE_LEFT_S
    await rows_and_meter_agree(house, meter)


async def test_a_run_that_fails_for_good_keeps_what_all_its_attempts_wasted(
    house: Orchestrator, hand: Hand, meter: Meter
) -> None:
    held = await held_long(house, hand)
    await hand.fail(held, retryable=True)
    await house.set(tables.runs, tables.runs.c.id == held.run_id, not_before=0)
    again = await hand.take(held.run_id)
    await let_pass(house, held.run_id)
    await hand.fail(again)
    run = await house.run_row(held.run_id)
    assert run["state"] == "failed"
    assert is_about(run["wasted"], 2 * HELD_S)
    await rows_and_meter_agree(house, meter)


async def test_what_is_undone_is_not_counted(house: Orchestrator, hand: Hand, meter: Meter) -> None:
    held = await held_long(house, hand)
    row = await house.run_row(held.run_id)

    async def stumble(tx: Tx) -> Row:
        accounting.wasted(tx, row)
        raise errors.StaleVersion("Somebody was faster; look again.")

    with pytest.raises(errors.StaleVersion):
        await house.writer.apply(stumble)
    await hand.succeed(held)
    assert meter.read() == {"useful": 0.25, "wasted": 0.0}


async def test_runs_and_jobs_show_what_they_used_and_wasted(house: Orchestrator, hand: Hand) -> None:
    job = await house.create("joy", "cry")
    for run in await hand.queued(job.id):
        held = await hand.take(run["id"])
        await let_pass(house, held.run_id)
        await hand.release(held)
        held = await hand.take(run["id"])
        await let_pass(house, held.run_id)
        await hand.succeed(held, seconds=3.0)
    seen = await house.job(job.id)
    runs = [action.runs[0] for action in seen.actions]
    assert [run.seconds for run in runs] == [3.0, 3.0]
    assert all(is_about(run.wasted_seconds) for run in runs)
    assert seen.useful_seconds == 6.0
    assert seen.wasted_seconds == pytest.approx(sum(run.wasted_seconds for run in runs))


async def test_a_run_claimed_by_the_release_before_this_one_counts_what_is_reported(
    house: Orchestrator, hand: Hand, meter: Meter
) -> None:
    held = await hand.start((await house.create()).id)
    await house.set(tables.runs, tables.runs.c.id == held.run_id, claimed_at=None)
    await hand.beat(held)
    await hand.succeed(held, seconds=2.0)
    assert meter.read() == {"useful": 2.0, "wasted": 0.0}
