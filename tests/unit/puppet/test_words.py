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


ENGLISH = [
    ("Sparkles everywhere!", ("sparks",)),
    ("two big hearts", ("hearts",)),
    ("starry, with falling snowflakes", ("stars", "snow")),
    ("a grey rain cloud over the head", ("rain cloud",)),
    ("soap bubbles rising", ("bubbles",)),
    ("a speech bubble", ("greeting",)),
    ("a soft glow", ("glow",)),
    ("a glowing light bulb", ("light bulb",)),
    ("tears of laughter", ("laughing tears",)),
    ("teardrops", ("tears",)),
    ("stars circling his head", ("dizzy stars",)),
    ("speed lines and an explosion", ("speed lines", "impact")),
    ("flames and steam", ("flames", "steam")),
    ("question marks", ("question mark",)),
    ("his chest and the start", ()),
]
KOREAN = [
    ("하트가 뿅뿅", ("hearts",)),
    ("반짝반짝 빛나는 별", ("sparks", "stars")),
    ("눈물이 뚝뚝", ("tears",)),
    ("식은땀을 흘린다", ("sweat drop",)),
    ("빨간하트와 음표", ("hearts", "notes")),
    ("머리 위에 물음표", ("question mark",)),
    ("느낌표!", ("exclamation mark",)),
    ("먹구름이 몰려온다", ("rain cloud",)),
    ("비눗방울", ("bubbles",)),
    ("색종이와 꽃잎", ("confetti", "flowers")),
    ("전구가 켜진다", ("light bulb",)),
    ("불이 활활 타오른다", ("flames",)),
    ("눈송이가 내린다", ("snow",)),
    ("특별한 준비와 이불", ()),
]
JAPANESE = [
    ("ハートがいっぱい", ("hearts",)),
    ("キラキラした星", ("sparks", "stars")),
    ("涙がぽろぽろ", ("tears",)),
    ("涙が止まらない", ("tears",)),
    ("冷や汗", ("sweat drop",)),
    ("怒りマークと湯気", ("anger mark", "steam")),
    ("はてなマーク", ("question mark",)),
    ("ビックリマーク", ("exclamation mark",)),
    ("雨雲", ("rain cloud",)),
    ("シャボン玉", ("bubbles",)),
    ("紙吹雪と音符", ("confetti", "notes")),
    ("電球がひらめく", ("light bulb",)),
    ("炎", ("flames",)),
    ("桜の花びら", ("flowers",)),
    ("花火", ("stars",)),
    ("スタートの前", ()),
]


@pytest.mark.parametrize(("prompt", "effects"), ENGLISH + KOREAN + JAPANESE)
def test_an_effect_prompt_is_understood(prompt, effects):
    assert EFFECTS.named(prompt) == effects


@pytest.mark.parametrize(
    ("prompt", "wanted", "unwanted"),
    [
        ("no sparks", (), {"sparks"}),
        ("hearts but no stars", ("hearts",), {"stars"}),
        ("hearts without sparks or stars", ("hearts",), {"sparks", "stars"}),
        ("no sparks, stars or notes", (), {"sparks", "stars", "notes"}),
        ("no sparks, hearts please", ("hearts",), {"sparks"}),
        ("don\u2019t add stars, only hearts", ("hearts",), {"stars"}),
        ("not only hearts", ("hearts",), set()),
        ("nothing but hearts", ("hearts",), set()),
        ("no heart effects", (), {"hearts"}),
        ("하트 없이", (), {"hearts"}),
        ("별과 하트 없이 음표만", ("notes",), {"stars", "hearts"}),
        ("하트 말고 별", ("stars",), {"hearts"}),
        ("하트 효과는 빼고 눈물", ("tears",), {"hearts"}),
        ("별이 나오지 않게", (), {"stars"}),
        ("ハートなし", (), {"hearts"}),
        ("星もハートもなしで汗", ("sweat drop",), {"stars", "hearts"}),
        ("ハートじゃなくて星", ("stars",), {"hearts"}),
        ("音符を出さないで", (), {"notes"}),
        ("ハートのエフェクトはいらない", (), {"hearts"}),
    ],
)
def test_what_is_denied_is_unwanted_and_nothing_else_is(prompt, wanted, unwanted):
    assert EFFECTS.wish(prompt) == (wanted, unwanted, False)


@pytest.mark.parametrize("prompt", ["이나", "하트이나", "no, ", "heart, ", "花火も"])
def test_one_word_over_and_over_is_read(prompt):
    assert set(EFFECTS.named(prompt * (PROMPT_MAX_CHARS // len(prompt)))) <= set(FILES)
