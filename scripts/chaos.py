"""Breaks a real stack while `popcon make` works: `python scripts/chaos.py --injections 200 --seed 1 --postgres`.

One `popcon make` of eight emoji follows another. At a random moment a random fault is injected: a process is killed,
told to go, suspended, or dies at a named crash point, or JetStream loses everything. Once every process is ready again
comes the next. At the end every `popcon make` must have exited with 0, and everything must hold: see
`tests/fixtures/invariants.py`. Exits with 1 when not. The timers of the stack are shortened, so that leases end often.
"""

import argparse
import asyncio
import contextlib
import random
import shutil
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]

import machine  # noqa: E402
from popcon.stack import programs  # noqa: E402
from tests.fixtures import invariants, sources  # noqa: E402
from tests.fixtures.injections import Injection, inject  # noqa: E402
from tests.fixtures.postgres import PostgresServer  # noqa: E402
from tests.fixtures.sources import Sources  # noqa: E402
from tests.fixtures.stack import EXAMPLES, LiveStack, popcon, prompt_restarts  # noqa: E402

ACK_WAIT_S = 5
TIMERS = {"POPCON_LEASE_S": "5", "POPCON_NATS_ACK_WAIT_S": str(ACK_WAIT_S), "POPCON_RECONCILE_S": "1"}
SERVICE_OF = {
    "startframe": "startframe",
    "motion": "motion",
    "matte": "matting",
    "pack": "packaging",
    "assemble": "packaging",
}
PAUSE_S = (0.0, 3.0)
MAKE_WITHIN_S = 900.0
ARTIFACTS = (invariants.outputs_are_there, invariants.store_is_whole)


@dataclass
class Makers:
    """Runs `popcon make` again and again until told to stop."""

    live: LiveStack
    out: Path
    seconds: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._make_on, name="make")
        self._thread.start()

    def finish(self) -> None:
        """Lets the last one end."""
        self._stop.set()
        self._thread.join()

    def _make_on(self) -> None:
        while not self._stop.is_set():
            began = time.monotonic()
            out, data = self.out / str(len(self.seconds)), self.live.folder.root
            ended = popcon("make", EXAMPLES / "penguin.png", "--out", out, "--data", data, timeout_s=MAKE_WITHIN_S)
            self.seconds.append(time.monotonic() - began)
            said = "complete" if ended.returncode == 0 else f"exit code {ended.returncode}"
            print(f"     popcon make: {said} after {self.seconds[-1]:.0f} s", flush=True)
            if ended.returncode:
                self.failed.append(ended.stdout + ended.stderr)


def main() -> int:
    asked = _arguments()
    print(f"{asked.injections} injections, seed {asked.seed}", flush=True)
    folder = Path(tempfile.mkdtemp(prefix="popcon-chaos-"))
    with contextlib.ExitStack() as opened:
        env = {**TIMERS, **({"POPCON_DATABASE_URL": opened.enter_context(postgres())} if asked.postgres else {})}
        opened.enter_context(prompt_restarts())
        live = opened.enter_context(LiveStack(folder / "data", programs.plan, env))
        place = live.sources
        makers = Makers(live, folder / "out")
        try:
            injections = inject_often(live, place, asked.injections, random.Random(asked.seed))  # noqa: S311
        finally:
            makers.finish()
        until(lambda: not unfinished(place), 60)
        data = invariants.read(place)
        breaches = {check: list(check(data)) for check in invariants.CHECKS}
    report = figures(injections, makers, data, sum(len(breaches[check]) for check in ARTIFACTS))
    store = "PostgreSQL" if asked.postgres else "SQLite"
    wrong = [*makers.failed, *(breach for found in breaches.values() for breach in found)]
    said = f"Seed {asked.seed}, state in {store}, leases of {TIMERS['POPCON_LEASE_S']} s. Breaches: {len(wrong)}."
    if asked.record:
        machine.write("chaos", "Faults injected while it works", f"{said} {report}")
    else:
        print(f"\n{said} {report}\n")
    if wrong:
        print("\n".join(wrong), f"\nNOT SOUND; the data is left in {folder}.")
        return 1
    shutil.rmtree(folder)
    return 0


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """The URL of an empty database on a server of its own."""
    server = PostgresServer()
    try:
        asyncio.run(server.start())
        yield server.url(asyncio.run(server.new_database(name="popcon")))
    finally:
        server.remove()


