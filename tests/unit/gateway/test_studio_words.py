"""The texts of the studio: every one in every language, each used, and none asked for that is not there."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from popcon.catalog.presets import PRESETS
from services.gateway import pages

LANGUAGES = {"en", "ko", "ja"}
EXPORT = "export default "
MODULES = {path.stem: path for path in sorted((pages.FOLDER / "words").glob("*.js"))}
SOURCES = [path for path in sorted(pages.FOLDER.rglob("*.js")) if path not in MODULES.values()]


def read(path: Path) -> dict[str, Any]:
    """The texts of a module, refusing a key that is there twice."""
    head, _, body = path.read_text().partition(EXPORT)
    assert head == "", f"{path.name} does not begin with {EXPORT!r}"
    found: dict[str, Any] = json.loads(body, object_pairs_hook=unique)
    return found


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    assert len(keys) == len(set(keys)), f"twice: {sorted(key for key in keys if keys.count(key) > 1)}"
    return dict(pairs)


TEXTS = {name: read(path) for name, path in MODULES.items()}
KEYS = {key for texts in TEXTS.values() for key in texts}
AREAS = "|".join(sorted({key.partition(".")[0] for key in KEYS} | set(MODULES)))
KEY = re.compile(rf"""["']((?:{AREAS})\.[a-z0-9_]+)["']""")
TEMPLATE = re.compile(rf"`((?:{AREAS})\.[^`]*)`")


def placeholders(text: str) -> list[str]:
    return sorted(re.findall(r"\{(\w+)\}", text))


def asked_for() -> set[str]:
    """The keys that the sources name."""
    return {key for path in SOURCES for key in KEY.findall(path.read_text())}


def asked_for_in_part() -> set[str]:
    """Patterns of the keys that the sources put together: `create.bad_${code}`."""
    templates = {template for path in SOURCES for template in TEMPLATE.findall(path.read_text())}
    return {".+".join(re.escape(part) for part in re.split(r"\$\{[^}]*\}", template)) for template in templates}


@pytest.mark.parametrize("name", MODULES)
def test_every_text_is_there_in_every_language(name: str) -> None:
    for key, entry in TEXTS[name].items():
        assert set(entry) == LANGUAGES, key
        for language, text in entry.items():
            forms = text if isinstance(text, dict) else {"other": text}
            assert set(forms) == ({"one", "other"} if isinstance(text, dict) and language == "en" else {"other"}), key
            assert all(form and form == form.strip() for form in forms.values()), f"{key} in {language}"


@pytest.mark.parametrize("name", MODULES)
def test_a_text_is_filled_in_alike_in_every_language(name: str) -> None:
    for key, entry in TEXTS[name].items():
        forms = {language: text if isinstance(text, dict) else {"other": text} for language, text in entry.items()}
        wanted = placeholders(forms["en"]["other"])
        assert all(placeholders(form["other"]) == wanted for form in forms.values()), key
        # "Taken out" needs no number where "3 taken out" does.
        assert set(placeholders(forms["en"].get("one", ""))) <= set(wanted), key
        counted = isinstance(entry["en"], dict)
        assert all(isinstance(text, dict) == counted for text in entry.values()), key
        assert not counted or "n" in wanted, key


@pytest.mark.parametrize("name", MODULES)
def test_a_key_begins_with_its_page(name: str) -> None:
    areas = {name, "preset"} if name == "create" else {name}
    assert {key.partition(".")[0] for key in TEXTS[name]} <= areas


def test_every_text_that_is_asked_for_is_there() -> None:
    assert asked_for() - KEYS == set()
    empty = {pattern for pattern in asked_for_in_part() if not any(re.fullmatch(pattern, key) for key in KEYS)}
    assert empty == set()


def test_every_text_is_used() -> None:
    patterns = asked_for_in_part()
    unused = {key for key in KEYS - asked_for() if not any(re.fullmatch(pattern, key) for pattern in patterns)}
    assert unused == set()


def test_every_preset_has_a_name_in_every_language() -> None:
    named = {key: entry["en"] for key, entry in TEXTS["create"].items() if key.startswith("preset.")}
    assert named == {f"preset.{preset.id}": preset.label for preset in PRESETS.values()}
