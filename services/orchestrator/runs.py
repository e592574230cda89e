"""Claim, heartbeat, complete, release: how workers move runs, and what becomes of an attempt that was lost.

The attempt number is the fence. A claim raises it; every other call must name the number it holds, and changes nothing
when that is no longer the run's. A run whose lease ran out is queued again but keeps its number until it is claimed,
so a worker that was only slow may still finish it.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from popcon import errors
from popcon.v1 import common_pb2, runs_pb2
from services.orchestrator import accounting, actions, assignments, letters, outbox, tables, tallies, views
from services.orchestrator.change import change_of_run
from services.orchestrator.database import Row
from services.orchestrator.enqueue import LIVE
from services.orchestrator.rules import retry
from services.orchestrator.rules.action import Event, RunFailed, RunStarted, RunSucceeded, Slot, Stage
from services.orchestrator.tx import JobChange, Tx

Verdict = runs_pb2.Verdict

CONTINUE: Verdict = runs_pb2.VERDICT_CONTINUE
SETTLED: Verdict = runs_pb2.VERDICT_SETTLED
HELD: Verdict = runs_pb2.VERDICT_HELD
TAKEN: Verdict = runs_pb2.VERDICT_TAKEN


@dataclass(frozen=True)
class Timing:
    """`lease_s`: seconds an attempt holds a run without a heartbeat. `deadline_s`: seconds per attempt, by stage."""

    lease_s: float
    deadline_s: dict[str, float]


async def claim(tx: Tx, run_id: str, claim_id: str, timing: Timing) -> runs_pb2.ClaimResponse:
    """Gives a run to a worker. The same claim said again gets the same attempt."""
    found = await _find(tx, run_id)
    if found is None:
        return runs_pb2.ClaimResponse(verdict=SETTLED)
    async with change_of_run(tx, found["job_id"]) as job:
        run = await _get(tx, run_id)
        if run["state"] == "running" and run["claim_id"] != claim_id:
            # A lease that ran out is ended by the reconciler, which knows whether anybody could have extended it.
            return runs_pb2.ClaimResponse(verdict=HELD)
        if run["state"] not in LIVE or (run["state"] == "queued" and run["not_before"] > tx.now):
            return runs_pb2.ClaimResponse(verdict=SETTLED)
        if run["state"] == "queued":
            run = await _take(job, run, claim_id, timing)
        return await _assign(job, run, timing)


async def _assign(job: JobChange, run: Row, timing: Timing) -> runs_pb2.ClaimResponse:
    try:
        assignment = await assignments.build(job.tx, run, timing.lease_s)
    except errors.PopconError as error:
        # It would fail the same way for every worker that asks.
        await _fail(job, run, {"code": error.code, "message": error.message, "retryable": False})
        return runs_pb2.ClaimResponse(verdict=SETTLED)
    return runs_pb2.ClaimResponse(verdict=CONTINUE, assignment=assignment)


async def _take(job: JobChange, run: Row, claim_id: str, timing: Timing) -> Row:
    deadline = job.tx.now + int(timing.deadline_s[run["stage"]] * 1000)
    lease = min(job.tx.now + int(timing.lease_s * 1000), deadline)
    values = {
        "state": "running", "attempt": run["attempt"] + 1, "claim_id": claim_id, "progress": 0.0,
        "lease_until": lease, "deadline_at": deadline, **accounting.begin(job.tx),
    }  # fmt: skip
    job.event("run.started", **_about(run), data={"attempt": values["attempt"]})
    if run["action_id"]:
        await _tell_action(job, run, RunStarted(_slot(run), run["number"]))
    _set(job.tx, run, values)
    return {**run, **values}


async def heartbeat(tx: Tx, run_id: str, attempt: int, progress: float, timing: Timing) -> tuple[Verdict, Row]:
    """Extends the lease of an attempt, never past its deadline; answers the verdict and the run."""
    async with change_of_run(tx, (await _get(tx, run_id))["job_id"]):
        run = await _get(tx, run_id)
        verdict = _verdict(run, attempt)
        if verdict != CONTINUE:
            return verdict, run
        if run["deadline_at"] <= tx.now:
            # Only the reconciler ends it, which knows whether it is the deadline that passed or the clock that was set.
            return CONTINUE if run["state"] == "running" else HELD, run
        lease = min(tx.now + int(timing.lease_s * 1000), run["deadline_at"])
        progress = min(max(run["progress"], progress), 1.0)  # in this order what is no number is not taken
        values = {"state": "running", "lease_until": lease, "progress": progress}
        _set(tx, run, values)
    return CONTINUE, {**run, **values}


async def complete(tx: Tx, request: runs_pb2.CompleteRequest) -> Verdict:
    """Takes the outcome of an attempt and commits the next step. Saying it twice is saying it once."""
    run = await _get(tx, request.run_id)
    if run["state"] == "succeeded" and run["attempt"] == request.attempt:
        return TAKEN
    async with change_of_run(tx, run["job_id"]) as job:
        run = await _get(tx, request.run_id)
        verdict = _verdict(run, request.attempt)
        if verdict != CONTINUE:
            return verdict
        if request.WhichOneof("outcome") == "success":
            await _succeed(job, run, request.success)
        elif run["state"] == "queued":
            return SETTLED  # its lease or deadline ran out, and that was counted already
        else:
            await _report_error(job, run, request.failure)
    return TAKEN


async def release(tx: Tx, run_id: str, attempt: int) -> Verdict:
    """Takes a run back from a worker that is going away; it is no failure and is published again at once."""
    run = await _get(tx, run_id)
    async with change_of_run(tx, run["job_id"]) as job:
        run = await _get(tx, run_id)
        verdict = _verdict(run, attempt)
        if verdict != CONTINUE:
            return verdict
        _requeue(job, run, 0.0)
        _part(job.tx, run)
        job.event("run.released", **_about(run))
    return TAKEN


async def lose(job: JobChange, run: Row) -> Row:
    """An attempt fell silent: queues the run again or fails it. Answers the run as it now is."""
    losses = run["losses"] + 1
    failure = {"code": "worker_lost", "message": f"Its worker vanished {losses} times; resume it, or report its input."}
    decision = retry.after_loss(losses)
    return await _after(job, {**run, "losses": losses}, decision, {"losses": losses}, failure)


async def expire(job: JobChange, run: Row) -> Row:
    """An attempt passed its deadline."""
    row = errors.DeadlinePassed("The work did not end in its time; resume it, or give it less to do.")
    return await _erred(job, run, {"code": row.code, "message": row.message}, retryable=True)


async def _report_error(job: JobChange, run: Row, failure: common_pb2.Error) -> None:
    said = {"code": failure.code or "internal", "message": failure.message}
    await _erred(job, run, said, retryable=failure.retryable)
    _part(job.tx, run)


async def _erred(job: JobChange, run: Row, failure: Row, *, retryable: bool) -> Row:
    tries = run["tries"] + 1
    decision = retry.after_error(tries, failure["code"], retryable)
    return await _after(job, {**run, "tries": tries}, decision, {"tries": tries}, {**failure, "retryable": retryable})


async def _after(job: JobChange, run: Row, decision: retry.Again | retry.GiveUp, counted: Row, failure: Row) -> Row:
    _set(job.tx, run, counted)
    match decision:
        case retry.Again(delay_s):
            job.event("run.retrying", **_about(run), data={"in_s": delay_s, "failure": failure})
            return _requeue(job, run, delay_s)
        case retry.GiveUp():
            await _fail(job, run, failure)
    return {**run, "state": "failed"}


def _requeue(job: JobChange, run: Row, delay_s: float) -> Row:
    delay_ms = int(delay_s * 1000)
    values = {"state": "queued", "not_before": job.tx.now + delay_ms, "published_at": None, "lease_until": job.tx.now}
    values |= accounting.wasted(job.tx, run)
    _set(job.tx, run, values)
    outbox.put(job.tx, run["id"], run["owner"], delay_ms)
    return {**run, **values}


def _part(tx: Tx, run: Row) -> None:
    """Its worker is done with the run: whatever it still says about this attempt, it has said already."""
    _set(tx, run, {"claim_id": ""})


# The action is told before the run's row changes: the rules must still see the run as live.


async def _succeed(job: JobChange, run: Row, success: runs_pb2.Success) -> None:
    spent = accounting.useful(job.tx, run, success.seconds)
    job.event("run.succeeded", **_about(run), data={"seconds": round(spent["seconds"], 3)})
    if run["action_id"]:
        await _tell_action(job, run, RunSucceeded(_slot(run), run["number"], success.takes))
    else:
        job.event("set.changed", target=run["target"], run=run["number"], data=views.set_event(success))
    made = views.success_columns(success)
    size = tallies.size_of([made["manifest"], *made["outputs"]])
    tallies.store(job.tx, job.owner, size)
    values = {"state": "succeeded", "ended_at": job.tx.now, "progress": 1.0, "bytes": size}
    _set(job.tx, run, {**values, **made, **spent})


async def _fail(job: JobChange, run: Row, failure: Row) -> None:
    job.event("run.failed", **_about(run), data={"failure": failure})
    if run["action_id"]:
        await _tell_action(job, run, RunFailed(_slot(run), run["number"]), failure)
    else:
        job.event("set.changed", target=run["target"], run=run["number"], data={"state": "failed"})
    values = {"state": "failed", "ended_at": job.tx.now, "failure": failure, "dead_letter": letters.OPEN}
    _set(job.tx, run, {**values, **accounting.wasted(job.tx, run)})


async def _tell_action(job: JobChange, run: Row, event: Event, failure: Row | None = None) -> None:
    loaded = await actions.load(job, run["action_id"])
    await actions.advance(job, loaded, event, failure=failure)


async def _find(tx: Tx, run_id: str) -> Row | None:
    known = tx.ahead.runs.get(run_id)
    return known or await tx.one(sa.select(tables.runs).where(tables.runs.c.id == run_id))


async def _get(tx: Tx, run_id: str) -> Row:
    run = await _find(tx, run_id)
    if run is None:
        raise errors.NotFound(f"There is no run {run_id}.")
    return run


def _set(tx: Tx, run: Row, values: Row) -> None:
    tx.ahead.renew_run(run, values)
    tx.update(tables.runs, run["id"], values)


def _verdict(run: Row, attempt: int) -> Verdict:
    if run["state"] not in LIVE:
        return SETTLED
    if run["attempt"] != attempt:
        return HELD
    return CONTINUE if run["claim_id"] else SETTLED


def _slot(run: Row) -> Slot:
    return Slot(Stage(run["stage"]), run["target"])


def _about(run: Row) -> Row:
    return {"action_id": run["action_id"], "stage": run["stage"], "target": run["target"], "run": run["number"]}
