"""Downloads that the store itself gives: the gateway says where, and only to whom the file belongs."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest_asyncio

from popcon.storage import open_store
from tests.fixtures.gateway import Gateway, Script, gateway, problem, scripted_services
from tests.fixtures.swift import Swift

KEY = "owners/local/jobs/job_1/act_1/motion/1/1/frames/0000.png"
ASKED = {"redirect": "true"}


@pytest_asyncio.fixture
async def gate(swift: Swift, tmp_path: Path) -> AsyncIterator[Gateway]:
    script = Script()
    store = open_store(f"s3://{swift.new_bucket()}", swift.settings())
    async with scripted_services(script) as services, gateway(tmp_path, script, services, store=store) as found:
        await store.put(KEY, b"a frame", "image/png")
        yield found


async def test_who_asks_is_sent_to_the_store(gate: Gateway) -> None:
    answer = await gate.http.get(f"/v1/artifacts/{KEY}", params=ASKED)
    assert (answer.status_code, answer.content, answer.headers["Cache-Control"]) == (307, b"", "no-store")
    async with httpx.AsyncClient(trust_env=False) as anybody:
        found = await anybody.get(answer.headers["Location"])
    assert (found.status_code, found.content, found.headers["Content-Type"]) == (200, b"a frame", "image/png")


async def test_who_does_not_ask_gets_the_bytes_from_here(gate: Gateway) -> None:
    answer = await gate.http.get(f"/v1/artifacts/{KEY}")
    assert (answer.status_code, answer.content) == (200, b"a frame")


async def test_nobody_is_sent_to_what_is_anothers_or_not_there(gate: Gateway) -> None:
    await gate.store.put("owners/ben/pictures/aa/source", b"ben's", "image/png")
    for key in ("owners/ben/pictures/aa/source", f"{KEY}.not"):
        problem(await gate.http.get(f"/v1/artifacts/{key}", params=ASKED), 404, "not_found")
