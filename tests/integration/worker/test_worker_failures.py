"""How an attempt can end badly: each way is reported once, and the run is tried again or not as the rules say."""

import contextlib
import threading
from pathlib import Path

import pytest

from popcon import errors
from popcon.v1 import jobs_pb2, runs_pb2
from popcon.worker import loop
from popcon.worker.claims import Claims
from popcon.worker.work import Work
from services.orchestrator import tables
from services.orchestrator.rules import retry
from tests.fixtures.nats import NatsServer
from tests.fixtures.orchestrator import orchestrator
from tests.fixtures.waiting import eventually
from tests.fixtures.work import Hand
from tests.fixtures.workshop import Gate, Killed, Toy, Workshop, beside, workshop


class DiesBeforeItReports(Claims):
    """Killed between manifest and `Complete`."""

    async def succeed(self, *_arguments: object) -> runs_pb2.Verdict:
        raise Killed


async def lose(shop: Workshop, job_id: str) -> None:
    """Lets the lease of the job's startframe run have run out."""
    runs = tables.runs
    await shop.house.set(runs, (runs.c.job_id == job_id) & (runs.c.state == "running"), lease_until=1)
    await shop.house.reconciler.end_leases()


async def tried(shop: Workshop, job_id: str, times: int) -> None:
    """Waits until so many attempts at the job's startframe run were reported as failures."""
    runs = tables.runs

    async def reported() -> bool:
        (run,) = await shop.house.rows(runs, runs.c.job_id == job_id)
        return bool(run["tries"] == times)

    await eventually(reported)


async def test_killed_before_the_manifest_the_next_attempt_does_the_work(shop: Workshop) -> None:
    async def die(work: Work) -> None:
        if work.assignment.attempt == 1:
            await work.put("half.png", b"half", "image/png")
            raise Killed

    job = await shop.house.create()
    async with shop.working(Toy(die)) as worker:
        await eventually(lambda: worker.handler.attempts == [1])
        await lose(shop, job.id)
        run = await shop.run(job.id, "succeeded")
    assert worker.handler.attempts == [1, 2]
    assert run["manifest"]["key"].endswith("/2/manifest.json")
    assert [output["name"] for output in run["outputs"]] == ["made.png"]


async def test_killed_between_manifest_and_report_the_next_attempt_adopts_the_manifest(shop: Workshop) -> None:
    await shop.quick_redelivery()
    job = await shop.house.create()
    async with shop.working(Toy(), claims=DiesBeforeItReports) as dying:
        held = await shop.run(job.id, "running")
        key = f"owners/local/jobs/{job.id}/{held['action_id']}/startframe/1/1/manifest.json"

        async def written() -> bool:
            return await shop.store.stat(key) is not None

        await eventually(written)
    await lose(shop, job.id)
    async with shop.working(Toy()) as worker:
        run = await shop.run(job.id, "succeeded")
    assert (dying.handler.attempts, worker.handler.attempts) == ([1], []), "the work was done twice"
    assert (run["attempt"], run["manifest"]["key"]) == (2, key)
    assert [output["key"] for output in run["outputs"]] == [key.replace("manifest.json", "made.png")]


async def test_an_earlier_manifest_that_is_damaged_is_not_adopted(shop: Workshop, tmp_path: Path) -> None:
    job = await shop.house.create()
    key = ""
    async with shop.working(Toy(), claims=DiesBeforeItReports):
        held = await shop.run(job.id, "running")
        key = f"owners/local/jobs/{job.id}/{held['action_id']}/startframe/1/1/manifest.json"

        async def written() -> bool:
            return await shop.store.stat(key) is not None

        await eventually(written)
    (tmp_path / "artifacts" / f"{key}@" / "manifest.json").write_bytes(b'{"version": 1')
    await lose(shop, job.id)
    async with shop.working(Toy()) as worker:
        run = await shop.run(job.id, "succeeded")
    assert worker.handler.attempts == [2]
    assert run["manifest"]["key"].endswith("/2/manifest.json")


