"""The whole stack is stopped in the middle of a job, and started again on the same folder."""

import subprocess
import sys

from popcon.rest import JobState
from tests.chaos.spine_jobs import Spine, wait_over
from tests.fixtures.stack import ROOT


def test_a_stack_that_is_stopped_and_started_again_goes_on_where_it_was(spine: Spine) -> None:
    stack = spine.stack
    with stack.client() as client:
        job = spine.order(client, actions=6, name="half way")
        spine.until_running(job)
    stack.stop()
    stack.start()
    assert job.id in popcon("jobs", "--data", str(stack.folder.root))
    with stack.client() as client:
        (done,) = wait_over(client, [job])
        assert done.state is JobState.DONE
    (line,) = [line for line in popcon("jobs", "--data", str(stack.folder.root)).splitlines() if job.id in line]
    assert "half way" in line
    assert "6 of 6" in line


def popcon(*arguments: str) -> str:
    """What the command line prints."""
    command = [sys.executable, "-P", "-m", "popcon.cli", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60).stdout