def inject_often(live: LiveStack, place: Sources, count: int, chance: random.Random) -> list[Injection]:
    """Injects so many faults, one after the other, each while there is work."""
    done: list[Injection] = []
    while len(done) < count:
        until(lambda: unfinished(place), MAKE_WITHIN_S)
        time.sleep(chance.uniform(*PAUSE_S))
        found = inject(live, chance)
        if found is not None:
            done.append(found)
            what = f"{found.kind:16} {found.victim:12}"
            print(f"{len(done):3}  {what}  all ready after {found.ready_s:4.1f} s", flush=True)
    return done


def until(is_so: Callable[[], bool], within_s: float) -> None:
    """Waits until something holds, without asking the database all the time; ends the run when it does not in time."""
    give_up = time.monotonic() + within_s
    while not is_so():
        if time.monotonic() > give_up:
            sys.exit(f"after {within_s:g} s nothing moves any more")
        time.sleep(0.3)


def unfinished(place: Sources) -> bool:
    """Whether there is a run that has not ended."""
    _, rows = sources.rows(place, ["runs"])
    return any(run["state"] not in invariants.ENDED for run in rows["runs"])


def figures(injections: Sequence[Injection], makers: Makers, data: invariants.Data, missing: int) -> str:
    by_kind: dict[str, list[Injection]] = {}
    for each in injections:
        by_kind.setdefault(each.kind, []).append(each)
    rows: list[list[object]] = [[kind, len(found), *_ready(found)] for kind, found in sorted(by_kind.items())]
    succeeded = Counter(_run(event) for event in data.events if event["type"] == "run.succeeded")
    resting = sum(action["state"] in invariants.RESTING for action in data.actions)
    offered_again = sorted(offered_again_s(injections, data))
    facts: list[list[object]] = [
        ["jobs", len(data.jobs)],
        ["jobs lost", len(makers.failed)],
        ["actions", len(data.actions)],
        ["actions stuck", len(data.actions) - resting],
        ["runs completed", len(succeeded)],
        ["runs counted twice", sum(times > 1 for times in succeeded.values())],
        ["artifacts missing or short", missing],
        ["attempts lost with their worker", sum(run["losses"] for run in data.runs)],
        ["attempts that ended in an error", sum(run["tries"] for run in data.runs)],
        ["of them with nothing else broken until their run was queued for others", len(offered_again)],
        ["median until then, s", f"{median(offered_again or [0.0]):.1f}"],
        [f"longest, s (ack wait + 5 s is {ACK_WAIT_S + 5})", f"{max(offered_again, default=0.0):.1f}"],
        ["longest job, s", f"{max(makers.seconds):.0f}"],
    ]
    return "\n\n".join(
        [
            f"{len(injections)} faults at random moments of `popcon make`, one process at a time.",
            machine.table(["fault", "times", "median s until all were ready", "longest"], rows),
            machine.table(["what", "figure"], facts),
        ]
    )


def _ready(found: Sequence[Injection]) -> list[str]:
    seconds = [each.ready_s for each in found]
    return [f"{median(seconds):.1f}", f"{max(seconds):.1f}"]


def offered_again_s(injections: Sequence[Injection], data: invariants.Data) -> Iterator[float]:
    """For each attempt that was lost with a worker that died, and nothing else was broken meanwhile: seconds from its
    death until its run was queued for others."""
    for event in data.events:
        if event["type"] == "run.retrying":
            last = [each for each in injections if each.at < event["at"]][-1:]
            yield from ((event["at"] - each.at) / 1000 for each in last if each.is_death_of(SERVICE_OF[event["stage"]]))


def _run(event: invariants.Row) -> tuple[object, ...]:
    return tuple(event[name] for name in ("job_id", "action_id", "stage", "target", "run"))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--injections", type=int, default=200, help="how many (default 200)")
    parser.add_argument("--seed", type=int, default=1, help="what the moments and faults follow from (default 1)")
    parser.add_argument("--postgres", action="store_true", help="keep the state in a PostgreSQL server of its own")
    parser.add_argument("--record", action="store_true", help="write the figures to bench/results/chaos.md")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
