"""What the sweeper removes, and when: never what is needed, nothing before its time, and all of it in the end."""

from collections.abc import AsyncIterator, Awaitable
from pathlib import Path

import pytest

from popcon import errors, rpc
from popcon.storage import open_store
from popcon.v1 import common_pb2, jobs_pb2
from popcon.worker.claims import Claims
from services.orchestrator import jobs, tables
from services.orchestrator.settings import OrchestratorSettings
from services.orchestrator.sweeping import removal
from services.orchestrator.sweeping.tools import Ages
from services.orchestrator.tx import Tx
from tests.fixtures.orchestrator import OWNER, Orchestrator, an_action
from tests.fixtures.sweeping import DAY_MS, HOUR_MS, Broom, Writing, age_files


@pytest.fixture
async def broom(house: Orchestrator, tmp_path: Path) -> AsyncIterator[Broom]:
    store = open_store(f"file://{tmp_path}/artifacts")
    yield Broom(house, store)
    await store.close()


@pytest.fixture
async def worker(house: Orchestrator, broom: Broom) -> AsyncIterator[Writing]:
    claims = Claims(house.address)
    yield Writing(claims, broom.store)
    await claims.close()


async def create(broom: Broom, picture: common_pb2.Picture | None = None) -> jobs_pb2.Job:
    picture = picture or await broom.picture()
    request = jobs_pb2.CreateJobRequest(owner=OWNER, picture_id=picture.id, actions=[an_action()])
    return (await rpc.call(broom.house.jobs.CreateJob, request)).job


async def delete(house: Orchestrator, job_id: str) -> None:
    await rpc.call(house.jobs.DeleteJob, jobs_pb2.DeleteJobRequest(owner=OWNER, job_id=job_id))


async def undelete(house: Orchestrator, job_id: str) -> jobs_pb2.Job:
    request = jobs_pb2.UndeleteJobRequest(owner=OWNER, job_id=job_id)
    return (await rpc.call(house.jobs.UndeleteJob, request)).job


async def first_run(house: Orchestrator, job: jobs_pb2.Job) -> str:
    return (await house.rows(tables.runs, tables.runs.c.job_id == job.id))[0]["id"]


async def lose(house: Orchestrator, run_id: str) -> None:
    await house.end_lease(run_id)
    await house.reconciler.end_leases()
    await house.set(tables.runs, tables.runs.c.id == run_id, not_before=0)


async def lost_and_done(broom: Broom, worker: Writing) -> tuple[jobs_pb2.Job, str]:
    """A job whose first run was lost once and finished by a second attempt; below what its attempts wrote."""
    job = await create(broom)
    run_id = await first_run(broom.house, job)
    first = await worker.start(run_id, "lost")
    assert first is not None
    await lose(broom.house, run_id)
    await worker.work(broom.house, job.id)
    return job, first.assignment.prefix


async def test_what_a_lost_attempt_wrote_goes_and_the_result_stays(broom: Broom, worker: Writing) -> None:
    _, prefix = await lost_and_done(broom, worker)
    result = await broom.keys(f"{prefix}/2")
    all_keys = await broom.keys()
    await broom.sweep()
    assert await broom.keys() == all_keys  # it has not ended for long

    await broom.later(7 * HOUR_MS)
    await broom.sweep()

    assert await broom.keys() == all_keys - {f"{prefix}/1/part.txt"}
    assert result == {f"{prefix}/2/part.txt", f"{prefix}/2/nothing.txt", f"{prefix}/2/manifest.json"}


async def test_an_earlier_attempt_whose_manifest_was_found_is_the_one_that_stays(broom: Broom, worker: Writing) -> None:
    job = await create(broom)
    run_id = await first_run(broom.house, job)
    first = await worker.start(run_id, "mute")
    assert first is not None
    await worker.write(first)  # and killed before it could say so
    await lose(broom.house, run_id)
    second = await worker.start(run_id)
    assert second is not None
    await worker.finish(second)

    await broom.later(7 * HOUR_MS)
    await broom.sweep()

    prefix = first.assignment.prefix
    assert (await broom.house.run_row(run_id))["manifest"]["key"] == f"{prefix}/1/manifest.json"
    assert {key.removeprefix(prefix) for key in await broom.keys(prefix)} == {
        "/1/part.txt", "/1/nothing.txt", "/1/manifest.json",
    }  # fmt: skip


