"""Fault 25: clocks are set while work goes on, and processes that go by them are suspended."""

import signal
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from popcon.rest import JobState
from tests.chaos.spine_jobs import Spine, states
from tests.fixtures import stack as stacks
from tests.fixtures.invariants import breaches, read
from tests.fixtures.stack import ACK_WAIT_S, Extra, LiveStack, eventually, wait_over

TEN_MINUTES_S = 600
OF_TIME = ("order of time", " wasted ")
"""What may be said of a job during which the clock was set back: that its events were, too."""


class Clock:
    """The time of some processes: a library of Debian's sets it, and lets monotonic clocks be."""

    def __init__(self, file: Path) -> None:
        (library,) = Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")
        self._file = file
        self.be_off(0)
        self.env: Mapping[str, str] = {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(file),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }

    def be_off(self, seconds: int) -> None:
        """From now on it is so many seconds ahead."""
        new = self._file.with_suffix(".new")
        new.write_text(f"{seconds:+d}\n")
        new.rename(self._file)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[LiveStack]:
    """A spine of its own: a history in which time went back would not do in the shared one."""
    with stacks.spine(tmp_path / "data") as stack:
        yield stack


@pytest.mark.full
@pytest.mark.parametrize("leap_s", [TEN_MINUTES_S, -TEN_MINUTES_S])
def test_a_clock_that_is_set_ends_no_lease_and_makes_none_immortal(
    scene: LiveStack, tmp_path: Path, leap_s: int
) -> None:
    spine, clock = Spine(scene), Clock(tmp_path / "clock")
    where = {"POPCON_GRPC_LISTEN": scene.addresses.grpc["orchestrator"]}
    assert spine.picture
    with (
        scene.client(patience_s=30) as client,
        scene.down("orchestrator"),
        scene.another("orchestrator", **where, **clock.env) as rules,
        scene.down("noop"),
    ):
        with scene.another("noop", POPCON_NOOP_S="3", **clock.env) as worker:
            job = spine.order(client)
            first = spine.until_running(job)
            clock.be_off(leap_s)
            eventually(lambda: "the clock was set" in rules.said(), "the leap is seen")
            eventually(lambda: bool(spine.runs(job, "succeeded")), "the first run ends")
            ended = spine.runs(job, "succeeded")[0]
            assert (ended["id"], ended["attempt"], ended["losses"]) == (first["id"], 1, 0)
            spine.until_running(job)
            clock.be_off(-leap_s)
            die(worker)
            died = time.monotonic()
        with scene.another("noop", **clock.env):
            eventually(lambda: any(run["attempt"] == 2 for run in spine.runs(job, "running")), "it is held again")
            assert time.monotonic() - died <= 2 * ACK_WAIT_S + 5  # a lease to be heard again, and a lease
            assert states(wait_over(client, [job])) == [JobState.DONE]
    assert [breach for breach in breaches(read(scene.folder)) if not any(word in breach for word in OF_TIME)] == []


def die(worker: Extra) -> None:
    worker.send(signal.SIGKILL)
    worker.process.wait()


@pytest.mark.full
def test_an_orchestrator_that_was_suspended_ends_no_lease_of_workers_that_it_could_not_hear(spine: Spine) -> None:
    stack = spine.stack
    with stack.client(patience_s=30) as client:
        with stack.down("noop"), stack.another("noop", POPCON_NOOP_S="10"):
            job = spine.order(client)
            spine.until_running(job)
            stack.kill("orchestrator", signal.SIGSTOP)
            time.sleep(3 * ACK_WAIT_S)
            stack.kill("orchestrator", signal.SIGCONT)
            eventually(lambda: bool(spine.runs(job, "succeeded")), "the first run ends")
        assert states(wait_over(client, [job])) == [JobState.DONE]
    first, *_ = spine.runs(job, "succeeded")
    assert (first["attempt"], first["losses"]) == (1, 0)
