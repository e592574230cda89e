"""Jobs over real gRPC: made, read, listed, deleted and brought back."""

import asyncio

import pytest

from popcon import errors, rpc
from popcon.v1 import common_pb2, jobs_pb2
from services.orchestrator import tables
from tests.fixtures.orchestrator import Orchestrator, a_picture, an_action
from tests.fixtures.work import Hand

DAY_MS = 24 * 3600 * 1000


async def listed(house: Orchestrator, **request: object) -> jobs_pb2.ListJobsResponse:
    return await rpc.call(house.jobs.ListJobs, jobs_pb2.ListJobsRequest(owner="local", **request))


async def delete(house: Orchestrator, job_id: str) -> jobs_pb2.DeleteJobResponse:
    return await rpc.call(house.jobs.DeleteJob, jobs_pb2.DeleteJobRequest(owner="local", job_id=job_id))


async def undelete(house: Orchestrator, job_id: str) -> jobs_pb2.Job:
    request = jobs_pb2.UndeleteJobRequest(owner="local", job_id=job_id)
    return (await rpc.call(house.jobs.UndeleteJob, request)).job


async def test_the_same_picture_of_the_same_owner_is_one_picture(house: Orchestrator) -> None:
    first, second = await house.picture(), await house.picture()
    assert first == second
    request = jobs_pb2.GetPictureRequest(owner="local", picture_id=first.id)
    assert (await rpc.call(house.pictures.GetPicture, request)).picture == first
    others = [await house.picture(owner="somebody"), await house.picture(sha256="c" * 64)]
    assert len({first.id, *(other.id for other in others)}) == 3


async def test_a_job_is_answered_as_it_was_asked_for(house: Orchestrator) -> None:
    picture = await house.picture()
    spec = jobs_pb2.ActionSpec(direction=common_pb2.Direction(preset="cry", effect_prompt="one big tear"), label="Weep")
    custom = jobs_pb2.ActionSpec(direction=common_pb2.Direction(action_prompt="spins on its toes"))
    request = jobs_pb2.CreateJobRequest(
        owner="local",
        picture_id=picture.id,
        name="Cat",
        actions=[an_action("joy"), spec, custom],
        options=jobs_pb2.JobOptions(
            review=True,
            takes=3,
            targets=["web", "line-emoji"],
            seed=7,
            lane=common_pb2.LANE_INTERACTIVE,
            matte_backend="classic",
        ),
    )
    job = (await rpc.call(house.jobs.CreateJob, request)).job
    assert job == await house.job(job.id)
    assert (job.name, job.state, job.picture.id, job.owner) == ("Cat", jobs_pb2.JOB_STATE_QUEUED, picture.id, "local")
    assert list(job.options.targets) == ["web", "line-emoji"]
    assert (job.options.takes, job.options.seed, job.options.lane) == (3, 7, common_pb2.LANE_INTERACTIVE)
    assert (job.options.startframe_backend, job.options.matte_backend) == ("auto", "classic")
    joy, cry, spin = job.actions
    assert [action.index for action in job.actions] == [0, 1, 2]
    assert (joy.label, cry.label, spin.label) == ("Joy", "Weep", "spins on its toes")
    assert joy.direction.action_prompt
    assert cry.direction.effect_prompt == "one big tear"
    assert (spin.direction.preset, spin.direction.effect_prompt) == ("", "")
    for action in job.actions:
        (run,) = action.runs
        assert (run.stage, run.number, run.state) == (common_pb2.STAGE_STARTFRAME, 1, jobs_pb2.RUN_STATE_QUEUED)
        assert (action.state, action.stage) == (jobs_pb2.ACTION_STATE_QUEUED, common_pb2.STAGE_STARTFRAME)
    assert len({action.runs[0].seed for action in job.actions}) == 3


async def test_a_job_runs_to_its_end(house: Orchestrator, hand: Hand) -> None:
    job = await house.create("joy", "cry")
    await hand.work(job.id)
    job = await house.job(job.id)
    assert job.state == jobs_pb2.JOB_STATE_DONE
    for action in job.actions:
        assert action.state == jobs_pb2.ACTION_STATE_DONE
        stages = [common_pb2.Stage.Name(run.stage) for run in action.runs]
        assert stages == ["STAGE_STARTFRAME", "STAGE_MOTION", "STAGE_MATTE", "STAGE_PACK"]
        assert all(run.state == jobs_pb2.RUN_STATE_SUCCEEDED and not run.outdated for run in action.runs)
        assert [next(iter(run.inputs)).stage for run in action.runs[1:]] == [run.stage for run in action.runs[:-1]]
        assert all(run.manifest.sha256 and run.ended_at.seconds and run.backend == "by hand" for run in action.runs)


