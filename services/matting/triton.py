"""Matting by `triton`: the network in a Triton server, which makes the batches and keeps the line."""

import asyncio
import contextlib
import ipaddress
import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from tritonclient.grpc.aio import InferenceServerClient, InferInput, InferRequestedOutput
from tritonclient.utils import InferenceServerException

from popcon.errors import DeadlinePassed, PopconError, Unavailable, WeightsUnusable
from popcon.imaging.arrays import Pixels, Plane
from popcon.telemetry import trace_headers
from services.matting import triton_errors
from services.matting.alpha import Description, Lane
from services.matting.triton_errors import UnknownRegion
from services.matting.triton_memory import Memory, NoSharedMemory

PRIORITIES: Mapping[Lane, int] = {"interactive": 1, "batch": 2}
PICTURE, ALPHA = "PICTURE", "ALPHA"

_ALPHA_BYTES = np.dtype(np.float32).itemsize
_PROBE_S = 5.0
_OPTIONS = [
    ("grpc.max_receive_message_length", -1),  # as large as the picture that was sent
    ("grpc.max_send_message_length", -1),
    # More often than every five minutes, and Triton's own setting makes it hang up on a long call.
    ("grpc.keepalive_time_ms", 330_000),
    # A server that is back is found within half a second, not after gRPC's default of up to two minutes.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 500),
]


class TritonBackend:
    """An `AlphaBackend`: a model that `export` made, at a server's gRPC address `url` (host:port, no scheme).

    A server on this host gets the pixels through shared memory. A server may go and come back: calls fail with
    `Unavailable` while it is away, and work again half a second after it is back.
    """

    name = "triton"

    def __init__(self, url: str, model: str, ready_within_s: float = 120.0) -> None:
        """Inside an event loop. `ready_within_s`: how long `open` waits for a server that starts or loads."""
        self.background = (255, 255, 255)
        self.broken = asyncio.Event()  # never set: a server that is away may come back
        self._url, self._model, self._ready_within_s = url, model, ready_within_s
        self._client = InferenceServerClient(url, channel_args=_OPTIONS)
        self._memory = Memory(self._client, usable=is_loopback(url))
        self._version = ""
        self._network: Mapping[str, Any] = {}

    async def open(self) -> None:
        """Waits until the model can be asked, and learns what it is. Where it fails it closes the backend.

        Raises:
            Unavailable: the server does not answer, or is not ready in time.
            WeightsUnusable: it answers and has no such model, or one that `export` did not make.
        """
        try:
            await self._wait_until_ready()
            await self._look()
        except BaseException:
            await self.close()
            raise

    async def alpha(self, rgb: Pixels, *, lane: Lane, timeout_s: float) -> Plane:
        """Alpha, HxW float32 0..1, of an HxWx3 uint8 picture.

        Raises:
            Overloaded: the model's line is full.
            DeadlinePassed: no answer within `timeout_s`.
            Unavailable: the server is away.
            WeightsUnusable: the model is gone from the server.
            Internal: the model failed on this picture.
        """
        give_up = time.monotonic() + timeout_s
        picture = np.ascontiguousarray(rgb)[None]
        # Twice: a server that was started anew knows no region of the one before it.
        for _ in range(2):
            try:
                return await self._through_memory(picture, lane, give_up)
            except UnknownRegion:
                self._memory.forget()
            except NoSharedMemory:
                break
        return await self._through_socket(picture, lane, give_up)

    def describe(self) -> Description:
        """What the server told when it was opened; `device` is its address, model and version."""
        network = self._network
        return Description(
            self.name,
            model=network.get("model", self._model),
            variant=network.get("variant", ""),
            digest=network.get("digest", ""),
            device=f"{self._url}/{self._model}/{self._version}",
            side=network.get("side", 0),
        )

    async def close(self) -> None:
        """Frees the shared memory and hangs up. No call may be under way."""
        await self._memory.close()
        await self._client.close()

    async def _wait_until_ready(self) -> None:
        give_up = time.monotonic() + self._ready_within_s
        while True:
            try:
                if await self._is_ready():
                    return
                problem: PopconError = Unavailable(
                    f"Triton at {self._url} has not loaded {self._model} yet; load it, or try again in a moment."
                )
            except (Unavailable, DeadlinePassed) as error:
                problem = error
            if time.monotonic() > give_up:
                raise problem
            await asyncio.sleep(0.1)

    async def _is_ready(self) -> bool:
        with self._translated():
            if await self._client.is_model_ready(self._model, client_timeout=_PROBE_S):
                return True
            index = await self._client.get_model_repository_index(client_timeout=_PROBE_S)
        known = [each for each in index.models if each.name == self._model]
        if not known:
            raise triton_errors.missing(self._url, self._model)
        failed = [each.reason for each in known if each.state == "UNAVAILABLE" and each.reason]
        if failed:
            raise WeightsUnusable(f"Triton at {self._url} cannot load {self._model}: {failed[0]}.")
        return False

    async def _look(self) -> None:
        with self._translated():
            metadata = await self._client.get_model_metadata(self._model, client_timeout=_PROBE_S)
            answer = await self._client.get_model_config(self._model, client_timeout=_PROBE_S)
            await self._memory.sweep()
        if "network" not in answer.config.parameters:
            raise WeightsUnusable(
                f"{self._model} at {self._url} is no model of popcon's; make one with `popcon models export`."
            )
        self._network = json.loads(answer.config.parameters["network"].string_value)
        self._version = max(metadata.versions, key=int)
        red, green, blue = self._network["background"]
        self.background = (red, green, blue)

    async def _through_memory(self, picture: Pixels, lane: Lane, give_up: float) -> Plane:
        _, height, width, _ = picture.shape
        # The alpha lies behind the picture, where a float may begin.
        start = -(-picture.nbytes // _ALPHA_BYTES) * _ALPHA_BYTES
        size = height * width * _ALPHA_BYTES
        with self._translated():
            async with self._memory.lease(start + size, self._left(give_up)) as region:
                region.array(0, picture.shape, np.uint8)[:] = picture
                given = InferInput(PICTURE, picture.shape, "UINT8")
                given.set_shared_memory(region.name, picture.nbytes)
                wanted = InferRequestedOutput(ALPHA)
                wanted.set_shared_memory(region.name, size, start)
                await self._infer(given, wanted, lane, give_up)
                return region.array(start, (height, width), np.float32).copy()

    async def _through_socket(self, picture: Pixels, lane: Lane, give_up: float) -> Plane:
        given = InferInput(PICTURE, picture.shape, "UINT8")
        given.set_data_from_numpy(picture)
        answer = await self._infer(given, InferRequestedOutput(ALPHA), lane, give_up)
        alpha: Plane = answer.as_numpy(ALPHA)[0].copy()
        return alpha

    async def _infer(self, given: InferInput, wanted: InferRequestedOutput, lane: Lane, give_up: float) -> Any:
        left = self._left(give_up)
        with self._translated():
            return await self._client.infer(
                self._model,
                [given],
                outputs=[wanted],
                priority=PRIORITIES[lane],
                timeout=int(left * 1e6),
                client_timeout=left,
                headers=trace_headers() or None,
            )

    def _left(self, give_up: float) -> float:
        left = give_up - time.monotonic()
        if left < 1e-3:
            raise DeadlinePassed("The time for this matte was over before it was asked for; allow more time.")
        return left

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except InferenceServerException as error:
            raise triton_errors.translate(error, self._url, self._model) from error


def is_loopback(url: str) -> bool:
    """Whether an address, host:port, is this host's own."""
    host = url.rpartition(":")[0].strip("[]")
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
