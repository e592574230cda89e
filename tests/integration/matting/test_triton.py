"""Backend `triton` against a real server."""

import asyncio
import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tritonclient.grpc.aio import InferenceServerClient
from tritonclient.utils import InferenceServerException

from popcon.errors import DeadlinePassed, Overloaded, PopconError, Unavailable, WeightsUnusable
from popcon.imaging.arrays import Pixels, Plane
from services.matting import triton as backend_module
from services.matting import triton_memory
from services.matting.alpha import Lane
from services.matting.birefnet import weights
from services.matting.birefnet.matter import Matter
from services.matting.triton import TritonBackend
from tests.fixtures.networks import make_network
from tests.fixtures.tritonserver import MAX_BATCH, MAX_WAITING, MODEL, SIDE, TritonServer
from tests.fixtures.waiting import eventually

SHARED_MEMORY = Path("/dev/shm")
LEAVES_A_REGION = """
import asyncio, os, sys
from services.matting.triton import TritonBackend

async def main():
    backend = TritonBackend(*sys.argv[1:])
    async with backend._memory.lease(1000, 5):
        os._exit(0)

asyncio.run(main())
"""


@pytest.fixture
async def backend(triton: TritonServer) -> AsyncIterator[TritonBackend]:
    made = TritonBackend(triton.url, MODEL)
    await made.open()
    yield made
    await made.close()


@pytest.fixture
async def asked(triton: TritonServer) -> AsyncIterator[InferenceServerClient]:
    """A client of its own, to look behind the backend's back."""
    async with InferenceServerClient(triton.url) as client:
        yield client


@pytest.fixture(scope="module")
def in_process() -> Matter:
    return Matter(weights.prepare(make_network()), SIDE)


def picture(height: int, width: int, seed: int = 0) -> Pixels:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


async def matte(backend: TritonBackend, rgb: Pixels, lane: Lane = "interactive", timeout_s: float = 30.0) -> Plane:
    return await backend.alpha(rgb, lane=lane, timeout_s=timeout_s)


async def counts(client: InferenceServerClient) -> tuple[int, int]:
    """Pictures and batches so far. The server counts a little after it has answered."""
    last, now = None, (0, 0)
    while now != last:
        (model,) = (await client.get_inference_statistics(MODEL)).model_stats
        last, now = now, (model.inference_count, model.execution_count)
        await asyncio.sleep(0.05)
    return now


async def regions(client: InferenceServerClient) -> set[str]:
    return set((await client.get_system_shared_memory_status()).regions)


def files() -> list[Path]:
    return list(SHARED_MEMORY.glob(f"{triton_memory.PREFIX}*"))


SIZES = [(SIDE, SIDE), (33, 101), (1, 120), (150, 90)]
"""Usual, odd, thin, and large enough for tiles."""


@pytest.mark.parametrize(("height", "width"), SIZES)
async def test_a_picture_gets_the_alpha_that_it_gets_in_process(
    backend: TritonBackend, in_process: Matter, height: int, width: int
) -> None:
    rgb = picture(height, width)
    alpha = await matte(backend, rgb)
    assert alpha.dtype == np.float32
    assert alpha.flags.writeable
    np.testing.assert_allclose(alpha, in_process.mattes([rgb])[0], atol=1e-5)


async def test_a_server_that_is_not_here_gets_the_pixels_through_the_socket(
    triton: TritonServer, asked: InferenceServerClient, in_process: Matter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backend_module, "is_loopback", lambda url: False)
    far = TritonBackend(triton.url, MODEL)
    for height, width in SIZES:
        rgb = picture(height, width)
        np.testing.assert_allclose(await matte(far, rgb), in_process.mattes([rgb])[0], atol=1e-5)
    assert not await regions(asked)
    await far.close()


@pytest.mark.full
async def test_a_picture_larger_than_grpcs_usual_messages_travels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    side = 544
    server = TritonServer(tmp_path, side)
    await server.start()
    rgb = picture(2 * side - 1, 2 * side - 1)  # any larger, and it would be seen again in tiles
    (expected,) = Matter(weights.prepare(make_network()), side).mattes([rgb])
    assert expected.nbytes > 4 << 20
    for here in (True, False):
        monkeypatch.setattr(backend_module, "is_loopback", lambda url, here=here: here)
        backend = TritonBackend(server.url, MODEL)
        np.testing.assert_allclose(await matte(backend, rgb), expected, atol=1e-5)
        await backend.close()
    server.stop()


