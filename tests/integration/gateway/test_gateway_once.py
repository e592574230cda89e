"""A change with an Idempotency-Key is done once, whoever dies in between. The orchestrator is a real one."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import pytest_asyncio

from popcon import errors
from services.orchestrator import reservations, tables
from services.orchestrator.reconciler import prune
from tests.fixtures.gateway import Gateway, Script, gateway, problem, scripted_services
from tests.fixtures.orchestrator import Orchestrator, orchestrator
from tests.fixtures.work import Hand

pytestmark = pytest.mark.asyncio(loop_scope="session")

WAVE = [{"preset": "wave"}]
KEY = {"Idempotency-Key": "order 17"}


@dataclass
class Setting:
    house: Orchestrator
    gate: Gateway
    picture: str

    async def post(self, path: str, key: str = "order 17", **sent: Any) -> httpx.Response:
        headers = {"Idempotency-Key": key, **sent.pop("headers", {})}
        return await self.gate.http.post(path, headers=headers, **sent)

    async def job(self, **sent: Any) -> httpx.Response:
        return await self.post("/v1/jobs", json={"picture_id": self.picture, "actions": WAVE, **sent})

    async def count(self) -> int:
        return len(await self.house.rows(tables.jobs))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def kept(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Setting]:
    folder, script = tmp_path_factory.mktemp("once"), Script()
    async with (
        orchestrator(folder) as house,
        scripted_services(script) as services,
        gateway(folder, script, services, orchestrator=house.address) as gate,
    ):
        yield Setting(house, gate, (await house.picture()).id)


@pytest_asyncio.fixture(loop_scope="session")
async def setting(kept: Setting) -> Setting:
    """With nothing kept from the test before."""
    kept.gate.script.reset()
    for table in (tables.reservations, tables.replies):
        async with kept.house.database.writing.begin() as connection:
            await connection.execute(table.delete())
    return kept


async def forget_the_reply(setting: Setting, lease_until: int = 1) -> None:
    """As if the gateway had died before the reply was kept. `lease_until`: 1 is long ago."""
    where = tables.reservations.c.key != ""
    await setting.house.set(tables.reservations, where, status=None, body=None, lease_until=lease_until)


async def test_a_repeat_is_answered_as_the_first_time_whatever_happened_since(setting: Setting) -> None:
    first = await setting.job()
    path = f"/v1/jobs/{first.json()['id']}"
    cancelled = await setting.post(f"{path}/cancel")
    await setting.gate.http.delete(path)
    jobs = await setting.count()
    again = await setting.job()
    assert (again.status_code, again.content) == (201, first.content)
    assert (again.headers["Location"], again.headers["Idempotent-Replayed"]) == (path, "true")
    assert (await setting.post(f"{path}/cancel")).content == cancelled.content
    assert await setting.count() == jobs
    assert "Idempotent-Replayed" not in first.headers


async def test_the_same_request_spelled_differently_is_the_same(setting: Setting) -> None:
    first = await setting.job(name="cat")
    body = f'{{ "name" : "c\\u0061t",\n "actions":[{{"preset":"wave"}}], "picture_id":"{setting.picture}" }}'
    again = await setting.post("/v1/jobs", content=body, headers={"Content-Type": "application/json; charset=utf-8"})
    assert again.json()["id"] == first.json()["id"]


@pytest.mark.parametrize("change", ["name", "path", "query"])
async def test_another_request_under_the_same_key_is_refused(setting: Setting, change: str) -> None:
    job = (await setting.job()).json()["id"]
    jobs = await setting.count()
    if change == "name":
        answer = await setting.job(name="dog")
    elif change == "query":
        answer = await setting.post("/v1/jobs?a=1", json={"picture_id": setting.picture, "actions": WAVE})
    else:
        await setting.post(f"/v1/jobs/{job}/cancel")
        answer = await setting.post(f"/v1/jobs/{job[:-4]}ffff/cancel")
    problem(answer, 422, "idempotency_mismatch")
    assert await setting.count() == jobs


async def test_a_form_is_told_by_its_parts_not_by_its_boundary(setting: Setting) -> None:
    def sent(picture: bytes, boundary: str) -> dict[str, Any]:
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        return {"files": {"picture": ("cat.png", picture, "image/png")}, "headers": headers}

    picture = b"a picture" * 300_000  # three pieces, so that boundaries are looked for across them
    first = await setting.post("/v1/pictures", **sent(picture, "one"))
    asked = len(setting.gate.script.asked("CutOut"))
    again = await setting.post("/v1/pictures", **sent(picture, "another"))
    assert (first.status_code, again.headers.get("Idempotent-Replayed")) == (201, "true")
    assert len(setting.gate.script.asked("CutOut")) == asked
    problem(await setting.post("/v1/pictures", **sent(picture + b"!", "one")), 422, "idempotency_mismatch")


async def test_a_body_of_many_pieces_arrives_whole(setting: Setting) -> None:
    picture = bytes(range(256)) * 12_000
    answer = await setting.post("/v1/pictures", content=picture, headers={"Content-Type": "image/png"})
    assert answer.status_code == 201
    chunks = setting.gate.script.asked("CutOut")[0]
    assert b"".join(each.chunk for each in chunks) == picture


async def test_a_key_belongs_to_its_route(setting: Setting) -> None:
    job = (await setting.job()).json()["id"]
    assert (await setting.post(f"/v1/jobs/{job}/cancel")).json()["state"] == "cancelled"
    resumed = await setting.post(f"/v1/jobs/{job}/resume")
    assert (resumed.status_code, resumed.json()["state"]) == (200, "queued")


async def test_what_was_refused_leaves_its_key_free(setting: Setting) -> None:
    problem(await setting.post("/v1/jobs", json={"picture_id": setting.picture, "actions": []}), 422, "no_actions")
    assert (await setting.job()).status_code == 201


async def test_while_the_first_is_at_work_others_are_told_to_come_back(setting: Setting) -> None:
    await setting.job()
    await forget_the_reply(setting, lease_until=2**53)
    answer = await setting.job()
    told = problem(answer, 409, "in_progress")
    assert (answer.headers["Retry-After"], told["retryable"]) == ("1", True)


async def test_a_reservation_whose_doer_died_ends_soon(setting: Setting) -> None:
    await setting.job()
    await forget_the_reply(setting)
    assert (await setting.job()).status_code == 201
    (row,) = await setting.house.rows(tables.reservations)
    assert 0 < row["lease_until"] - row["created_at"] <= reservations.LEASE_MS


async def test_a_gateway_that_dies_before_it_answers_leaves_one_job(setting: Setting) -> None:
    first = await setting.job()
    jobs = await setting.count()
    await forget_the_reply(setting)
    again = await setting.job()
    assert again.json()["id"] == first.json()["id"]
    assert await setting.count() == jobs


async def test_so_it_is_with_new_start_frames_and_restarts_of_no_stated_version(setting: Setting) -> None:
    job = await setting.house.create("joy", review=True)
    hand, path = Hand(setting.house), f"/v1/jobs/{job.id}/actions/{job.actions[0].id}"
    run = (await setting.house.rows(tables.runs, tables.runs.c.job_id == job.id))[0]["id"]
    await hand.succeed(await hand.take(run))
    for verb in ("regenerate", "resume"):
        first = await setting.post(f"{path}/{verb}")
        await forget_the_reply(setting)
        again = await setting.post(f"{path}/{verb}")
        assert (first.status_code, again.status_code, again.content) == (200, 200, first.content)
        await setting.gate.http.post(f"{path}/cancel")


async def test_many_at_once_are_one_change(setting: Setting) -> None:
    jobs = await setting.count()
    answers = await asyncio.gather(*(setting.job() for _ in range(8)))
    assert await setting.count() == jobs + 1
    assert {answer.status_code for answer in answers} <= {201, 409}
    made = {answer.json()["id"] for answer in answers if answer.status_code == 201}
    assert made == {(await setting.job()).json()["id"]}


async def test_after_a_day_a_key_is_free(setting: Setting) -> None:
    first = await setting.job()
    for table in (tables.reservations, tables.replies):
        row = (await setting.house.rows(table))[0]
        long_ago = row["created_at"] - 24 * 3600 * 1000 - 1
        await setting.house.set(table, table.c.key != "", created_at=long_ago)
    await setting.house.writer.apply(prune)
    assert (await setting.job()).json()["id"] != first.json()["id"]


@pytest.mark.parametrize("key", ["", "k" * 201, "tab\there"])
async def test_a_key_is_short_and_printable(setting: Setting, key: str) -> None:
    answer = await setting.post("/v1/jobs", key, json={"picture_id": setting.picture, "actions": WAVE})
    problem(answer, 422, "invalid_request", "idempotency-key")


async def test_an_answer_is_given_even_where_it_cannot_be_kept(gate: Gateway) -> None:
    gate.script.raises["KeepReply"] = errors.Internal("no room")
    answer = await gate.http.post("/v1/jobs", json={"picture_id": "pic_1", "actions": WAVE}, headers=KEY)
    assert answer.status_code == 201
