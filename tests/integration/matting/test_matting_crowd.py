"""Many callers, most of whom leave in the middle: nothing leaks, nothing sticks, nobody gets another's answer."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import grpc
import numpy as np
import pytest

from popcon import rpc
from popcon.v1 import matting_pb2 as pb
from services.matting.alpha import Description
from services.matting.batching.batcher import Batcher
from services.matting.engine import Engine
from tests.fixtures.matting import ALPHA, Stub, as_alpha, png, serving
from tests.fixtures.waiting import eventually

CALLERS_AT_A_TIME = 20
PICTURES = {shade: png(np.full((16, 16, 3), shade, np.uint8)) for shade in range(256)}


class Echo:
    """A model behind a batcher; the alpha that it makes of a frame is the frame's own shade, as a check."""

    name = "echo"
    background = (255, 255, 255)

    def __init__(self, batch_s: float = 0, max_batch: int = 8, max_waiting: int = 512) -> None:
        self.batcher: Batcher[np.ndarray, np.ndarray] = Batcher(
            self._work, max_batch=max_batch, max_wait_s=0.002, max_waiting=max_waiting
        )
        self.broken = self.batcher.broken
        self.frames = 0
        self._batch_s = batch_s

    def _work(self, frames: Sequence[np.ndarray]) -> Sequence[np.ndarray]:
        self.frames += len(frames)
        time.sleep(self._batch_s)
        return [frame[..., 0].astype(np.float32) / 255 for frame in frames]

    async def alpha(self, rgb: np.ndarray, *, lane: str, timeout_s: float) -> np.ndarray:
        return await self.batcher.submit(rgb, lane=lane, timeout_s=timeout_s)  # type: ignore[arg-type]

    def describe(self) -> Description:
        return Description(self.name)

    async def close(self) -> None:
        await self.batcher.close()


def is_of(answer: bytes, shade: int) -> bool:
    return bool(np.all(np.rint(as_alpha(answer) * 255) == shade))


async def one_call(address: str, dice: random.Random) -> None:
    shade = dice.randrange(256)
    async with rpc.connect(address) as channel:
        call = Stub(channel).Matte(pb.MatteRequest(image=PICTURES[shade], output=ALPHA), timeout=30)
        if dice.random() < 0.6:
            await asyncio.sleep(dice.random() * 0.02)
            call.cancel()
        try:
            assert is_of((await call).alpha, shade)
        except asyncio.CancelledError:
            assert call.cancelled()


async def one_stream(address: str, dice: random.Random) -> None:
    shades = [dice.randrange(256) for _ in range(dice.randrange(1, 30))]
    leaves_after = dice.randrange(30)

    async def requests() -> AsyncIterator[pb.MatteFramesRequest]:
        for index, shade in enumerate(shades):
            yield pb.MatteFramesRequest(index=index, image=PICTURES[shade], output=ALPHA)

    # Closing the channel in the middle is a disconnect; leaving the loop cancels the call.
    async with rpc.connect(address) as channel:
        call = Stub(channel).MatteFrames(requests())
        for index, shade in enumerate(shades[:leaves_after]):
            answer = await call.read()
            assert answer.index == index
            assert is_of(answer.alpha, shade)
        if dice.random() < 0.5:
            call.cancel()


@pytest.mark.parametrize("callers", [120, pytest.param(1000, marks=[pytest.mark.full, pytest.mark.timeout(400)])])
async def test_nothing_leaks_or_sticks_when_callers_leave(callers: int) -> None:
    dice = random.Random(20261123)
    echo = Echo()
    echo.batcher.start()
    async with serving(Engine([echo])) as address:
        before = len(asyncio.all_tasks())
        room = asyncio.Semaphore(CALLERS_AT_A_TIME)

        async def caller(seed: int) -> None:
            own = random.Random(seed)
            async with room:
                await (one_call if own.random() < 0.5 else one_stream)(address, own)

        await asyncio.gather(*(caller(dice.randrange(2**32)) for _ in range(callers)))
        await eventually(lambda: echo.batcher.waiting == 0)
        await eventually(lambda: len(asyncio.all_tasks()) <= before)
        made = echo.frames
        async with rpc.connect(address) as channel:
            answer = await rpc.call(Stub(channel).Matte, pb.MatteRequest(image=PICTURES[77], output=ALPHA))
        assert is_of(answer.alpha, 77)
        assert echo.frames == made + 1


async def test_more_than_the_line_holds_is_refused_at_the_door() -> None:
    echo = Echo()
    echo.batcher.start()
    hold = asyncio.Event()
    loop = asyncio.get_running_loop()
    stuck = asyncio.create_task(echo.batcher.call(lambda: asyncio.run_coroutine_threadsafe(hold.wait(), loop).result()))
    async with serving(Engine([echo])) as address, rpc.connect(address) as channel:
        stub = Stub(channel)
        calls = [
            stub.Matte(pb.MatteRequest(image=PICTURES[index % 256], output=ALPHA), timeout=60) for index in range(700)
        ]
        outcomes = [asyncio.ensure_future(_outcome(call)) for call in calls]
        await eventually(lambda: sum(each.done() for each in outcomes) >= 100, deadline=30)
        assert echo.batcher.waiting <= 512
        hold.set()
        codes = await asyncio.gather(*outcomes)
    await stuck
    refused = codes.count(grpc.StatusCode.RESOURCE_EXHAUSTED)
    assert refused + codes.count(grpc.StatusCode.OK) == 700
    assert 100 <= refused < 250


async def _outcome(call: grpc.aio.UnaryUnaryCall) -> grpc.StatusCode:
    return await call.code()


@pytest.mark.parametrize("seconds", [4, pytest.param(60, marks=[pytest.mark.full, pytest.mark.timeout(180)])])
async def test_ten_times_too_many_calls_are_shed_and_memory_stays_bounded(seconds: int) -> None:
    able = 40  # pictures a second
    echo = Echo(batch_s=4 / able, max_batch=4, max_waiting=16)
    echo.batcher.start()
    ends, held = Counter[grpc.StatusCode](), [_resident_mib()]
    async with serving(Engine([echo])) as address, rpc.connect(address) as channel:
        stub = Stub(channel)

        async def caller(shade: int) -> None:
            call = stub.Matte(pb.MatteRequest(image=PICTURES[shade], output=ALPHA), timeout=5)
            code = await call.code()
            if code is grpc.StatusCode.OK:
                assert is_of((await call).alpha, shade)
            ends[code] += 1

        async with asyncio.TaskGroup() as callers:
            for tenth in range(10 * seconds):
                for each in range(able):
                    callers.create_task(caller((tenth + each) % 256))
                await asyncio.sleep(0.1)
                assert echo.batcher.waiting <= 16
                held.append(_resident_mib())
    assert set(ends) == {grpc.StatusCode.OK, grpc.StatusCode.RESOURCE_EXHAUSTED}  # none was let in and came too late
    assert ends.total() == 10 * seconds * able
    assert ends[grpc.StatusCode.OK] > 0.5 * able * seconds
    assert max(held) - held[0] < 100
    assert held[-1] - held[len(held) // 4] < 30


def _resident_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 2**20
