"""The client that waits for its answers."""

import contextlib
import itertools
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TypeVar

import httpx

from popcon import errors, rest
from popcon.catalog import presets
from popcon.client import making
from popcon.client.calls import Calls
from popcon.client.endpoint import Sender
from popcon.client.parts import DeadLetterCalls, EditCalls, KeyCalls
from popcon.client.patience import RETRYABLE, Following, Patience
from popcon.client.request import Listing, Request
from popcon.client.transport import Download, Gateway, zip_request
from popcon.client.webhooks import WebhookCalls

T = TypeVar("T")


class Popcon(Calls, Sender):
    """A connection to a gateway; close it, or use it as a context manager. Not for several threads at once.

    `base_url` and `key`: where the gateway is and an API key, from `POPCON_URL` and `POPCON_KEY` where they are not
    given. `timeout`: seconds that one answer may take. `patience_s`: for how long a call is repeated when a gateway
    that has answered before is away or overloaded; one that never answered is told about at once, and so is one that
    says to come back later than that.
    """

    def __init__(
        self,
        base_url: str | None = None,
        timeout: float = 60.0,
        patience_s: float = 20.0,
        *,
        key: str | None = None,
    ) -> None:
        self._gateway = Gateway(base_url, timeout, patience_s, key)
        self._http = httpx.Client(**self._gateway.options)
        self.dead_letters = DeadLetters(self)
        self.edits = Edits(self)
        self.keys = Keys(self)
        self.webhooks = Webhooks(self)

    def __enter__(self) -> "Popcon":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the connection."""
        self._http.close()

    def send(self, request: Request[T]) -> T:
        """Sends what a call describes and reads its answer, trying again where that may help."""
        content = request.content() if request.content else None

        def attempt() -> T:
            with self._gateway.translated():
                response = self._http.request(**self._gateway.arguments(request, content))
            self._gateway.check(response)
            return request.read(response.content)

        return self._patiently(attempt)

    def pages(self, listing: Listing[T]) -> Iterator[T]:
        """The items of a list; pages are fetched as they are needed."""
        return itertools.islice(self._all(listing), listing.most)

    def _all(self, listing: Listing[T]) -> Iterator[T]:
        page = self.send(listing.first)
        yield from page.items
        while page.cursor is not None:
            page = self.send(listing.after(page.cursor))
            yield from page.items

    def events(self, job_id: str, after: int = 0, *, silence_s: float = 60.0) -> Generator[rest.Event, None, None]:
        """A job's events after a number, each once and in order, for as long as the caller listens.

        A lost connection is made again and goes on after the last event. Raises `Unavailable` when nothing at all,
        not even a heartbeat, was heard for `silence_s`, and `NotFound` when there is no such job or it was deleted.
        """
        following = Following(job_id, after, silence_s)
        while True:
            lost: errors.PopconError | None = None
            try:
                with self._stream(following.request(), following.quiet_s) as response:
                    for line in response.iter_lines():
                        event = following.read(line)
                        if event is not None:
                            yield event
                        following.awake()
            except RETRYABLE as error:
                lost = error
            time.sleep(following.pause_s(lost, has_answered=self._gateway.has_answered))

    def download(self, source: rest.Artifact | str, path: str | Path) -> Path:
        """Saves an artifact, or what is at a path of this server, whole or not at all.

        Raises `ArtifactDamaged` when the bytes are not those of its digest.
        """
        download = Download(source, path)

        def attempt() -> None:
            with self._stream(download.request) as response, download.part() as part:
                part.expect(response.headers)
                for piece in response.iter_bytes():
                    part.write(piece)

        self._patiently(attempt)
        return download.path

    def zip(self, job_id: str, target: str, path: str | Path) -> Path:
        """Saves the zip of a job's newest set. Raises `WrongState` while there is none."""
        return self.download(zip_request(job_id, target).path, path)

    def wait(self, job: rest.Job | str, on_progress: making.OnProgress | None = None) -> rest.Job:
        """Waits until a job is over, or until only a person can move it on; answers it as it is then.

        Raises `NotFound` when it is deleted, `Unavailable` when the gateway stays away.
        """
        watching = making.Watching(self.job(job) if isinstance(job, str) else job, on_progress)
        while not watching.is_done:
            with contextlib.closing(self.events(watching.job.id, watching.job.last_seq)) as events:
                next(event for event in events if watching.apply(event))
            watching.load(self.job(watching.job.id))
        return watching.job

    def make(
        self,
        picture: str | Path | bytes,
        actions: Sequence[str | rest.ActionSpec] = presets.DEFAULT_SET,
        *,
        targets: Sequence[str] = ("line-emoji",),
        takes: int = 1,
        seed: int = 0,
        name: str = "",
        lane: rest.Lane = rest.Lane.INTERACTIVE,
        on_progress: making.OnProgress | None = None,
    ) -> "Made":
        """Makes emoji of a picture and waits until they are there. `on_progress` hears how far they are.

        Raises why, where not one could be made.
        """
        uploaded = self.upload_picture(picture)
        job = self.create_job(uploaded.id, actions, targets=targets, takes=takes, seed=seed, name=name, lane=lane)
        return Made(self, making.checked(self.wait(job, on_progress)))

    @contextlib.contextmanager
    def _stream(self, request: Request[bytes], quiet_s: float | None = None) -> Iterator[httpx.Response]:
        arguments = self._gateway.stream_arguments(request, quiet_s)
        with self._gateway.translated(), self._http.stream(**arguments) as response:
            if response.is_error:
                response.read()
            self._gateway.check(response)
            yield response

    def _patiently(self, attempt: Callable[[], T]) -> T:
        patience = Patience(self._gateway.patience_s)
        while True:
            try:
                return attempt()
            except RETRYABLE as error:
                pause_s = patience.pause_s(error, has_answered=self._gateway.has_answered)
            time.sleep(pause_s)


@dataclass(frozen=True)
class Made:
    """Emoji that were made. `job`: the job as it ended."""

    client: Popcon
    job: rest.Job

    def save(self, folder: str | Path) -> list[Path]:
        """Saves each set as a folder and a zip named by its target; answers the files."""
        return [self.client.download(file, path) for file, path in making.plan(self.job.sets, folder)]


class _Part(Sender):
    """Calls that are sent by a client."""

    def __init__(self, client: Popcon) -> None:
        self._client = client

    def send(self, request: Request[T]) -> T:
        return self._client.send(request)

    def pages(self, listing: Listing[T]) -> Iterator[T]:
        return self._client.pages(listing)


class DeadLetters(DeadLetterCalls, _Part):
    """Runs that failed for good, as `Popcon.dead_letters`."""


class Edits(EditCalls, _Part):
    """Refine sessions, as `Popcon.edits`."""


class Keys(KeyCalls, _Part):
    """API keys, as `Popcon.keys`."""


class Webhooks(WebhookCalls, _Part):
    """Webhooks, as `Popcon.webhooks`."""
