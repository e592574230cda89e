"""Brings a model's file from the hub: whole and checked, or not at all.

Bytes gather beside the place of the file, under a name of their own, and stay there when the connection breaks, so that
the next try goes on where this one ended. Only what has the pinned digest gets the file's name.
"""

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import httpx

from popcon.catalog.models import Model
from popcon.errors import ArtifactDamaged, InvalidRequest, Unavailable, WrongState
from popcon.models import digest
from popcon.models.folder import ModelFolder

TRIES = 5
_PAUSE_S = 1.0
_TIMEOUT = httpx.Timeout(60, connect=15)
_LATER = {httpx.codes.REQUEST_TIMEOUT, httpx.codes.TOO_MANY_REQUESTS}

Progress = Callable[[int], None]
"""Told how many bytes of the file are here."""


class _Broken(Exception):
    """This try failed; another one may not."""


def pull(model: Model, folder: ModelFolder, hub: str, progress: Progress, *, pause_s: float = _PAUSE_S) -> Path:
    """Puts a model's file into the folder and returns its path. `hub`: URL of the hub or a mirror of it.

    Waits `pause_s` seconds after the first failure, and twice as long after each further one.

    Raises:
        InvalidRequest: `hub` is no URL.
        Unavailable: the hub does not answer or has no such file, or the folder cannot be written.
        ArtifactDamaged: what came is not the pinned file.
        WrongState: another process is pulling it.
    """
    path = folder.path(model)
    url = f"{hub.rstrip('/')}/{model.hub_id}/resolve/{model.revision}/{model.file}"
    try:
        with _part(path) as part:
            _fill(part, url, model, progress, pause_s)
            _check(part, model)
            Path(part.name).replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        raise Unavailable(
            f"{path} cannot be written ({error.strerror}); mend that, or name another folder in POPCON_MODELS_DIR."
        ) from error
    return path


@contextlib.contextmanager
def _part(path: Path) -> Iterator[BinaryIO]:
    """The file in which bytes gather, for one process at a time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(f"{path.name}.part").open("a+b") as part:
        try:
            fcntl.flock(part.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise WrongState(f"Another process is pulling {path.name}; wait for it.") from error
        yield part


def _fill(part: BinaryIO, url: str, model: Model, progress: Progress, pause_s: float) -> None:
    """Until all bytes are in `part`, or `TRIES` tries failed."""
    with httpx.Client(follow_redirects=True, timeout=_TIMEOUT, headers={"Accept-Encoding": "identity"}) as client:
        for tried in range(1, TRIES + 1):
            try:
                _go_on(client, part, url, model, progress)
                break
            except (httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
                raise InvalidRequest(f"{url} is no address ({error}); give HF_ENDPOINT as https://host.") from error
            except (httpx.RequestError, _Broken) as error:
                if tried == TRIES:
                    raise Unavailable(
                        f"{model.name} could not be pulled from {url} ({error}); run the same command again to go on."
                    ) from error
            time.sleep(pause_s * 2 ** (tried - 1))


def _go_on(client: httpx.Client, part: BinaryIO, url: str, model: Model, progress: Progress) -> None:
    here = part.seek(0, os.SEEK_END)
    if here >= model.size:
        return
    with client.stream("GET", url, headers={"Range": f"bytes={here}-"} if here else {}) as answer:
        _accept(answer, url)
        here = _start(answer, here)
        part.truncate(here)
        for chunk in answer.iter_raw():
            part.write(chunk)
            here += len(chunk)
            if here > model.size:
                break
            progress(here)
    if here < model.size:
        raise _Broken(f"the connection ended after {here} of {model.size} bytes")


def _accept(answer: httpx.Response, url: str) -> None:
    if answer.is_success:
        return
    if answer.is_server_error or answer.status_code in _LATER:
        raise _Broken(f"the hub answered {answer.status_code}")
    raise Unavailable(f"{url} cannot be had (the hub answered {answer.status_code}); name a mirror in HF_ENDPOINT.")


def _start(answer: httpx.Response, here: int) -> int:
    """Where the bytes of an answer belong: at the end of what is here, or at the beginning of the file."""
    if answer.status_code != httpx.codes.PARTIAL_CONTENT:
        return 0
    if not answer.headers.get("Content-Range", "").startswith(f"bytes {here}-"):
        raise _Broken("the hub sent another part of the file than it was asked for")
    return here


def _check(part: BinaryIO, model: Model) -> None:
    """Whether it is the pinned file, safely on the disk. What is not is thrown away."""
    part.flush()
    os.fsync(part.fileno())
    found = digest.sha256(Path(part.name))
    if found != model.sha256:
        part.truncate(0)
        raise ArtifactDamaged(
            f"What came for {model.name} is not the pinned file (SHA-256 {found}, not {model.sha256}) and was thrown "
            "away; run the same command again, or name another mirror in HF_ENDPOINT."
        )


def _sync_folder(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
