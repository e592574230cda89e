"""Folding: the same logits with less work."""

import pytest
import torch
from torch import nn

from services.matting.birefnet.fold import ConvPair, fold
from services.matting.birefnet.network import ARCHITECTURES
from tests.fixtures.networks import make_network


@pytest.mark.parametrize("size", [(32, 32), (64, 96), (160, 32)])
def test_logits_stay_what_they_were(size: tuple[int, int]) -> None:
    network = make_network()
    x = torch.randn(2, 3, *size, generator=torch.Generator().manual_seed(1))
    before = network(x)
    after = fold(network)(x)
    assert (after - before).abs().max() < 1e-5 * before.std()


def test_logits_of_the_tiny_architecture_stay_what_they_were() -> None:
    network = make_network(ARCHITECTURES["tiny"]).double()
    x = torch.randn(1, 3, 96, 64, generator=torch.Generator().manual_seed(1))
    before = network(x.double())
    after = fold(network)(x)
    assert (after - before).abs().max() < 2e-5 * before.std()


def test_no_normalisation_of_channels_is_left() -> None:
    assert not [each for each in fold(make_network()).modules() if isinstance(each, nn.BatchNorm2d)]


def test_nothing_between_the_finest_level_and_the_logits_is_wider_than_one_channel() -> None:
    decoder = fold(make_network()).decoder
    assert decoder.decoder_block1.conv_out.out_channels == 1
    assert decoder.ipt_blk1.whole.out_channels == 1


@pytest.mark.parametrize("size", [(1, 1), (2, 5), (3, 3), (4, 9), (17, 6)])
def test_a_pair_of_convolutions_is_exact_to_the_outermost_pixel(size: tuple[int, int]) -> None:
    torch.manual_seed(0)
    first, second = nn.Conv2d(3, 7, 3, padding=1).double(), nn.Conv2d(7, 4, 3, padding=1).double()
    first.requires_grad_(False)
    second.requires_grad_(False)
    x = torch.randn(2, 3, *size, dtype=torch.double)
    torch.testing.assert_close(ConvPair(first, second)(x), second(first(x)), rtol=0, atol=1e-12)


def test_the_ring_of_a_pair_matters() -> None:
    torch.manual_seed(0)
    first, second = nn.Conv2d(3, 7, 3, padding=1).double(), nn.Conv2d(7, 4, 3, padding=1).double()
    first.requires_grad_(False)
    second.requires_grad_(False)
    x = torch.randn(1, 3, 12, 12, dtype=torch.double)
    apart = (ConvPair(first, second).whole(x) - second(first(x))).abs()
    assert apart[..., 1:-1, 1:-1].max() < 1e-12
    assert apart.max() > 0.1