async def test_single_frames_are_told_of_a_run_and_not_of_a_job(house: Orchestrator, hand: Hand) -> None:
    job = await house.create()
    held = await hand.start(job.id)
    frames = [f"finished/frames/{number:04}.png" for number in range(12)]
    await hand.succeed(held, files=frames)
    (action,) = (await house.job(job.id)).actions
    assert [output.name for output in action.runs[0].outputs] == ["made.png"]
    request = jobs_pb2.GetRunRequest(owner="local", run_id=held.run_id)
    run = (await rpc.call(house.jobs.GetRun, request)).run
    assert [output.name for output in run.outputs] == ["made.png", *frames]
    assert (run.id, run.manifest) == (held.run_id, action.runs[0].manifest)
    for owner, run_id in (("somebody", held.run_id), ("local", "run_x")):
        with pytest.raises(errors.NotFound):
            await rpc.call(house.jobs.GetRun, jobs_pb2.GetRunRequest(owner=owner, run_id=run_id))


async def test_the_same_options_give_the_same_seeds(house: Orchestrator) -> None:
    first, second = await house.create("joy", "cry", seed=3), await house.create("joy", "cry", seed=3)
    seeds = [[action.runs[0].seed for action in job.actions] for job in (first, second)]
    assert seeds[0] == seeds[1]
    assert seeds[0][0] != seeds[0][1]


async def test_pages_hold_every_job_once_newest_first(house: Orchestrator) -> None:
    made = [(await house.create()).id for _ in range(5)]
    seen, cursor = [], ""
    while True:
        page = await listed(house, limit=2, cursor=cursor)
        assert len(page.jobs) <= 2
        seen += [job.id for job in page.jobs]
        cursor = page.next_cursor
        if not cursor:
            break
        await house.create()  # what comes later is on no later page
    assert seen == made[::-1]


async def test_a_full_last_page_has_no_cursor(house: Orchestrator) -> None:
    for _ in range(2):
        await house.create()
    assert not (await listed(house, limit=2)).next_cursor
    assert len((await listed(house)).jobs) == 2


async def test_jobs_are_found_by_state_and_name(house: Orchestrator, hand: Hand) -> None:
    done = await house.create(name="Cat 100%")
    queued = await house.create(name="Dog")
    await hand.work(done.id)
    states = {"states": [jobs_pb2.JOB_STATE_DONE, jobs_pb2.JOB_STATE_FAILED]}
    assert [job.id for job in (await listed(house, **states)).jobs] == [done.id]
    assert [job.id for job in (await listed(house, search="dOg")).jobs] == [queued.id]
    assert [job.id for job in (await listed(house, search="0%")).jobs] == [done.id]
    assert (await listed(house, search="%")).jobs != []
    assert not (await listed(house, search="_")).jobs


async def test_a_list_says_where_each_action_is(house: Orchestrator, hand: Hand) -> None:
    job = await house.create("joy", "cry", name="Cat", review=True)
    await hand.succeed(await hand.start(job.id))
    (summary,) = (await listed(house)).jobs
    assert (summary.id, summary.name, summary.state) == (job.id, "Cat", jobs_pb2.JOB_STATE_RUNNING)
    assert summary.thumbnail.key.endswith("cutout.png")
    assert [(action.label, action.state, action.last_stage) for action in summary.actions] == [
        ("Joy", jobs_pb2.ACTION_STATE_AWAITING_REVIEW, common_pb2.STAGE_STARTFRAME),
        ("Cry", jobs_pb2.ACTION_STATE_QUEUED, common_pb2.STAGE_UNSPECIFIED),
    ]


async def test_owners_see_nothing_of_one_another(house: Orchestrator) -> None:
    mine = await house.create()
    theirs = await house.create(owner="somebody")
    assert [job.id for job in (await listed(house)).jobs] == [mine.id]
    for call, request in (
        (house.jobs.GetJob, jobs_pb2.GetJobRequest(owner="local", job_id=theirs.id)),
        (house.jobs.DeleteJob, jobs_pb2.DeleteJobRequest(owner="local", job_id=theirs.id)),
        (house.jobs.CancelJob, jobs_pb2.CancelJobRequest(owner="local", job_id=theirs.id)),
        (house.jobs.CancelAction, jobs_pb2.CancelActionRequest(owner="local", action_id=theirs.actions[0].id)),
        (house.pictures.GetPicture, jobs_pb2.GetPictureRequest(owner="local", picture_id=theirs.picture.id)),
    ):
        with pytest.raises(errors.NotFound):
            await rpc.call(call, request)
    assert await house.job(theirs.id, "somebody") == theirs


