"""What is derived agrees with what it is derived from, whatever people and workers did."""

import contextlib
import random
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from popcon import errors, rpc
from popcon.stack import Folder
from popcon.v1 import common_pb2, dead_letters_pb2, edits_pb2, jobs_pb2, sets_pb2
from services.orchestrator import summaries, tables
from services.orchestrator.database import now_ms
from services.orchestrator.rules.action import State
from services.orchestrator.rules.jobs import job_state
from services.orchestrator.tx import Tx
from tests.fixtures.invariants import TABLES, Data, dead_letters_hold, seconds_fit
from tests.fixtures.orchestrator import Orchestrator
from tests.fixtures.sums import ledger_adds_up, stored_bytes_add_up
from tests.fixtures.work import Hand

STEPS = 40
EXPECTED = (errors.WrongState, errors.StaleVersion, errors.NotFound, errors.InvalidRequest)


class Crowd:
    """People and workers who do anything at all to one job."""

    def __init__(self, house: Orchestrator, job: jobs_pb2.Job, seed: int) -> None:
        self.house = house
        self.job = job
        self.random = random.Random(seed)
        self.hand = Hand(house)
        self.edits: list[str] = []

    async def step(self) -> None:
        deeds: list[tuple[int, Callable[[], Awaitable[object]]]] = [
            (12, self._work), (1, self._break), (1, self._lose), (2, self._act), (1, self._whole), (1, self._edit),
            (1, self._arrange), (1, self._letter),
        ]  # fmt: skip
        (deed,) = self.random.choices([deed for _, deed in deeds], [weight for weight, _ in deeds])
        with contextlib.suppress(EXPECTED):
            await deed()

    async def _work(self) -> None:
        runs = await self.hand.queued(self.job.id)
        if runs:
            held = (await self.hand.claim(self.random.choice(runs)["id"])).assignment
            await self._let_pass(held.run_id)
            if held.attempt and self.random.random() < 0.9:
                await self.hand.succeed(held)

    async def _break(self) -> None:
        held = await self._any_held()
        if held is not None:
            await self.hand.fail(held, retryable=self.random.random() < 0.5)

    async def _lose(self) -> None:
        held = await self._any_held()
        if held is not None:
            await self.house.end_lease(held.run_id)
            await self.house.reconciler.end_leases()

    async def _any_held(self):
        runs = tables.runs
        rows = await self.house.rows(runs, runs.c.job_id == self.job.id, runs.c.state == "running")
        return (await self.hand.claim(self.random.choice(rows)["id"])).assignment if rows else None

    async def _act(self) -> None:
        action = self.random.choice((await self.house.job(self.job.id)).actions)
        about = {"owner": "local", "action_id": action.id, "version": self.random.choice([0, 0, action.version])}
        stage = self.random.choice([0, 1, 2, 3, 4])
        target = "line-emoji" if stage == common_pb2.STAGE_PACK else ""
        selection = common_pb2.Selection(stage=stage or 1, target=target, run=self.random.randint(1, 2))
        await self._call(
            self.random.choice(
                [
                    jobs_pb2.ApproveActionRequest(**about),
                    jobs_pb2.RegenerateActionRequest(**about),
                    jobs_pb2.SelectTakeRequest(**about, selection=selection),
                    jobs_pb2.ResumeActionRequest(**about, stage=stage),
                    jobs_pb2.SkipRefineRequest(**about),
                    jobs_pb2.CancelActionRequest(**about),
                ]
            )
        )

    async def _whole(self) -> None:
        about = {"owner": "local", "job_id": self.job.id}
        kinds = [jobs_pb2.ApproveJobRequest, jobs_pb2.ResumeJobRequest, jobs_pb2.CancelJobRequest]
        if self.random.random() < 0.1:
            await self._call(jobs_pb2.DeleteJobRequest(**about))
            await self._call(jobs_pb2.UndeleteJobRequest(**about))
        await self._call(self.random.choice(kinds)(**about))

    async def _edit(self) -> None:
        action = self.random.choice((await self.house.job(self.job.id)).actions)
        opened = await rpc.call(
            self.house.edits.OpenEdit, edits_pb2.OpenEditRequest(owner="local", action_id=action.id)
        )
        name = self.random.choice(["ApplyEdit", "DiscardEdit", "UndoOperation"])
        request = getattr(edits_pb2, f"{name}Request")(
            owner="local", edit_id=opened.edit.id, version=opened.edit.version
        )
        await rpc.call(getattr(self.house.edits, name), request)

    async def _arrange(self) -> None:
        order = [action.id for action in self.job.actions]
        self.random.shuffle(order)
        request = sets_pb2.ArrangeSetRequest(
            owner="local", job_id=self.job.id, target="line-emoji", action_ids=order, tab_action_id=order[0]
        )
        await rpc.call(self.house.sets.ArrangeSet, request)

    async def _letter(self) -> None:
        runs = tables.runs
        rows = await self.house.rows(runs, runs.c.job_id == self.job.id, runs.c.dead_letter != "")
        if rows:
            name = self.random.choice(["Replay", "Replay", "Discard"])
            about = {"owner": "local", "run_id": self.random.choice(rows)["id"]}
            request = getattr(dead_letters_pb2, f"{name}DeadLetterRequest")(**about)
            await rpc.call(getattr(self.house.dead_letters, f"{name}DeadLetter"), request)

    async def _let_pass(self, run_id: str) -> None:
        """As if the run had been made and claimed a second earlier."""
        runs = tables.runs
        earlier = {"created_at": runs.c.created_at - 1000, "claimed_at": runs.c.claimed_at - 1000}
        await self.house.set(runs, (runs.c.id == run_id) & (runs.c.state == "running"), **earlier)

    async def _call(self, request: object) -> None:
        name = type(request).__name__.removesuffix("Request")
        await rpc.call(getattr(self.house.jobs, name), request)


