"""A route that is to go says so: in its answers, and in the description of the API."""

from datetime import date, timedelta

import pytest

from services.gateway import deprecation
from services.gateway.app import create_app
from services.gateway.deprecation import DEPRECATED, LEAST_DAYS, Deprecation
from tests.fixtures.gateway import JOB, Gateway
from tests.fixtures.stack import ROOT

pytestmark = pytest.mark.asyncio(loop_scope="session")

ROW = {"GET /v1/jobs/{job}": Deprecation(date(2026, 12, 1), date(2027, 6, 1))}


async def test_answers_of_a_deprecated_route_say_since_when_and_until_when(
    gate: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deprecation, "DEPRECATED", ROW)
    answer = await gate.http.get(f"/v1/jobs/{JOB}")
    assert answer.headers["deprecation"] == "@1796083200"
    assert answer.headers["sunset"] == "Tue, 01 Jun 2027 00:00:00 GMT"
    other = await gate.http.get("/v1/jobs")
    assert not {"deprecation", "sunset"} & set(other.headers)


async def test_the_description_marks_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deprecation, "DEPRECATED", ROW)
    paths = create_app(None).openapi()["paths"]  # type: ignore[arg-type]
    marked = {
        f"{method.upper()} {path}"
        for path, methods in paths.items()
        for method, operation in methods.items()
        if operation.get("deprecated")
    }
    assert marked == set(ROW)


async def test_each_row_is_a_route_has_time_left_and_stands_in_the_changelog() -> None:
    document = create_app(None).openapi()  # type: ignore[arg-type]
    changelog = (ROOT / "docs/changelog.md").read_text()
    for route, row in DEPRECATED.items():
        method, path = route.split(" ")
        assert method.lower() in document["paths"][path]
        assert row.sunset - row.since >= timedelta(days=LEAST_DAYS)
        assert route in changelog
