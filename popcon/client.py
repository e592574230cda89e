"""The REST client: what a program, and the command line, use to talk to a stack.

    with Popcon() as popcon:
        picture = popcon.upload_picture("cat.png")
        job = popcon.create_job(picture.id, ["wave", "cry"])
        for event in popcon.events(job.id):
            ...
        popcon.zip(job.id, "line-emoji", "emoji.zip")

Problems are raised as the errors of `popcon.errors`, by their code.
"""

import contextlib
import hashlib
import itertools
import random
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx

from popcon import errors, rest
from popcon.catalog import limits
from popcon.dead_letters import DeadLetters

DEFAULT_URL = "http://127.0.0.1:8400"
_QUIET_S = 40.0
"""A stream that is silent for this long is given up and asked for again: heartbeats come every 15 s."""
_BACKOFF_S = (0.2, 2.0)
_RETRYABLE = (errors.Overloaded, errors.Unavailable, errors.DeadlinePassed, errors.InProgress)


T = TypeVar("T")


class Popcon:
    """A connection to a gateway; close it, or use it as a context manager. Not for several threads at once.

    `key`: an API key, where the gateway wants one. `timeout`: seconds that one answer may take. `patience_s`: for how
    long a call that may be repeated is, when a gateway that has answered before is away or overloaded; one that never
    answered is told about at once, and so is an overload that says to come back later than that.
    """

    def __init__(
        self, base_url: str = DEFAULT_URL, timeout: float = 60.0, patience_s: float = 20.0, *, key: str = ""
    ) -> None:
        # A proxy of the environment is for the world outside, never for this machine.
        is_here = urlsplit(base_url).hostname in ("127.0.0.1", "localhost", "::1")
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._http = httpx.Client(base_url=base_url, timeout=timeout, trust_env=not is_here, headers=headers)
        self._timeout = timeout
        self._patience_s = patience_s
        self._has_answered = False
        self.dead_letters = DeadLetters(self._json)

    def __enter__(self) -> "Popcon":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def upload_picture(self, picture: str | Path | bytes) -> rest.Picture:
        """Uploads a file or bytes; the same bytes again answer the same picture."""
        data = picture if isinstance(picture, bytes) else _read(Path(picture))
        headers = {"Content-Type": "application/octet-stream"}
        return rest.Picture.model_validate(self._json("POST", "/v1/pictures", content=data, headers=headers))

    def create_job(
        self,
        picture_id: str,
        actions: Sequence[str | rest.ActionSpec],
        *,
        review: bool = False,
        refine: bool = False,
        takes: int = 1,
        targets: Sequence[str] = ("line-emoji",),
        seed: int = 0,
        name: str = "",
        lane: rest.Lane = rest.Lane.BATCH,
        idempotency_key: str = "",
    ) -> rest.Job:
        """Makes a job; an action is a preset id or a spec. The same key with the same job answers the first one."""
        body = {
            "picture_id": picture_id,
            "actions": [{"preset": item} if isinstance(item, str) else item.model_dump() for item in actions],
            "options": {
                "review": review,
                "refine": refine,
                "takes": takes,
                "targets": list(targets),
                "seed": seed,
                "lane": lane,
            },
            "name": name,
        }
        headers = {"Idempotency-Key": idempotency_key or uuid.uuid4().hex}
        return rest.Job.model_validate(self._json("POST", "/v1/jobs", json=body, headers=headers))

    def job(self, job_id: str) -> rest.Job:
        """A job with its actions, runs and sets."""
        return rest.Job.model_validate(self._json("GET", f"/v1/jobs/{job_id}"))

    def run(self, run_id: str) -> rest.Run:
        """A run with all its files."""
        return rest.Run.model_validate(self._json("GET", f"/v1/runs/{run_id}"))

    def jobs(
        self,
        *,
        state: Iterable[rest.JobState] = (),
        search: str = "",
        deleted: bool = False,
        limit: int | None = None,
    ) -> Iterator[rest.JobSummary]:
        """Jobs, newest first, at most `limit` of them; pages are fetched as they are needed."""
        asked = {"state": list(state), "search": search, "deleted": deleted}
        pages = rest.pages(self._json, "/v1/jobs", asked, rest.JobPage)
        return itertools.islice((job for page in pages for job in page.jobs), limit)

    def approve_job(self, job_id: str) -> rest.Job:
        """Approves every action that awaits review."""
        return self._change_job(job_id, "approve")

    def resume_job(self, job_id: str, stage: rest.ActionStage | None = None) -> rest.Job:
        """Restarts every action that can be, from a stage, or where each stopped."""
        return self._change_job(job_id, "resume", headers={"Idempotency-Key": uuid.uuid4().hex}, stage=stage)

    def cancel_job(self, job_id: str) -> rest.Job:
        """Stops every action that is not finished."""
        return self._change_job(job_id, "cancel")

    def delete_job(self, job_id: str) -> rest.Deleted:
        """Hides a job and stops its work; it can be undone for 24 hours."""
        return rest.Deleted.model_validate(self._json("DELETE", f"/v1/jobs/{job_id}"))

    def undelete_job(self, job_id: str) -> rest.Job:
        """Brings a deleted job back."""
        return self._change_job(job_id, "undelete")

    def approve(self, action: rest.Action, *, run: int = 0, take: int = 0) -> rest.Action:
        """Accepts a take of the start frames as they were seen in `action`. Raises `StaleVersion` when it moved on."""
        return self._change(action, "approve", run=run, take=take)

    def regenerate(self, action: rest.Action, words: rest.NewWords | None = None) -> rest.Action:
        """Asks for new start frames, with new words or the old ones."""
        return self._change(action, "regenerate", direction=words.model_dump() if words else None)

    def select(self, action: rest.Action, choice: rest.Choice) -> rest.Action:
        """Brings an earlier run or take back."""
        return self._change(action, "select", selection=choice.model_dump())

    def resume(self, action: rest.Action, stage: rest.ActionStage | None = None) -> rest.Action:
        """Restarts an action from a stage, or where it stopped."""
        return self._change(action, "resume", stage=stage)

    def skip(self, action: rest.Action) -> rest.Action:
        """Leaves the refine gate without an edit."""
        return self._change(action, "skip")

    def cancel(self, action: rest.Action) -> rest.Action:
        """Stops an action."""
        return self._change(action, "cancel")

    def presets(self) -> list[rest.Preset]:
        """Every preset."""
        return rest.PresetList.model_validate(self._json("GET", "/v1/presets")).presets

    def targets(self) -> list[rest.TargetInfo]:
        """Every target."""
        return rest.TargetList.model_validate(self._json("GET", "/v1/targets")).targets

    def usage(self, since: date | None = None, until: date | None = None) -> rest.Usage:
        """What the key's owner used on some days (UTC), and has now; the last 30 days by default, at most 400."""
        asked = {name: f"{day}" for name, day in (("from", since), ("to", until)) if day}
        return rest.Usage.model_validate(self._json("GET", "/v1/usage", params=asked))

    def events(self, job_id: str, after: int = 0, *, silence_s: float = 60.0) -> Iterator[rest.Event]:
        """A job's events after a number, each once and in order, for as long as the caller listens.

        A lost connection is made again and goes on after the last event. Raises `Unavailable` when nothing at all,
        not even a heartbeat, was heard for `silence_s`, and `NotFound` when there is no such job or it was deleted.
        """
        heard = time.monotonic()
        delay = _BACKOFF_S[0]
        while True:
            lost: errors.PopconError = errors.Unavailable("The events of the job end at once; try again in a moment.")
            try:
                for event in self._listen(job_id, after, min(silence_s, _QUIET_S)):
                    if event is not None:
                        after = event.seq or after
                        yield event
                    heard, delay = time.monotonic(), _BACKOFF_S[0]
            except _RETRYABLE as error:
                lost = error
            if not self._has_answered or time.monotonic() - heard > silence_s:
                raise lost
            time.sleep(delay)
            delay = min(delay * 2, _BACKOFF_S[1])

    def _listen(self, job_id: str, after: int, quiet_s: float) -> Iterator[rest.Event | None]:
        headers = {"Last-Event-ID": str(after)}
        timeout = httpx.Timeout(self._timeout, read=quiet_s)
        with self._stream(f"/v1/jobs/{job_id}/events", headers=headers, timeout=timeout) as response:
            yield from rest.parse_events(response.iter_lines())

    def download(self, source: rest.Artifact | str, path: str | Path) -> Path:
        """Saves an artifact, or what is at a URL of this server, whole or not at all.

        Raises `ArtifactDamaged` when the bytes are not those of its digest.
        """
        url, digest = (source, "") if isinstance(source, str) else (source.url, source.sha256)
        target = Path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f"{target.name}.part")
        try:
            self._patiently(lambda: self._fetch(url, digest, part))
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
        return target

    def zip(self, job_id: str, target: str, path: str | Path) -> Path:
        """Saves the zip of a job's newest set. Raises `WrongState` while there is none."""
        return self.download(f"/v1/jobs/{job_id}/sets/{target}/zip", path)

    def _fetch(self, url: str, digest: str, path: Path) -> None:
        with self._stream(url) as response, path.open("wb") as file:
            found = hashlib.sha256()
            for chunk in response.iter_bytes():
                found.update(chunk)
                file.write(chunk)
        wanted = digest or response.headers.get("ETag", "").strip('"')
        if found.hexdigest() != wanted:
            raise errors.ArtifactDamaged(f"What came from {url} is not what is stored; download it again.")

    def _change_job(self, job_id: str, verb: str, headers: dict[str, str] | None = None, **body: Any) -> rest.Job:
        found = self._json("POST", f"/v1/jobs/{job_id}/{verb}", headers=headers, json=body)
        return rest.Job.model_validate(found)

    def _change(self, action: rest.Action, verb: str, **body: Any) -> rest.Action:
        """A change names the version that was seen, so repeating it makes no second one."""
        path = f"/v1/jobs/{action.job_id}/actions/{action.id}/{verb}"
        return rest.Action.model_validate(self._json("POST", path, json={"version": action.version, **body}))

    def _json(self, method: str, path: str, **options: Any) -> Any:
        def attempt() -> Any:
            with self._translated():
                response = self._http.request(method, path, **options)
            self._has_answered = True
            if response.is_error:
                raise rest.as_error(response.status_code, response.content)
            return response.json()

        return self._patiently(attempt)

    @contextlib.contextmanager
    def _stream(self, url: str, **options: Any) -> Iterator[httpx.Response]:
        with self._translated(), self._http.stream("GET", url, **options) as response:
            self._has_answered = True
            if response.is_error:
                raise rest.as_error(response.status_code, response.read())
            yield response

    def _patiently(self, attempt: Callable[[], T]) -> T:
        """Every call of this client may be repeated: it reads, or names a version or a key."""
        began = time.monotonic()
        delay = _BACKOFF_S[0]
        while True:
            try:
                return attempt()
            except _RETRYABLE as error:
                told_s = error.retry_after_s if isinstance(error, errors.Overloaded) else 0
                patience_s = self._patience_s if self._has_answered else 0.0
                if time.monotonic() + max(delay, told_s) > began + patience_s:
                    raise
            # Many are told the same: a little later each, so that they do not all come back at once.
            time.sleep(told_s + delay * random.uniform(0.5, 1.0))  # noqa: S311 - jitter
            delay = min(delay * 2, _BACKOFF_S[1])

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            where = str(self._http.base_url).rstrip("/")
            raise errors.Unavailable(f"Nothing answers at {where}; start a stack with `popcon up`.") from error
        except httpx.TimeoutException as error:
            raise errors.DeadlinePassed("The gateway did not answer in time; try again in a moment.") from error
        except httpx.TransportError as error:
            raise errors.Unavailable("The connection to the gateway broke off; try again in a moment.") from error


def _read(path: Path) -> bytes:
    if path.stat().st_size > limits.PICTURE_MAX_BYTES:
        most = limits.PICTURE_MAX_BYTES // 1_000_000
        raise errors.PictureTooLarge(f"{path} is over {most} MB; send a smaller one.", field="picture")
    return path.read_bytes()
