"""Requests per second at the gateway: two of them share one owner's rate; those without a limit notice nothing."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from popcon import errors, rpc
from popcon.v1 import access_pb2
from popcon.v1 import owners_pb2 as pb
from services.gateway.access import Access
from services.gateway.rates import Rates
from services.orchestrator import database
from tests.fixtures.gateway import Gateway, Script, a_key, gateway, problem, scripted_services
from tests.fixtures.orchestrator import Orchestrator, orchestrator

pytestmark = pytest.mark.asyncio(loop_scope="session")

PER_S, CAPACITY = 2.0, 20


@dataclass
class Town:
    house: Orchestrator
    gates: tuple[Gateway, Gateway]

    async def key(self, owner: str, per_s: float) -> dict[str, str]:
        """The header with a key of an owner with a limit."""
        exceptions = pb.Limits(requests_per_s=per_s)
        await rpc.call(self.house.owners.SetOwner, pb.SetOwnerRequest(owner=owner, exceptions=exceptions))
        asked = access_pb2.CreateKeyRequest(owner=owner, scope=access_pb2.SCOPE_READ)
        return {"Authorization": f"Bearer {(await rpc.call(self.house.access.CreateKey, asked)).secret}"}

    async def now_ms(self) -> int:
        async with self.house.database.look() as connection:
            return await database.now_ms(connection)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    folder, script = tmp_path_factory.mktemp("town"), Script()
    async with (
        orchestrator(folder) as house,
        scripted_services(script) as services,
        gateway(folder, script, services, orchestrator=house.address, keys_required=True) as one,
        gateway(folder, script, services, orchestrator=house.address, keys_required=True) as other,
    ):
        yield Town(house, (one, other))


async def test_two_gateways_share_what_an_owner_may_send(town: Town) -> None:
    key, began, let_in = await town.key("anna", PER_S), await town.now_ms(), 0
    for _ in range(3):
        asked = [gate.http.get("/v1/me", headers=key) for gate in town.gates for _ in range(15)]
        answers = await asyncio.gather(*asked)
        let_in += sum(answer.status_code == 200 for answer in answers)
        assert {answer.status_code for answer in answers} <= {200, 429}
        assert let_in <= PER_S * (await town.now_ms() - began) / 1000 + CAPACITY
    assert let_in >= CAPACITY
    refused = next(answer for answer in answers if answer.status_code == 429)
    told = problem(refused, 429, "rate_limited", "requests_per_s")
    assert f"{CAPACITY} requests" in told["detail"]
    assert told["retryable"]


async def test_every_answer_tells_what_is_left(town: Town) -> None:
    key = await town.key("ben", 1.0)
    seen = []
    for path, status in (("/v1/me", 200), ("/v1/jobs/job_1", 404), ("/v1/keys", 403)):
        answer = await town.gates[0].http.get(path, headers=key)
        assert answer.status_code == status
        assert answer.headers["RateLimit-Policy"] == '"requests";q=10;w=10'
        name, left, reset = answer.headers["RateLimit"].split(";")
        assert name == '"requests"'
        seen.append(int(left.removeprefix("r=")))
        assert 1 <= int(reset.removeprefix("t=")) <= 10
    assert all(0 <= left <= 10 for left in seen)


async def test_who_is_refused_is_told_when_to_come_back(town: Town) -> None:
    key = await town.key("zoe", 0.02)  # one, and then none for 50 s
    http = town.gates[1].http
    assert (await http.get("/v1/me", headers=key)).headers["RateLimit"].startswith('"requests";r=0;t=')
    for _ in range(3):
        answer = await http.get("/v1/me", headers=key)
        problem(answer, 429, "rate_limited")
        assert 40 <= int(answer.headers["Retry-After"]) <= 50
        assert answer.headers["RateLimit"] == f'"requests";r=0;t={answer.headers["Retry-After"]}'


async def test_who_has_no_limit_is_never_counted(town: Town) -> None:
    key = await town.key("eve", 0.0)
    answers = await asyncio.gather(*(town.gates[0].http.get("/v1/me", headers=key) for _ in range(40)))
    assert {answer.status_code for answer in answers} == {200}
    assert not any("RateLimit" in answer.headers for answer in answers)


@pytest_asyncio.fixture(loop_scope="session")
async def alone(tmp_path: Path) -> AsyncIterator[Gateway]:
    """A gateway that requires keys, before an orchestrator that says what a test has it say."""
    script = Script()
    script.answers["Authenticate"] = access_pb2.AuthenticateResponse(key=a_key(), limits=pb.Limits(requests_per_s=8.0))
    async with (
        scripted_services(script) as services,
        gateway(tmp_path, script, services, keys_required=True) as found,
    ):
        yield found


async def ask(gate: Gateway, times: int) -> list[httpx.Response]:
    return [await gate.http.get("/v1/me", headers={"Authorization": "Bearer popcon_x"}) for _ in range(times)]


async def test_slices_grow_with_what_is_spent_up_to_a_quarter_of_a_second(alone: Gateway) -> None:
    for size in (1, 2, 2, 2):
        alone.script.answers["ReserveRequests"] = pb.ReserveRequestsResponse(
            granted=size, remaining=9, capacity=80, window_ms=10_000
        )
        await ask(alone, size)
    assert [request.requests for request in alone.script.asked("ReserveRequests")] == [1, 2, 2, 2]


async def test_who_is_refused_costs_one_look_until_there_can_be_more(alone: Gateway) -> None:
    alone.script.answers["ReserveRequests"] = pb.ReserveRequestsResponse(
        capacity=80, wait_ms=60_000, full_ms=60_000, window_ms=60_000
    )
    assert {answer.status_code for answer in await ask(alone, 5)} == {429}
    assert len(alone.script.asked("ReserveRequests")) == 1


async def test_while_the_orchestrator_is_away_requests_are_let_through(alone: Gateway) -> None:
    alone.script.raises["ReserveRequests"] = errors.Unavailable("It is away.")
    answers = await ask(alone, 3)
    assert {answer.status_code for answer in answers} == {200}
    assert not any("RateLimit" in answer.headers for answer in answers)


async def test_the_owner_of_a_token_has_limits_too() -> None:
    class Tokens:
        async def caller(self, token: str) -> object:
            from services.gateway.access import Caller, Scope

            return Caller("oidc-1", Scope.READ)

    async def get_owner(request: pb.GetOwnerRequest, **_: object) -> pb.GetOwnerResponse:
        return pb.GetOwnerResponse(owner=pb.Owner(id=request.owner, limits=pb.Limits(requests_per_s=4.0)))

    class Links:
        class owners:  # noqa: N801
            GetOwner = staticmethod(get_owner)

    access = Access(Links, required=True, tokens=Tokens())  # type: ignore[arg-type]
    assert (await access.of("a.b.c")).requests_per_s == 4.0
    assert isinstance(access.rates, Rates)
