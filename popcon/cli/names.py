"""File names that people can read."""

import re
import unicodedata
from collections.abc import Iterable

from popcon.rest import Action

_MAX = 60


def file_names(actions: Iterable[Action]) -> dict[str, str]:
    """A name without ending per action id: the preset, or the label; numbered where two would be the same."""
    names: dict[str, str] = {}
    for action in actions:
        base = slug(action.direction.preset or action.label) or "emoji"
        taken = set(names.values())
        candidates = (f"{base}-{number}" if number > 1 else base for number in range(1, len(taken) + 2))
        names[action.id] = next(name for name in candidates if name not in taken)
    return names


def slug(text: str) -> str:
    """Lower-case letters and digits of any script, joined by dashes; empty where there are none."""
    plain = unicodedata.normalize("NFKC", text).lower()
    return re.sub(r"[\W_]+", "-", plain)[:_MAX].strip("-")
