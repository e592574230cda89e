"""How a job's progress is shown: bars on a terminal, one line per change elsewhere."""

import time
from collections.abc import Mapping
from typing import Protocol

from rich.progress import BarColumn, Progress, TaskID, TextColumn

from popcon.cli.output import Output
from popcon.client.tracker import Row
from popcon.rest import ActionState

_STYLES = {ActionState.DONE: "green", ActionState.FAILED: "red", ActionState.CANCELLED: "yellow"}


class Display(Protocol):
    """Shows rows by action id; what it shows stays when it is paused."""

    def show(self, rows: Mapping[str, Row]) -> None: ...

    def pause(self) -> None:
        """Leaves the screen to others until the next `show`."""


def display(output: Output) -> Display:
    """The display that suits the output."""
    return Bars(output) if output.live else Lines(output)


class Bars:
    """A bar per action, redrawn in place."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._progress: Progress | None = None
        self._tasks: dict[str, TaskID] = {}

    def show(self, rows: Mapping[str, Row]) -> None:
        progress = self._progress or self._start()
        for key, row in rows.items():
            if key not in self._tasks:
                self._tasks[key] = progress.add_task(row.label, total=1.0, word="")
            style = _STYLES.get(row.state, "cyan")
            progress.update(self._tasks[key], completed=row.done, word=f"[{style}]{row.word}[/]")

    def pause(self) -> None:
        if self._progress:
            self._progress.stop()
        self._progress = None
        self._tasks = {}

    def _start(self) -> Progress:
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=32),
            TextColumn("{task.percentage:>3.0f} %"),
            TextColumn("{task.fields[word]}"),
            console=self._output.console,
        )
        self._progress.start()
        return self._progress


class Lines:
    """A line whenever an action does something else."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._began = time.monotonic()
        self._said: dict[str, str] = {}

    def show(self, rows: Mapping[str, Row]) -> None:
        for key, row in rows.items():
            # Waiting between two stages is not worth a line.
            if row.state is not ActionState.QUEUED and self._said.get(key) != row.word:
                self._said[key] = row.word
                self._output.say(f"{time.monotonic() - self._began:6.1f} s  {row.label}: {row.word}")

    def pause(self) -> None:
        """Lines need no pause."""
