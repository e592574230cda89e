"""The network against the oracle, and the oracle against every mistake it should notice."""

import pytest
import torch
from torch import Tensor

from bench.birefnet_plain import TRAPS, Plain
from services.matting.birefnet.network import ARCHITECTURES, Architecture, BiRefNet, Variant
from services.matting.birefnet.patches import PatchOrder
from tests.fixtures.networks import SMALL, make_network

SIZES = [(1, 64, 64), (2, 96, 32), (1, 32, 160), (1, 160, 96)]


def picture(batch: int, height: int, width: int) -> Tensor:
    return torch.randn(batch, 3, height, width, generator=torch.Generator().manual_seed(height + width))


def oracle(network: BiRefNet, architecture: Architecture, trap: str = "", order: PatchOrder = "colour-first") -> Plain:
    state = {key: value.double() for key, value in network.state_dict().items()}
    return Plain(state, architecture.window, architecture.heads, trap, order == "column-first")


def apart(one: Tensor, other: Tensor) -> float:
    """The greatest difference, in spreads of the second."""
    return float((one - other).abs().max() / other.std())


@pytest.mark.parametrize(("batch", "height", "width"), SIZES)
@pytest.mark.parametrize("order", ["colour-first", "column-first"])
def test_logits_are_those_of_the_oracle(batch: int, height: int, width: int, order: PatchOrder) -> None:
    network = make_network(patch_order=order)
    x = picture(batch, height, width)
    assert apart(network(x), oracle(network, SMALL, order=order).logits(x.double())) < 1e-4


@pytest.mark.parametrize("variant", ["tiny", pytest.param("large", marks=pytest.mark.full)])
def test_published_architectures_are_those_of_the_oracle(variant: Variant) -> None:
    architecture = ARCHITECTURES[variant]
    network = make_network(architecture)
    x = picture(2, 64, 96)
    assert apart(network(x), oracle(network, architecture).logits(x.double())) < 1e-4


@pytest.mark.parametrize(("variant", "parameters"), [("tiny", 44_313_720), ("large", 220_176_498)])
def test_parameters_are_as_many_as_published_less_the_heads_of_training(variant: Variant, parameters: int) -> None:
    with torch.device("meta"):
        network = BiRefNet(ARCHITECTURES[variant], "colour-first")
    unread = {"tiny": 1_398, "large": 2_742}[variant]
    assert sum(each.numel() for each in network.parameters()) == parameters - unread


@pytest.mark.parametrize("trap", TRAPS)
def test_every_known_mistake_would_be_noticed(trap: str) -> None:
    network = make_network()
    x = picture(1, 96, 160)
    assert apart(oracle(network, SMALL, trap).logits(x.double()), network(x).double()) > 5e-4


def test_a_picture_is_matted_alike_alone_and_among_others() -> None:
    network = make_network()
    x = picture(3, 64, 96)
    alone = torch.cat([network(each[None]) for each in x])
    assert apart(network(x), alone) < 1e-5


@pytest.mark.parametrize("size", [(48, 64), (64, 33), (31, 31)])
def test_sides_that_are_no_multiples_of_32_are_refused(size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="multiples of 32"):
        make_network()(torch.zeros(1, 3, *size))
