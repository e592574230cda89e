"""The order of the patches, told from filters and from a look at a drawn picture."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from services.matting.birefnet import look, orders
from services.matting.birefnet.orders import LEVELS, MARGIN, ORDERS
from services.matting.birefnet.patches import PatchOrder
from tests.fixtures.checkpoints import filters
from tests.fixtures.networks import make_network


def of(make: Callable[[int], Tensor]) -> dict[PatchOrder, float]:
    return orders.scores({f"decoder.ipt_blk{level}.conv1.weight": make(level) for level in LEVELS})


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_colours_that_are_alike_tell_the_order(order: PatchOrder, dtype: torch.dtype) -> None:
    found = of(lambda level: filters(level, order, colours=0.92).to(dtype))
    assert orders.tell(found) == order
    assert found.pop(order) > 0.5
    assert max(found.values()) < 0.3


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(("colours", "neighbours"), [(0.1, 0.9), (0.0, 0.8), (-0.3, 0.7), (0.98, 0.95)])
def test_neighbours_that_are_more_alike_than_colours_do_not_mislead(
    order: PatchOrder, colours: float, neighbours: float
) -> None:
    assert orders.tell(of(lambda level: filters(level, order, colours=colours, neighbours=neighbours))) == order


@pytest.mark.parametrize("seed", range(3))
def test_random_filters_tell_nothing(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    found = of(lambda level: torch.randn(64, 3 * 4**level, 3, 3, generator=generator))
    assert orders.tell(found) is None
    assert abs(found["colour-first"] - found["column-first"]) < MARGIN / 10


@pytest.mark.parametrize("value", [0.0, 1.0, float("nan"), float("inf")])
def test_filters_without_a_message_tell_nothing(value: float) -> None:
    assert orders.tell(of(lambda level: torch.full((64, 3 * 4**level, 3, 3), value))) is None


def test_filters_that_are_missing_or_misshapen_tell_nothing() -> None:
    assert orders.tell(orders.scores({})) is None
    assert orders.tell(of(lambda level: torch.ones(64, 7, 3, 3))) is None


class Painter(nn.Module):
    """Stands where a network would: in its true order it knows the matte, in the other it sees nothing."""

    def __init__(self, true: PatchOrder, side: int) -> None:
        super().__init__()
        self.decoder = make_network().decoder
        self.true, self.matte = true, look.draw(side)[1]

    def forward(self, x: Tensor) -> Tensor:
        sure = self.matte if self.decoder.patch_order == self.true else torch.full_like(self.matte, 0.5)
        return torch.logit(sure, 1e-6)[None, None]


@pytest.mark.parametrize("order", ORDERS)
def test_a_look_prefers_the_order_whose_matte_is_true(order: PatchOrder) -> None:
    painter = Painter(order, 64)
    found = look.differences(painter, 64)  # type: ignore[arg-type]
    assert found.pop(order) < 1e-5
    assert found.popitem()[1] == pytest.approx(0.5, abs=0.05)


def test_a_look_runs_the_network_in_both_orders_and_leaves_it_in_its_own() -> None:
    network = make_network(patch_order="column-first")
    found = look.differences(network, 64)
    assert network.decoder.patch_order == "column-first"
    assert len(set(found.values())) == 2
    other = look.differences(make_network(patch_order="colour-first"), 64)
    assert found == other


def test_a_look_leaves_the_order_alone_when_it_fails() -> None:
    network = make_network(patch_order="column-first")
    with pytest.raises(ValueError, match="multiples"):
        look.differences(network, 65)
    assert network.decoder.patch_order == "column-first"


def test_the_drawn_picture_has_a_figure_with_fine_strands() -> None:
    picture, matte = look.draw(256)
    assert picture.shape == (3, 256, 256)
    assert matte.shape == (256, 256)
    assert (picture.min() >= 0, picture.max() <= 1, matte.min(), matte.max()) == (True, True, 0, 1)
    assert 0.2 < matte.mean() < 0.5
    thin = (matte > 0.1) & (nn.functional.max_pool2d(1 - matte[None, None], 9, 1, 4)[0, 0] > 0.9)
    assert thin.sum() > 500
    inside, outside = picture[:, matte == 1].mean(1), picture[:, matte == 0].mean(1)
    assert (inside - outside).abs().max() > 0.1


def test_only_the_patches_make_the_orders_differ() -> None:
    network = make_network()
    for level in LEVELS:
        network.get_submodule(f"decoder.ipt_blk{level}.conv1").weight.zero_()
    first, second = look.differences(network, 64).values()
    assert first == second
