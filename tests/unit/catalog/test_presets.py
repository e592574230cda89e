"""The presets as data."""

import subprocess
import sys

import pytest

from popcon.catalog import presets
from popcon.catalog.limits import PROMPT_MAX_CHARS
from popcon.catalog.presets import DEFAULT_SET, PRESETS, find
from popcon.errors import UnknownPreset


def test_there_are_enough_presets_and_each_is_kept_under_its_own_id():
    assert len(PRESETS) >= 16
    assert len(PRESETS) == len(presets._ALL)
    assert all(key == preset.id for key, preset in PRESETS.items())


def test_ids_are_lower_case_words_and_labels_are_unique():
    assert all(key.isascii() and key.isalpha() and key.islower() for key in PRESETS)
    assert len({preset.label for preset in PRESETS.values()}) == len(PRESETS)


@pytest.mark.parametrize("preset", PRESETS.values(), ids=lambda preset: preset.id)
def test_prompts_say_something_of_their_own_within_the_limit(preset):
    for prompt in (preset.action_prompt, preset.effect_prompt):
        assert 20 <= len(prompt) <= PROMPT_MAX_CHARS
    others = [other for other in PRESETS.values() if other is not preset]
    assert preset.action_prompt not in [other.action_prompt for other in others]
    assert preset.effect_prompt not in [other.effect_prompt for other in others]
    assert preset.effects


def test_the_default_set_is_eight_known_presets():
    assert len(DEFAULT_SET) == len(set(DEFAULT_SET)) == 8
    assert all(preset in PRESETS for preset in DEFAULT_SET)


def test_the_default_set_shows_eight_different_things():
    chosen = [PRESETS[preset] for preset in DEFAULT_SET]
    assert len({preset.motion for preset in chosen}) == len({preset.effects for preset in chosen}) == 8


def test_find_gives_the_preset():
    assert find("cry") is PRESETS["cry"]


def test_a_misspelt_preset_is_refused_with_the_nearest():
    with pytest.raises(UnknownPreset, match="did you mean laugh") as caught:
        find("Laff" + "h")
    assert caught.value.field == "preset"


def test_a_preset_like_no_other_is_refused_with_the_whole_list():
    with pytest.raises(UnknownPreset, match=r"choose one of joy, .*party"):
        find("x" * 1000)


def test_the_catalogue_loads_no_image_library():
    code = "import sys, popcon.catalog.presets; print({'numpy', 'cv2', 'PIL'} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"
