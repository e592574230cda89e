"""What is played for a direction, by its preset and its words."""

import pytest

from popcon.backend import Direction
from popcon.catalog.limits import PROMPT_MAX_CHARS
from popcon.catalog.presets import PRESETS
from popcon.errors import UnknownPreset
from popcon.puppet.direction import DEFAULT_PLAY, Play, choose


def match(action, effect, preset=""):
    return choose(Direction(preset, action, effect))


@pytest.mark.parametrize("preset", PRESETS.values(), ids=lambda preset: preset.id)
def test_a_preset_with_its_own_prompts_plays_as_it_is_written(preset):
    play = match(preset.action_prompt, preset.effect_prompt, preset.id)
    assert play == Play(preset.motion, preset.effects, preset.face)


@pytest.mark.parametrize("preset", ["joy", ""])
def test_strength_and_speed_are_those_of_the_direction(preset):
    play = choose(Direction(preset, "hops", "", strength=1.4, speed=0.5))
    assert (play.strength, play.speed) == (1.4, 0.5)


def test_a_replaced_effect_prompt_replaces_the_effects_only():
    assert match("weeps", "Red HEARTS everywhere", "cry") == Play("sob", ("hearts",), "crying")


def test_a_replaced_effect_prompt_without_a_known_word_leaves_the_presets_effects():
    assert match("weeps", "bananas", "cry").effects == PRESETS["cry"].effects


@pytest.mark.parametrize(
    ("action", "effect", "motion", "effects"),
    [
        ("cries bitterly", "", "sob", ("tears",)),
        ("dances all night", "music notes and confetti", "dance", ("notes", "confetti")),
        ("waves at his friend", "hearts", "greet", ("hearts",)),
        ("falls asleep", "zzz", "doze", ("zzz",)),
        ("shivers", "snowflakes", "shiver", ("snow",)),
        ("jumps over a puddle", "", "hop", DEFAULT_PLAY.effects),
        ("", "", DEFAULT_PLAY.motion, DEFAULT_PLAY.effects),
        ("eats a sandwich", "crumbs", DEFAULT_PLAY.motion, DEFAULT_PLAY.effects),
    ],
)
def test_words_choose_motion_and_effects(action, effect, motion, effects):
    play = match(action, effect)
    assert (play.motion, play.effects) == (motion, effects)


@pytest.mark.parametrize("action", ["holds his hat high", "made a single start", "knows nothing about bowls"])
def test_a_word_within_another_means_nothing(action):
    assert match(action, "").motion == DEFAULT_PLAY.motion


@pytest.mark.parametrize(
    ("action", "motion"), [("says Hi!", "greet"), ("hopped", "hop"), ("napping", "doze"), ("is giggly", "giggle")]
)
def test_a_word_is_known_with_its_endings(action, motion):
    assert match(action, "").motion == motion


def test_a_prompt_of_the_largest_size_is_read_quickly():
    assert match("a" * PROMPT_MAX_CHARS, "cry" * (PROMPT_MAX_CHARS // 3)) == DEFAULT_PLAY


def test_an_effect_prompt_of_many_effects_keeps_the_picture_readable():
    assert len(match("", "tears hearts stars confetti snow flames").effects) == 2


def test_an_unknown_preset_is_refused_whatever_the_prompts():
    with pytest.raises(UnknownPreset):
        match("waves", "hearts", "hallo")


def test_a_preset_loses_what_its_effect_prompt_denies():
    assert match("", "no gloom", "sorry").effects == ("sweat drop",)
    assert match("", "우울 빼고", "sorry").effects == ("sweat drop",)


@pytest.mark.parametrize("prompt", ["no effects", "without any effects", "효과 없이", "エフェクトなし"])
@pytest.mark.parametrize("preset", ["joy", ""])
def test_no_effects_are_played_where_none_are_wanted(prompt, preset):
    assert match("hops", prompt, preset).effects == ()
