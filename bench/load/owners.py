"""Rig L5: a hundred owners of very different size, and a quarter more work than is carried.

How much an owner brings follows Zipf's law: the second brings half of what the first does, the third a third. Jobs come
through the orchestrator's gRPC API, which is told the owner. A small owner must not wait for the pile of a big one: as
the pile grows from the first half of the time to the second, its wait stays as it was.
"""

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from bench.load import arrivals, phases, sound, waits
from bench.load.arrivals import Answer, Send
from bench.load.rig import LOCAL, Rig, upload
from popcon import errors, rpc
from popcon.catalog.presets import DEFAULT_SET
from popcon.v1 import common_pb2, jobs_pb2, jobs_pb2_grpc

OWNERS = 100
TIMES = 1.25
"""So often the knee is offered: then the biggest of them cannot have all that they ask for."""

GROUPS = (range(1, 2), range(2, 11), range(11, 51), range(51, 101))
"""Ranks that are told of together."""

RESULTS = 4 * arrivals.ACTIONS
"""Of a job."""

ENV = {"POPCON_BACKLOG": "16"}
"""The default: what is in the stream already goes out before everybody who comes, so it is kept short."""


@dataclass
class Group:
    """Owners of some ranks. `results` and `fair`: runs that succeeded before the last job had come, and how many that
    would have been had everybody got the same who asked for as much. `early_s`, `late_s`: seconds from acceptance until
    done of jobs accepted in the first half of the time, and in the second."""

    ranks: range
    accepted: int
    refused: int
    results: int
    fair: float
    early_s: list[float]
    late_s: list[float]


@dataclass
class Crowd:
    """`pile`: runs of the biggest owner that had not ended when the last job had come. `found`: what must not be, by
    name."""

    offered: arrivals.Offered
    groups: list[Group]
    pile: int
    drained_s: float
    found: Mapping[str, int]


async def measure(rig: Rig, knee: float, seconds: float) -> Crowd:
    """Offers a quarter more than the knee for `seconds`; all of it is worked off before this returns."""
    accepted: Counter[int] = Counter()
    refused: Counter[int] = Counter()
    async with rpc.connect(rig.orchestrator) as channel:
        requests = {rank: _request(rank, await upload(channel, _name(rank))) for rank in range(1, OWNERS + 1)}
        send = _sender(jobs_pb2_grpc.JobServiceStub(channel), requests, accepted, refused)
        warming = await phases.warm(rig)
        began = await waits.now(rig)
        offered = await arrivals.offer(send, TIMES * knee, seconds, seed=1)
        ended = await waits.now(rig)
    results, pile = await _results(rig), await _pile(rig)
    drained_s = await rig.drain(600)
    jobs = await waits.done(rig, began)
    groups = _groups(accepted, refused, results, jobs, (began + ended) / 2)
    return Crowd(offered, groups, pile, drained_s, await sound.breaches(rig, warming + offered.accepted))


def fair_shares(wanted: Mapping[int, float], total: float) -> dict[int, float]:
    """Who gets how much of a total when nobody gets more than wanted, and who gets less than that gets as much as
    anybody."""
    shares: dict[int, float] = {}
    left = min(total, sum(wanted.values()))
    for place, (name, most) in enumerate(sorted(wanted.items(), key=lambda item: item[1])):
        shares[name] = min(most, left / (len(wanted) - place))
        left -= shares[name]
    return shares


def _groups(
    accepted: Counter[int], refused: Counter[int], results: Counter[int], jobs: list[waits.Done], middle: float
) -> list[Group]:
    wanted = {rank: (accepted[rank] + refused[rank]) * RESULTS for rank in accepted | refused}
    fair = fair_shares(wanted, results.total())
    found = []
    for ranks in GROUPS:
        halves: tuple[list[float], list[float]] = ([], [])
        for job in jobs:
            if _rank(job.owner) in ranks:
                halves[job.accepted_at > middle].append(job.took_s)
        counts = (sum(counted[rank] for rank in ranks) for counted in (accepted, refused, results))
        found.append(Group(ranks, *counts, sum(fair.get(rank, 0.0) for rank in ranks), *halves))
    return found


async def _results(rig: Rig) -> Counter[int]:
    """Runs of actions that succeeded so far, by rank."""
    query = "SELECT owner, count(*) AS runs FROM runs WHERE state = 'succeeded' AND action_id <> '' GROUP BY owner"
    return Counter({_rank(row["owner"]): row["runs"] for row in await rig.rows(query) if row["owner"] != LOCAL})


async def _pile(rig: Rig) -> int:
    """Runs of the biggest owner that have not ended."""
    query = "SELECT count(*) AS runs FROM runs WHERE owner = $1 AND state IN ('queued', 'running')"
    (row,) = await rig.rows(query, _name(1))
    return int(row["runs"])


def _sender(
    jobs: jobs_pb2_grpc.JobServiceStub,
    requests: Mapping[int, jobs_pb2.CreateJobRequest],
    accepted: Counter[int],
    refused: Counter[int],
) -> Send:
    """Makes a job of an owner drawn by chance, and counts what became of it by rank."""
    chance = random.Random(2)
    sizes = [1 / rank for rank in requests]

    async def send() -> Answer:
        (rank,) = chance.choices(list(requests), sizes)
        try:
            await rpc.call(jobs.CreateJob, requests[rank], timeout_s=30.0)
        except errors.PopconError as error:
            refused[rank] += 1
            return Answer(errors.mapping(type(error)).http, str(error.retry_after_s or ""))
        accepted[rank] += 1
        return Answer(201)

    return send


def _request(rank: int, picture_id: str) -> jobs_pb2.CreateJobRequest:
    actions = [
        jobs_pb2.ActionSpec(direction=common_pb2.Direction(preset=preset)) for preset in DEFAULT_SET[: arrivals.ACTIONS]
    ]
    options = jobs_pb2.JobOptions(targets=["line-emoji"], lane=common_pb2.LANE_BATCH)
    return jobs_pb2.CreateJobRequest(owner=_name(rank), picture_id=picture_id, actions=actions, options=options)


def _name(rank: int) -> str:
    return f"owner-{rank}"


def _rank(name: str) -> int:
    return int(name.removeprefix("owner-"))
