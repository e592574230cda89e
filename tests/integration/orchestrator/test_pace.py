"""The pace of work: what an owner's last runs took, and how many are waiting."""

from popcon import rpc
from popcon.v1 import common_pb2, jobs_pb2
from services.orchestrator import tables
from services.orchestrator.pace import LAST
from tests.fixtures.orchestrator import Orchestrator
from tests.fixtures.work import Hand

STAGES = [
    common_pb2.STAGE_STARTFRAME,
    common_pb2.STAGE_MOTION,
    common_pb2.STAGE_MATTE,
    common_pb2.STAGE_PACK,
]


async def pace(house: Orchestrator, owner: str = "local") -> jobs_pb2.GetPaceResponse:
    return await rpc.call(house.jobs.GetPace, jobs_pb2.GetPaceRequest(owner=owner))  # type: ignore[no-any-return]


def seconds(found: jobs_pb2.GetPaceResponse) -> list[float | None]:
    assert [item.stage for item in found.stages] == STAGES
    return [item.seconds if item.HasField("seconds") else None for item in found.stages]


async def set_seconds(house: Orchestrator, stage: str, *values: float) -> None:
    """Gives the runs of a stage, oldest first, how long they took and when they ended."""
    rows = await house.rows(tables.runs, tables.runs.c.stage == stage)
    for at, (row, value) in enumerate(zip(rows, values, strict=True), 1):
        await house.set(tables.runs, tables.runs.c.id == row["id"], seconds=value, ended_at=at, state="succeeded")


async def test_before_any_run_nothing_is_known(house: Orchestrator) -> None:
    found = await pace(house)
    assert (seconds(found), found.waiting) == ([None] * 4, 0)


async def test_it_is_the_median_per_stage_and_counts_what_waits(house: Orchestrator, hand: Hand) -> None:
    job = await house.create("joy", "cry", "angry")
    assert (await pace(house)).waiting == 3
    await hand.start(job.id)
    assert (await pace(house)).waiting == 3  # one of them is running
    await hand.work(job.id, until="motion")
    await set_seconds(house, "startframe", 1.0, 9.0, 2.0)
    found = await pace(house)
    assert (seconds(found), found.waiting) == ([2.0, None, None, None], 2)


async def test_what_was_long_ago_says_nothing(house: Orchestrator) -> None:
    made = 0
    while made < LAST + 20:
        await house.create(*["joy"] * 20)
        made += 20
    await set_seconds(house, "startframe", *[100.0] * (made - LAST), *[1.0] * LAST)
    assert seconds(await pace(house))[0] == 1.0


async def test_edits_failures_and_other_owners_do_not_count(house: Orchestrator, hand: Hand) -> None:
    job = await house.create("joy", "cry", "angry")
    theirs = await house.create(owner="somebody")
    await hand.work(theirs.id)
    for run in await hand.queued(job.id):
        await hand.succeed(await hand.take(run["id"]))
    await set_seconds(house, "startframe", 1.0, 60.0, 70.0, 80.0)
    runs = await house.rows(tables.runs, tables.runs.c.stage == "startframe", tables.runs.c.owner == "local")
    await house.set(tables.runs, tables.runs.c.id == runs[1]["id"], backend="edit")
    await house.set(tables.runs, tables.runs.c.id == runs[2]["id"], state="failed")
    assert seconds(await pace(house)) == [1.0, None, None, None]
    assert (await pace(house)).waiting == 3
    assert (await pace(house, "somebody")).waiting == 0
    assert (await pace(house, "nobody")).waiting == 0
