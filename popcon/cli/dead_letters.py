"""`popcon dead-letters …`."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from popcon import errors
from popcon.cli.connection import Connection, connect
from popcon.cli.jobs import age
from popcon.cli.output import Output
from popcon.client import Popcon
from popcon.rest import DeadLetter, DeadLetterState, Stage

Act = Callable[[Popcon, str], DeadLetter]


def list_(data: Path | None, states: Sequence[str], stage: str, limit: int) -> int:
    """Prints a table of dead letters, newest first. Returns 0. Raises `InvalidRequest` for an unknown state."""
    wanted = [_state(state) for state in states] or [DeadLetterState.OPEN]
    of_stage = _stage(stage)
    output = Output()
    with connect(data, output) as connection:
        found = list(connection.client.dead_letters.list(state=wanted, stage=of_stage, limit=limit))
    if not found:
        output.say("No such dead letters.")
        return 0
    now = datetime.now(UTC)
    columns = ("run", "name", "stage", "state", "attempts", "failure", "age")
    output.table(*columns, rows=[_row(letter, now) for letter in found])
    return 0


def show(data: Path | None, run: str) -> int:
    """Prints all that is known of a dead letter. Returns 0. Raises `NotFound`."""
    output = Output()
    with connect(data, output) as connection:
        letter = connection.client.dead_letters.get(run)
    for name, value in _facts(letter):
        output.say(f"{name:<12} {value}")
    for event in letter.events:
        about = " ".join(f"{key}={value}" for key, value in event.data.items())
        output.say(f"  {event.at:%Y-%m-%d %H:%M:%S}  {event.type}  {about}".rstrip())
    return 0


def replay(data: Path | None, runs: Sequence[str], every: bool, stage: str) -> int:
    """Replays the dead letters named, or every open one. Returns 1 when one could not be replayed, else 0."""
    return _each(data, runs, every, stage, lambda client, run: client.dead_letters.replay(run))


def discard(data: Path | None, runs: Sequence[str], every: bool, stage: str) -> int:
    """Discards the dead letters named, or every open one. Returns 1 when one could not be discarded, else 0."""
    return _each(data, runs, every, stage, lambda client, run: client.dead_letters.discard(run))


def _each(data: Path | None, runs: Sequence[str], every: bool, stage: str, act: Act) -> int:
    of_stage = _stage(stage)
    if bool(runs) == every or (stage and not every):
        raise errors.InvalidRequest("Name runs of popcon dead-letters list, or --all, which --stage may narrow.")
    output, refused = Output(), 0
    with connect(data, output) as connection:
        for run in runs or _all_open(connection, of_stage):
            try:
                letter = act(connection.client, run)
            except (errors.WrongState, errors.NotFound) as error:
                refused += 1
                output.say(f"{run}: {error.message}", "yellow")
            else:
                output.say(f"{run}: {letter.state}, {_name(letter)}")
        if connection.own:
            output.say("What there is to do now waits for popcon up.")
    return int(refused > 0)


def _all_open(connection: Connection, stage: Stage | None) -> list[str]:
    """All of them before the first is touched: what is replayed may fail again while the list is read."""
    return [letter.run_id for letter in connection.client.dead_letters.list(state=[DeadLetterState.OPEN], stage=stage)]


def _state(text: str) -> DeadLetterState:
    try:
        return DeadLetterState(text)
    except ValueError:
        known = ", ".join(DeadLetterState)
        raise errors.InvalidRequest(
            f'"{text}" is no state of a dead letter; choose from {known}.', field="state"
        ) from None


def _stage(text: str) -> Stage | None:
    try:
        return Stage(text) if text else None
    except ValueError:
        raise errors.UnknownStage(f'"{text}" is no stage; choose from {", ".join(Stage)}.', field="stage") from None


def _name(letter: DeadLetter) -> str:
    where = f"{letter.stage} for {letter.target}" if letter.target else f"{letter.stage}"
    return f"{letter.label}: {where}" if letter.label else where


def _row(letter: DeadLetter, now: datetime) -> list[str]:
    code = letter.failure.code if letter.failure else ""
    attempts = str(letter.attempts)
    return [letter.run_id, letter.label, letter.stage, letter.state, attempts, code, age(now - letter.failed_at)]


def _facts(letter: DeadLetter) -> list[tuple[str, str]]:
    inputs = ", ".join(f"{each.stage} run {each.run} take {each.take}" for each in letter.inputs)
    failure = f"{letter.failure.code}: {letter.failure.message}" if letter.failure else ""
    counts = f"{letter.attempts}, of which {letter.losses} lost their worker and {letter.tries} ended in an error"
    return [
        ("run", f"{letter.run_id}, number {letter.number} of {_name(letter)}"),
        ("job", letter.job_id),
        ("action", letter.action_id or "none: it is a set"),
        ("state", letter.state),
        ("failure", failure),
        ("attempts", counts),
        ("wasted", f"{letter.wasted_seconds:.1f} s"),
        ("made from", inputs or "the picture" if letter.action_id else "the emoji of the set"),
        ("backend", letter.backend),
        ("seed", str(letter.seed)),
        ("parameters", str(letter.parameters)),
        ("failed at", f"{letter.failed_at:%Y-%m-%d %H:%M:%S}"),
    ]
