"""The dead letters of a gateway, as `Popcon.dead_letters` has them."""

import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from popcon import rest

_PATH = "/v1/dead-letters"


class DeadLetters:
    """Runs that failed for good. `ask`: sends a request and answers its JSON; raises `popcon.errors`."""

    def __init__(self, ask: Callable[..., Any]) -> None:
        self._ask = ask

    def list(
        self,
        *,
        state: Iterable[rest.DeadLetterState] = (),
        stage: rest.Stage | None = None,
        limit: int | None = None,
    ) -> Iterator[rest.DeadLetter]:
        """Newest first, at most `limit` of them, without parameters and events; pages are fetched as needed."""
        asked = {"state": [*state], **({"stage": stage} if stage else {})}
        pages = rest.pages(self._ask, _PATH, asked, rest.DeadLetterPage)
        return itertools.islice((letter for page in pages for letter in page.dead_letters), limit)

    def get(self, run_id: str) -> rest.DeadLetter:
        """One with its parameters and what happened to it. Raises `NotFound`."""
        return rest.DeadLetter.model_validate(self._ask("GET", f"{_PATH}/{run_id}"))

    def replay(self, run_id: str) -> rest.DeadLetter:
        """Has its work done again, as a new run; once. Raises `WrongState` when it was discarded."""
        return rest.DeadLetter.model_validate(self._ask("POST", f"{_PATH}/{run_id}/replay"))

    def discard(self, run_id: str) -> rest.DeadLetter:
        """Puts it away; what failed stays failed. Raises `WrongState` when it was replayed."""
        return rest.DeadLetter.model_validate(self._ask("POST", f"{_PATH}/{run_id}/discard"))
