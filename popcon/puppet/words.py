"""Which of some things a text names, in English, Korean or Japanese.

A vocabulary lists words by thing and language. English words are known with their usual endings; `*` at the end stands
for any, `!` for none. Korean words begin where a word begins and may carry what Korean adds to them; Japanese has no
gaps between words, so its own are found anywhere. Of words that overlap the longest counts: a question mark is no mark.
What is said not to be there ("no hearts", 하트 없이, ハートなし) is not named.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import NamedTuple

_NOT_BEFORE = re.compile(r"\b(?:no|not|without|never|except)(?:\s+(?:any|a|an|the|more|and|or|big|small))*\s+$")
_NOT_AFTER = re.compile(
    r"(?:들?(?:이|가|은|는|을|를|도)?\s*(?:없|빼|말고|제외)|(?:は|も|を|が)?\s*(?:なし|無し|抜き|いらない|ない|無い|不要))"
)
_PARTICLE = "(?:들)?(?:이|가|은|는|을|를|도|와|과|로|으로|의|에|에서|만|랑|하고)?(?![가-힣])"


class _Found(NamedTuple):
    begin: int
    end: int
    name: str


class Vocabulary:
    """Words by name and language (`en`, `ko`, `ja`), ready to be looked for."""

    def __init__(self, words: Mapping[str, Mapping[str, Sequence[str]]]) -> None:
        self._patterns = [
            (name, re.compile("|".join(_PATTERNS[language](_plain(word)) for word in known)))
            for name, by_language in words.items()
            for language, known in by_language.items()
        ]

    def named(self, text: str) -> tuple[str, ...]:
        """The names of what a text speaks of, each once, in the order of first mention."""
        plain = _plain(text)
        every = [_Found(*match.span(), name) for name, pattern in self._patterns for match in pattern.finditer(plain)]
        taken: list[_Found] = []
        for found in sorted(every, key=lambda each: (each.begin - each.end, each.begin)):
            if not any(found.begin < other.end and other.begin < found.end for other in taken):
                taken.append(found)
        said = sorted(found for found in taken if not _is_denied(plain, found))
        return tuple(dict.fromkeys(found.name for found in said))


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _is_denied(text: str, found: _Found) -> bool:
    before, after = text[max(0, found.begin - 40) : found.begin], text[found.end : found.end + 12]
    return _NOT_BEFORE.search(before) is not None or _NOT_AFTER.match(after) is not None


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
    if word.endswith("*") or len(word) > 1:
        return rf"(?<![가-힣]){re.escape(word.removesuffix('*'))}"
    return rf"(?<![가-힣]){re.escape(word)}(?={_PARTICLE})"


def _japanese(word: str) -> str:
    return re.escape(word.removesuffix("*"))


_PATTERNS = {"en": english, "ko": _korean, "ja": _japanese}
