"""For how long a call is repeated, and with what pauses. Decides only; the clients send and sleep."""

import random
import time

from popcon import errors
from popcon.client.request import Request
from popcon.rest import Event, EventLines

RETRYABLE = (errors.Overloaded, errors.Unavailable, errors.DeadlinePassed, errors.InProgress)
_BACKOFF_S = (0.2, 2.0)
_QUIET_S = 40.0
"""A stream that is silent for this long is given up and asked for again: heartbeats come every 15 s."""


class Backoff:
    """Pauses that double, each shortened by chance: many who are told the same do not all come back at once."""

    def __init__(self) -> None:
        self.next_s = _BACKOFF_S[0]

    def pause_s(self, told_s: float = 0.0) -> float:
        """Seconds until the next try, at least those that the server told."""
        pause_s = told_s + self.next_s * random.uniform(0.5, 1.0)  # noqa: S311 - jitter
        self.next_s = min(self.next_s * 2, _BACKOFF_S[1])
        return pause_s


class Patience:
    """The tries of one call. Every call may be repeated: it reads, or names a version or an idempotency key."""

    def __init__(self, patience_s: float) -> None:
        self._began = time.monotonic()
        self._patience_s = patience_s
        self._backoff = Backoff()

    def pause_s(self, error: errors.PopconError, *, has_answered: bool) -> float:
        """Seconds until the next try. Raises `error` when there is none: a gateway that never answered is told of at
        once, and so is one that says to come back later than patience lasts."""
        patience_s = self._patience_s if has_answered else 0.0
        if time.monotonic() + max(self._backoff.next_s, error.retry_after_s) > self._began + patience_s:
            raise error
        return self._backoff.pause_s(error.retry_after_s)


class Following:
    """Where a reader of a job's events is, over any number of connections."""

    def __init__(self, job_id: str, after: int, silence_s: float) -> None:
        self.quiet_s = min(silence_s, _QUIET_S)
        self._job_id = job_id
        self._after = after
        self._silence_s = silence_s
        self._lines = EventLines()
        self.awake()

    def request(self) -> Request[bytes]:
        """Asks for what comes after the last event."""
        self._lines = EventLines()
        headers = {"Last-Event-ID": str(self._after)}
        return Request("GET /v1/jobs/{job}/events", bytes, {"job": self._job_id}, headers=headers)

    def read(self, line: str) -> Event | None:
        """The event that a line ends, if it does."""
        event = self._lines.read(line)
        self._after = (event and event.seq) or self._after
        return event

    def awake(self) -> None:
        """Something was heard, and the caller is done with it."""
        self._heard = time.monotonic()
        self._backoff = Backoff()

    def pause_s(self, error: errors.PopconError | None, *, has_answered: bool) -> float:
        """Seconds until the connection is made again. Raises `error` after too long a silence."""
        if not has_answered or time.monotonic() - self._heard > self._silence_s:
            raise error or errors.Unavailable("The events of the job end at once; try again in a moment.")
        return self._backoff.pause_s(error.retry_after_s if error else 0)
