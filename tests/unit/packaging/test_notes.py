"""`pack.json` and `preview.html`."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from packaging_samples import LINE, WEB, even, line_emoji, soft_clip

from popcon.catalog import targets
from services.packaging import emoji
from services.packaging.assemble import SetItem, assemble_set
from services.packaging.record import PackedFile, PackRecord, Rules

STATS = {"bytes": 1, "rung": "192 colours", "ssim": 0.9971, "edge_db": 40.25, "breaches": []}


@pytest.fixture(scope="module")
def line():
    """A LINE set of two, the second with a label that is no harmless word."""
    data = line_emoji()
    first = SetItem("a", data, "Joy", "joy", STATS)
    return assemble_set([first, SetItem("b", data, '<script>"&', "love")], LINE)


@pytest.fixture(scope="module")
def sticker():
    named = targets.find("discord-emoji")
    packed = emoji.pack_emoji(soft_clip(6), even(1, 6), named)
    return assemble_set([SetItem("a", packed.data, "Joy!", "joy", packed.stats)], named)


def test_the_record_tells_of_every_file_what_its_bytes_say(line):
    told = json.loads(line.notes["pack.json"])
    assert (told["version"], told["target"]["id"], told["target"]["checked"]) == (1, "line-emoji", LINE.checked)
    assert told["made_by"].startswith("popcon ")
    assert [file["name"] for file in told["files"]] == list(line.files)
    assert [file["bytes"] for file in told["files"]] == [len(data) for data in line.files.values()]
    first, second, tab = told["files"]
    assert first == {
        "name": "001.png", "role": "emoji", "label": "Joy", "format": "apng", "bytes": len(line_emoji()),
        "width": 180, "height": 180, "frames": 8, "seconds": 1.0, "plays": 4,
        "rung": "192 colours", "ssim": 0.9971, "edge_db": 40.25,
    }  # fmt: skip
    assert (second["label"], "ssim" in second) == ('<script>"&', False)
    assert (tab["role"], tab["width"], tab["height"], "frames" in tab) == ("tab", 96, 74, False)


def test_the_record_reads_back_and_comes_out_the_same(line):
    data = line.notes["pack.json"]
    assert PackRecord.model_validate_json(data).to_json() == data


def test_every_field_of_the_record_is_documented():
    page = (Path(__file__).parents[3] / "docs/packs.md").read_text()
    for model in (PackRecord, Rules, PackedFile):
        for name, field in model.model_fields.items():
            assert f"| `{name}` |" in page
            assert field.description


class Page(HTMLParser):
    def __init__(self, data):
        super().__init__()
        self.tags, self.sources, self.styles = set(), [], ""
        self.feed(data.decode())

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.sources += [value for key, value in attrs if key in ("src", "srcset", "poster", "data")]


def test_the_preview_shows_every_file_and_asks_for_nothing_from_elsewhere(line):
    data = line.notes["preview.html"]
    page = Page(data)
    assert set(page.sources) == set(line.files)
    assert not page.tags & {"script", "link", "iframe", "object", "embed"}
    assert not re.search(rb"url\(|@import|\son\w+=", data)


def test_the_preview_shows_labels_as_words_whatever_they_hold(line):
    assert b"&lt;script&gt;&#34;&amp;" in line.notes["preview.html"]


def test_the_preview_shows_emoji_at_the_sizes_of_the_platform(sticker):
    data = sticker.notes["preview.html"].decode()
    assert '<img class="in-text" src="Joy.webp" style="--side: 22px"' in data
    assert '<img class="sent" src="Joy.webp" style="--side: 48px"' in data


def test_stickers_are_never_shown_in_a_line_of_text():
    packed = emoji.pack_emoji(soft_clip(6), even(1, 6), WEB)
    page = assemble_set([SetItem("a", packed.data)], WEB).notes["preview.html"]
    assert b'class="in-text"' not in page
    assert b'class="sent" src="001.webp" style="--side: 160px"' in page


def test_the_same_emoji_give_the_same_notes(sticker):
    named = targets.find("discord-emoji")
    packed = emoji.pack_emoji(soft_clip(6), even(1, 6), named)
    again = assemble_set([SetItem("a", packed.data, "Joy!", "joy", packed.stats)], named)
    assert again.notes == sticker.notes