@pytest.mark.parametrize("exists", [True, False])
async def test_where_no_memory_can_be_shared_the_pixels_go_through_the_socket(
    backend: TritonBackend, in_process: Matter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exists: bool
) -> None:
    monkeypatch.setattr(triton_memory, "FOLDER", tmp_path if exists else tmp_path / "missing")
    rgb = picture(90, 40)
    for _ in range(2):
        np.testing.assert_allclose(await matte(backend, rgb), in_process.mattes([rgb])[0], atol=1e-5)
    assert not list(tmp_path.iterdir())


async def test_pictures_of_many_sizes_share_batches_and_nobody_gets_anothers(
    backend: TritonBackend, asked: InferenceServerClient, in_process: Matter
) -> None:
    pictures = [picture(40 + 9 * i, 120 - 7 * i, i) for i in range(MAX_WAITING)]
    inferences, executions = await counts(asked)
    alphas = await asyncio.gather(*(matte(backend, each) for each in pictures))
    for rgb, alpha in zip(pictures, alphas, strict=True):
        np.testing.assert_allclose(alpha, in_process.mattes([rgb])[0], atol=1e-5)
    more_inferences, more_executions = await counts(asked)
    assert more_inferences - inferences == len(pictures)
    assert more_executions - executions <= len(pictures) // 2


async def test_interactive_calls_overtake_the_batch_lane(backend: TritonBackend) -> None:
    ended: list[str] = []

    async def note(name: str, lane: Lane) -> None:
        await matte(backend, picture(120, 120), lane)
        ended.append(name)

    first = [note("first", "batch") for _ in range(MAX_WAITING)]
    await asyncio.gather(*first, *(note("late", "interactive") for _ in range(2)))
    assert ended[-2:] == ["first", "first"], ended


async def test_a_full_line_is_told_at_once_and_the_others_are_served(backend: TritonBackend) -> None:
    calls = [matte(backend, picture(64, 64, i), "batch") for i in range(3 * (MAX_BATCH + MAX_WAITING))]
    ends = await asyncio.gather(*calls, return_exceptions=True)
    assert {type(end) for end in ends} == {np.ndarray, Overloaded}
    assert sum(isinstance(end, np.ndarray) for end in ends) >= MAX_WAITING


@pytest.mark.parametrize("timeout_s", [0.02, 0.0])
async def test_a_call_ends_by_its_deadline_and_is_not_computed_after_it(
    backend: TritonBackend, asked: InferenceServerClient, timeout_s: float
) -> None:
    before, _ = await counts(asked)
    others = asyncio.gather(*(matte(backend, picture(64, 64, i)) for i in range(MAX_WAITING)))
    await asyncio.sleep(0.03)
    began = time.monotonic()
    with pytest.raises(DeadlinePassed):
        await matte(backend, picture(64, 64), timeout_s=timeout_s)
    assert time.monotonic() - began < timeout_s + 0.5
    await others
    await matte(backend, picture(64, 64))
    assert (await counts(asked))[0] - before == MAX_WAITING + 1


async def test_a_cancelled_call_leaves_no_shared_memory(
    backend: TritonBackend, asked: InferenceServerClient, in_process: Matter
) -> None:
    await cancel_often(backend, 12)
    await eventually(lambda: only_idle(backend, asked))
    rgb = picture(64, 64)
    np.testing.assert_allclose(await matte(backend, rgb), in_process.mattes([rgb])[0], atol=1e-5)
    await backend._memory.close()
    assert not await regions(asked)
    assert not files()


@pytest.mark.full
async def test_hundreds_of_cancelled_calls_leave_no_shared_memory_and_mix_nothing_up(
    backend: TritonBackend, asked: InferenceServerClient, in_process: Matter
) -> None:
    rgb = picture(90, 70)
    expected = in_process.mattes([rgb])[0]
    for _ in range(25):
        await cancel_often(backend, 12)
        # What was cancelled stands in the line until its turn.
        await eventually(lambda: served(backend, rgb))
        np.testing.assert_allclose(await matte(backend, rgb), expected, atol=1e-5)
    await eventually(lambda: only_idle(backend, asked))


async def cancel_often(backend: TritonBackend, count: int) -> None:
    """Cancels calls while they register, wait, run and answer."""
    draw = random.Random(count)
    calls = [asyncio.create_task(matte(backend, picture(100, 100 + i))) for i in range(count)]
    for call in calls:
        await asyncio.sleep(draw.uniform(0, 0.02))
        call.cancel()
    for end in await asyncio.gather(*calls, return_exceptions=True):
        assert isinstance(end, asyncio.CancelledError | Overloaded | np.ndarray), end


