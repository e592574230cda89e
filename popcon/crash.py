"""Named points at which a test may have a process die, as by kill -9 at just that moment.

`POPCON_CRASH_FILE` names a file; whoever passes a point that is written in it takes the file away and dies. So each
crash happens once, to one process, and the process that is started in its place goes on. Where the variable is not
set, and in production it is not, a point does nothing.
"""

import os
import signal
from pathlib import Path

from popcon.telemetry import log

_FILE = os.environ.get("POPCON_CRASH_FILE")

WORKER = ("after_claim", "after_upload", "after_complete", "after_ack")
ORCHESTRATOR = ("before_commit", "after_commit", "after_take", "after_publish")
WEBHOOKS = ("after_send",)


def point(name: str) -> None:
    """Ends this process here when a test asks for it."""
    if _FILE is not None and _take(Path(_FILE), name):
        log.warning("crash point", point=name)
        os.kill(os.getpid(), signal.SIGKILL)


def _take(file: Path, name: str) -> bool:
    """Whether the file named this point; it does so no more."""
    try:
        asked = file.read_text() == name
        if asked:
            file.unlink()
    except FileNotFoundError:
        return False
    return asked
