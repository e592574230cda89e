"""The client whose answers are awaited. Runs on asyncio."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TypeVar

import httpx

from popcon import errors, rest
from popcon.catalog import presets
from popcon.client import making
from popcon.client.calls import Calls
from popcon.client.endpoint import AsyncSender
from popcon.client.parts import DeadLetterCalls, EditCalls, KeyCalls
from popcon.client.patience import RETRYABLE, Following, Patience
from popcon.client.request import Listing, Request
from popcon.client.transport import Download, Gateway, zip_request
from popcon.client.webhooks import WebhookCalls

T = TypeVar("T")


class AsyncPopcon(Calls, AsyncSender):
    """A connection to a gateway; close it, or use it with `async with`. Any number of tasks may use it.

    Its parameters are those of `Popcon`.
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
        self._http = httpx.AsyncClient(**self._gateway.options)
        self.dead_letters = AsyncDeadLetters(self)
        self.edits = AsyncEdits(self)
        self.keys = AsyncKeys(self)
        self.webhooks = AsyncWebhooks(self)

    async def __aenter__(self) -> "AsyncPopcon":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Ends the connection."""
        await self._http.aclose()

    async def send(self, request: Request[T]) -> T:
        """Sends what a call describes and reads its answer, trying again where that may help."""
        content = await asyncio.to_thread(request.content) if request.content else None

        async def attempt() -> T:
            with self._gateway.translated():
                response = await self._http.request(**self._gateway.arguments(request, content))
            self._gateway.check(response)
            return request.read(response.content)

        return await self._patiently(attempt)

    async def pages(self, listing: Listing[T]) -> AsyncIterator[T]:
        """The items of a list; pages are fetched as they are needed."""
        left = listing.most
        page = await self.send(listing.first)
        while True:
            for item in page.items[:left]:
                yield item
            left = None if left is None else left - len(page.items)
            if page.cursor is None or (left is not None and left <= 0):
                return
            page = await self.send(listing.after(page.cursor))

    async def events(self, job_id: str, after: int = 0, *, silence_s: float = 60.0) -> AsyncGenerator[rest.Event, None]:
        """A job's events after a number, each once and in order, for as long as the caller listens.

        A lost connection is made again and goes on after the last event. Raises `Unavailable` when nothing at all,
        not even a heartbeat, was heard for `silence_s`, and `NotFound` when there is no such job or it was deleted.
        """
        following = Following(job_id, after, silence_s)
        while True:
            lost: errors.PopconError | None = None
            try:
                async with self._stream(following.request(), following.quiet_s) as response:
                    async for line in response.aiter_lines():
                        event = following.read(line)
                        if event is not None:
                            yield event
                        following.awake()
            except RETRYABLE as error:
                lost = error
            await asyncio.sleep(following.pause_s(lost, has_answered=self._gateway.has_answered))

    async def download(self, source: rest.Artifact | str, path: str | Path) -> Path:
        """Saves an artifact, or what is at a path of this server, whole or not at all.

        Raises `ArtifactDamaged` when the bytes are not those of its digest.
        """
        download = Download(source, path)

        async def attempt() -> None:
            async with self._stream(download.request) as response:
                with download.part() as part:
                    part.expect(response.headers)
                    async for piece in response.aiter_bytes():
                        await asyncio.to_thread(part.write, piece)

        await self._patiently(attempt)
        return download.path

    async def zip(self, job_id: str, target: str, path: str | Path) -> Path:
        """Saves the zip of a job's newest set. Raises `WrongState` while there is none."""
        return await self.download(zip_request(job_id, target).path, path)

    async def wait(self, job: rest.Job | str, on_progress: making.OnProgress | None = None) -> rest.Job:
        """Waits until a job is over, or until only a person can move it on; answers it as it is then.

        Raises `NotFound` when it is deleted, `Unavailable` when the gateway stays away.
        """
        watching = making.Watching(await self.job(job) if isinstance(job, str) else job, on_progress)
        while not watching.is_done:
            async with contextlib.aclosing(self.events(watching.job.id, watching.job.last_seq)) as events:
                async for event in events:
                    if watching.apply(event):
                        break
            watching.load(await self.job(watching.job.id))
        return watching.job

    async def make(
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
    ) -> "AsyncMade":
        """Makes emoji of a picture and waits until they are there. `on_progress` hears how far they are.

        Raises why, where not one could be made.
        """
        uploaded = await self.upload_picture(picture)
        job = await self.create_job(uploaded.id, actions, targets=targets, takes=takes, seed=seed, name=name, lane=lane)
        return AsyncMade(self, making.checked(await self.wait(job, on_progress)))

    @contextlib.asynccontextmanager
    async def _stream(self, request: Request[bytes], quiet_s: float | None = None) -> AsyncIterator[httpx.Response]:
        arguments = self._gateway.stream_arguments(request, quiet_s)
        with self._gateway.translated():
            async with self._http.stream(**arguments) as response:
                if response.is_error:
                    await response.aread()
                self._gateway.check(response)
                yield response

    async def _patiently(self, attempt: Callable[[], Awaitable[T]]) -> T:
        patience = Patience(self._gateway.patience_s)
        while True:
            try:
                return await attempt()
            except RETRYABLE as error:
                pause_s = patience.pause_s(error, has_answered=self._gateway.has_answered)
            await asyncio.sleep(pause_s)


@dataclass(frozen=True)
class AsyncMade:
    """Emoji that were made. `job`: the job as it ended."""

    client: AsyncPopcon
    job: rest.Job

    async def save(self, folder: str | Path) -> list[Path]:
        """Saves each set as a folder and a zip named by its target; answers the files."""
        return [await self.client.download(file, path) for file, path in making.plan(self.job.sets, folder)]


class _Part(AsyncSender):
    """Calls that are sent by a client."""

    def __init__(self, client: AsyncPopcon) -> None:
        self._client = client

    async def send(self, request: Request[T]) -> T:
        return await self._client.send(request)

    def pages(self, listing: Listing[T]) -> AsyncIterator[T]:
        return self._client.pages(listing)


class AsyncDeadLetters(DeadLetterCalls, _Part):
    """Runs that failed for good, as `AsyncPopcon.dead_letters`."""


class AsyncEdits(EditCalls, _Part):
    """Refine sessions, as `AsyncPopcon.edits`."""


class AsyncKeys(KeyCalls, _Part):
    """API keys, as `AsyncPopcon.keys`."""


class AsyncWebhooks(WebhookCalls, _Part):
    """Webhooks, as `AsyncPopcon.webhooks`."""
