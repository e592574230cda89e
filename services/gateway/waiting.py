"""Answers that wait: `Prefer: wait=N` (RFC 7240) holds one back until there is something to do, or N s are over."""

import asyncio
import contextlib
import re
from typing import Annotated

from fastapi import Depends, Header, Response

from popcon.v1 import jobs_pb2 as pb
from popcon.v1 import sets_pb2
from services.gateway import watching
from services.gateway.links import Links, read

WAIT_MAX_S = 60

_WAIT = re.compile(r"(?:^|[,;\s])wait\s*=\s*\"?(\d{1,9})\b", re.IGNORECASE)
_MOVES = frozenset({pb.JOB_STATE_QUEUED, pb.JOB_STATE_RUNNING})


def _wait_s(
    prefer: Annotated[
        str,
        Header(
            max_length=200,
            description=f"`wait=N`: answer once the job needs a person or is over, or after N seconds (at most "
            f"{WAIT_MAX_S}); `Preference-Applied` says for how long at most it was",
            examples=["wait=30"],
        ),
    ] = "",
) -> int:
    found = _WAIT.search(prefer)
    return min(int(found[1]), WAIT_MAX_S) if found else 0


Wait = Annotated[int, Depends(_wait_s)]
"""Seconds that the caller wants to wait, 0 to `WAIT_MAX_S`."""


async def at_rest(links: Links, owner: str, job: pb.Job, wait_s: int, response: Response) -> pb.Job:
    """The job once nothing moves by itself, or as it is after `wait_s` or when the gateway ends. Raises as `GetJob`."""
    if not wait_s:
        return job
    response.headers["Preference-Applied"] = f"wait={wait_s}"
    if not _moves(job):
        return job
    waits = asyncio.ensure_future(_until_at_rest(links, owner, job)), asyncio.ensure_future(links.stop.wait())
    try:
        await asyncio.wait(waits, timeout=wait_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waits:
            task.cancel()
        await asyncio.gather(*waits, return_exceptions=True)
    return await _now(links, owner, job)


async def _until_at_rest(links: Links, owner: str, job: pb.Job) -> None:
    async with contextlib.aclosing(watching.events(links, owner, job.id, job.last_seq)) as events:
        async for event in events:
            # Progress has no number and changes no state; of many events at once the last will do.
            if event.seq > job.last_seq:
                job = await _now(links, owner, job)
                if not _moves(job):
                    return


async def _now(links: Links, owner: str, job: pb.Job) -> pb.Job:
    found: pb.GetJobResponse = await read(links.jobs.GetJob, pb.GetJobRequest(owner=owner, job_id=job.id))
    return found.job


def _moves(job: pb.Job) -> bool:
    """Whether something will happen by itself: actions at work, or sets being made of them."""
    made = {each.target: each.state for each in job.sets}
    some_done = any(action.state == pb.ACTION_STATE_DONE for action in job.actions)
    is_over = job.state not in _MOVES and job.state != pb.JOB_STATE_AWAITING
    pending = sets_pb2.SET_STATE_PENDING
    return job.state in _MOVES or (
        is_over and some_done and any(made.get(target, pending) == pending for target in job.options.targets)
    )