async def test_a_failed_run_and_one_that_was_stopped_leave_nothing(broom: Broom, worker: Writing) -> None:
    made = [await create(broom) for _ in range(2)]
    works = [await worker.start(await first_run(broom.house, job)) for job in made]
    assert works[0] is not None
    await worker.claims.fail(works[0].assignment, errors.InvalidRequest("It cannot be done: change the prompt."))
    await rpc.call(broom.house.jobs.CancelJob, jobs_pb2.CancelJobRequest(owner=OWNER, job_id=made[1].id))
    assert len(await broom.keys(f"owners/{OWNER}/jobs")) == 2

    await broom.later(7 * HOUR_MS)
    await broom.sweep()

    assert await broom.keys(f"owners/{OWNER}/jobs") == set()


async def test_a_run_that_goes_on_keeps_every_attempt_however_long_it_takes(broom: Broom, worker: Writing) -> None:
    job = await create(broom)
    run_id = await first_run(broom.house, job)
    for _ in range(2):
        assert await worker.start(run_id)
        await lose(broom.house, run_id)
    all_keys = await broom.keys()
    for days in (1, 100):
        await broom.later(days * DAY_MS)
        await broom.sweep()

    assert len(all_keys) == 5
    assert await broom.keys() == all_keys


async def test_a_run_is_swept_once(broom: Broom, worker: Writing) -> None:
    _, prefix = await lost_and_done(broom, worker)
    await broom.later(7 * HOUR_MS)
    await broom.sweep()
    await broom.store.put(f"{prefix}/1/part.txt", b"only seen by one who looks again", "text/plain")

    await broom.later(7 * HOUR_MS)
    await broom.sweep()

    assert await broom.store.stat(f"{prefix}/1/part.txt")
    assert await broom.house.rows(tables.runs, tables.runs.c.lease_until.is_not(None)) == []


async def test_a_deleted_job_goes_after_its_day_with_all_rows_and_objects(broom: Broom, worker: Writing) -> None:
    house, (job, _) = broom.house, await lost_and_done(broom, worker)
    kept, _ = await lost_and_done(broom, worker)
    before, kept_keys = await house.count(), await broom.keys(f"owners/{OWNER}/jobs/{kept.id}")
    objects = await broom.keys(f"owners/{OWNER}/jobs/{job.id}")
    sizes = [artifact.size for key in objects if (artifact := await broom.store.stat(key))]
    runs = await house.rows(tables.runs, tables.runs.c.job_id == job.id)

    await delete(house, job.id)
    await broom.later(23 * HOUR_MS)
    await broom.sweep()
    assert (await undelete(house, job.id)).id == job.id
    await delete(house, job.id)
    await broom.later(25 * HOUR_MS)
    await broom.sweep()

    for name, table in tables.metadata.tables.items():
        if "job_id" in table.c and name != "worker_seconds":  # the ledger outlives what it tells of
            assert await house.rows(table, table.c.job_id == job.id) == [], name
    after = await house.count()
    assert {name: after[name] * 2 for name in ("jobs", "actions", "runs", "job_summaries")} == {
        name: before[name] for name in ("jobs", "actions", "runs", "job_summaries")
    }
    assert await broom.keys(f"owners/{OWNER}/jobs/{job.id}") == set()
    assert await broom.keys(f"owners/{OWNER}/jobs/{kept.id}") <= kept_keys
    (said,) = await house.rows(tables.audit)
    assert (said["what"], said["subject"], said["owner"]) == ("job.removed", job.id, OWNER)
    assert said["data"]["runs"] == len(runs)
    assert (len(objects) - said["data"]["objects"], sum(sizes) - said["data"]["bytes"]) == (1, len("begun"))  # swept


