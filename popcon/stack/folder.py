"""The data folder: its paths, the lock that gives it to one stack, and the record of the stack that holds it."""

import contextlib
import fcntl
import json
import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from popcon import errors


@dataclass(frozen=True)
class Record:
    """A running stack. `gateway`: URL of the REST API. `ready`: URL that answers 200 once the gateway serves.

    `pid`: of the supervisor. `started_at`: when it started, ISO 8601. `services`: name to `host:port` of its gRPC.
    """

    gateway: str
    ready: str
    pid: int
    started_at: str
    services: Mapping[str, str] = field(default_factory=dict)


class Folder:
    """Everything that popcon keeps on one machine, under one path."""

    def __init__(self, root: Path) -> None:
        self.root = root.expanduser().absolute()
        self.artifacts = self.root / "artifacts"
        self.nats = self.root / "nats"
        self.database = self.root / "popcon.db"
        self.logs = self.root / "logs"
        self._key_secret = self.root / "key-secret"
        self._record = self.root / "stack.json"
        self._lock = self.root / "stack.lock"

    def make(self) -> None:
        """Creates what is not there; only its owner may look inside. Raises `InvalidRequest` where it cannot be."""
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            for folder in (self.artifacts, self.nats, self.logs):
                folder.mkdir(exist_ok=True)
        except OSError as error:
            raise errors.InvalidRequest(
                f"The data folder {self.root} cannot be used ({error.strerror}); name another one with --data.",
                field="data",
            ) from error

    def key_secret(self) -> str:
        """What digests of API keys are made with here; made when first asked for, and only its owner may read it."""
        if not self._key_secret.exists():
            fresh = self._key_secret.with_suffix(".new")
            fresh.touch(mode=0o600)
            fresh.write_text(secrets.token_hex(32))
            fresh.replace(self._key_secret)
        return self._key_secret.read_text()

    @contextlib.contextmanager
    def hold(self) -> Iterator[None]:
        """Holds the folder for one stack. Raises `WrongState` when another stack holds it.

        The kernel drops the lock with its process, so a stack that was killed leaves nothing to clean up.
        """
        with self._lock.open("a") as lock:
            # A moment of patience: `held` of another process takes the lock for an instant.
            if not _lock(lock.fileno(), fcntl.LOCK_EX, patience_s=0.5):
                raise errors.WrongState(
                    f"Another popcon is running on {self.root}{self._holder()}; stop that one first."
                )
            yield

    def held(self) -> bool:
        """Whether a stack runs on this folder, or is about to."""
        try:
            with self._lock.open("r") as lock:
                return not _lock(lock.fileno(), fcntl.LOCK_SH, patience_s=0)
        except FileNotFoundError:
            return False

    def write_record(self, record: Record) -> None:
        """Replaces the record in one step, so that a reader sees all of it or none."""
        fresh = self._record.with_suffix(".json.new")
        fresh.write_text(json.dumps(asdict(record), indent=2) + "\n")
        fresh.replace(self._record)

    def read_record(self) -> Record | None:
        """The stack that runs on this folder; None when none does, whatever an earlier one left behind."""
        if not self.held():
            return None
        try:
            return Record(**json.loads(self._record.read_text()))
        except (OSError, ValueError, TypeError):
            return None

    def remove_record(self) -> None:
        """Forgets the record."""
        self._record.unlink(missing_ok=True)

    def _holder(self) -> str:
        record = self.read_record()
        return f" (process {record.pid}, {record.gateway})" if record else ""


def _lock(number: int, kind: int, patience_s: float) -> bool:
    give_up = time.monotonic() + patience_s
    while True:
        try:
            fcntl.flock(number, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= give_up:
                return False
            time.sleep(0.02)
        else:
            return True
