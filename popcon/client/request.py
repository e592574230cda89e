"""What is asked, described apart from how it is sent: both clients send the same descriptions."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Generic, TypeVar
from urllib.parse import quote

from pydantic import BaseModel

from popcon import errors

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class Request(Generic[T]):
    """A call. `route`: method and path, as the API's description names it; `names`: what stands in its braces.

    `content`: reads the body where it is no JSON. `read`: makes the answer's bytes what the caller gets. `url`: the
    path itself, where the server has told it.
    """

    route: str
    read: Callable[[bytes], T]
    names: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, Any] = field(default_factory=dict)
    json: Any = None
    content: Callable[[], bytes] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    url: str = ""

    @property
    def method(self) -> str:
        return self.route.partition(" ")[0]

    @property
    def path(self) -> str:
        """The path, in which no id can be more than one part."""
        names = {name: quote(value, safe="") for name, value in self.names.items()}
        return self.url or self.route.partition(" ")[2].format(**names)


@dataclass(frozen=True)
class Page(Generic[T]):
    """A part of a list. `cursor`: where the next one begins; None after the last."""

    items: Sequence[T]
    cursor: str | None


@dataclass(frozen=True)
class Listing(Generic[T]):
    """A list that comes in pages, `most` items of it, or all."""

    first: Request[Page[T]]
    most: int | None = None

    def after(self, cursor: str) -> Request[Page[T]]:
        """The request of the page after another."""
        return replace(self.first, params={**self.first.params, "cursor": cursor})


def get(route: str, model: type[M], params: Mapping[str, Any] | None = None, **names: str) -> Request[M]:
    """Looks at something."""
    return Request(f"GET {route}", model.model_validate_json, names, params or {})


def post(
    route: str,
    model: type[M],
    body: BaseModel | Mapping[str, Any] | None = None,
    idempotency_key: str = "",
    **names: str,
) -> Request[M]:
    """Makes or changes something, under an idempotency key: however often it is sent, it happens once."""
    json = body.model_dump(mode="json") if isinstance(body, BaseModel) else body
    return Request(f"POST {route}", model.model_validate_json, names, json=json, headers=idempotent(idempotency_key))


def idempotent(key: str = "") -> dict[str, str]:
    """The header with an idempotency key, a fresh one where none is given."""
    return {"Idempotency-Key": key or uuid.uuid4().hex}


def contents(file: str | Path | bytes, most: int, refusal: type[errors.PopconError]) -> Callable[[], bytes]:
    """Reads a body of at most `most` bytes when it is sent; a larger file raises `refusal` unread."""

    def read() -> bytes:
        if isinstance(file, bytes):
            return file
        path = Path(file)
        if path.stat().st_size > most:
            raise refusal(f"{path} is over {most // 1_000_000} MB; send a smaller one.")
        return path.read_bytes()

    return read
