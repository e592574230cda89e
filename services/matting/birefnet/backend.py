"""Matting by `birefnet`: the network in this process, behind a batcher that owns its device."""

import ctypes

import numpy as np

from popcon.catalog.models import Model
from popcon.imaging.arrays import Pixels, Plane
from services.matting.alpha import Description, Lane
from services.matting.batching.batcher import Batcher
from services.matting.birefnet.graphs import BUCKETS
from services.matting.birefnet.matter import Matter
from services.matting.birefnet.network import BiRefNet

MAX_WAIT_S = 0.01
MAX_WAITING = 128

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # of malloc.h
_KEPT_BYTES = 1 << 30


class BiRefNetBackend:
    """An `AlphaBackend`. Use it as an asynchronous context manager: it is ready when it has been entered."""

    name = "birefnet"

    def __init__(self, network: BiRefNet, model: Model, max_batch: int) -> None:
        self.background = model.background
        self._model, self._max_batch = model, max_batch
        self._matter = Matter(network, model.side)
        self._device = next(network.parameters()).device
        self._batcher: Batcher[Pixels, Plane] = Batcher(
            self._matter.mattes,
            max_batch=max_batch,
            max_wait_s=MAX_WAIT_S,
            max_waiting=MAX_WAITING,
            key=self._matter.is_large,  # a tiled picture would keep the others of its batch waiting
        )
        self.broken = self._batcher.broken

    async def open(self) -> None:
        """Runs the sizes of batches once, so that the first call is as quick as the others."""
        if self._device.type == "cpu":
            _keep_memory()
        self._batcher.start()
        await self._batcher.call(self._warm_up)

    async def alpha(self, rgb: Pixels, *, lane: Lane, timeout_s: float) -> Plane:
        return await self._batcher.submit(rgb, lane=lane, timeout_s=timeout_s)

    def describe(self) -> Description:
        model = self._model
        return Description(self.name, model.name, model.variant, model.sha256, str(self._device), model.side)

    async def close(self) -> None:
        await self._batcher.close()

    def _warm_up(self) -> None:
        blank = np.zeros((self._model.side, self._model.side, 3), np.uint8)
        for size in BUCKETS:
            if size <= self._max_batch:
                self._matter.mattes([blank] * size)


def _keep_memory() -> None:
    """Has the process keep large blocks instead of fetching them from the system anew for every layer, which took a
    quarter of the time of a picture. Where the C library knows no such thing, nothing happens."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt:
        mallopt(_M_MMAP_THRESHOLD, _KEPT_BYTES)
        mallopt(_M_TRIM_THRESHOLD, _KEPT_BYTES)