async def test_killed_between_report_and_acknowledgement_the_task_is_acknowledged_without_work(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    died = 0

    async def die(*_arguments: object) -> None:
        nonlocal died
        died += 1
        raise Killed

    await shop.quick_redelivery()
    job = await shop.house.create()
    with monkeypatch.context() as patched:
        patched.setattr(loop, "_settle", die)
        async with shop.working(Toy()) as dying:
            await shop.run(job.id, "succeeded")
            await eventually(lambda: died)
    async with shop.working(Toy()) as worker:
        await shop.nothing_pending()
    assert (dying.handler.attempts, worker.handler.attempts) == ([1], [])
    assert (await shop.run(job.id, "succeeded"))["attempt"] == 1


@pytest.mark.parametrize(
    ("raised", "code"),
    [
        (ValueError("a bug"), "internal"),
        (errors.Stopped("By itself."), "stopped"),
        (TimeoutError(), "deadline_passed"),
    ],
)
async def test_what_may_pass_is_tried_three_times(shop: Workshop, raised: Exception, code: str) -> None:
    async def fail(_work: Work) -> None:
        raise raised

    job = await shop.house.create()
    async with shop.working(Toy(fail)) as worker:
        for attempt in range(1, retry.ERRORS_MAX + 1):
            await tried(shop, job.id, attempt)
            await shop.be_due(job.id)
        run = await shop.run(job.id, "failed")
        await shop.nothing_pending()
    assert (worker.handler.attempts, run["failure"]["code"]) == ([1, 2, 3], code)
    assert "a bug" not in run["failure"]["message"]
    (action,) = (await shop.house.job(job.id)).actions
    assert (action.state, action.failure.code) == (jobs_pb2.ACTION_STATE_FAILED, code)


async def test_what_cannot_pass_fails_at_once(shop: Workshop) -> None:
    async def fail(_work: Work) -> None:
        raise errors.PictureBlank("There is nothing on it: send another.")

    job = await shop.house.create()
    async with shop.working(Toy(fail)) as worker:
        run = await shop.run(job.id, "failed")
        await shop.nothing_pending()
    assert run["failure"] == {
        "code": "picture_blank", "message": "There is nothing on it: send another.", "retryable": False,
    }  # fmt: skip
    assert worker.handler.attempts == [1]


async def test_past_its_deadline_work_is_stopped_and_tried_again(tmp_path: Path, nats_server: NatsServer) -> None:
    async with workshop(tmp_path, nats_server, deadline_s=0.5) as shop:
        gate = Gate()

        async def first_hangs(work: Work) -> None:
            if work.assignment.attempt == 1:
                await gate.wait(work)

        job = await shop.house.create()
        async with shop.working(Toy(first_hangs)) as worker:
            await tried(shop, job.id, 1)
            await shop.be_due(job.id)
            run = await shop.run(job.id, "succeeded")
        assert worker.handler.seen[0].stopping()
    assert (run["tries"], run["losses"], worker.handler.attempts) == (1, 0, [1, 2])


async def test_a_slot_stays_taken_until_its_thread_has_ended(tmp_path: Path, nats_server: NatsServer) -> None:
    async with workshop(tmp_path, nats_server, deadline_s=0.3) as shop:
        release, running = threading.Event(), 0
        most = 0

        def compute(first: bool) -> None:
            nonlocal running, most
            running += 1
            most = max(most, running)
            if first:
                release.wait(10)  # deaf to the deadline
            running -= 1

        async def deed(work: Work) -> None:
            await work.compute(compute, work.assignment.attempt == 1)

        job = await shop.house.create()
        async with shop.working(Toy(deed)) as worker:
            await tried(shop, job.id, 1)
            await shop.be_due(job.id)
            await eventually(lambda: shop.pending())
            assert worker.handler.attempts == [1]
            release.set()
            await shop.run(job.id, "succeeded")
    assert (most, worker.handler.attempts) == (1, [1, 2])


async def test_a_worker_that_lost_its_run_changes_nothing_and_leaves_the_task_alone(
    tmp_path: Path, nats_server: NatsServer
) -> None:
    async with workshop(tmp_path, nats_server, lease_s=60) as shop:
        gate = Gate()
        job = await shop.house.create()
        async with shop.working(Toy(gate.wait)) as worker:
            await eventually(lambda: gate.reached == 1)
            await lose(shop, job.id)
            await shop.run(job.id, "queued")
            other = Hand(shop.house, "other")
            held = await other.take((await shop.run(job.id, "queued"))["id"])
            gate.open()
            await worker.stopped()
            assert (await shop.run(job.id, "running"))["attempt"] == 2
            assert await shop.pending() > 0, "it took away the task of the run's holder"
            await other.succeed(held)
    assert worker.handler.attempts == [1]
    async with orchestrator(tmp_path) as after:
        (action,) = (await after.job(job.id)).actions
        assert action.runs[0].manifest.key.endswith("/2/manifest.json")


async def test_a_report_waits_for_an_orchestrator_that_restarts(tmp_path: Path, nats_server: NatsServer) -> None:
    gate = Gate()
    async with contextlib.AsyncExitStack() as before:
        house = await before.enter_async_context(orchestrator(tmp_path, nats_server.url))
        async with beside(house, tmp_path, nats_server) as shop, shop.working(Toy(gate.wait)) as worker:
            job = await house.create()
            await eventually(lambda: gate.reached == 1)
            await before.aclose()
            gate.open()
            async with orchestrator(tmp_path, nats_server.url, listen=house.address) as shop.house:
                run = await shop.run(job.id, "succeeded")
                await shop.nothing_pending()
    assert (run["attempt"], run["losses"], worker.handler.attempts) == (1, 0, [1])


async def test_a_heartbeat_that_is_refused_is_not_the_last(tmp_path: Path, nats_server: NatsServer) -> None:
    refused = 0

    class Refused(Claims):
        async def heartbeat(self, held: runs_pb2.Assignment, fraction: float) -> runs_pb2.Verdict:
            nonlocal refused
            refused += 1
            if refused <= 2:
                raise errors.Overloaded("The orchestrator has more changes waiting than it takes; try again.")
            return await super().heartbeat(held, fraction)

    async with workshop(tmp_path, nats_server, lease_s=0.8) as shop:
        gate = Gate()
        job = await shop.house.create()
        async with shop.working(Toy(gate.wait), claims=Refused) as worker:
            first = await shop.run(job.id, "running")

            async def extended() -> bool:
                return (await shop.run(job.id, "running"))["lease_until"] > first["lease_until"]

            await eventually(extended)
            gate.open()
            await shop.run(job.id, "succeeded")
            await shop.nothing_pending()
    assert worker.handler.attempts == [1]


async def test_while_no_orchestrator_answers_a_task_is_given_back(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Away(Claims):
        calls = 0

        async def claim(self, run_id: str, worker: str) -> runs_pb2.ClaimResponse:
            Away.calls += 1
            if Away.calls == 1:
                raise errors.Unavailable("A service does not answer.")
            return await super().claim(run_id, worker)

    job = await shop.house.create()
    async with shop.working(Toy(), claims=Away):
        await shop.run(job.id, "succeeded")
    assert Away.calls == 2
