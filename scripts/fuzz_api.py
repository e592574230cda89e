"""Asks the whole API at random and judges every answer: `python scripts/fuzz_api.py --examples 40 --seed 1`.

Gateway (keys required), orchestrator, NATS and a worker that makes nothing run as processes of their own; the services
that the gateway calls are the real ones, without their workers. What was asked, and what was wrong, goes to
bench/results/fuzz_api.md. Exits with 1 when anything was.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import grpc

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]

import machine  # noqa: E402
from popcon import rpc, server  # noqa: E402
from popcon.client import Popcon  # noqa: E402
from popcon.config import Settings  # noqa: E402
from popcon.jail import Jail  # noqa: E402
from popcon.rest import ActionState  # noqa: E402
from popcon.stack import ports  # noqa: E402
from popcon.storage import ArtifactStore, open_store  # noqa: E402
from popcon.v1 import (  # noqa: E402
    access_pb2,
    access_pb2_grpc,
    matting_pb2_grpc,
    motion_pb2_grpc,
    packaging_pb2_grpc,
    startframe_pb2_grpc,
)
from services.matting.engine import Engine  # noqa: E402
from services.matting.servicer import Mattings  # noqa: E402
from services.motion.servicer import Motions  # noqa: E402
from services.packaging.servicer import CHECKER, Packagings  # noqa: E402
from services.startframe.servicer import StartFrames  # noqa: E402
from tests.fixtures.api_fuzz import CHECKS, Found, fuzz  # noqa: E402
from tests.fixtures.stack import EXAMPLES, LiveStack, eventually, spine  # noqa: E402

OWNER = "fuzz"
JOBS = 4
ALONE = ("examples", "coverage", "fuzzing")
PASSES_MAX = 50
PEERS = ("startframe", "motion", "matting", "packaging")


@dataclass
class Run:
    """A fuzz run: what was found, in how many seconds, and the log of the gateway."""

    found: Found
    seconds: float
    said: str


async def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=40, help="random requests per operation and phase")
    parser.add_argument(
        "--following", type=int, default=5_000, help="requests that follow from earlier answers, at least"
    )
    parser.add_argument("--seed", type=int, default=20261124)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run = await _run(Path(folder), asked)
    _report(run, asked.seed)
    return 1 if run.found.failures else 0


async def _run(root: Path, asked: argparse.Namespace) -> Run:
    address = f"{ports.HOST}:{ports.services(1)[0]}"
    store = open_store(f"file://{root}/artifacts")
    env = {f"POPCON_{peer.upper()}": address for peer in PEERS}
    async with AsyncExitStack() as stack:
        await _serve(stack, store, address)
        return await asyncio.to_thread(_ask, root, {**env, "POPCON_KEYS": "true"}, asked)


async def _serve(stack: AsyncExitStack, store: ArtifactStore, address: str) -> None:
    """The services that the gateway calls, on one port."""
    engine = Engine([])
    stack.push_async_callback(engine.close)

    def register(target: grpc.aio.Server) -> None:
        startframe_pb2_grpc.add_StartFrameServiceServicer_to_server(StartFrames(store, 2), target)
        motion_pb2_grpc.add_MotionServiceServicer_to_server(Motions(store), target)
        matting_pb2_grpc.add_MattingServiceServicer_to_server(Mattings(engine), target)
        packaging_pb2_grpc.add_PackagingServiceServicer_to_server(Packagings(Jail(CHECKER, [])), target)

    await stack.enter_async_context(server.Service("stages", Settings(grace_s=1)).grpc(address, [], register))


def _ask(root: Path, env: dict[str, str], asked: argparse.Namespace) -> Run:
    with spine(root, **env) as live:
        key = asyncio.run(_key(live.addresses.grpc["orchestrator"]))
        known = _world(live, key)
        began = time.monotonic()
        found = fuzz(live.url, key, seed=asked.seed, examples=asked.examples, phases=ALONE, known=known)
        for seed in range(asked.seed, asked.seed + PASSES_MAX):
            if found.phases["stateful"] >= asked.following:
                break
            found.add(fuzz(live.url, key, seed=seed, examples=asked.examples, phases=["stateful"], known=known))
        return Run(found, time.monotonic() - began, (live.folder.logs / "gateway.log").read_text())


async def _key(orchestrator: str) -> str:
    async with rpc.connect(orchestrator) as channel:
        request = access_pb2.CreateKeyRequest(owner=OWNER, scope="SCOPE_ADMIN")
        made = await rpc.call(access_pb2_grpc.AccessServiceStub(channel).CreateKey, request)
    return str(made.secret)


def _world(live: LiveStack, key: str) -> dict[str, list[str]]:
    """Jobs that await review, and the ids in them."""
    with live.client(key=key) as client:
        picture = client.upload_picture(EXAMPLES / "penguin.png").id
        jobs = [client.create_job(picture, ["wave", "cry"], review=True, targets=["web"]).id for _ in range(JOBS)]
        eventually(lambda: all(_awaits(client, job) for job in jobs), "the jobs await review", 60)
        actions = [action for job in jobs for action in client.job(job).actions]
    return {
        "picture": [picture],
        "job": jobs,
        "action": [action.id for action in actions],
        "run": [run.id for action in actions for run in action.runs],
        "target": ["web"],
        "preset": ["wave"],
    }


def _awaits(client: Popcon, job: str) -> bool:
    return all(action.state is ActionState.AWAITING_REVIEW for action in client.job(job).actions)


def _report(run: Run, seed: int) -> None:
    found = run.found
    errors = sum(count for status, count in found.statuses.items() if status >= 500)
    figures: list[list[object]] = [
        ["calls", f"{found.total:,}"],
        ["operations asked", len(found.calls)],
        *([f"calls, {phase}", f"{count:,}"] for phase, count in found.phases.items()),
        *([f"answers {status}", f"{count:,}"] for status, count in sorted(found.statuses.items())),
        ["answers of 5xx", errors],
        ["answers that break the description", len(found.failures)],
        ["tracebacks in the gateway's log", run.said.count("Traceback")],
        ["minutes", f"{run.seconds / 60:.1f}"],
    ]
    failures = "\n\n".join(f"## {name}\n\n```\n{told[:2_000]}\n```" for name, told in sorted(found.failures.items()))
    intro = f"Seed {seed}. Checks: {', '.join(CHECKS)}."
    machine.write(
        "fuzz_api",
        "The API asked at random",
        f"{intro}\n\n{machine.table(['what', 'figure'], figures)}\n\n{failures}".rstrip(),
    )


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
