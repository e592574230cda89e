"""Breaches planted into packs of every target: each is found, under its own name, and nothing else is."""

import functools
import io
import struct
from fractions import Fraction

import numpy as np
import pytest
from packaging_samples import edit, join, pixels, split
from PIL import Image

from popcon.catalog import targets
from popcon.catalog.target import Format
from services.packaging import apng, checker
from services.packaging.assemble import SetItem, assemble_set, write_zip
from services.packaging.emoji_rules import check_emoji
from services.packaging.webp import write_webp

IDS = ("line-emoji", "line-sticker", "discord-emoji", "discord-sticker", "whatsapp", "signal", "web")


def frames(size, count):
    """A square that goes to the right over an empty canvas."""
    shown = np.zeros((count, size[1], size[0], 4), np.uint8)
    for number in range(count):
        shown[number, size[1] // 3 : size[1] // 2, number + 9 : number + size[0] // 3] = (220, 80, 40, 255)
    return shown


def made(target_id, count=6, seconds=1, plays=None, size=None, change=None):
    """An emoji of a target that holds every rule but for what is asked for."""
    target = targets.find(target_id)
    shown = frames(size or target.canvas, count)
    if change:
        change(shown)
    ends = 0 if target.timing.plays_seconds is None else 1
    write = {Format.APNG: apng.write_apng, Format.WEBP: write_webp}[target.format]
    return write(shown, [Fraction(seconds) / count] * count, ends if plays is None else plays)


def opaque(shown):
    shown[..., 3] = 255


def corner(shown):
    shown[1, 0, 0] = 255


def empty_first(shown):
    shown[0] = 0


def all_equal(shown):
    shown[:] = shown[0]


def padded(data, size):
    """A file with a chunk of a kind that no reader looks at, so that it is `size` bytes long."""
    if data.startswith(b"RIFF"):
        return data + b"junk" + struct.pack("<I", size - len(data) - 8) + bytes(size - len(data) - 8)
    return join([*split(data)[:-1], (b"prVt", bytes(size - len(data) - 12)), (b"IEND", b"")])


def grey(target_id):
    """An emoji stored as greyscale with alpha."""
    width, height = targets.find(target_id).canvas
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 4, 0, 0, 0)), (b"acTL", struct.pack(">II", 5, 0))]
    for number, frame in enumerate(frames((width, height), 5)[..., 2:]):
        sequence = max(0, 2 * number - 1)
        chunks.append((b"fcTL", struct.pack(">IIIIIHHBB", sequence, width, height, 0, 0, 1, 5, 0, 0)))
        body = pixels(frame)
        chunks.append((b"fdAT", struct.pack(">I", sequence + 1) + body) if number else (b"IDAT", body))
    return join([*chunks, (b"IEND", b"")])


def milliseconds(data, each):
    return edit(data, b"fcTL", lambda body: body[:20] + struct.pack(">HH", each, 1000) + body[24:], every=True)


PLANTED = [
    ("line-sticker", "canvas", lambda: made("line-sticker", size=(260, 260))),
    ("line-sticker", "duration", lambda: milliseconds(made("line-sticker", 12), 83)),
    ("line-sticker", "duration", lambda: made("line-sticker", seconds=Fraction(5, 2))),
    ("line-sticker", "plays", lambda: made("line-sticker", plays=0)),
    ("line-sticker", "play_time", lambda: made("line-sticker", seconds=2, plays=3)),
    ("line-sticker", "distinct_frames", lambda: made("line-sticker", 20, change=all_equal)),
    ("line-sticker", "file_too_large", lambda: padded(made("line-sticker"), 300_001)),
    ("discord-emoji", "canvas", lambda: made("discord-emoji", size=(128, 120))),
    ("discord-emoji", "plays", lambda: made("discord-emoji", plays=1)),
    ("discord-emoji", "not_animated", lambda: made("discord-emoji", 1)),
    ("discord-emoji", "no_transparency", lambda: made("discord-emoji", change=opaque)),
    ("discord-emoji", "opaque_corner", lambda: made("discord-emoji", change=corner)),
    ("discord-emoji", "file_too_large", lambda: padded(made("discord-emoji"), 256_002)),
    ("discord-emoji", "damaged_signature", lambda: made("line-emoji")),
    ("discord-sticker", "duration", lambda: made("discord-sticker", seconds=Fraction(51, 10))),
    ("discord-emoji", "frame_count", lambda: made("discord-emoji", 61)),
    ("discord-sticker", "plays", lambda: made("discord-sticker", plays=4)),
    ("discord-sticker", "colour_type", lambda: grey("discord-sticker")),
    ("discord-sticker", "first_frame_empty", lambda: made("discord-sticker", change=empty_first)),
    ("whatsapp", "canvas", lambda: made("whatsapp", 2, size=(512, 500))),
    ("whatsapp", "short_delay", lambda: made("whatsapp", 3, seconds=Fraction(21, 1000))),
    ("whatsapp", "duration", lambda: made("whatsapp", 2, seconds=11)),
    ("whatsapp", "not_animated", lambda: made("whatsapp", 1)),
    ("whatsapp", "file_too_large", lambda: padded(made("whatsapp", 2), 500_002)),
    ("signal", "canvas", lambda: made("signal", 2, size=(512, 500))),
    ("signal", "canvas", lambda: made("signal", 2, size=(514, 514))),
    ("signal", "duration", lambda: made("signal", 2, seconds=Fraction(7, 2))),
    ("signal", "plays", lambda: made("signal", 2, plays=4)),
    ("signal", "distinct_frames", lambda: made("signal", 2, change=all_equal)),
    ("web", "canvas", lambda: made("web", size=(180, 180))),
    ("web", "plays", lambda: made("web", plays=1)),
    ("web", "damaged_chunks", lambda: made("web")[:-40]),
]