async def test_no_table_of_a_job_is_forgotten(broom: Broom, worker: Writing) -> None:
    """Edits with operations, arrangements and waiting tasks go, too."""
    house, (job, _) = broom.house, await lost_and_done(broom, worker)
    async with house.database.writing.begin() as connection:
        edit = {"id": "edit_1", "owner": OWNER, "job_id": job.id, "action_id": job.actions[0].id, "base_run": 1,
                "state": "applied", "version": 1, "cursor": 1, "created_at": 1}  # fmt: skip
        operation = {"edit_id": "edit_1", "id": 1, "owner": OWNER, "seq": 1, "kind": "erase", "parameters": {},
                     "dropped": False}  # fmt: skip
        arrangement = {
            "job_id": job.id,
            "target": "line-emoji",
            "owner": OWNER,
            "action_ids": [],
            "tab_action_id": "",
        }
        for table, row in ((tables.edits, edit), (tables.operations, operation), (tables.arrangements, arrangement)):
            await connection.execute(table.insert().values(**row))
    await delete(house, job.id)
    await broom.later(25 * HOUR_MS)
    await broom.sweep()

    left = {name for name, rows in (await house.count()).items() if rows}
    assert left <= {"pictures", "audit", "alembic_version", "stored_bytes", "worker_seconds", "worker_hours"}
    assert "pictures" in left


@pytest.mark.parametrize("kill_after", [0, 1])
async def test_a_removal_that_was_killed_is_taken_up_again(broom: Broom, worker: Writing, kill_after: int) -> None:
    house = broom.house
    made = [(await lost_and_done(broom, worker))[0] for _ in range(2)]
    for job in made:
        await delete(house, job.id)
    await broom.later(25 * HOUR_MS)
    assert await broom.sweep(kill_after)
    with pytest.raises(errors.NotFound):
        await undelete(house, made[1].id)
    with pytest.raises(errors.NotFound):
        await delete(house, made[1].id)

    await broom.sweep()  # another orchestrator may still be at it
    await broom.later(removal.RETAKEN_MS + 1000)
    await broom.sweep()

    assert await broom.keys(f"owners/{OWNER}/jobs") == set()
    assert await house.rows(tables.jobs) == []
    assert sorted(row["subject"] for row in await house.rows(tables.audit)) == sorted(job.id for job in made)


async def test_an_undelete_that_is_a_moment_too_late_loses_and_one_in_time_wins(broom: Broom, worker: Writing) -> None:
    """Transactions take time: this one read the clock before the day was over, and found the job taken."""
    house = broom.house
    taken, spared = [(await lost_and_done(broom, worker))[0] for _ in range(2)]
    await delete(house, taken.id)
    await broom.later(25 * HOUR_MS)
    await delete(house, spared.id)
    await broom.sweep(kill_after=0)

    def in_time(job_id: str) -> Awaitable[jobs_pb2.Job]:
        return house.writer.apply(lambda tx: jobs.undelete(Tx(tx.connection, tx.now - 2 * HOUR_MS), OWNER, job_id))

    with pytest.raises(errors.NotFound):
        await in_time(taken.id)
    await in_time(spared.id)
    await broom.later(25 * HOUR_MS)
    await broom.sweep()

    assert [row["id"] for row in await house.rows(tables.jobs)] == [spared.id]
    assert await broom.keys(f"owners/{OWNER}/jobs/{taken.id}") == set()
    assert (await house.job(spared.id)).state == jobs_pb2.JOB_STATE_DONE


async def test_old_jobs_at_rest_are_deleted_and_can_be_undone(broom: Broom, worker: Writing) -> None:
    house = broom.house
    broom.ages = Ages(broom.ages.leftovers_ms, broom.ages.pictures_ms, jobs_ms=30 * DAY_MS)
    old, busy = (await lost_and_done(broom, worker))[0], await create(broom)
    await broom.later(31 * DAY_MS)
    young = await create(broom)

    await broom.sweep()

    deleted = await house.rows(tables.jobs, tables.jobs.c.deleted_at.is_not(None))
    assert [row["id"] for row in deleted] == [old.id]
    assert {busy.id, young.id} == {row["id"] for row in await house.rows(tables.jobs)} - {old.id}
    assert (await undelete(house, old.id)).id == old.id
    await broom.sweep()
    await broom.later(25 * HOUR_MS)
    await broom.sweep()
    with pytest.raises(errors.NotFound):
        await house.job(old.id)


