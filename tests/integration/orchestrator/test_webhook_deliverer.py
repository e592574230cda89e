"""Deliverers at work: from an event to an endpoint, whatever dies or is away in between."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from standardwebhooks import Webhook as Verifier

from popcon.v1 import webhooks_pb2 as pb
from services.webhooks import deliverer
from services.webhooks.deliverer import Deliverer
from services.webhooks.network import Network
from services.webhooks.sender import Sender
from tests.fixtures.orchestrator import Orchestrator
from tests.fixtures.receiver import Receiver, receiver
from tests.fixtures.waiting import eventually
from tests.fixtures.webhooks import KEPT, get, make, pass_time
from tests.fixtures.work import Hand

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliverer, "POLL_S", 0.02)


@pytest.fixture
async def endpoint() -> AsyncIterator[Receiver]:
    async with receiver() as found:
        yield found


@contextlib.asynccontextmanager
async def delivering(house: Orchestrator, grace_s: float = 5) -> AsyncIterator[asyncio.Event]:
    """A deliverer at work in this process, which may ask this machine; yields what stops it."""
    stop = asyncio.Event()
    async with Sender(Network(allow_private=True), httpx.create_ssl_context(), allow_http=True) as sender:
        running = asyncio.create_task(Deliverer(house.deliveries, sender, slots=8, grace_s=grace_s).run(stop))
        try:
            yield stop
        finally:
            stop.set()
            await running


async def ended(house: Orchestrator, count: int) -> None:
    async def enough() -> bool:
        return len([row for row in await house.rows(KEPT) if row["state"] != "pending"]) >= count

    await eventually(enough, deadline=30)


async def test_what_happens_arrives_signed_at_the_endpoint(house: Orchestrator, hand: Hand, endpoint: Receiver) -> None:
    async with delivering(house):
        made = await make(house, url=endpoint.url())
        await ended(house, 1)
        job = await house.create("joy")
        await hand.work(job.id)
        await endpoint.got(4)
        await ended(house, 4)
    told = [Verifier(made.secret).verify(each.body, each.headers) for each in endpoint.requests]
    assert told[0]["type"] == "endpoint.verify"
    assert sorted(each["type"] for each in told[1:]) == ["action.done", "job.finished", "set.ready"]
    assert {each["data"]["job_id"] for each in told[1:]} == {job.id}
    assert len({each.id for each in endpoint.requests}) == 4
    assert {row["state"] for row in await house.rows(KEPT)} == {"delivered"}


async def test_an_endpoint_that_is_away_for_a_while_misses_nothing(house: Orchestrator) -> None:
    async with receiver() as endpoint:
        made = await make(house, url=endpoint.url())
    async with delivering(house):
        for tries in range(1, 5):

            async def failed(tries: int = tries) -> bool:
                (row,) = await house.rows(KEPT)
                return bool(row["tries"] == tries and row["error"] == "The endpoint could not be connected to.")

            await eventually(failed)
            await pass_time(house, 3 * 3_600_000)
        back = await asyncio.start_server(endpoint.serve, "127.0.0.1", endpoint.port)
        async with back:
            await pass_time(house, 6 * 3_600_000)
            (request,) = await endpoint.got(1)
            await ended(house, 1)
            await endpoint.close()
    (row,) = await house.rows(KEPT)
    assert (row["id"], row["state"], row["attempts"]) == (request.id, "delivered", 5)
    assert (await get(house, made.webhook.id)).state == pb.WEBHOOK_STATE_ACTIVE


async def test_several_deliverers_send_each_delivery_once(house: Orchestrator, hand: Hand, endpoint: Receiver) -> None:
    async with delivering(house), delivering(house), delivering(house):
        await make(house, url=endpoint.url())
        await ended(house, 1)
        for _ in range(2):
            await hand.work((await house.create("joy", "wave")).id)
        await ended(house, 1 + 2 * 4)
    sent = [request.id for request in endpoint.requests]
    assert sorted(sent) == sorted({row["id"] for row in await house.rows(KEPT)})


async def test_what_is_in_hand_is_ended_before_it_stops(house: Orchestrator, endpoint: Receiver) -> None:
    endpoint.answers = [None]
    async with delivering(house, grace_s=0.2) as stop:
        await make(house, url=endpoint.url())
        await endpoint.got(1)
        stop.set()
    await eventually(lambda: endpoint.waiting == 0)
    (row,) = await house.rows(KEPT)
    assert (row["state"], row["tries"]) == ("pending", 0)  # it was cut off: the lease runs out and it is sent again


def start(house: Orchestrator, **env: str) -> subprocess.Popen[bytes]:
    told = {"POPCON_ORCHESTRATOR": house.address, "POPCON_WEBHOOK_ALLOW_PRIVATE": "true", **env}
    command = (sys.executable, "-P", "-m", "services.webhooks")
    return subprocess.Popen(command, cwd=ROOT, env={**os.environ, **told}, stderr=subprocess.PIPE)


async def test_one_killed_between_sending_and_saying_so_has_another_send_the_same(
    house: Orchestrator, endpoint: Receiver, tmp_path: Path
) -> None:
    crash = tmp_path / "crash"
    crash.write_text("after_send")
    with start(house, POPCON_CRASH_FILE=str(crash)) as process:
        made = await make(house, url=endpoint.url("/hook?token=of-the-shop"))
        assert await asyncio.to_thread(process.wait, 60) == -signal.SIGKILL
        (first,) = endpoint.requests
    (row,) = await house.rows(KEPT)
    assert (row["state"], row["attempts"]) == ("pending", 1)
    await pass_time(house, 60_000)
    with start(house) as process:
        await endpoint.got(2)
        await ended(house, 1)
        process.terminate()
        _, log = await asyncio.to_thread(process.communicate, timeout=60)
        assert process.returncode == 0
    second = endpoint.requests[1]
    assert (second.id, second.body) == (first.id, first.body)
    for each in endpoint.requests:
        assert json.loads(each.body) == Verifier(made.secret).verify(each.body, each.headers)
    assert b"attempt ended" in log
    for secret in (made.secret, "of-the-shop", second.headers["webhook-signature"]):
        assert secret.encode() not in log
