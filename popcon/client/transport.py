"""What both clients do alike around HTTP: how a gateway is reached, what its answers mean, and files as they come."""

import contextlib
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx

from popcon import errors, rest
from popcon.client.request import Request
from popcon.client.settings import ClientSettings

T = TypeVar("T")


class Gateway:
    """A gateway as a client sees it. Raises `InvalidRequest` for what is no URL.

    `patience_s`: for how long a call is repeated. `has_answered`: whether it was ever there.
    """

    def __init__(self, base_url: str | None, timeout: float, patience_s: float, key: str | None) -> None:
        settings = ClientSettings()
        self.url = (base_url or settings.url).rstrip("/")
        if urlsplit(self.url).scheme not in ("http", "https"):
            raise errors.InvalidRequest(f"{self.url!r} is no address of a gateway; write http://host:port.")
        self.key = settings.key.get_secret_value() if key is None else key
        self.timeout = timeout
        self.patience_s = patience_s
        self.has_answered = False

    @property
    def options(self) -> dict[str, Any]:
        """What httpx makes a client of."""
        # A proxy of the environment is for the world outside, never for this machine.
        is_here = urlsplit(self.url).hostname in ("127.0.0.1", "localhost", "::1")
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        return {"base_url": self.url, "timeout": self.timeout, "trust_env": not is_here, "headers": headers}

    def arguments(self, request: Request[Any], content: bytes | None = None) -> dict[str, Any]:
        """What httpx sends for a request. `content`: its body, read."""
        return {
            "method": request.method,
            "url": request.path,
            "params": request.params or None,
            "json": request.json,
            "content": content,
            "headers": request.headers,
        }

    def stream_arguments(self, request: Request[Any], quiet_s: float | None) -> dict[str, Any]:
        """The same for an answer that comes bit by bit, with at most `quiet_s` seconds between two bits."""
        timeout = httpx.Timeout(self.timeout, read=quiet_s) if quiet_s else self.timeout
        return {**self.arguments(request), "timeout": timeout}

    def check(self, response: httpx.Response) -> None:
        """Raises the error that an answer stands for. Its content was read."""
        self.has_answered = True
        if response.is_error:
            raise rest.as_error(response.status_code, response.content, response.headers.get("Retry-After", ""))

    @contextlib.contextmanager
    def translated(self) -> Iterator[None]:
        """Errors of httpx as those of popcon."""
        try:
            yield
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise errors.Unavailable(
                f"Nothing answers at {self.url}; start a stack with `popcon up`, or name another in POPCON_URL."
            ) from error
        except httpx.TimeoutException as error:
            raise errors.DeadlinePassed("The gateway did not answer in time; try again in a moment.") from error
        except httpx.TransportError as error:
            raise errors.Unavailable("The connection to the gateway broke off; try again in a moment.") from error


class Download:
    """A file to save, whole or not at all. Raises `InvalidRequest` for what is not on the server."""

    def __init__(self, source: rest.Artifact | str, path: str | Path) -> None:
        url, self._digest = (source, "") if isinstance(source, str) else (source.url, source.sha256)
        # The key goes with the request, and another server is not to see it.
        if not url.startswith("/") or url.startswith("//"):
            raise errors.InvalidRequest(f"{url!r} is not on this server; give a path that begins with a slash.")
        self.request = Request("GET /v1/artifacts/{key}", bytes, url=url)
        self.path = Path(path)

    @contextlib.contextmanager
    def part(self) -> Iterator["Part"]:
        """A try at it."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        beside = self.path.with_name(f"{self.path.name}.part")
        try:
            with Part(beside) as part:
                yield part
            if part.digest != (self._digest or part.tag):
                raise errors.ArtifactDamaged(
                    f"What came from {self.request.url} is not what is stored; download it again."
                )
            beside.replace(self.path)
        finally:
            beside.unlink(missing_ok=True)


class Part:
    """A file as it comes. `tag`: what its server says that its digest is."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self._found = hashlib.sha256()
        self.tag = ""

    def __enter__(self) -> "Part":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def expect(self, headers: httpx.Headers) -> None:
        """Takes the digest over that the server names."""
        self.tag = headers.get("ETag", "").strip('"')

    def write(self, piece: bytes) -> None:
        """Adds what came."""
        self._found.update(piece)
        self._file.write(piece)

    @property
    def digest(self) -> str:
        """SHA-256 of what came."""
        return self._found.hexdigest()


def zip_request(job_id: str, target: str) -> Request[bytes]:
    """Asks for the zip of a job's newest set."""
    return Request("GET /v1/jobs/{job}/sets/{target}/zip", bytes, {"job": job_id, "target": target})
