"""`popcon bench`: the benchmarks, which lie beside the package in a clone and are no part of it."""

import contextlib
import importlib
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

import popcon
from popcon import errors
from popcon.cli.output import Output

_SAY_EVERY_S = 10.0
_INSTALL = '.venv/bin/pip install -c constraints.txt -e ".[dev]"'


def matting(split: str, cases: int, clips: int, methods: str, out: Path, keep: bool) -> None:
    """Runs the benchmark of mattes, prints its tables and writes its page into `out`.

    `methods`: names with commas between, or "" for all. `keep`: write the tables to bench/results as well. Raises
    `InvalidRequest` for an unknown split or method, `Unavailable` where the benchmark or something that it needs is not
    installed.
    """
    run, report = _module("bench.matting.run"), _module("bench.matting.report")
    if split not in ("tune", "test"):
        raise errors.InvalidRequest(f'"{split}" is no split; choose from tune, test.', field="split")
    output = Output()
    order = run.Order(split, cases, clips, _chosen(methods, _module("bench.matting.methods").METHODS))
    with _progress(output) as progress:
        figures = run.run(order, progress)
        page = report.page(order, figures, out, progress)
    if keep:
        report.keep(order, figures)
    else:
        output.say(report.text(order, figures))
    output.say(f"✓ The worst cases, with pictures: {page}", "green")


def _chosen(methods: str, known: Iterable[str]) -> tuple[str, ...]:
    wanted = [name.strip() for name in methods.split(",") if name.strip()]
    for name in wanted:
        if name not in known:
            raise errors.InvalidRequest(f'"{name}" is no method; choose from {", ".join(known)}.', field="methods")
    return tuple(name for name in known if not wanted or name in wanted)


def _module(name: str) -> Any:
    """A module of the clone that this package runs from."""
    clone = Path(popcon.__file__).resolve().parents[1]
    if not (clone / "bench" / "matting").is_dir():
        raise errors.Unavailable(
            "The benchmarks are not part of the installed package; get a clone of popcon's repository, run "
            f"{_INSTALL} in it, and try again."
        )
    if str(clone) not in sys.path:
        sys.path.insert(0, str(clone))
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise errors.Unavailable(
            f'The benchmark needs {error.name}; run .venv/bin/pip install -c constraints.txt -e ".[dev]".'
        ) from error


@contextlib.contextmanager
def _progress(output: Output) -> Iterator[Callable[[str, int, int], None]]:
    """A bar for each part of the run on a terminal, a line now and then elsewhere."""
    if not output.live:
        yield _lines(output)
        return
    columns = (TextColumn("{task.description}"), BarColumn(bar_width=32), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=output.console) as bars:
        tasks: dict[str, Any] = {}

        def show(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=total)
            bars.update(tasks[what], completed=done)

        yield show


def _lines(output: Output) -> Callable[[str, int, int], None]:
    said = time.monotonic()

    def show(what: str, done: int, total: int) -> None:
        nonlocal said
        if time.monotonic() - said >= _SAY_EVERY_S:
            said = time.monotonic()
            output.say(f"{what}: {done} of {total}")

    return show
