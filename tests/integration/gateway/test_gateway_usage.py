"""What an owner used and may use, over REST and on the command line, from a real orchestrator."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from typer.testing import CliRunner

from popcon.cli import connection, owners, usage
from popcon.cli.app import app
from popcon.client import Popcon
from services.orchestrator import tables
from tests.fixtures.gateway import Gateway, Script, gateway, problem, scripted_services
from tests.fixtures.orchestrator import Orchestrator, orchestrator
from tests.fixtures.work import Hand

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def house(tmp_path: Path) -> AsyncIterator[Orchestrator]:
    async with orchestrator(tmp_path) as found:
        yield found


@pytest_asyncio.fixture(loop_scope="session")
async def gate(house: Orchestrator, tmp_path: Path) -> AsyncIterator[Gateway]:
    script = Script()
    async with (
        scripted_services(script) as services,
        gateway(tmp_path, script, services, orchestrator=house.address) as found,
    ):
        yield found


@pytest.fixture
def popcon(monkeypatch: pytest.MonkeyPatch, gate: Gateway, house: Orchestrator) -> Callable[..., Any]:
    """Runs `popcon …` in a thread, as a process has it."""

    @contextlib.contextmanager
    def connect(*_arguments: Any) -> Iterator[connection.Connection]:
        with Popcon(gate.url) as client:
            yield connection.Connection(client, house.address, own=False)

    for module in (owners, usage):
        monkeypatch.setattr(module, "connect", connect)
    return lambda *arguments: asyncio.to_thread(CliRunner().invoke, app, arguments, catch_exceptions=False)


async def test_usage_adds_up_what_was_made(gate: Gateway, house: Orchestrator, popcon: Callable[..., Any]) -> None:
    runs = tables.runs
    job = await house.create()
    held = await Hand(house).start(job.id)
    await house.set(runs, runs.c.id == held.run_id, claimed_at=runs.c.claimed_at - 5_000)
    await Hand(house).succeed(held, seconds=4.0)
    found = (await gate.http.get("/v1/usage")).json()
    day = found["at"][:10]
    assert found["last_day"] == day
    assert found["stages"] == [
        {"day": day, "stage": "startframe", "runs": 1, "useful_seconds": 4.0, "wasted_seconds": 0.0}
    ]
    assert (found["stored_bytes"], found["jobs_in_flight"], found["worker_seconds_lately"]) == (4, 1, 4.0)
    assert set(found["limits"].values()) == {None}
    nothing = (await gate.http.get("/v1/usage", params={"from": "2020-01-01", "to": "2020-01-31"})).json()
    assert (nothing["first_day"], nothing["last_day"], nothing["stages"]) == ("2020-01-01", "2020-01-31", [])
    told = await popcon("usage", "--days", "2")
    assert "startframe  1     4.0" in told.output
    assert told.exit_code == 0


async def test_days_that_make_no_sense_are_refused(gate: Gateway) -> None:
    for asked in ({"from": "2026-02-01", "to": "2026-01-01"}, {"from": "2020-01-01", "to": "2026-01-01"}):
        problem(await gate.http.get("/v1/usage", params=asked), 422, "invalid_request", "from")
    problem(await gate.http.get("/v1/usage", params={"to": "yesterday"}), 422, "invalid_request", "to")
    for edge in ("0001-01-01", "9999-12-31"):
        assert (await gate.http.get("/v1/usage", params={"to": edge})).status_code == 200


async def test_limits_are_set_and_shown_on_the_command_line(
    gate: Gateway, house: Orchestrator, popcon: Callable[..., Any]
) -> None:
    told = await popcon("owners", "set", "local", "--jobs-in-flight", "1", "--stored-bytes", "5e9", "--weight", "2")
    assert told.exit_code == 0
    shown = (await popcon("owners", "show", "local")).output
    assert shown == told.output
    for line in ("weight                  2", "jobs in flight          1", "stored bytes            5,000,000,000"):
        assert line in shown
    assert (await gate.http.get("/v1/usage")).json()["limits"]["jobs_in_flight"] == 1
    picture = await house.picture()
    job = {"picture_id": picture.id, "actions": [{"preset": "wave"}]}
    assert (await gate.http.post("/v1/jobs", json=job)).status_code == 201
    refused = await gate.http.post("/v1/jobs", json=job)
    assert "1" in problem(refused, 429, "quota_exceeded", "jobs_in_flight")["detail"]
    assert refused.headers["Retry-After"] == "30"
    assert "RateLimit" not in refused.headers
    await popcon("owners", "set", "local", "--jobs-in-flight", "default")
    assert (await gate.http.post("/v1/jobs", json=job)).status_code == 201


@pytest.mark.parametrize("wrong", [("--jobs-in-flight", "lots"), ("--requests-per-s", "-3"), ()])
async def test_what_makes_no_sense_is_said_and_nothing_set(
    house: Orchestrator, popcon: Callable[..., Any], wrong: tuple[str, ...]
) -> None:
    told = await popcon("owners", "set", "anna", *wrong)
    assert told.exit_code == 2
    assert await house.rows(tables.owners) == []
