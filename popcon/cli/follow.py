"""Follows a job to its end: its events move the display, and a person is asked where one is awaited."""

from collections.abc import Callable, Iterator

from popcon.cli.display import Display
from popcon.client import Popcon
from popcon.client.tracker import Tracker, is_over
from popcon.rest import Event, Job

Attend = Callable[[Job], bool]
"""Sees to the actions that await a person; False where that cannot be done and nothing else goes on."""


def follow(client: Popcon, job: Job, display: Display, attend: Attend) -> Job:
    """Shows a job until it is over, or until it waits for a person who does not answer. Returns it as it is then.

    Outlives restarts of popcon. Raises `NotFound` when the job is deleted, `Unavailable` when popcon stays away.
    """
    tracker = Tracker(job)
    try:
        while True:
            display.show(tracker.rows)
            if is_over(job) or not attend(job):
                return job
            _until_it_matters(client.events(job.id, job.last_seq), tracker, display)
            job = client.job(job.id)
            tracker.load(job)
    finally:
        display.pause()


def _until_it_matters(events: Iterator[Event], tracker: Tracker, display: Display) -> None:
    """Shows events until one says something that only the job itself can tell more about."""
    for event in events:
        if tracker.apply(event):
            return
        display.show(tracker.rows)
