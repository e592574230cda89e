"""The writer's connection to SQLite: what was cancelled in its thread ends before anything else begins."""

import asyncio
import contextlib
import time
from pathlib import Path

from services.orchestrator.sqlite import Direct


async def test_nothing_runs_beside_a_commit_that_nobody_waits_for_any_more(tmp_path: Path) -> None:
    connection = await Direct(str(tmp_path / "some.db"))
    happened: list[str] = []

    def commit() -> None:
        happened.append("commit begins")
        time.sleep(0.1)
        happened.append("commit ends")

    committing = asyncio.create_task(connection._execute(commit))
    while not happened:  # noqa: ASYNC110 - a thread does it
        await asyncio.sleep(0.001)
    committing.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await committing
    await connection._execute(happened.append, "a statement")
    assert happened == ["commit begins", "commit ends", "a statement"]
    await connection._execute(happened.append, "another, at once")
    await connection.close()
    assert happened[-1] == "another, at once"
