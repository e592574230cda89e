"""What a service's process runs on: libuv's event loop, and a collector that leaves live objects alone."""

import asyncio
import gc
from collections.abc import Coroutine
from typing import Any

import uvloop

_YOUNG = 20_000


def run(main: Coroutine[Any, Any, None]) -> None:
    """Runs a service to its end."""
    # Reference counts free what calls leave behind. The collector's default, a look every 700 new objects, is several
    # looks per call, and each old one goes through all of what was imported.
    gc.freeze()
    gc.set_threshold(_YOUNG, 20, 50)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main)
