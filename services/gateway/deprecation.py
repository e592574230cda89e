"""Routes that are to go: one row makes a route say so in every answer and in the description of the API."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from email.utils import format_datetime

LEAST_DAYS = 180
"""How long a route works on after it was deprecated, at least."""


@dataclass(frozen=True)
class Deprecation:
    """`since`: the day from which it is deprecated. `sunset`: the first day on which it may be gone."""

    since: date
    sunset: date

    def headers(self) -> dict[str, str]:
        """What an answer says of it, after RFC 9745 and RFC 8594."""
        return {
            "Deprecation": f"@{int(_midnight(self.since).timestamp())}",
            "Sunset": format_datetime(_midnight(self.sunset), usegmt=True),
        }


DEPRECATED: Mapping[str, Deprecation] = {}
"""By method and path, as `GET /v1/jobs/{job}`. Each has an entry in docs/changelog.md that says what to use instead."""


def headers(method: str, path: str) -> dict[str, str]:
    """The headers of an answer of a route; none where it is not deprecated."""
    found = DEPRECATED.get(f"{method} {path}")
    return found.headers() if found else {}


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
