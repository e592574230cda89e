"""Kills services of a real stack while `popcon make` works: `python scripts/chaos.py --kills 50 --seed 1`.

One `popcon make` of eight emoji follows another. At a random moment a random process is killed with SIGKILL; once every
process is ready again comes the next. At the end every `popcon make` must have exited with 0, and everything in the
data folder must hold: see `tests/fixtures/invariants.py`. Exits with 1 when not.
"""

import argparse
import random
import shutil
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]

import machine  # noqa: E402
from popcon.stack import programs  # noqa: E402
from tests.fixtures import invariants  # noqa: E402
from tests.fixtures.stack import EXAMPLES, LiveStack, eventually, popcon  # noqa: E402

VICTIMS = ("nats", *programs.SERVICES)
SERVICE_OF = {
    "startframe": "startframe",
    "motion": "motion",
    "matte": "matting",
    "pack": "packaging",
    "assemble": "packaging",
}
PAUSE_S = (0.0, 3.0)
MAKE_WITHIN_S = 600.0


@dataclass(frozen=True)
class Kill:
    """`at`: ms since 1970. `ready_s`: until every process was ready again."""

    victim: str
    at: float
    ready_s: float


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
    print(f"{asked.kills} kills, seed {asked.seed}", flush=True)
    chance = random.Random(asked.seed)  # noqa: S311 - repeatable, not secret
    folder = Path(tempfile.mkdtemp(prefix="popcon-chaos-"))
    with LiveStack(folder / "data", programs.plan) as live:
        makers = Makers(live, folder / "out")
        try:
            kills = kill_often(live, asked.kills, chance)
        finally:
            makers.finish()
        eventually(lambda: not unfinished(live), "all work has ended", 60)
        data = invariants.read(live.folder)
        breaches = invariants.breaches(data)
    report = figures(kills, makers, data)
    if asked.record:
        machine.write("chaos", "Processes killed while they work", f"Seed {asked.seed}. {report}")
    else:
        print(f"\n{report}\n")
    wrong = [*makers.failed, *breaches]
    if wrong:
        print("\n".join(wrong), f"\nNOT SOUND; the data is left in {folder}.")
        return 1
    shutil.rmtree(folder)
    return 0


def kill_often(live: LiveStack, count: int, chance: random.Random) -> list[Kill]:
    """Kills so many processes, one after the other, each while there is work."""
    kills = []
    for number in range(1, count + 1):
        eventually(lambda: unfinished(live), "there is work", MAKE_WITHIN_S)
        time.sleep(chance.uniform(*PAUSE_S))
        victim = chance.choice(VICTIMS)
        at = time.time()
        killed = live.kill(victim)
        eventually(lambda pid=killed, name=victim: live.pids().get(name) != pid, f"{victim} is gone")  # type: ignore[misc]
        live.wait_ready()
        kills.append(Kill(victim, at * 1000, time.time() - at))
        print(f"{number:3}  kill -9 {victim:12}  all ready after {kills[-1].ready_s:4.1f} s", flush=True)
    return kills


def unfinished(live: LiveStack) -> bool:
    """Whether there is a run that has not ended."""
    return any(run["state"] not in invariants.ENDED for run in invariants.read(live.folder).runs)


def figures(kills: Sequence[Kill], makers: Makers, data: invariants.Data) -> str:
    by_service = {name: [kill.ready_s for kill in kills if kill.victim == name] for name in VICTIMS}
    rows: list[list[object]] = [
        [name, len(found), f"{median(found):.1f}", f"{max(found):.1f}"] for name, found in by_service.items() if found
    ]
    succeeded = Counter(_run(event) for event in data.events if event["type"] == "run.succeeded")
    states = Counter(action["state"] for action in data.actions)
    held_again = list(held_again_s(kills, data))
    facts: list[list[object]] = [
        ["jobs", len(data.jobs)],
        ["of them complete", len(makers.seconds) - len(makers.failed)],
        ["actions done", f"{states['done']} of {len(data.actions)}"],
        ["runs completed", len(succeeded)],
        ["runs completed twice", sum(times > 1 for times in succeeded.values())],
        ["attempts lost with their worker", sum(run["losses"] for run in data.runs)],
        ["attempts that ended in an error", sum(run["tries"] for run in data.runs)],
        ["longest until all processes were ready, s", f"{max(kill.ready_s for kill in kills):.1f}"],
        ["longest until a lost run was held again, s", f"{max(held_again, default=0.0):.1f}"],
        ["longest job, s", f"{max(makers.seconds):.0f}"],
    ]
    return "\n\n".join(
        [
            f"{len(kills)} times SIGKILL at a random moment of `popcon make`, one process at a time.",
            machine.table(["killed", "times", "median s until all were ready", "longest"], rows),
            machine.table(["what", "figure"], facts),
        ]
    )


def held_again_s(kills: Sequence[Kill], data: invariants.Data) -> Iterator[float]:
    """For each attempt that was lost: seconds from the kill of its worker to the next attempt."""
    killed: dict[tuple[object, ...], float] = {}
    for event in data.events:
        if event["type"] == "run.retrying":
            worker = SERVICE_OF[event["stage"]]
            before = [kill.at for kill in kills if kill.victim == worker and kill.at < event["at"]]
            killed[_run(event)] = max(before, default=event["at"])
        elif event["type"] == "run.started" and _run(event) in killed:
            yield (event["at"] - killed.pop(_run(event))) / 1000


def _run(event: invariants.Row) -> tuple[object, ...]:
    return tuple(event[name] for name in ("job_id", "action_id", "stage", "target", "run"))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=50, help="how many (default 50)")
    parser.add_argument("--seed", type=int, default=1, help="what the moments and victims follow from (default 1)")
    parser.add_argument("--record", action="store_true", help="write the figures to bench/results/chaos.md")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
