"""Which of some things a text names, in English, Korean or Japanese.

A vocabulary lists words by thing and language. English words are known with their usual endings; `*` at the end stands
for any, `!` for none. Korean words begin where a word begins and may carry what Korean adds to them; Japanese has no
gaps between words, so its own are found anywhere. Of words that overlap the longest counts: a question mark is no mark.
What is said not to be there ("no hearts", 하트 없이, ハートなし) is not named.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import NamedTuple

_BREAK = re.compile(r"[.;:!?\n]|,(?![^.;:!?\n]*\bn?or\b)|\b(?:but|only|just|with|please)\b|\binstead\b(?! of)")
_DENIAL = re.compile(
    r"\b(?:no|not|without|never|except|avoid|skip|remove|omit|none of|free of|instead of|w/o|\w+n't|cannot)(?!\w)"
)
_PARTICLES = "(?:이|가|을|를|은|는|도|과|와|의|에|로|으로|들|랑|하고|만|이나|나){0,3}"
_DENIED = re.compile(
    rf"{_PARTICLES}\s*(?:모양|표시|마크|효과|이펙트)?{_PARTICLES}\s*(?:없|빼|말고|제외|금지|싫|아니|아닌|안\s|"
    r"(?:넣|쓰|나오|그리|보이|붙이)[가-힣]{0,2}\s*(?:않|마|말))"
    r"|(?:マーク|の?エフェクト|の?効果)?[はもがをの]?\s*(?:なし|無し|無い|無く|なく|ない|抜き|いらな|要らな|不要|禁止|以外|"
    r"じゃな|ではな|でな|やめ|(?:出さ|使わ|入れ|描か|つけ|付け|見せ)(?:な|ず))"
)
_JOINED = re.compile(r"\s*(?:과|와|이랑|랑|하고|이나|나|도|및|또는|と|や|も|か|・|、|,)\s*$")
_OF = re.compile(r"[\s\-의の]*$")
_ANY = ""
_ANY_WORDS = {"en": ("effect",), "ko": ("효과", "이펙트"), "ja": ("エフェクト", "効果")}
_PARTICLE = "(?:들)?(?:이|가|은|는|을|를|도|와|과|로|으로|의|에|에서|만|랑|하고)?(?![가-힣])"


class _Found(NamedTuple):
    begin: int
    end: int
    name: str


class Wish(NamedTuple):
    """`wanted`: what a text names, each once, in the order of first mention. `unwanted`: what it wants left out.
    `none`: whether it wants nothing of the kind at all."""

    wanted: tuple[str, ...]
    unwanted: frozenset[str]
    none: bool


class Vocabulary:
    """Words by name and language (`en`, `ko`, `ja`), ready to be looked for."""

    def __init__(self, words: Mapping[str, Mapping[str, Sequence[str]]]) -> None:
        self._patterns = [
            (
                name,
                re.compile(
                    "|".join(_PATTERNS[language](_plain(word)) for word in sorted(known, key=len, reverse=True))
                ),
            )
            for name, by_language in {**words, _ANY: _ANY_WORDS}.items()
            for language, known in by_language.items()
        ]

    def named(self, text: str) -> tuple[str, ...]:
        """The names of what a text speaks of, each once, in the order of first mention."""
        return self.wish(text).wanted

    def wish(self, text: str) -> Wish:
        """What a text names and what it wants left out."""
        plain = _plain(text)
        every = [_Found(*match.span(), name) for name, pattern in self._patterns for match in pattern.finditer(plain)]
        said = _without_generals(plain, _longest(every))
        denied = _denied(plain, said)
        wanted = dict.fromkeys(word.name for word, no in zip(said, denied, strict=True) if not no and word.name)
        unwanted = frozenset(word.name for word, no in zip(said, denied, strict=True) if no)
        return Wish(tuple(wanted), unwanted - {_ANY}, _ANY in unwanted)


def _longest(every: Sequence[_Found]) -> list[_Found]:
    """In their order; of those that overlap, the longest."""
    taken: list[_Found] = []
    for found in sorted(every, key=lambda each: (each.begin - each.end, each.begin)):
        if not any(found.begin < other.end and other.begin < found.end for other in taken):
            taken.append(found)
    return sorted(taken)


def _without_generals(text: str, said: Sequence[_Found]) -> list[_Found]:
    """A heart effect is a heart, and says nothing of effects as such."""
    before = [None, *said[:-1]]
    return [
        found
        for found, last in zip(said, before, strict=False)
        if found.name or last is None or not _OF.match(text, last.end, found.begin)
    ]


def _denied(text: str, said: Sequence[_Found]) -> list[bool]:
    """Of each whether it is denied: before it in English, after it in Korean and Japanese, where what is joined to
    something denied is denied, too."""
    denied: list[bool] = []
    breaks = [0, *(match.end() for match in _BREAK.finditer(text))]
    following = len(text)
    for found in reversed(said):
        rest = text[found.end : following]
        joined = bool(denied and denied[-1] and _JOINED.match(rest))
        clause = breaks[bisect_right(breaks, found.begin) - 1]
        before = _DENIAL.search(text, clause, found.begin) is not None
        denied.append(joined or before or _DENIED.match(rest) is not None)
        following = found.begin
    return denied[::-1]


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().replace("\u2019", "'")


def english(word: str) -> str:
    """A pattern for a word or phrase with its endings: hop, hops, hopped, hopping. The shortest have none, or `hi`
    would be in `his`."""
    *first, last = word.split()
    before = "".join(_stem(each) + r"[\s-]+" for each in first)
    return rf"(?<!\w){before}{_ended(last)}(?!\w)"


def _stem(word: str) -> str:
    return rf"{re.escape(word[:-1])}\w*" if word.endswith("*") else re.escape(word)


def _ended(word: str) -> str:
    if word.endswith("!"):
        return re.escape(word[:-1])
    if word.endswith("*") or len(word) <= 2:
        return _stem(word)
    return rf"{re.escape(word)}(?:s|es|d|{re.escape(word[-1])}?(?:ed|ing)|y|er)?"


def _korean(word: str) -> str:
    stem = re.escape(word.removesuffix("*"))
    # A noun of one syllable is a part of many others.
    if len(word.removesuffix("*")) > 1:
        return stem
    return rf"(?<![가-힣]){stem}" if word.endswith("*") else rf"(?<![가-힣]){stem}(?={_PARTICLE})"


def _japanese(word: str) -> str:
    stem = re.escape(word.removesuffix("*"))
    return rf"(?<![ァ-ヶー]){stem}(?![ァ-ヶー](?<!マ))" if re.fullmatch("[ァ-ヶー]+", word) else stem


_PATTERNS = {"en": english, "ko": _korean, "ja": _japanese}
