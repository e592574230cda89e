import re
from typing import get_args

import pytest

from popcon.catalog import models
from popcon.catalog.models import MODELS, PatchOrder, Variant
from popcon.errors import NotFound


@pytest.mark.parametrize("model", MODELS.values(), ids=lambda model: model.name)
def test_every_model_is_pinned_to_the_byte(model):
    assert re.fullmatch("[0-9a-f]{40}", model.revision)
    assert re.fullmatch("[0-9a-f]{64}", model.sha256)
    assert model.size > 10_000_000
    assert model.licence
    assert model.note


@pytest.mark.parametrize("model", MODELS.values(), ids=lambda model: model.name)
def test_every_model_says_how_it_wants_its_pictures(model):
    assert model.variant in get_args(Variant)
    assert model.patch_order in get_args(PatchOrder)
    assert model.side % 32 == 0
    assert all(0 <= value <= 255 for value in model.background)


def test_no_two_models_are_one_file():
    assert len({model.sha256 for model in MODELS.values()}) == len(MODELS)
    assert len({model.hub_id for model in MODELS.values()}) == len(MODELS)


def test_toonout_wants_grey_behind_its_pictures():
    assert MODELS["toonout"].background == (128, 128, 128)


@pytest.mark.parametrize("name", ["birefnet-lite", "ZhengPeng7/BiRefNet_lite", "zhengpeng7/birefnet_lite"])
def test_a_model_is_found_by_name_and_hub_id(name):
    assert models.find(name) is models.known(name) is MODELS["birefnet-lite"]


@pytest.mark.parametrize(
    ("wrong", "near"), [("biref", "birefnet"), ("Toonout2", "toonout"), ("birefnet_hr", "birefnet-hr")]
)
def test_an_unknown_model_is_refused_with_what_was_probably_meant(wrong, near):
    assert models.known(wrong) is None
    with pytest.raises(NotFound, match=near) as refusal:
        models.find(wrong)
    assert refusal.value.field == "model"


def test_a_model_like_no_other_is_refused_with_the_whole_list():
    with pytest.raises(NotFound, match="birefnet, birefnet-lite"):
        models.find("qqqqqq")
