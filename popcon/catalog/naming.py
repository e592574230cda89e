"""How emoji are named where a platform knows them by name and not by number."""

import re
import unicodedata
from collections.abc import Container, Iterable
from dataclasses import dataclass

_APOSTROPHES = re.compile(r"['’`]")


@dataclass(frozen=True)
class NameRule:
    """`letters`: the characters a name may have, written as between the brackets of a regular expression; `_` is always
    one of them. `lengths`: how many, (least, most)."""

    letters: str
    lengths: tuple[int, int]

    def takes(self, name: str) -> bool:
        """Whether a platform accepts a name."""
        least, most = self.lengths
        return re.fullmatch(f"[{self.letters}]{{{least},{most}}}", name) is not None

    def best(self, texts: Iterable[str], number: int) -> str:
        """The name made from the first text that gives one. Scripts that the rule has no letters for give none; where
        no text does, the emoji is called by its `number` in the set, from 1."""
        return next(filter(None, map(self._spelled, texts)), f"emoji_{number:02d}")

    def free(self, name: str, taken: Container[str]) -> str:
        """The name, numbered where it is in `taken` (lower-case names: many file systems do not tell case apart)."""
        tried, count = name, 1
        while tried.lower() in taken:
            count += 1
            tail = f"_{count}"
            tried = name[: self.lengths[1] - len(tail)] + tail
        return tried

    def __str__(self) -> str:
        least, most = self.lengths
        return f"{least} to {most} of the characters {self.letters}"

    def _spelled(self, text: str) -> str:
        plain = unicodedata.normalize("NFKD", _APOSTROPHES.sub("", text)).encode("ascii", "ignore").decode()
        cased = plain if re.fullmatch(f"[{self.letters}]", "A") else plain.lower()
        name = re.sub(f"[^{self.letters}]+", "_", cased)[: self.lengths[1]].strip("_-")
        # A name of digits alone is what is left of a text in another script: "사랑 12".
        return name if self.takes(name) and re.search("[A-Za-z]", name) else ""
