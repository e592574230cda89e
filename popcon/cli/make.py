"""`popcon make`."""

import shlex
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from popcon import errors
from popcon.catalog import limits, presets, targets
from popcon.cli.connection import Connection, connect
from popcon.cli.deliver import deliver
from popcon.cli.display import display
from popcon.cli.follow import follow
from popcon.cli.output import Output
from popcon.cli.review import Reviewer
from popcon.client import Popcon
from popcon.client.tracker import is_over
from popcon.rest import ActionSpec, ActionState, Job, Lane

_DEFAULT_TARGET = "line-emoji"
_QUEUE_PATIENCE_S = 1800.0

T = TypeVar("T")


@dataclass(frozen=True)
class Order:
    """What was asked for. Either `picture` or `resume`, a job's id."""

    picture: Path | None
    actions: tuple[str, ...]
    targets: tuple[str, ...]
    takes: int
    review: bool
    seed: int
    strength: float
    speed: float
    name: str
    out: Path
    data: Path | None
    resume: str


def make(order: Order) -> int:
    """Makes what was asked for. Returns 0 when all of it is there, else 1. Wrong use raises before anything starts."""
    _check(order)
    output = Output()
    with connect(order.data, output) as connection:
        client = connection.client
        begin = _resume if order.resume else _create
        job = _let_in(lambda: begin(client, order), output)
        output.say(f"Job {job.id}: {job.name}, {len(job.actions)} actions")
        try:
            job = _follow(client, job, order, output)
        except (KeyboardInterrupt, errors.Unavailable):
            output.say(_how_to_go_on(job, order, connection), "yellow")
            raise
        if not is_over(job):
            output.say(f"The job waits for you. {_how_to_go_on(job, order, connection)}", "yellow")
            return 1
        return deliver(client, job, order.out, output)


def _check(order: Order) -> None:
    if order.resume and order.picture:
        raise errors.InvalidRequest("A job that goes on has its picture already; leave PICTURE or --resume out.")
    if not order.resume:
        _check_picture(order.picture)
    for preset in order.actions:
        presets.find(preset)
    for target in order.targets:
        targets.find(target)
    if order.out.exists() and not order.out.is_dir():
        raise errors.InvalidRequest(f"{order.out} is a file; name a folder with --out.", field="out")


def _check_picture(picture: Path | None) -> None:
    if picture is None:
        raise errors.InvalidRequest("Which picture? Give its path: popcon make PICTURE --out DIR.", field="picture")
    if not picture.is_file():
        raise errors.InvalidRequest(f"There is no picture {picture}; give the path of an image.", field="picture")
    if picture.stat().st_size > limits.PICTURE_MAX_BYTES:
        most = limits.PICTURE_MAX_BYTES // 1_000_000
        raise errors.PictureTooLarge(f"{picture} is larger than {most} MB; save it smaller.", field="picture")


def _create(client: Popcon, order: Order) -> Job:
    assert order.picture is not None
    picture = client.upload_picture(order.picture)
    return client.create_job(
        picture.id,
        [
            ActionSpec(preset=preset, strength=order.strength, speed=order.speed)
            for preset in order.actions or presets.DEFAULT_SET
        ],
        review=order.review,
        takes=order.takes,
        targets=list(dict.fromkeys(order.targets)) or [_DEFAULT_TARGET],
        seed=order.seed,
        lane=Lane.INTERACTIVE,
        name=order.name or order.picture.stem[: limits.NAME_MAX_CHARS],
    )


def _let_in(begin: Callable[[], T], output: Output) -> T:
    """Begins work, trying again as a full queue says. Raises `Overloaded` when it stays full for too long."""
    give_up = time.monotonic() + _QUEUE_PATIENCE_S
    while True:
        try:
            return begin()
        except errors.Overloaded as error:
            if not error.retry_after_s or time.monotonic() + error.retry_after_s > give_up:
                raise
            output.say(f"{error.message} Waiting …", "yellow")
            time.sleep(error.retry_after_s)


def _resume(client: Popcon, order: Order) -> Job:
    """The job, its failed actions restarted where they stopped."""
    job = client.job(order.resume)
    failed = [action for action in job.actions if action.state is ActionState.FAILED]
    for action in failed:
        client.resume(action)
    return client.job(order.resume) if failed else job


def _follow(client: Popcon, job: Job, order: Order, output: Output) -> Job:
    shown = display(output)
    reviewer = Reviewer(client, order.out / "review", output, shown)
    return follow(client, job, shown, reviewer.attend)


def _how_to_go_on(job: Job, order: Order, connection: Connection) -> str:
    data = ["--data", str(order.data)] if order.data else []
    command = shlex.join(["popcon", "make", "--resume", job.id, "--out", str(order.out), *data])
    return f"{'Go on with it' if connection.own else 'It goes on; look again'}: {command}"
