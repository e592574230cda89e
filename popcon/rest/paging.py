"""Lists that come in pages."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from popcon.rest.dead_letters import DeadLetterPage
from popcon.rest.jobs import JobPage

P = TypeVar("P", JobPage, DeadLetterPage)

SIZE = 50


def pages(ask: Callable[..., Any], path: str, asked: dict[str, Any], kind: type[P]) -> Iterator[P]:
    """The pages of a list, each fetched when it is needed. `ask`: sends a request and answers its JSON."""
    cursor: str | None = ""
    while cursor is not None:
        page = kind.model_validate(ask("GET", path, params={**asked, "limit": SIZE, "cursor": cursor}))
        yield page
        cursor = page.next_cursor