async def only_idle(backend: TritonBackend, client: InferenceServerClient) -> bool:
    return await regions(client) == {region.name for region in backend._memory._idle} and not files()


async def test_what_a_killed_process_left_is_freed_when_the_next_one_starts(
    triton: TritonServer, backend: TritonBackend, asked: InferenceServerClient
) -> None:
    await matte(backend, picture(64, 64))
    mine = await regions(asked)
    subprocess.run([sys.executable, "-c", LEAVES_A_REGION, triton.url, MODEL], check=True, timeout=30)  # noqa: ASYNC221
    assert await regions(asked) > mine
    other = TritonBackend(triton.url, MODEL)
    await other.open()
    await other.close()
    assert await regions(asked) == mine
    assert not files()


async def test_a_server_that_forgot_the_shared_memory_is_told_of_new(
    backend: TritonBackend, asked: InferenceServerClient, in_process: Matter
) -> None:
    rgb = picture(64, 64)
    await asyncio.gather(*(matte(backend, rgb) for _ in range(3)))
    old = await regions(asked)
    assert len(old) == 3
    await eventually(lambda: forgotten(asked))
    np.testing.assert_allclose(await matte(backend, rgb), in_process.mattes([rgb])[0], atol=1e-5)
    assert len(await regions(asked) - old) == 1


async def forgotten(client: InferenceServerClient) -> bool:
    """Whether the server, as one that was started anew, knows of no shared memory. It keeps what it still uses."""
    with contextlib.suppress(InferenceServerException):
        await client.unregister_system_shared_memory()
    return not await regions(client)


async def test_a_model_that_is_not_there_is_named_with_what_to_do(triton: TritonServer) -> None:
    what_to_do = "no model toonout; make it with `popcon models export toonout"
    with pytest.raises(WeightsUnusable, match=what_to_do):
        await TritonBackend(triton.url, "toonout").open()
    unopened = TritonBackend(triton.url, "toonout")
    with pytest.raises(WeightsUnusable, match=what_to_do):
        await matte(unopened, picture(64, 64))
    await unopened.close()


async def test_a_server_that_is_not_there_is_waited_for_only_so_long() -> None:
    began = time.monotonic()
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1:1"):
        await TritonBackend("127.0.0.1:1", MODEL, ready_within_s=0.3).open()
    assert 0.2 < time.monotonic() - began < 5


async def test_it_tells_what_the_server_runs(triton: TritonServer, backend: TritonBackend) -> None:
    told = backend.describe()
    assert (told.backend, told.model, told.digest, told.side) == ("triton", MODEL, "d" * 64, SIDE)
    assert told.device == f"{triton.url}/{MODEL}/1"
    assert backend.background == (1, 2, 3)


async def test_calls_fail_while_the_server_is_away_and_the_same_backend_finds_it_again(
    triton: TritonServer, backend: TritonBackend, in_process: Matter
) -> None:
    rgb = picture(64, 64)
    await matte(backend, rgb)
    under_way = [asyncio.create_task(matte(backend, picture(64, 64, i))) for i in range(4)]
    await asyncio.sleep(0.01)
    triton.kill()
    for end in await asyncio.gather(*under_way, return_exceptions=True):
        assert isinstance(end, Unavailable | np.ndarray), end
    with pytest.raises(Unavailable):
        await matte(backend, rgb, timeout_s=2)
    await triton.start()
    await eventually(lambda: served(backend, rgb), 5)
    np.testing.assert_allclose(await matte(backend, rgb), in_process.mattes([rgb])[0], atol=1e-5)


@pytest.mark.full
async def test_a_model_whose_process_died_is_told_with_what_to_do(triton: TritonServer, backend: TritonBackend) -> None:
    os.kill(triton.model_process(), signal.SIGKILL)
    with pytest.raises(Unavailable, match="has died; start Triton again"):
        await matte(backend, picture(64, 64))
    triton.kill()
    await triton.start()
    await eventually(lambda: served(backend, picture(64, 64)), 5)


async def served(backend: TritonBackend, rgb: Pixels) -> Any:
    try:
        return (await matte(backend, rgb, timeout_s=5)).size
    except PopconError as error:
        raise AssertionError(str(error)) from error