async def test_a_deleted_job_is_hidden_and_its_work_stops(house: Orchestrator, hand: Hand) -> None:
    job = await house.create("joy", "cry")
    held = await hand.start(job.id)
    until = (await delete(house, job.id)).undo_until
    with pytest.raises(errors.NotFound):
        await house.job(job.id)
    assert not (await listed(house)).jobs
    assert [gone.id for gone in (await listed(house, deleted=True)).jobs] == [job.id]
    assert await hand.queued(job.id) == []
    assert (await house.run_row(held.run_id))["state"] == "superseded"
    assert (await delete(house, job.id)).undo_until == until
    row = (await house.rows(tables.jobs))[0]
    assert until.ToMilliseconds() == row["deleted_at"] + DAY_MS


async def test_a_deleted_job_comes_back_with_what_it_had(house: Orchestrator, hand: Hand) -> None:
    job = await house.create("joy", "cry")
    joy, cry = job.actions
    for stage in ("startframe", "motion", "matte", "pack"):
        await hand.succeed(await hand.start(job.id, stage))
    await delete(house, job.id)
    back = await undelete(house, job.id)
    assert [(action.id, action.state) for action in back.actions] == [
        (joy.id, jobs_pb2.ACTION_STATE_DONE),
        (cry.id, jobs_pb2.ACTION_STATE_CANCELLED),
    ]
    assert [each.id for each in (await listed(house)).jobs] == [job.id]
    assert await undelete(house, job.id) == back
    # Nothing goes on any more, so the set of what is finished is made.
    assert [run["stage"] for run in await hand.queued(job.id)] == ["assemble"]


async def test_after_a_day_a_deleted_job_is_gone(house: Orchestrator) -> None:
    job = await house.create()
    await delete(house, job.id)
    row = (await house.rows(tables.jobs))[0]
    await house.set(tables.jobs, tables.jobs.c.id == job.id, deleted_at=row["deleted_at"] - DAY_MS - 1000)
    with pytest.raises(errors.NotFound, match="more than 24 hours ago"):
        await undelete(house, job.id)


async def test_twenty_creations_with_one_key_are_one_job(house: Orchestrator) -> None:
    picture = await house.picture()
    request = jobs_pb2.CreateJobRequest(
        owner="local", picture_id=picture.id, actions=[an_action()], idempotency_key="once"
    )
    answers = await asyncio.gather(*(rpc.call(house.jobs.CreateJob, request) for _ in range(20)))
    assert len({answer.SerializeToString(deterministic=True) for answer in answers}) == 1
    assert len(await house.rows(tables.jobs)) == 1


async def test_a_key_belongs_to_its_owner_and_its_body(house: Orchestrator) -> None:
    await house.picture("somebody")
    answers = []
    for owner in ("local", "somebody"):
        picture = await house.picture(owner)
        request = jobs_pb2.CreateJobRequest(
            owner=owner, picture_id=picture.id, actions=[an_action()], idempotency_key="once"
        )
        answers.append((await rpc.call(house.jobs.CreateJob, request)).job.id)
    assert len(set(answers)) == 2
    request.actions[0].label = "Another"
    before = await house.count()
    with pytest.raises(errors.IdempotencyMismatch):
        await rpc.call(house.jobs.CreateJob, request)
    assert await house.count() == before


async def test_a_refused_creation_does_not_use_its_key_up(house: Orchestrator) -> None:
    picture = await house.picture()
    request = jobs_pb2.CreateJobRequest(owner="local", picture_id=picture.id, idempotency_key="once")
    with pytest.raises(errors.NoActions):
        await rpc.call(house.jobs.CreateJob, request)
    request.actions.append(an_action())
    assert (await rpc.call(house.jobs.CreateJob, request)).job.id


async def test_pictures_are_found_by_bytes(house: Orchestrator) -> None:
    known = await house.picture()
    changed = a_picture()
    changed.background = "busy"
    request = jobs_pb2.CreatePictureRequest(owner="local", picture=changed)
    assert (await rpc.call(house.pictures.CreatePicture, request)).picture == known
