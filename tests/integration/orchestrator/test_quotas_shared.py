"""Limits and sums of owners where several orchestrators, or several owners, meet."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from popcon import errors, rpc
from popcon.v1 import jobs_pb2
from services.orchestrator import tables
from tests.fixtures.orchestrator import Orchestrator, a_picture, orchestrator
from tests.fixtures.quotas import ANNA, now_ms, reserve, set_, sums_hold


@pytest.fixture
async def neighbour(tmp_path: Path, house: Orchestrator) -> AsyncIterator[Orchestrator]:
    """Another orchestrator on the same database."""
    async with orchestrator(tmp_path, database_url=house.database_url) as found:
        yield found


async def test_two_orchestrators_together_let_no_job_too_many_in(house: Orchestrator, neighbour: Orchestrator) -> None:
    await set_(house, jobs_in_flight=3)
    await house.picture(ANNA)
    asked = [each.create(owner=ANNA) for each in (house, neighbour) * 6]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(isinstance(answer, jobs_pb2.Job) for answer in answers) == 3
    assert sum(isinstance(answer, errors.QuotaExceeded) for answer in answers) == 9


async def test_two_orchestrators_add_to_one_sum(house: Orchestrator, neighbour: Orchestrator) -> None:
    digests = [f"{number:064d}" for number in range(16)]
    await asyncio.gather(
        *(each.picture(ANNA, digest) for each, digest in zip((house, neighbour) * 8, digests, strict=True))
    )
    assert [row["bytes"] for row in await house.rows(tables.stored_bytes)] == [32]
    await sums_hold(house)


async def test_requests_are_given_out_once_by_however_many_orchestrators(
    house: Orchestrator, neighbour: Orchestrator
) -> None:
    """A hammer: what was given within a time by the database's clock is never more than the rate and one bucket."""
    per_s, capacity = 3.0, 30
    await set_(house, requests_per_s=per_s)
    began, granted = await now_ms(house), 0
    for _ in range(4):
        told = await asyncio.gather(*(reserve(each, 3) for each in (house, neighbour) * 5))
        granted += sum(each.granted for each in told)
        assert capacity <= granted <= per_s * (await now_ms(house) - began) / 1000 + capacity
    assert all(each.wait_ms > 0 for each in told if not each.granted)
    assert (told[0].capacity, told[0].window_ms) == (capacity, 10_001)


async def test_what_an_upload_is_answered_does_not_hang_on_the_order_of_owners(house: Orchestrator) -> None:
    """Sums of many owners in one transaction, in any order."""
    requests = [
        jobs_pb2.CreatePictureRequest(owner=owner, picture=a_picture(owner)) for owner in ("zoe", "ben", "anna") * 3
    ]
    await asyncio.gather(*(rpc.call(house.pictures.CreatePicture, request) for request in requests))
    assert [(row["owner"], row["bytes"]) for row in await house.rows(tables.stored_bytes)] == [
        ("anna", 2), ("ben", 2), ("zoe", 2)
    ]  # fmt: skip
