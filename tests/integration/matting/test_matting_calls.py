"""Mattes over gRPC, on a real socket, by a small network behind the batcher."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import grpc
import numpy as np
import pytest

from popcon import rpc
from popcon.errors import (
    DeadlinePassed,
    InvalidRequest,
    PictureTooLarge,
    PictureUnreadable,
    UnknownBackend,
    UnsupportedMedia,
)
from popcon.imaging.png import decode_png
from popcon.v1 import matting_pb2 as pb
from services.matting.birefnet.backend import BiRefNetBackend
from services.matting.birefnet.fold import fold
from services.matting.birefnet.matter import Matter
from services.matting.birefnet.network import BiRefNet
from services.matting.engine import Engine
from services.matting.servicer import FRAMES_AHEAD, IMAGE_MAX_BYTES
from tests.fixtures.matting import ALPHA, Stub, as_alpha, calling, png
from tests.fixtures.networks import SIDE, make_network, small_model
from tests.fixtures.waiting import eventually


@pytest.fixture(scope="module")
def network() -> BiRefNet:
    return fold(make_network())


@asynccontextmanager
async def birefnet(network: BiRefNet, max_batch: int = 4) -> AsyncIterator[Stub]:
    backend = BiRefNetBackend(network, small_model(), max_batch)
    await backend.open()
    async with calling(Engine([backend])) as stub:
        yield stub


def shade(value: int, side: int = 48) -> np.ndarray:
    """A frame that can be told from others by what its alpha is."""
    frame = np.full((side, side, 3), value, np.uint8)
    frame[8:30, 8:30] = 255 - value
    return frame


async def test_an_alpha_over_the_socket_is_that_of_the_network(network: BiRefNet) -> None:
    frame = shade(40)
    async with birefnet(network) as stub:
        answer = await rpc.call(stub.Matte, pb.MatteRequest(image=png(frame), output=ALPHA))
    (expected,) = Matter(network, SIDE).mattes([frame])
    assert answer.backend == "birefnet"
    assert np.abs(as_alpha(answer.alpha) - expected).max() <= 0.5 / 255 + 1e-4
    assert not answer.finished


async def test_pictures_come_with_the_models_own_alpha_and_the_finished_one(network: BiRefNet) -> None:
    frame = shade(40)
    async with birefnet(network) as stub:
        answer = await rpc.call(stub.Matte, pb.MatteRequest(image=png(frame)))
    (expected,) = Matter(network, SIDE).mattes([frame])
    assert np.abs(decode_png(answer.pristine)[..., 3] / 255 - expected).max() < 0.01
    assert decode_png(answer.finished).shape == (48, 48, 4)
    assert not answer.alpha


async def test_calls_at_the_same_time_share_batches_and_get_their_own_answers(network: BiRefNet) -> None:
    values = range(0, 120, 5)
    async with birefnet(network) as stub:
        requests = [pb.MatteRequest(image=png(shade(value)), output=ALPHA) for value in values]
        answers = await asyncio.gather(*(rpc.call(stub.Matte, each, timeout_s=60) for each in requests))
    for value, answer in zip(values, answers, strict=True):
        (expected,) = Matter(network, SIDE).mattes([shade(value)])
        assert np.abs(as_alpha(answer.alpha) - expected).max() < 0.01


async def test_frames_come_back_in_order_with_their_own_mattes(network: BiRefNet) -> None:
    values = range(0, 200, 5)

    async def requests() -> AsyncIterator[pb.MatteFramesRequest]:
        for value in values:
            yield pb.MatteFramesRequest(index=1000 + value, image=png(shade(value)), output=ALPHA)

    async with birefnet(network) as stub:
        answers = [answer async for answer in rpc.stream(lambda: stub.MatteFrames(requests()))]
    assert [answer.index for answer in answers] == [1000 + value for value in values]
    for value, answer in zip(values, answers, strict=True):
        (expected,) = Matter(network, SIDE).mattes([shade(value)])
        assert np.abs(as_alpha(answer.alpha) - expected).max() < 0.01


async def test_a_frame_that_cannot_be_read_fails_alone(network: BiRefNet) -> None:
    images = [png(shade(10)), b"no picture", png(shade(20))]

    async def requests() -> AsyncIterator[pb.MatteFramesRequest]:
        for index, image in enumerate(images):
            yield pb.MatteFramesRequest(index=index, image=image, output=ALPHA)

    async with birefnet(network) as stub:
        answers = [answer async for answer in rpc.stream(lambda: stub.MatteFrames(requests()))]
    assert [answer.index for answer in answers] == [0, 1, 2]
    assert [bool(answer.alpha) for answer in answers] == [True, False, True]
    assert answers[1].error.code == "unsupported_media"


async def test_a_caller_may_wait_for_each_answer_before_it_sends_the_next_frame(network: BiRefNet) -> None:
    async with birefnet(network) as stub:
        call = stub.MatteFrames()
        for index in range(3):
            await call.write(pb.MatteFramesRequest(index=index, image=png(shade(index)), output=ALPHA))
            assert (await asyncio.wait_for(call.read(), 20)).index == index
        await call.done_writing()
        assert await call.read() is grpc.aio.EOF


class Slow:
    """A model that answers when it is told to."""

    name = "slow"
    background = (255, 255, 255)

    def __init__(self) -> None:
        self.go, self.broken = asyncio.Event(), asyncio.Event()
        self.begun = self.waiting = 0

    async def alpha(self, rgb: np.ndarray, *, lane: str, timeout_s: float) -> np.ndarray:
        self.begun += 1
        self.waiting += 1
        try:
            async with asyncio.timeout(timeout_s):
                await self.go.wait()
        except TimeoutError:
            raise DeadlinePassed("too late") from None
        finally:
            self.waiting -= 1
        return np.zeros(rgb.shape[:2], np.float32)

    def describe(self) -> object:
        raise AssertionError

    async def close(self) -> None: ...


async def test_only_so_many_frames_of_a_stream_are_read_ahead() -> None:
    slow = Slow()
    sent = 0

    async def requests() -> AsyncIterator[pb.MatteFramesRequest]:
        nonlocal sent
        # Large ones, so that gRPC's own buffers hold few.
        image = png(np.random.default_rng(0).integers(0, 256, (256, 256, 3), dtype=np.uint8))
        for index in range(200):
            sent = index
            yield pb.MatteFramesRequest(index=index, image=image, output=ALPHA)

    async with calling(Engine([slow])) as stub:  # type: ignore[list-item]
        answers = rpc.stream(lambda: stub.MatteFrames(requests()))
        first = asyncio.create_task(anext(answers))
        await eventually(lambda: slow.begun >= FRAMES_AHEAD)
        await asyncio.sleep(0.3)
        assert slow.begun <= FRAMES_AHEAD + 2
        assert sent < 100
        slow.go.set()
        assert (await first).index == 0
        assert [answer.index async for answer in answers] == list(range(1, 200))


async def test_a_caller_that_leaves_frees_its_frames() -> None:
    slow = Slow()

    async def requests() -> AsyncIterator[pb.MatteFramesRequest]:
        for index in range(8):
            yield pb.MatteFramesRequest(index=index, image=png(shade(index)), output=ALPHA)

    async with calling(Engine([slow])) as stub:  # type: ignore[list-item]
        call = stub.MatteFrames(requests())
        one = asyncio.create_task(rpc.call(stub.Matte, pb.MatteRequest(image=png(shade(0)), output=ALPHA)))
        await eventually(lambda: slow.waiting == 9)
        call.cancel()
        await eventually(lambda: slow.waiting == 1)
        one.cancel()
        await eventually(lambda: slow.waiting == 0)


async def test_a_call_ends_by_its_deadline() -> None:
    slow = Slow()
    async with calling(Engine([slow])) as stub:  # type: ignore[list-item]
        with pytest.raises(DeadlinePassed):
            await rpc.call(stub.Matte, pb.MatteRequest(image=png(shade(0)), output=ALPHA), timeout_s=0.3)
        await eventually(lambda: slow.waiting == 0)


@pytest.mark.parametrize(
    ("image", "backend", "error"),
    [
        (b"", "", PictureUnreadable),
        (b"GIF89a but no", "", PictureUnreadable),
        (b"nothing", "", UnsupportedMedia),
        (b"\x89PNG" + bytes(IMAGE_MAX_BYTES), "", PictureTooLarge),
        (png(shade(0)), "magic", UnknownBackend),
    ],
)
async def test_what_cannot_be_matted_is_refused_with_a_typed_error(
    image: bytes, backend: str, error: type[Exception]
) -> None:
    async with calling(Engine()) as stub:
        with pytest.raises(error):
            await rpc.call(stub.Matte, pb.MatteRequest(image=image, backend=backend))


async def test_describe_tells_the_model_and_its_weights(network: BiRefNet) -> None:
    async with birefnet(network) as stub:
        about = await rpc.call(stub.Describe, pb.DescribeRequest())
    assert list(about.backends) == ["birefnet", "classic"]
    assert about.default_backend == "birefnet"
    (model,) = about.models
    assert (model.model, model.weights_sha256, model.side, model.device) == ("small", small_model().sha256, SIDE, "cpu")


def points(*spots: tuple[float, float, bool]) -> list[pb.SelectPoint]:
    return [pb.SelectPoint(x=x, y=y, keep=keep) for x, y, keep in spots]


@pytest.mark.parametrize("tool", [pb.SELECT_TOOL_FLOOD, pb.SELECT_TOOL_OBJECT])
async def test_points_in_a_frame_are_answered_with_their_region(tool: pb.SelectTool) -> None:
    request = pb.SelectRequest(image=png(shade(40)), points=points((12.9, 20.2, True)), tool=tool)
    async with calling(Engine()) as stub:
        first, second = [await rpc.call(stub.Select, request) for _ in range(2)]
    mask = decode_png(first.mask)
    assert first == second
    assert mask.shape == (48, 48)
    assert (mask[8:30, 8:30] == 255).all()
    box = first.box
    assert not np.delete(np.delete(mask, np.s_[box.top : box.bottom], 0), np.s_[box.left : box.right], 1).any()
    assert (box.left, box.top, box.right, box.bottom) == (6, 6, 32, 32)


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        (pb.SelectRequest(image=png(shade(40))), InvalidRequest),
        (pb.SelectRequest(image=png(shade(40)), points=points((3, 3, False))), InvalidRequest),
        (pb.SelectRequest(image=png(shade(40)), points=points((48, 3, True))), InvalidRequest),
        (pb.SelectRequest(image=png(shade(40)), points=points((float("nan"), 3, True))), InvalidRequest),
        (pb.SelectRequest(image=png(shade(40)), points=points((3, float("inf"), True))), InvalidRequest),
        (pb.SelectRequest(image=png(shade(40)), points=points((3, 3, True), (4, 4, False))), InvalidRequest),
        (pb.SelectRequest(image=png(shade(40)), points=points((3, 3, True)) * 33), InvalidRequest),
        (pb.SelectRequest(image=png(shade(40, side=1025)), points=points((3, 3, True))), PictureTooLarge),
        (pb.SelectRequest(image=b"\x89PNG" + bytes(IMAGE_MAX_BYTES), points=points((3, 3, True))), PictureTooLarge),
        (pb.SelectRequest(image=b"nothing", points=points((3, 3, True))), UnsupportedMedia),
    ],
)
async def test_points_that_mean_nothing_are_refused(request_: pb.SelectRequest, error: type[Exception]) -> None:
    async with calling(Engine()) as stub:
        with pytest.raises(error):
            await rpc.call(stub.Select, request_)
