"""From a picture to files: what both clients decide alike while a job is made and when it is saved."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from popcon import errors, rest
from popcon.client.tracker import OVER, Tracker, is_over

_SAVED = frozenset({rest.SetState.COMPLETE, rest.SetState.INCOMPLETE})


@dataclass(frozen=True)
class Progress:
    """How far a job is. `fraction`: 0 to 1; `done`: how many of its `total` actions have ended."""

    job_id: str
    fraction: float
    done: int
    total: int


OnProgress = Callable[[Progress], None]


class Watching:
    """A job while it is waited for. `tell`: hears how far it is, whenever that changes."""

    def __init__(self, job: rest.Job, tell: OnProgress | None) -> None:
        self._tell = tell
        self._tracker = Tracker(job)
        self._told: Progress | None = None
        self.load(job)

    def load(self, job: rest.Job) -> None:
        """Takes a job over that was just read."""
        self.job = job
        self._tracker.load(job)
        self._report()

    @property
    def is_done(self) -> bool:
        """Whether nothing moves any more: it is over, or only a person can move it on."""
        return is_over(self.job) or self.job.state is rest.JobState.AWAITING

    def apply(self, event: rest.Event) -> bool:
        """Takes an event over; returns whether the job should be read again."""
        stale = self._tracker.apply(event)
        if not stale:
            self._report()
        return stale

    def _report(self) -> None:
        rows = self._tracker.rows.values()
        fraction = sum(1.0 if row.state in OVER else row.done for row in rows) / max(1, len(rows))
        now = Progress(self.job.id, fraction, sum(row.state in OVER for row in rows), len(rows))
        if self._tell is not None and now != self._told:
            self._tell(now)
        self._told = now


def checked(job: rest.Job) -> rest.Job:
    """The job. Raises why it failed where not one of its actions was done and one failed."""
    if all(action.state is not rest.ActionState.DONE for action in job.actions):
        for action in job.actions:
            if action.failure is not None:
                raise errors.by_code(action.failure.code)(f"{action.label}: {action.failure.message}")
    return job


def files(emoji_set: rest.EmojiSet, folder: Path) -> Iterator[tuple[rest.Artifact, Path]]:
    """Each file of a finished set and where it goes: `<folder>/<target>/…`, its zip last, `<folder>/<target>.zip`."""
    if emoji_set.state not in _SAVED:
        return
    for file in emoji_set.outputs:
        if emoji_set.zip is None or file.name != emoji_set.zip.name:
            yield file, folder / emoji_set.target / PurePosixPath(file.name).name
    if emoji_set.zip is not None:
        yield emoji_set.zip, folder / f"{emoji_set.target}.zip"


def plan(sets: Sequence[rest.EmojiSet], folder: str | Path) -> list[tuple[rest.Artifact, Path]]:
    """The same of several sets."""
    return [each for one in sets for each in files(one, Path(folder))]
