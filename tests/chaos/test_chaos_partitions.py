"""Fault 13: a worker is cut off while it computes. Another does its work, and what it says later changes nothing."""

import contextlib
import time
from collections.abc import Iterator

import pytest

from popcon.rest import JobState
from tests.chaos.spine_jobs import Spine
from tests.fixtures.invariants import read, stored
from tests.fixtures.proxy import Proxy, proxy
from tests.fixtures.stack import ACK_WAIT_S, Extra, eventually, wait_over


@contextlib.contextmanager
def worker_behind(spine: Spine, *cut: str, seconds: str) -> Iterator[tuple[Extra, list[Proxy]]]:
    """The only worker, whose runs take so many seconds, and the links that it has to `cut`."""
    addresses = spine.stack.addresses
    targets = {"POPCON_ORCHESTRATOR": addresses.grpc["orchestrator"], "POPCON_NATS_URL": addresses.nats}
    with contextlib.ExitStack() as links:
        between = {name: links.enter_context(proxy(int(targets[name].split(":")[1]))) for name in cut}
        env = {name: link.address for name, link in between.items()}
        if "POPCON_NATS_URL" in env:
            env["POPCON_NATS_URL"] = f"nats://{env['POPCON_NATS_URL']}"
        with spine.stack.down("noop"), spine.stack.another("noop", POPCON_NOOP_S=seconds, **env) as worker:
            yield worker, list(between.values())


def test_a_worker_cut_off_from_everything_is_replaced_and_fenced(spine: Spine) -> None:
    stack = spine.stack
    everything = ("POPCON_ORCHESTRATOR", "POPCON_NATS_URL")
    with stack.client() as client, worker_behind(spine, *everything, seconds="4") as (cut_off, links):
        job = spine.order(client)
        spine.until_running(job)
        for link in links:
            link.blackhole()
        with stack.another("noop", POPCON_NOOP_S="0"):
            (done,) = wait_over(client, [job])
            assert done.state is JobState.DONE
            assert [each.attempt for each in done.actions[0].runs] == [2, 1, 1, 1]
            files, rows = stored(stack.folder), read(stack.folder)
            for link in links:
                link.heal()
            eventually(lambda: "attempt ended" in cut_off.said(), "the one that was cut off gave up", 30.0)
            after = read(stack.folder)
    assert (after.runs, after.actions, after.events) == (rows.runs, rows.actions, rows.events)
    assert set(files.items()) <= set(stored(stack.folder).items())


@pytest.mark.full
def test_a_worker_cut_off_from_nats_alone_ends_what_it_holds(spine: Spine) -> None:
    """Its claim is the orchestrator's; the message comes again to somebody, who learns that nothing is left to do."""
    with spine.stack.client() as client, worker_behind(spine, "POPCON_NATS_URL", seconds="2") as (_, (link,)):
        job = spine.order(client)
        spine.until_running(job)
        link.blackhole()
        eventually(lambda: bool(spine.runs(job, "succeeded")), "its run has succeeded")
        assert [(run["attempt"], run["losses"]) for run in spine.runs(job, "succeeded")] == [(1, 0)]
        link.heal()
        (done,) = wait_over(client, [job], 90.0)
    assert done.state is JobState.DONE
    assert {run["attempt"] for run in spine.runs(done, "succeeded")} == {1}


@pytest.mark.full
def test_a_worker_cut_off_from_the_orchestrator_for_less_than_its_lease_goes_on(spine: Spine) -> None:
    with spine.stack.client() as client, worker_behind(spine, "POPCON_ORCHESTRATOR", seconds="3") as (_, (link,)):
        job = spine.order(client)
        spine.until_running(job)
        link.blackhole()
        time.sleep(0.1)  # what was on its way has arrived
        leases = [run["lease_until"] for run in spine.runs(job, "running")]
        time.sleep(ACK_WAIT_S / 2)
        assert leases == [run["lease_until"] for run in spine.runs(job, "running")], "no heartbeat comes through"
        link.heal()
        (done,) = wait_over(client, [job], 90.0)
    assert [each.attempt for each in done.actions[0].runs] == [1, 1, 1, 1]


@pytest.mark.full
def test_a_worker_cut_off_from_the_orchestrator_alone_is_replaced_and_fenced(spine: Spine) -> None:
    """It still hears NATS: it may be handed tasks that it cannot claim, and keeps none of them from the other."""
    stack = spine.stack
    with stack.client() as client, worker_behind(spine, "POPCON_ORCHESTRATOR", seconds="6") as (cut_off, (link,)):
        job = spine.order(client)
        spine.until_running(job)
        link.blackhole()
        with stack.another("noop", POPCON_NOOP_S="0"):
            (done,) = wait_over(client, [job])
            assert done.state is JobState.DONE
            assert [each.attempt for each in done.actions[0].runs] == [2, 1, 1, 1]
            files, rows = stored(stack.folder), read(stack.folder)
            link.heal()
            eventually(lambda: "attempt ended" in cut_off.said(), "the one that was cut off gave up", 30.0)
            after = read(stack.folder)
    assert (after.runs, after.actions, after.events) == (rows.runs, rows.actions, rows.events)
    assert set(files.items()) <= set(stored(stack.folder).items())