@pytest.mark.parametrize("seed", range(4), ids=["no gate", "review", "refine", "both gates"])
async def test_after_a_random_walk_everything_derived_agrees(house: Orchestrator, seed: int) -> None:
    job = await house.create("joy", "cry", "angry", review=bool(seed & 1), refine=bool(seed & 2), takes=2)
    crowd = Crowd(house, job, seed)
    for _ in range(STEPS):
        await crowd.step()
        await summary_equals_a_rebuild(house, job.id)
    await events_are_contiguous(house, job.id)
    await at_most_one_live_run_per_slot(house, job.id)
    await letters_and_seconds_hold(house)
    await everything_can_still_end(house, job.id)


async def summary_equals_a_rebuild(house: Orchestrator, job_id: str) -> None:
    (kept,) = await house.rows(tables.job_summaries, tables.job_summaries.c.job_id == job_id)
    async with house.database.reading.begin() as connection:
        rebuilt = (await summaries.summarize(Tx(connection, 0), [job_id]))[job_id]
    assert kept == {"job_id": job_id, **rebuilt}
    actions = await house.rows(tables.actions, tables.actions.c.job_id == job_id)
    assert kept["state"] == job_state([State(action["state"]) for action in actions])


async def events_are_contiguous(house: Orchestrator, job_id: str) -> None:
    seqs = [row["seq"] for row in await house.rows(tables.events, tables.events.c.job_id == job_id)]
    assert seqs == list(range(1, len(seqs) + 1))
    (job,) = await house.rows(tables.jobs, tables.jobs.c.id == job_id)
    (kept,) = await house.rows(tables.job_summaries, tables.job_summaries.c.job_id == job_id)
    assert job["last_seq"] == seqs[-1]
    assert job["updated_at"] == kept["updated_at"]


async def at_most_one_live_run_per_slot(house: Orchestrator, job_id: str) -> None:
    runs = tables.runs
    live = await house.rows(runs, runs.c.job_id == job_id, runs.c.state.in_(["queued", "running"]))
    slots = [(run["action_id"], run["stage"], run["target"]) for run in live]
    assert len(set(slots)) == len(slots)


async def letters_and_seconds_hold(house: Orchestrator) -> None:
    found = {name: await house.rows(tables.metadata.tables[name]) for name in TABLES}
    async with house.database.reading.begin() as connection:
        data = Data(Folder(Path()), await now_ms(connection), **found)
    assert [*dead_letters_hold(data), *seconds_fit(data), *ledger_adds_up(data), *stored_bytes_add_up(data)] == []


async def everything_can_still_end(house: Orchestrator, job_id: str) -> None:
    """Whatever state the walk left, cancelling ends it and resuming brings it to its end."""
    about = {"owner": "local", "job_id": job_id}
    hand = Hand(house)
    await rpc.call(house.jobs.CancelJob, jobs_pb2.CancelJobRequest(**about))
    await rpc.call(house.jobs.ResumeJob, jobs_pb2.ResumeJobRequest(**about, stage=common_pb2.STAGE_STARTFRAME))
    await house.set(tables.runs, tables.runs.c.state == "queued", not_before=0)
    await hand.work(job_id)
    await rpc.call(house.jobs.ApproveJob, jobs_pb2.ApproveJobRequest(**about))
    await hand.work(job_id)
    for action in (await house.job(job_id)).actions:
        if action.state == jobs_pb2.ACTION_STATE_AWAITING_REFINE:
            await rpc.call(house.jobs.SkipRefine, jobs_pb2.SkipRefineRequest(owner="local", action_id=action.id))
    await hand.work(job_id)
    job = await house.job(job_id)
    assert job.state == jobs_pb2.JOB_STATE_DONE
    assert job.sets[0].state == sets_pb2.SET_STATE_COMPLETE
    assert len(job.sets[0].action_ids) == len(job.actions)
