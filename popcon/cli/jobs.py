"""`popcon jobs`."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from popcon import errors
from popcon.cli.connection import connect, folder_of
from popcon.cli.output import Output
from popcon.rest import ActionState, JobState, JobSummary

_AGES = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def jobs(data: Path | None, states: list[str], limit: int) -> int:
    """Prints a table of jobs, newest first. Returns 0. Raises `InvalidRequest` for an unknown state."""
    wanted = [_state(state) for state in states]
    output = Output()
    folder = folder_of(data)
    if not folder.database.exists() and not folder.held():
        output.say("No jobs yet; make one with popcon make PICTURE --out DIR.")
        return 0
    with connect(data, output) as connection:
        found = list(connection.client.jobs(state=wanted, limit=limit))
    if not found:
        output.say("No such jobs." if wanted else "No jobs yet; make one with popcon make PICTURE --out DIR.")
        return 0
    now = datetime.now(UTC)
    output.table("job", "name", "state", "done", "not done", "age", rows=[_row(job, now) for job in found])
    return 0


def _state(text: str) -> JobState:
    try:
        return JobState(text)
    except ValueError:
        raise errors.InvalidRequest(
            f'"{text}" is no state of a job; choose from {", ".join(JobState)}.', field="state"
        ) from None


def _row(job: JobSummary, now: datetime) -> list[str]:
    counts = Counter(action.state for action in job.actions)
    done = f"{counts.pop(ActionState.DONE, 0)} of {len(job.actions)}"
    others = ", ".join(f"{count} {state.replace('_', ' ')}" for state, count in counts.items())
    return [job.id, job.name, job.state, done, others, age(now - job.created_at)]


def age(delta: timedelta) -> str:
    """The largest unit that fits: `3 d`, `5 h`, `12 min`, `7 s`."""
    seconds = max(int(delta.total_seconds()), 0)
    size, unit = next(((size, unit) for size, unit in _AGES if seconds >= size), (1, "s"))
    return f"{seconds // size} {unit}"