@pytest.mark.parametrize(("target_id", "rule", "make"), PLANTED, ids=[f"{each[0]}-{each[1]}" for each in PLANTED])
def test_a_breach_planted_into_an_emoji_is_named_and_nothing_else_is(target_id, rule, make):
    assert [breach.rule for breach in check_emoji(make(), targets.find(target_id))] == [rule]


@functools.cache
def pack_of(target_id):
    """The files of the smallest set that a target takes."""
    target = targets.find(target_id)
    data = made(target_id, 5 if target.timing.distinct_min == 5 else 2)
    labels = ("Joy", "Wave", "Love", "Cry", "Sleep", "Angry", "Wow", "OK")
    items = [SetItem(label, data, label) for label in labels[: target.set_size[0]]]
    out = assemble_set(items, target)
    return out.files if target.zip_is_upload else out.files | out.notes


def still(size, count=0):
    """A still PNG; `count` bytes of noise make it as large as that at least."""
    picture = np.zeros((size[1], size[0], 4), np.uint8)
    picture[5:40, 5:40] = (200, 30, 30, 255)
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "PNG")
    return padded(out.getvalue(), count) if count else out.getvalue()


def plus(name, make):
    return lambda files: files | {name: make(files)}


def minus(name):
    return lambda files: {key: data for key, data in files.items() if key != name}


def renamed(name, other):
    return lambda files: {other if key == name else key: data for key, data in files.items()}


def many(pattern, numbers):
    return lambda files: files | {pattern.format(number): next(iter(files.values())) for number in numbers}


PLANTED_IN_PACKS = [
    ("line-sticker", "main_missing", "main.png", minus("main.png")),
    ("line-sticker", "main_plays", "main.png", plus("main.png", lambda _: made("line-sticker", 5, 1, 0, (240, 240)))),
    ("line-sticker", "main_canvas", "main.png", plus("main.png", lambda files: files["01.png"])),
    ("line-sticker", "foreign_file", "001.png", plus("001.png", lambda files: files["01.png"])),
    ("line-sticker", "foreign_file", "pack.json", plus("pack.json", lambda _: b"{}")),
    ("line-sticker", "set_too_large", "", many("{:02d}.png", range(9, 26))),
    ("discord-emoji", "file_name", "thumbs up!.webp", renamed("Joy.webp", "thumbs up!.webp")),
    ("discord-emoji", "file_name", "사랑.webp", renamed("Joy.webp", "사랑.webp")),
    ("discord-emoji", "file_name", "x.webp", renamed("Joy.webp", "x.webp")),
    ("discord-emoji", "file_name", f"{'a' * 33}.webp", renamed("Joy.webp", f"{'a' * 33}.webp")),
    ("discord-emoji", "foreign_file", "Joy.png", plus("Joy.png", lambda _: made("line-emoji"))),
    ("discord-emoji", "foreign_file", "more/Joy.webp", plus("more/Joy.webp", lambda files: files["Joy.webp"])),
    ("discord-emoji", "unsafe_name", "../Joy.webp", plus("../Joy.webp", lambda files: files["Joy.webp"])),
    ("discord-sticker", "set_too_small", "", minus("Joy.png")),
    ("whatsapp", "tray_missing", "tray.png", minus("tray.png")),
    ("whatsapp", "tray_file_too_large", "tray.png", plus("tray.png", lambda _: still((96, 96), 50_001))),
    ("whatsapp", "tray_canvas", "tray.png", plus("tray.png", lambda _: still((128, 128)))),
    ("whatsapp", "tray_damaged_signature", "tray.png", plus("tray.png", lambda files: files["01.webp"])),
    ("whatsapp", "set_too_small", "", minus("03.webp")),
    ("whatsapp", "set_too_large", "", many("{:02d}.webp", range(4, 32))),
    ("whatsapp", "plays", "02.webp", plus("02.webp", lambda _: made("whatsapp", 2, plays=1))),
    ("signal", "set_too_small", "", minus("01.png")),
    ("signal", "numbering", "01.png", renamed("01.png", "02.png")),
    ("web", "poster_canvas", "poster.png", plus("poster.png", lambda _: still((96, 96)))),
    ("web", "foreign_file", "notes.txt", plus("notes.txt", lambda _: b"hello")),
]


def found(files, target_id):
    return [(breach.rule, breach.file) for breach in checker.check_pack(write_zip(files), target_id)]


@pytest.mark.parametrize("target_id", IDS)
def test_a_pack_of_ours_holds_every_rule_of_its_target(target_id):
    assert found(pack_of(target_id), target_id) == []


@pytest.mark.parametrize("target_id", [each for each in IDS if not targets.find(each).zip_is_upload])
def test_a_pack_needs_no_notes(target_id):
    files = pack_of(target_id)
    assert {"pack.json", "preview.html"} < set(files)
    assert found(minus("pack.json")(minus("preview.html")(files)), target_id) == []


@pytest.mark.parametrize(
    ("target_id", "rule", "file", "change"), PLANTED_IN_PACKS, ids=[f"{e[0]}-{e[1]}-{e[2]}" for e in PLANTED_IN_PACKS]
)
def test_a_breach_planted_into_a_pack_is_named_with_its_file_and_nothing_else_is(target_id, rule, file, change):
    assert found(change(pack_of(target_id)), target_id) == [(rule, file)]
