"""How long refusals take: `python -m bench.access_timing`. Whoever measures them must not learn what exists.

Each pair is asked in turn, many times, of a whole popcon that requires keys: a key with a wrong secret against a key
that never was, another owner's job against one that never was. `slower`: how often the first of a pair takes longer
than the second, 0.5 where nothing can be told from the time.
"""

import time
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import numpy as np
from numpy.typing import NDArray

from bench import machine
from popcon import ids
from popcon.client import Popcon
from tests.fixtures import stack as stacks
from tests.fixtures.stack import EXAMPLES, LiveStack, popcon

TIMES = 1_500


def main() -> None:
    with TemporaryDirectory() as folder, stacks.whole(Path(folder) / "data", POPCON_KEYS="true") as stack:
        pairs = asked(stack)
        rows = [row(name, *measured(stack.url, *pair)) for name, pair in pairs.items()]
    header = ["pair", "first: median, p95 ms", "second: median, p95 ms", "slower"]
    body = f"Each asked {TIMES} times, in turn, over one connection.\n\n{machine.table(header, rows)}"
    machine.write("access_timing", "What refusals tell by their time", body)


def asked(stack: LiveStack) -> dict[str, tuple[tuple[str, str], tuple[str, str]]]:
    """Pairs of (key, path) that must look alike."""
    anna, ben = make_key(stack, "anna"), make_key(stack, "ben")
    with Popcon(stack.url, key=anna) as hers:
        job = hers.create_job(hers.upload_picture(EXAMPLES / "penguin.png").id, ["joy"], review=True)
    there, nowhere = f"/v1/jobs/{job.id}", f"/v1/jobs/{ids.new(ids.JOB)}"
    wrong = anna[:-4] + "AAAA"
    unknown = "popcon_" + "0" * 32 + wrong[39:]
    return {
        "a wrong secret, a key that never was": ((wrong, there), (unknown, there)),
        "a key that never was, no key at all in form": ((unknown, there), ("hello", there)),
        "another's job, a job that never was": ((ben, there), (ben, nowhere)),
    }


def make_key(stack: LiveStack, owner: str) -> str:
    return popcon("keys", "create", "--owner", owner, "--data", stack.folder.root).stdout.strip()


def measured(url: str, *pair: tuple[str, str]) -> list[NDArray[np.float64]]:
    """Milliseconds of each of a pair, in turn."""
    took: list[list[float]] = [[], []]
    with httpx.Client(base_url=url, trust_env=False) as http:
        for number in range(2 * TIMES + 200):
            which = number % 2
            key, path = pair[which]
            began = time.perf_counter()
            http.get(path, headers={"Authorization": f"Bearer {key}"})
            if number >= 200:
                took[which].append((time.perf_counter() - began) * 1000)
    return [np.array(each) for each in took]


def row(name: str, first: NDArray[np.float64], second: NDArray[np.float64]) -> list[object]:
    # The share of pairs in which the first is larger (Mann and Whitney's U over the number of pairs).
    ranks = np.argsort(np.argsort(np.concatenate([first, second]))) + 1
    u = ranks[: len(first)].sum() - len(first) * (len(first) + 1) / 2
    told = [f"{np.median(each):.2f}, {np.percentile(each, 95):.2f}" for each in (first, second)]
    return [name, *told, f"{u / len(first) / len(second):.3f}"]


if __name__ == "__main__":
    main()
