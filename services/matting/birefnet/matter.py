"""Pictures in, alpha out: what lies around the network.

Every picture is resized to the square that the checkpoint was trained with, its aspect not kept: bilinear with
antialiasing, as in training. The sigmoid of the logits is resized back the same way.
"""

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from services.matting.batching.device import BrokenDevice, OutOfMemory
from services.matting.birefnet import tiles
from services.matting.birefnet.graphs import Graphed
from services.matting.birefnet.network import BiRefNet

MEAN = (0.485, 0.456, 0.406)
SPREAD = (0.229, 0.224, 0.225)
"""Of ImageNet's pixels, 0..1, red, green, blue: how every checkpoint wants its pictures normalised."""

TILED = 2
"""From so many times the network's square on, a picture is seen again in tiles."""

Pixels = NDArray[np.uint8]
Plane = NDArray[np.float32]


class Matter:
    """A network on its device, and pictures of any size."""

    def __init__(self, network: BiRefNet, side: int) -> None:
        """`network`: in its dtype, on its device. `side`: pixels, a multiple of 32."""
        weight = next(network.parameters())
        self._side, self._device, self._dtype = side, weight.device, weight.dtype
        self._run = Graphed(network) if self._device.type == "cuda" else network
        self._mean = torch.tensor(MEAN, device=self._device)[:, None, None]
        self._spread = torch.tensor(SPREAD, device=self._device)[:, None, None]

    @torch.inference_mode()
    def mattes(self, pictures: Sequence[Pixels]) -> list[Plane]:
        """The alphas, HxW float32 0..1, of 1 to 16 HxWx3 uint8 RGB pictures, each of its own size, in one batch; a very
        large one (twice the network's square, or more) is seen again in tiles.

        Raises `OutOfMemory` where fewer pictures may fit, and `BrokenDevice`.
        """
        try:
            coarse = self._batch(pictures)
            return [
                self._detailed(picture, alpha) if self.is_large(picture) else alpha
                for picture, alpha in zip(pictures, coarse, strict=True)
            ]
        except torch.OutOfMemoryError as error:
            raise OutOfMemory from error
        except torch.AcceleratorError as error:
            raise BrokenDevice(str(error).partition("\n")[0]) from error

    def is_large(self, picture: Pixels) -> bool:
        """Whether a picture is seen in tiles, which takes many times longer."""
        return max(picture.shape) >= TILED * self._side

    def _detailed(self, picture: Pixels, coarse: Plane) -> Plane:
        believed = tiles.edge(coarse, self._side)
        wanted = [box for box in tiles.boxes(picture.shape[0], picture.shape[1], self._side) if believed[box].any()]
        # One at a time: the batch was chosen for pictures, and no more may fit.
        return tiles.blend(coarse, believed, [(box, self._batch([picture[box]])[0]) for box in wanted])

    def _batch(self, pictures: Sequence[Pixels]) -> list[Plane]:
        batch = torch.stack([self._prepared(each) for each in pictures]).to(self._dtype)
        alphas = self._run(batch.contiguous(memory_format=torch.channels_last)).float().sigmoid()
        sized = [_resized(each, picture.shape) for each, picture in zip(alphas, pictures, strict=True)]
        return [each[0].clamp(0, 1).cpu().numpy() for each in sized]

    def _prepared(self, picture: Pixels) -> Tensor:
        pixels = torch.tensor(picture, device=self._device).permute(2, 0, 1).float() / 255
        return (_resized(pixels, (self._side, self._side)) - self._mean) / self._spread


def _resized(x: Tensor, size: Sequence[int]) -> Tensor:
    """C x H x W at another size."""
    height, width = size[:2]
    if x.shape[1:] == (height, width):
        return x
    return F.interpolate(x[None], (height, width), mode="bilinear", antialias=True)[0]
