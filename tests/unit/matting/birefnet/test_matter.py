"""What lies around the network: sizes, batches, precision."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

from services.matting.batching.device import BrokenDevice, OutOfMemory
from services.matting.birefnet.fold import fold
from services.matting.birefnet.matter import MEAN, SPREAD, Matter
from services.matting.birefnet.network import BiRefNet
from tests.fixtures.networks import make_network

SIDE = 64


def picture(height: int, width: int, seed: int = 0) -> NDArray[np.uint8]:
    """A smooth one: noise would be all aliasing."""
    small = np.random.default_rng(seed).integers(0, 256, (5, 5, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC))


@pytest.fixture(scope="module")
def network() -> BiRefNet:
    return fold(make_network())


@pytest.mark.parametrize(("height", "width"), [(SIDE, SIDE), (200, 90), (31, 500), (1, 1)])
def test_an_alpha_has_the_size_of_its_picture(network: BiRefNet, height: int, width: int) -> None:
    (alpha,) = Matter(network, SIDE).mattes([picture(height, width)])
    assert alpha.shape == (height, width)
    assert alpha.dtype == np.float32
    assert 0 <= alpha.min() <= alpha.max() <= 1


def test_what_the_network_sees_is_pillows_bilinear_resize_normalised(network: BiRefNet) -> None:
    given = picture(150, 100)
    resized = np.asarray(Image.fromarray(given).resize((SIDE, SIDE), Image.Resampling.BILINEAR))
    expected = (resized.transpose(2, 0, 1) / 255 - np.array(MEAN)[:, None, None]) / np.array(SPREAD)[:, None, None]
    seen = Matter(network, SIDE)._prepared(given).numpy()
    assert np.abs(seen - expected).max() < 1.5 / 255 / min(SPREAD)


def test_pictures_of_any_sizes_share_a_batch_and_keep_their_order(network: BiRefNet) -> None:
    pictures = [picture(40 + 7 * i, 90 - 5 * i, seed=i) for i in range(5)]
    matter = Matter(network, SIDE)
    together = matter.mattes(pictures)
    for given, alpha in zip(pictures, together, strict=True):
        np.testing.assert_allclose(alpha, matter.mattes([given])[0], atol=1e-5)


@pytest.mark.parametrize(("dtype", "mean", "worst"), [(torch.bfloat16, 2e-3, 0.05), (torch.float16, 5e-4, 0.01)])
def test_half_precision_gives_nearly_the_same_alpha(
    network: BiRefNet, dtype: torch.dtype, mean: float, worst: float
) -> None:
    pictures = [picture(64, 64, seed=i) for i in range(3)]
    exact = np.stack(Matter(network, SIDE).mattes(pictures))
    halved = fold(make_network()).to(dtype)
    apart = np.abs(np.stack(Matter(halved, SIDE).mattes(pictures)) - exact)
    assert apart.mean() < mean
    assert apart.max() < worst


@pytest.mark.parametrize(
    ("raised", "told"), [(torch.OutOfMemoryError(), OutOfMemory), (torch.AcceleratorError("CUDA error"), BrokenDevice)]
)
def test_a_device_without_room_and_a_broken_one_are_told_apart(raised: Exception, told: type[Exception]) -> None:
    class Failing(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = torch.nn.Parameter(torch.zeros(1))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            raise raised

    with pytest.raises(told):
        Matter(Failing(), SIDE).mattes([picture(50, 50)])  # type: ignore[arg-type]
