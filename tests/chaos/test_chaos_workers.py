"""Workers that fall silent, come back too late, or are told to go: the fence holds and nothing is done twice."""

import signal
import time
from typing import Any

import grpc
import pytest

from popcon.rest import ActionState, Job, JobState
from popcon.v1 import common_pb2, runs_pb2
from tests.chaos.spine_jobs import Spine, waits_s
from tests.fixtures.invariants import read, stored
from tests.fixtures.stack import ACK_WAIT_S, Extra, eventually, wait_over

TAKEN_S = 5.0
FREED_S = 5.0


def test_a_worker_suspended_past_its_lease_changes_nothing_when_it_goes_on(spine: Spine) -> None:
    """Fault 3."""
    stack = spine.stack
    with stack.client() as client, stack.down("noop"), stack.another("noop", POPCON_NOOP_S="3") as first:
        job = spine.order(client)
        run = spine.until_running(job)
        first.send(signal.SIGSTOP)
        with stack.another("noop", POPCON_NOOP_S="0"):
            (done,) = wait_over(client, [job])
            assert done.state is JobState.DONE
            assert [each.attempt for each in done.actions[0].runs] == [2, 1, 1, 1]
            files, rows = stored(stack.folder), read(stack.folder)
            first.send(signal.SIGCONT)
            eventually(lambda: "attempt ended" in first.said(), "the first worker gave up")
            say_all_that_a_worker_may_say(spine, run["id"], attempt=1)
            after = read(stack.folder)
    assert (after.runs, after.actions, after.events) == (rows.runs, rows.actions, rows.events)
    assert stored(stack.folder) == files


def say_all_that_a_worker_may_say(spine: Spine, run_id: str, attempt: int) -> None:
    """As a worker would that learnt nothing in between."""
    success = runs_pb2.Success(manifest=common_pb2.Artifact(key="not/yours"), takes=1, backend="noop")
    failure = common_pb2.Error(code="internal", message="it broke", retryable=True)
    about: dict[str, Any] = {"run_id": run_id, "attempt": attempt}
    with grpc.insecure_channel(spine.stack.addresses.grpc["orchestrator"]) as channel:
        calls = spine.run_service(channel)
        verdicts = {
            calls.Heartbeat(runs_pb2.HeartbeatRequest(**about, progress=0.9)).verdict,
            calls.Complete(runs_pb2.CompleteRequest(**about, success=success)).verdict,
            calls.Complete(runs_pb2.CompleteRequest(**about, failure=failure)).verdict,
            calls.Release(runs_pb2.ReleaseRequest(**about)).verdict,
        }
    assert verdicts == {runs_pb2.VERDICT_SETTLED}


@pytest.mark.parametrize(("noop_s", "grace_s", "attempts"), [("60", "0.3", 2), ("1", "10", 1)])
def test_sigterm_hands_the_run_back_or_finishes_it(spine: Spine, noop_s: str, grace_s: str, attempts: int) -> None:
    """Fault 12: also when the work takes longer than the grace."""
    stack = spine.stack
    with stack.client() as client:
        with stack.down("noop"), stack.another("noop", POPCON_NOOP_S=noop_s, POPCON_GRACE_S=grace_s) as worker:
            job = spine.order(client)
            run = spine.until_running(job)
            assert ends_within(worker, 5.0) == 0
            left = spine.runs(job, "queued" if attempts == 2 else "succeeded")[0]
        (done,) = wait_over(client, [job])
    assert done.state is JobState.DONE
    assert (left["id"], left["losses"], left["tries"]) == (run["id"], 0, 0)
    assert done.actions[0].runs[0].attempt == attempts
    assert_no_lease_was_lost(spine, done)
    assert max(waits_s(spine.story(done), "run.released"), default=0.0) <= TAKEN_S


@pytest.mark.full
def test_a_suspended_worker_hides_no_holder_that_died(spine: Spine) -> None:
    """Fault 3, with the second holder killed while the first, long since fenced, goes on."""
    stack = spine.stack
    with stack.client() as client, stack.down("noop"), stack.another("noop", POPCON_NOOP_S="30") as first:
        job = spine.order(client)
        run = spine.until_running(job)
        first.send(signal.SIGSTOP)
        time.sleep(3 * ACK_WAIT_S)
        with stack.another("noop", POPCON_NOOP_S="30") as second:
            eventually(lambda: [each["attempt"] for each in spine.runs(job, "running")] == [2], "the second holds it")
            first.send(signal.SIGCONT)
            eventually(lambda: '"end": "held"' in first.said(), "the first learnt it and left the task alone")
            first.send(signal.SIGKILL)  # it would take tasks again
            second.send(signal.SIGKILL)
            died = time.time()
        with stack.another("noop", POPCON_NOOP_S="0"):
            (done,) = wait_over(client, [job])
    assert done.state is JobState.DONE
    (third,) = [each["at"] for each in spine.story(job) if each["run"] and each["data"].get("attempt") == 3]
    assert third / 1000 - died <= ACK_WAIT_S + 5
    assert spine.manifests(done)["startframe"] == [3]
    assert run["id"] == spine.runs(job, "succeeded")[0]["id"]


def test_an_action_that_is_cancelled_frees_its_worker_for_the_next(spine: Spine) -> None:
    """Fault 6: the work stops in the middle."""
    stack = spine.stack
    with stack.client() as client, stack.down("noop"), stack.another("noop", POPCON_NOOP_S="60"):
        first, second = (spine.order(client) for _ in range(2))
        spine.until_running(first)
        assert client.cancel(client.job(first.id).actions[0]).state is ActionState.CANCELLED
        cancelled = time.monotonic()
        spine.until_running(second)
        assert time.monotonic() - cancelled <= FREED_S
        client.cancel(client.job(second.id).actions[0])
    assert spine.runs(first, "superseded")[0]["wasted"] > 0


def ends_within(worker: Extra, seconds: float) -> int:
    worker.send(signal.SIGTERM)
    return worker.process.wait(seconds)


def assert_no_lease_was_lost(spine: Spine, job: Job) -> None:
    assert not [run for run in spine.runs(job, "succeeded") if run["losses"]]
