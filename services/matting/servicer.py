"""Matte, MatteFrames, Select and Describe: mattes and regions of single frames, called directly."""

import asyncio
import math
from collections.abc import AsyncIterator, Callable
from typing import Any, TypeVar

import grpc
import numpy as np

from popcon import rpc_errors
from popcon.catalog import limits
from popcon.errors import InvalidRequest, PictureTooLarge, PopconError
from popcon.imaging.arrays import Plane
from popcon.imaging.decode import decode_picture
from popcon.imaging.png import encode_png
from popcon.imaging.resize import content_box
from popcon.v1 import common_pb2, matting_pb2_grpc
from popcon.v1 import matting_pb2 as pb
from services.matting.alpha import AlphaBackend
from services.matting.engine import Engine
from services.matting.select import Spot, select_flood, select_object

T = TypeVar("T")

NAMES = [service.full_name for service in pb.DESCRIPTOR.services_by_name.values()]
IMAGE_MAX_BYTES = 3_000_000
SELECT_SIDE_MAX = 1024
TIMEOUT_S = 60.0
"""For callers that set no deadline."""

FRAMES_AHEAD = 16
"""Frames of a stream that are worked on before the first of them was taken; the rest waits in gRPC's flow control."""

PIXEL_WORK = 4
"""Pictures decoded, finished or encoded at the same time."""

Context = grpc.aio.ServicerContext[Any, Any]


class Mattings(matting_pb2_grpc.MattingServiceServicer):
    """Calls are interactive: they go before the frames of runs."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._room = asyncio.Semaphore(PIXEL_WORK)

    async def Matte(self, request: pb.MatteRequest, context: Context) -> pb.MatteResponse:
        name = self._engine.choose(request.backend, alpha_known=False)
        made = await self._made(request.image, name, request.output, _time_left(context))
        return pb.MatteResponse(backend=name, **made)

    async def MatteFrames(
        self, request_iterator: AsyncIterator[pb.MatteFramesRequest], context: Context
    ) -> AsyncIterator[pb.MatteFramesResponse]:
        answers: asyncio.Queue[asyncio.Task[pb.MatteFramesResponse] | None] = asyncio.Queue(FRAMES_AHEAD)
        working: set[asyncio.Task[Any]] = set()

        async def read() -> None:
            first: pb.MatteFramesRequest | None = None
            try:
                async for request in request_iterator:
                    first = first or request
                    name = self._engine.choose(first.backend, alpha_known=False)
                    task = asyncio.create_task(self._answer(request, name, first.output))
                    working.add(task)
                    task.add_done_callback(working.discard)
                    await answers.put(task)
            except Exception:
                await answers.put(None)
                raise
            await answers.put(None)

        reader = asyncio.create_task(read())
        try:
            while task := await answers.get():
                yield await task
            await reader
        finally:
            # A caller that is gone frees what was begun for it.
            for each in (reader, *working):
                each.cancel()

    async def Select(self, request: pb.SelectRequest, context: Context) -> pb.SelectResponse:
        _check_bytes(request.image)
        if len(request.points) > limits.SELECT_POINTS_MAX:
            raise InvalidRequest(f"Point at most {limits.SELECT_POINTS_MAX} times.", field="points")
        return await self._compute(_selected, request)

    async def Describe(self, request: pb.DescribeRequest, context: Context) -> pb.DescribeResponse:
        backends = self._engine.backends
        models = [_described(model) for model in self._engine.models.values()]
        return pb.DescribeResponse(backends=backends, default_backend=backends[0], models=models)

    async def _answer(
        self, request: pb.MatteFramesRequest, name: str, output: pb.MatteOutput
    ) -> pb.MatteFramesResponse:
        try:
            made = await self._made(request.image, name, output, TIMEOUT_S)
        except PopconError as error:
            return pb.MatteFramesResponse(index=request.index, error=rpc_errors.to_proto(error))
        return pb.MatteFramesResponse(index=request.index, **made)  # type: ignore[arg-type]

    async def _made(self, image: bytes, name: str, output: pb.MatteOutput, timeout_s: float) -> dict[str, bytes]:
        """The fields of an answer."""
        _check_bytes(image)
        frame = await self._compute(decode_picture, image)
        if output == pb.MATTE_OUTPUT_ALPHA:
            alpha = await self._engine.alpha(frame, name, self._compute, lane="interactive", timeout_s=timeout_s)
            return {"alpha": await self._compute(_grey, alpha)}
        matte = await self._engine.frame(frame, name, self._compute, lane="interactive", timeout_s=timeout_s)
        return {
            "pristine": await self._compute(encode_png, matte.pristine),
            "finished": await self._compute(encode_png, matte.finished),
        }

    async def _compute(self, function: Callable[..., T], *arguments: Any) -> T:
        async with self._room:
            return await asyncio.to_thread(function, *arguments)


def _time_left(context: Context) -> float:
    left = context.time_remaining()
    return TIMEOUT_S if left is None else min(left, TIMEOUT_S)


def _check_bytes(image: bytes) -> None:
    if len(image) > IMAGE_MAX_BYTES:
        raise PictureTooLarge(f"A frame has at most {IMAGE_MAX_BYTES // 1_000_000} MB; send it smaller.", field="image")


def _selected(request: pb.SelectRequest) -> pb.SelectResponse:
    picture = decode_picture(request.image)
    if max(picture.shape[:2]) > SELECT_SIDE_MAX:
        raise PictureTooLarge(f"A frame has at most {SELECT_SIDE_MAX} pixels a side here.", field="image")
    if not all(math.isfinite(point.x) and math.isfinite(point.y) for point in request.points):
        raise InvalidRequest("A point is two numbers of pixels.", field="points")
    spots = [Spot(math.floor(point.x), math.floor(point.y), point.keep) for point in request.points]
    tool = select_object if request.tool == pb.SELECT_TOOL_OBJECT else select_flood
    region = tool(picture, spots)
    left, top, right, bottom = content_box(region) or (0, 0, 0, 0)
    if not right:
        raise InvalidRequest("Nothing is left of the region: the points exclude each other.", field="points")
    box = common_pb2.Box(left=left, top=top, right=right, bottom=bottom)
    return pb.SelectResponse(mask=encode_png(region), box=box)


def _grey(alpha: Plane) -> bytes:
    return encode_png(np.rint(alpha * 255).astype(np.uint8))


def _described(model: AlphaBackend) -> pb.MattingModel:
    about = model.describe()
    return pb.MattingModel(
        backend=about.backend,
        model=about.model,
        variant=about.variant,
        weights_sha256=about.digest,
        device=about.device,
        side=about.side,
    )