async def test_without_a_retention_no_job_is_too_old(broom: Broom, worker: Writing) -> None:
    await lost_and_done(broom, worker)
    await broom.later(10_000 * DAY_MS)
    await broom.sweep()

    assert len(await broom.house.rows(tables.jobs, tables.jobs.c.deleted_at.is_(None))) == 1


async def test_a_picture_stays_as_long_as_any_job_uses_it(broom: Broom, worker: Writing, tmp_path: Path) -> None:
    house, picture = broom.house, await broom.picture()
    unused = await broom.picture("c" * 64)
    job = await create(broom, picture)
    await worker.work(house, job.id)

    async def pass_days(days: int) -> set[str]:
        await broom.later(days * DAY_MS)
        age_files(tmp_path / "artifacts", days * DAY_MS)
        await broom.sweep()
        return {row["id"] for row in await house.rows(tables.pictures)}

    assert await pass_days(6) == {picture.id, unused.id}
    assert await pass_days(2) == {picture.id}
    assert await broom.keys(f"owners/{OWNER}/pictures/{'c' * 64}") == set()
    assert {row["what"] for row in await house.rows(tables.audit)} == {
        "picture.forgotten", "picture.removing", "picture.removed",
    }  # fmt: skip
    await delete(house, job.id)
    assert await pass_days(0) == {picture.id}
    assert await pass_days(2) == set()  # the job, then its picture, that was sent long ago
    assert await broom.keys() == set()


async def test_a_picture_that_is_sent_again_is_young_again(broom: Broom, tmp_path: Path) -> None:
    picture = await broom.picture()
    await broom.later(8 * DAY_MS)
    age_files(tmp_path / "artifacts", 8 * DAY_MS)
    assert (await broom.picture()).id == picture.id

    await broom.sweep()

    assert [row["id"] for row in await broom.house.rows(tables.pictures)] == [picture.id]
    assert len(await broom.keys()) == 3


async def test_an_upload_that_nobody_recorded_goes_when_it_is_old(broom: Broom, tmp_path: Path) -> None:
    recorded = await broom.picture()
    lost = f"owners/{OWNER}/pictures/{'d' * 64}/source"
    await broom.store.put(lost, b"picture", "image/png")
    other = f"owners/{OWNER}/pictures/{recorded.source.sha256}/cutout-of-an-older-version.png"
    await broom.store.put(other, b"picture", "image/png")
    await broom.sweep()
    assert len(await broom.keys()) == 5

    age_files(tmp_path / "artifacts", 8 * DAY_MS)
    await broom.sweep()

    assert await broom.keys() == {recorded.source.key, recorded.cutout.key, recorded.thumbnail.key}


async def test_a_picture_whose_old_files_are_being_removed_is_not_recorded(broom: Broom, tmp_path: Path) -> None:
    """Its upload found them and wrote nothing, so the record would name files that are about to go."""
    await broom.picture()
    await broom.later(8 * DAY_MS)
    age_files(tmp_path / "artifacts", 8 * DAY_MS)
    assert await broom.sweep(kill_after=1)

    with pytest.raises(errors.Unavailable, match="send it again"):
        await broom.picture()


async def test_what_cannot_be_removed_now_keeps_nothing_else_from_going(broom: Broom, worker: Writing) -> None:
    _, prefix = await lost_and_done(broom, worker)
    job = await create(broom)
    await worker.work(broom.house, job.id)
    await delete(broom.house, job.id)
    await broom.later(25 * HOUR_MS)
    healthy = broom.store.delete

    async def delete_but_no_job(key: str) -> None:
        if key.endswith(job.id):
            raise errors.Unavailable("The store refuses; try again.")
        await healthy(key)

    broom.store.delete = delete_but_no_job  # type: ignore[method-assign]
    await broom.sweep()

    assert await broom.store.stat(f"{prefix}/1/part.txt") is None
    assert await broom.keys(f"owners/{OWNER}/jobs/{job.id}")


def test_the_age_of_leftovers_is_more_than_any_attempt_may_take(capsys: pytest.CaptureFixture[str]) -> None:
    OrchestratorSettings(sweep_age_s=1000, motion_deadline_s=900, lease_s=15)
    with pytest.raises(ValueError, match="An attempt may write for 915 s"):
        OrchestratorSettings(sweep_age_s=915, motion_deadline_s=900, lease_s=15)
