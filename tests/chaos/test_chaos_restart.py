"""The whole stack is stopped in the middle of a job, and started again on the same folder."""

from popcon.rest import JobState
from tests.chaos.spine_jobs import Spine
from tests.fixtures.stack import LiveStack, popcon, wait_over


def test_a_stack_that_is_stopped_and_started_again_goes_on_where_it_was(spine: Spine) -> None:
    stack = spine.stack
    with stack.client() as client:
        job = spine.order(client, actions=6, name="half way")
        spine.until_running(job)
    stack.stop()
    stack.start()
    assert job.id in listed(stack)
    with stack.client() as client:
        (done,) = wait_over(client, [job])
        assert done.state is JobState.DONE
    (line,) = [line for line in listed(stack).splitlines() if job.id in line]
    assert "half way" in line
    assert "6 of 6" in line


def listed(stack: LiveStack) -> str:
    """What `popcon jobs` prints."""
    return popcon("jobs", "--data", stack.folder.root).stdout
