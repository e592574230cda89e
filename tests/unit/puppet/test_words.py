"""What a text speaks of, in three languages."""

import pytest

from popcon.catalog.limits import PROMPT_MAX_CHARS
from popcon.puppet.effects import FILES
from popcon.puppet.words import Vocabulary

EFFECTS = Vocabulary({name: file.words for name, file in FILES.items()})


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("language", ["en", "ko", "ja"])
def test_every_effect_is_known_by_its_words_in_each_language(name, language):
    spoken = [word.rstrip("*!") for word in FILES[name].words[language] if "*" not in word[:-1]]
    assert spoken
    for word in spoken:
        assert EFFECTS.named(word) == (name,), word


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Golden stars and red hearts", ("stars", "hearts")),
        ("hearts, then a question mark", ("hearts", "question mark")),
        ("raindrops? no: a rain cloud", ("rain cloud",)),
        ("confetti raining down", ("confetti",)),
        ("stars bursting out", ("stars",)),
        ("a burst", ("impact",)),
        ("his crown", ()),
        ("눈물이 흐르고 하트가 떠오른다", ("tears", "hearts")),
        ("별들이 반짝반짝", ("stars", "sparks")),
        ("비가 온다", ("rain cloud",)),
        ("준비 완료, 숨바꼭질", ()),
        ("땀을 뻘뻘, 느낌표 두 개", ("sweat drop", "exclamation mark")),
        ("음악에 맞춰 음표가 춤춘다", ("notes",)),
        ("涙がこぼれてハートが飛ぶ", ("tears", "hearts")),
        ("頭の上に大きなはてな", ("question mark",)),
        ("花火ではなく火花", ("sparks",)),
        ("ｷﾗｷﾗした星", ("sparks", "stars")),
        ("怒りマークと湯気", ("anger mark", "steam")),
    ],
)
def test_a_text_names_effects_in_the_order_of_mention(text, named):
    found = EFFECTS.named(text)
    assert found[-len(named) :] == named if named else found == ()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("no sparks, only hearts", ("hearts",)),
        ("hearts without any big stars", ("hearts",)),
        ("not a tear", ()),
        ("하트 없이 별만", ("stars",)),
        ("눈물은 빼고 땀", ("sweat drop",)),
        ("ハートなし、星", ("stars",)),
        ("涙はいらない、汗", ("sweat drop",)),
    ],
)
def test_what_is_said_not_to_be_there_is_not_named(text, named):
    assert EFFECTS.named(text) == named


def test_of_words_that_overlap_the_longest_counts():
    words = Vocabulary({"mark": {"en": ["mark"]}, "question": {"en": ["question mark"]}})
    assert words.named("a question mark") == ("question",)


def test_a_text_of_the_largest_size_is_read():
    assert EFFECTS.named("no " * (PROMPT_MAX_CHARS // 3)) == ()
    assert EFFECTS.named("heart " * (PROMPT_MAX_CHARS // 6)) == ("hearts",)
