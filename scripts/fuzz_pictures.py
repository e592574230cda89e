"""Reads many files that lie, are damaged or want too much: `python -m scripts.fuzz_pictures --inputs 50000 --seed 1`.

Each is read as an upload is, by processes of the jail. What must hold: a picture or one of popcon's own errors that
blame the file comes back, no process ends without an answer, none takes more memory or time than it may. Figures go to
bench/results.
"""

import argparse
import asyncio
import time

from bench import machine
from tests.fixtures.fuzzing import fuzz


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--inputs", type=int, default=50_000, help="files to read (50000)")
    arguments.add_argument("--seed", type=int, default=1, help="which files (1)")
    asked = arguments.parse_args()
    began = time.monotonic()
    found = asyncio.run(fuzz(asked.inputs, asked.seed))
    rows: list[list[object]] = [[answer, times] for answer, times in found.answers.most_common()]
    bad = "\n".join(f"- file {number}: {what}" for number, what in sorted(found.bad.items())) or "None."
    machine.write(
        "fuzz_pictures",
        "Files that lie, read as uploads",
        f"`python -m scripts.fuzz_pictures --inputs {asked.inputs} --seed {asked.seed}`: "
        f"{time.monotonic() - began:.0f} s, the slowest file {found.slowest:.2f} s, "
        f"a process at most {found.peak / 1e6:.0f} MB.\n\n"
        f"{machine.table(['answer', 'files'], rows)}\n\nEnded without an answer, with another error, or slow:\n\n{bad}",
    )
    return 1 if found.bad else 0


if __name__ == "__main__":
    raise SystemExit(main())
