"""PostgreSQL that dies, freezes, restarts or is misused: never half a state, and afterwards all goes on."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from popcon import errors, rpc
from popcon.v1 import jobs_pb2
from services.orchestrator import database, postgres, tables
from services.orchestrator.database import Database, now_ms
from services.orchestrator.tx import Tx
from tests.fixtures.orchestrator import Orchestrator, an_action, orchestrator
from tests.fixtures.postgres import PASSWORD, TEMPLATE, PostgresServer, make_certificate
from tests.fixtures.work import Hand
from tests.integration.orchestrator.test_projections import events_are_contiguous, summary_equals_a_rebuild

CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'popcon-orchestrator'"
"""Every connection of every orchestrator; tests follow one another."""


@pytest.fixture
async def house(tmp_path: Path, postgres_url: str) -> AsyncIterator[Orchestrator]:
    async with orchestrator(tmp_path, database_url=postgres_url) as found:
        yield found


async def create(house: Orchestrator, picture_id: str, key: str) -> str:
    request = jobs_pb2.CreateJobRequest(
        owner="local", picture_id=picture_id, actions=[an_action("joy"), an_action("cry")], idempotency_key=key
    )
    return str((await rpc.call(house.jobs.CreateJob, request)).job.id)


async def all_agrees(house: Orchestrator) -> None:
    for job in await house.rows(tables.jobs):
        await events_are_contiguous(house, job["id"])
        await summary_equals_a_rebuild(house, job["id"])


async def test_a_connection_cut_in_the_middle_of_a_change_leaves_nothing_of_it(
    house: Orchestrator, shared_postgres: PostgresServer
) -> None:
    async def cut_off(tx: Tx) -> None:
        tx.insert(tables.owners, {"owner": "a", "weight": 1, "created_at": 1})
        await tx.settle()
        await shared_postgres.execute(CUT)
        await tx.all(sa.select(tables.owners))

    with pytest.raises(errors.Unavailable, match="state store"):
        await house.writer.apply(cut_off)
    assert await house.rows(tables.owners) == []
    await Hand(house).work((await house.create()).id)
    await all_agrees(house)


async def test_of_a_group_whose_connection_is_cut_nothing_is_tried_twice(
    house: Orchestrator, shared_postgres: PostgresServer
) -> None:
    begun = 0

    async def cut_off(tx: Tx) -> None:
        nonlocal begun
        begun += 1
        await tx.all(sa.select(tables.owners))
        await shared_postgres.execute(CUT)

    results = await asyncio.gather(*(house.writer.apply(cut_off) for _ in range(3)), return_exceptions=True)
    assert [type(result) for result in results] == [errors.Unavailable] * 3
    assert begun <= 3


async def test_connections_cut_at_any_moment_leave_no_job_half_made(
    house: Orchestrator, shared_postgres: PostgresServer
) -> None:
    picture, keys = await house.picture(), [f"k{number}" for number in range(24)]

    async def cut_now_and_then() -> None:
        for _ in range(6):
            await asyncio.sleep(0.03)
            await shared_postgres.execute(CUT)

    calls = (create(house, picture.id, key) for key in keys)
    *first, _ = await asyncio.gather(*calls, cut_now_and_then(), return_exceptions=True)
    assert {type(result) for result in first} <= {str, errors.Unavailable}
    made = [await create(house, picture.id, key) for key in keys]
    assert sorted(row["id"] for row in await house.rows(tables.jobs)) == sorted(made)
    assert all(before == after for before, after in zip(first, made, strict=True) if isinstance(before, str))
    assert len(await house.rows(tables.outbox)) == 2 * len(keys)
    await all_agrees(house)


async def test_a_server_killed_and_started_again_has_everything_that_was_answered(
    tmp_path: Path, own_postgres: PostgresServer
) -> None:
    url = own_postgres.url("popcon")
    await asyncio.to_thread(database.migrate, url)
    async with orchestrator(tmp_path, database_url=url) as house:
        picture = await house.picture()
        calls = [asyncio.create_task(create(house, picture.id, f"k{number}")) for number in range(8)]
        await asyncio.wait(calls, return_when=asyncio.FIRST_COMPLETED)
        own_postgres.kill()
        answers = await asyncio.gather(*calls, return_exceptions=True)
        with pytest.raises(errors.Unavailable, match="state store"):
            await house.job("job_1")
        with pytest.raises(errors.Unavailable, match="state store"):
            await house.create()
        await own_postgres.start()
        kept = {row["id"] for row in await house.rows(tables.jobs)}
        assert {answer for answer in answers if isinstance(answer, str)} <= kept
        await Hand(house).work((await house.create()).id)
        await all_agrees(house)


async def test_a_server_that_freezes_keeps_nobody_waiting_for_ever(
    tmp_path: Path, own_postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "_ANSWER_S", 0.5)
    monkeypatch.setattr(postgres, "_CONNECT_S", 0.5)
    url = own_postgres.url("popcon")
    await asyncio.to_thread(database.migrate, url)
    async with orchestrator(tmp_path, database_url=url) as house:
        job = await house.create()
        own_postgres.freeze()
        with pytest.raises(errors.Unavailable, match="state store"):
            await house.create()
        with pytest.raises(errors.Unavailable, match="state store"):
            await house.job(job.id)
        own_postgres.thaw()
        await Hand(house).work((await house.create()).id)
        await all_agrees(house)


async def test_every_wait_of_the_server_ends(house: Orchestrator) -> None:
    async def shown(engine: AsyncEngine, *names: str) -> list[str]:
        async with engine.begin() as connection:
            return [(await connection.exec_driver_sql(f"SHOW {name}")).scalar_one() for name in names]

    waits = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
    assert await shown(house.database.writing, *waits, "transaction_isolation") == [
        "10s",
        "5s",
        "10s",
        "read committed",
    ]
    assert await shown(house.database.reading, *waits) == ["10s", "5s", "10s"]
    with pytest.raises(errors.Unavailable):
        async with house.database.look() as connection:
            await connection.execute(sa.delete(tables.jobs))


@pytest.mark.full
async def test_statements_kept_by_a_connection_survive_a_change_of_the_schema(
    shared_postgres: PostgresServer, tmp_path: Path
) -> None:
    name = await shared_postgres.new_database(TEMPLATE)
    async with orchestrator(tmp_path, database_url=shared_postgres.url(name)) as house:
        job = await house.create()
        await Hand(house).work(job.id)
        for change in ("ADD COLUMN more TEXT NOT NULL DEFAULT ''", "ALTER COLUMN label TYPE TEXT"):
            await shared_postgres.execute(f"ALTER TABLE actions {change}", name)
            await Hand(house).work((await house.create()).id)
            with contextlib.suppress(errors.Unavailable):  # a look-up may be told once to look again
                await house.job(job.id)
            assert (await house.job(job.id)).actions


async def test_times_are_the_databases(house: Orchestrator, monkeypatch: pytest.MonkeyPatch) -> None:
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 3600)
    held = await Hand(house).start((await house.create()).id)
    await Hand(house).beat(held)
    await house.reconciler.end_leases()
    async with house.database.look() as connection:
        now = await now_ms(connection)
    row = await house.run_row(held.run_id)
    assert row["state"] == "running"
    assert all(abs(row[name] - now) < 200_000 for name in ("created_at", "lease_until", "deadline_at"))


@pytest.mark.parametrize("text", ["zero \0 character", "x" * 300])
async def test_what_cannot_be_kept_is_refused_and_its_neighbours_are_not(house: Orchestrator, text: str) -> None:
    async def keep(tx: Tx, name: str) -> None:
        tx.insert(tables.owners, {"owner": name, "weight": 1, "created_at": 1})

    results = await asyncio.gather(
        *(house.writer.apply(lambda tx, name=name: keep(tx, name)) for name in ("a", text, "b")),
        return_exceptions=True,
    )
    assert [type(result) for result in results] == [type(None), errors.InvalidRequest, type(None)]
    assert [row["owner"] for row in await house.rows(tables.owners)] == ["a", "b"]


async def test_an_id_with_a_zero_character_is_a_bad_request(house: Orchestrator) -> None:
    with pytest.raises(errors.InvalidRequest):
        await house.job("job_\0")


@pytest.mark.parametrize("wrong", ["user", "name", "nobody"])
async def test_a_server_that_does_not_let_us_in_is_unavailable_and_no_password_is_told(
    shared_postgres: PostgresServer, capsys: pytest.CaptureFixture[str], wrong: str
) -> None:
    url = shared_postgres.url(TEMPLATE)
    url = {
        "user": url.replace("//popcon:", "//nobody:"),
        "name": url.replace(f"/{TEMPLATE}", "/no_such"),
        "nobody": url.replace(f":{shared_postgres.port}/", ":1/"),
    }[wrong]
    store = Database(url)
    with pytest.raises(errors.Unavailable) as told:
        async with store.look() as connection:
            await now_ms(connection)
    await store.close()
    with pytest.raises(errors.Unavailable):
        await asyncio.to_thread(database.migrate, url)
    assert PASSWORD not in f"{told.value} {store.reading} {store.reading.url!r} {capsys.readouterr()}"


async def test_the_url_asks_for_tls_and_for_whom_to_trust(own_postgres: PostgresServer, tmp_path: Path) -> None:
    await own_postgres.use_tls()

    async def encrypted(query: str) -> bool:
        store = Database(f"{own_postgres.url('popcon')}?{query}")
        try:
            async with store.look() as connection:
                own = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
                return bool((await connection.exec_driver_sql(own)).scalar_one())
        finally:
            await store.close()

    trusted = tmp_path / "ca.pem"
    trusted.write_bytes((own_postgres.folder / "data" / "server.crt").read_bytes())
    assert await encrypted(f"sslmode=verify-full&sslrootcert={trusted}")
    assert await encrypted("sslmode=require")
    assert not await encrypted("sslmode=disable")
    other = tmp_path / "other.pem"
    make_certificate(other, tmp_path / "other.key")
    with pytest.raises(errors.Unavailable):
        await encrypted(f"sslmode=verify-full&sslrootcert={other}")
