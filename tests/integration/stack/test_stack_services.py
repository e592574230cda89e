"""The real services under the stack: they start, serve, and stop in order."""

from pathlib import Path

import httpx

from popcon.stack import Folder, Stack, programs


async def test_every_service_becomes_ready_and_stops_when_asked(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "data")
    async with Stack(folder) as stack:
        await stack.wait_ready(60)
        assert set(stack.pids()) == {"nats", *programs.SERVICES}
        async with httpx.AsyncClient(base_url=stack.addresses.url, trust_env=False) as client:
            assert (await client.get("/v1/jobs")).json() == {"jobs": [], "next_cursor": None}
    # It is written when a process dies by itself, or has to be killed.
    assert not (folder.logs / "stack.log").exists()
    assert folder.database.exists()


async def test_the_spine_runs_without_the_workers(tmp_path: Path) -> None:
    async with Stack(Folder(tmp_path / "data"), plan=programs.plan_noop) as stack:
        await stack.wait_ready(60)
        assert set(stack.pids()) == {"nats", "orchestrator", "noop", "gateway"}
