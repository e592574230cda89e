import io
import struct
import tracemalloc
import warnings
import zipfile
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging_samples import LINE, WEB, edit, even, join, line_emoji, pixels, soft_clip, split
from PIL import Image

from popcon.errors import UnknownTarget
from services.packaging import apng, assemble, checker, emoji
from services.packaging.emoji_rules import check_emoji

EMOJI = line_emoji()


@pytest.fixture(scope="module")
def pack():
    """The files of a LINE set of 8 that passes."""
    return assemble.assemble_set([assemble.SetItem(str(number), EMOJI) for number in range(8)], LINE).files


def canvas(count=5, side=180):
    """Frames that differ, small opaque squares on an empty canvas."""
    frames = np.zeros((count, side, side, 4), np.uint8)
    for number in range(count):
        frames[number, 60:100, 60 + number : 100] = (220, 80, 40, 255)
    return frames


def written(frames, seconds=1, plays=1):
    return apng.write_apng(frames, [Fraction(seconds) / len(frames)] * len(frames), plays)


def filled(colour):
    frames = canvas()
    frames[1] = colour
    return written(frames)


def empty_first():
    frames = canvas(6)
    frames[0] = 0
    return written(frames)


def corner():
    frames = canvas()
    frames[2, 0, 179] = (1, 2, 3, 255)
    return written(frames)


def retyped(colour_type, channels):
    """The emoji of `canvas`, its frames stored with another colour type by hand."""
    frames = canvas()[..., channels]
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", 180, 180, 8, colour_type, 0, 0, 0)),
        (b"acTL", struct.pack(">II", 5, 1)),
    ]
    for number, frame in enumerate(frames):
        sequence = max(0, 2 * number - 1)
        chunks.append((b"fcTL", struct.pack(">IIIIIHHBB", sequence, 180, 180, 0, 0, 1, 5, 0, 0)))
        body = pixels(frame)
        chunks.append((b"fdAT", struct.pack(">I", sequence + 1) + body) if number else (b"IDAT", body))
    return join([*chunks, (b"IEND", b"")])


def hidden_default():
    """The emoji with a default image of its own before the first frame."""
    chunks = split(EMOJI)
    first = [kind for kind, _ in chunks].index(b"IDAT")
    default, frames = chunks[first], []
    for kind, body in chunks[first - 1 : -1]:
        number = struct.pack(">I", len(frames))
        frames.append(
            (b"fcTL", number + body[4:]) if kind == b"fcTL" else (b"fdAT", number + body[4 * (kind == b"fdAT") :])
        )
    return join([*chunks[: first - 1], default, *frames, chunks[-1]])


def still():
    out = io.BytesIO()
    Image.fromarray(canvas(1)[0]).save(out, "PNG")
    return out.getvalue()


def delay(num, den):
    return lambda body: body[:20] + struct.pack(">HH", num, den) + body[24:]


def with_plays(plays):
    return edit(EMOJI, b"acTL", lambda body: body[:4] + struct.pack(">I", plays))


PLANTED = {
    "0 delay": ("zero_delay", lambda: edit(edit(EMOJI, b"fcTL", delay(1, 7), every=True), b"fcTL", delay(0, 7))),
    "83 ms for a twelfth": ("duration", lambda: edit(EMOJI, b"fcTL", delay(83, 1000), every=True)),
    "1.5 s": ("duration", lambda: written(canvas(), Fraction(3, 2))),
    "5 s": ("duration", lambda: written(canvas(), 5)),
    "for ever": ("plays", lambda: with_plays(0)),
    "5 plays of 1 s": ("play_time", lambda: with_plays(5)),
    "4 frames": ("frame_count", lambda: written(canvas(4))),
    "21 frames": ("frame_count", lambda: written(canvas(21))),
    "4 frames that differ": ("distinct_frames", lambda: written(canvas(4)[[0, 1, 2, 3, 3, 3]])),
    "all frames equal": ("distinct_frames", lambda: written(canvas(1)[[0] * 6])),
    "160 pixels": ("canvas", lambda: written(canvas(side=160))),
    "greyscale": ("colour_type", lambda: retyped(0, slice(0, 1))),
    "greyscale with alpha": ("colour_type", lambda: retyped(4, slice(2, 4))),
    "RGB without alpha": ("colour_type", lambda: retyped(2, slice(0, 3))),
    "hidden default image": ("hidden_default", hidden_default),
    "opaque background": ("no_transparency", lambda: filled((255, 255, 255, 255))),
    "haze everywhere": ("no_transparency", lambda: filled((255, 255, 255, 9))),
    "opaque corner": ("opaque_corner", corner),
    "empty first frame": ("first_frame_empty", empty_first),
    "a still": ("not_animated", still),
    "too many bytes": (
        "file_too_large",
        lambda: join([*split(EMOJI)[:-1], (b"prVt", bytes(300_000)), (b"IEND", b"")]),
    ),
    "flipped bit": ("damaged_crc", lambda: EMOJI[:1000] + bytes([EMOJI[1000] ^ 1]) + EMOJI[1001:]),
    "cut short": ("damaged_chunks", lambda: EMOJI[:-20]),
    "frames out of order": ("damaged_sequence", lambda: edit(EMOJI, b"fdAT", lambda body: b"\0\0\0\x63" + body[4:])),
    "rubbish for pixels": ("damaged_pixels", lambda: edit(EMOJI, b"IDAT", lambda body: body[:40])),
    "not a PNG": ("damaged_signature", lambda: b"\xff\xd8\xff\xe0 a JPEG"),
}


def test_an_emoji_that_holds_every_rule_has_no_breach():
    assert check_emoji(EMOJI, LINE) == []
    assert check_emoji(written(canvas()), LINE) == []


def test_a_later_frame_may_show_nothing():
    frames = canvas(6)
    frames[3] = 0
    assert check_emoji(written(frames), LINE) == []


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_breach_is_named_and_nothing_else_is(name):
    rule, make = PLANTED[name]
    (found,) = check_emoji(make(), LINE, "003.png")
    assert (found.rule, found.file) == (rule, "003.png")
    assert found.message.endswith(".")


def zipped(files):
    return assemble.write_zip(files)


def tab(frame, mode="RGBA"):
    out = io.BytesIO()
    Image.fromarray(frame).convert(mode).save(out, "PNG")
    return out.getvalue()


def tab_frame(width=96, height=74):
    frame = np.zeros((height, width, 4), np.uint8)
    frame[10:40, 10:40] = (200, 30, 30, 255)
    return frame


def moving_tab():
    return written(np.stack([np.roll(tab_frame(), number, axis=1) for number in range(5)]))


def without(name):
    return lambda files: {key: value for key, value in files.items() if key != name}


PACK_PLANTED = {
    "7 emoji": ({("set_too_small", "")}, without("008.png")),
    "41 emoji": ({("set_too_large", "")}, lambda files: files | {f"{n:03d}.png": EMOJI for n in range(9, 42)}),
    "a gap": ({("set_too_small", ""), ("numbering", "003.png")}, without("003.png")),
    "no tab image": ({("tab_missing", "tab.png")}, without("tab.png")),
    "tab of 96x96": ({("tab_canvas", "tab.png")}, lambda files: files | {"tab.png": tab(tab_frame(96, 96))}),
    "grey tab": ({("tab_colour_type", "tab.png")}, lambda files: files | {"tab.png": tab(tab_frame(), "LA")}),
    "empty tab": ({("tab_empty", "tab.png")}, lambda files: files | {"tab.png": tab(tab_frame() * 0)}),
    "damaged tab": ({("tab_damaged_chunks", "tab.png")}, lambda files: files | {"tab.png": files["tab.png"][:-30]}),
    "moving tab": ({("tab_animated", "tab.png")}, lambda files: files | {"tab.png": moving_tab()}),
    "a record": ({("foreign_file", "pack.json")}, lambda files: files | {"pack.json": b"{}"}),
    "a preview": ({("foreign_file", "preview.html")}, lambda files: files | {"preview.html": b"<p>"}),
    "a folder": ({("foreign_file", "art/001.png")}, lambda files: files | {"art/001.png": EMOJI}),
    "a path out": ({("unsafe_name", "../001.png")}, lambda files: files | {"../001.png": EMOJI}),
    "20 MB": (
        {("zip_too_large", ""), ("foreign_file", "big.bin")},
        lambda files: files | {"big.bin": bytes(20_000_000)},
    ),
    "a bad emoji": ({("plays", "005.png")}, lambda files: files | {"005.png": with_plays(0)}),
    "far too many bytes": ({("file_too_large", "002.png")}, lambda files: files | {"002.png": bytes(700_000)}),
}


def found(data, target="line-emoji"):
    return {(breach.rule, breach.file) for breach in checker.check_pack(data, target)}


def test_a_pack_that_holds_every_rule_has_no_breach(pack):
    assert found(zipped(pack)) == set()


@pytest.mark.parametrize("name", PACK_PLANTED)
def test_a_planted_breach_of_the_pack_is_named_with_its_file_and_nothing_else_is(pack, name):
    rules, change = PACK_PLANTED[name]
    assert found(zipped(change(dict(pack)))) == rules


def test_a_file_that_is_there_twice_is_named(pack):
    out = io.BytesIO(zipped(pack))
    with zipfile.ZipFile(out, "a") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        archive.writestr("004.png", EMOJI)
    assert found(out.getvalue()) == {("duplicate_file", "004.png")}


def test_what_is_no_zip_is_named(pack):
    for data in (b"", b"no zip at all", zipped(pack)[:-400]):
        assert found(data) == {("zip_damaged", "")}


def test_damaged_bytes_inside_the_zip_are_named_with_their_file(pack):
    data = bytearray(zipped(pack))
    data[2000] ^= 1
    assert found(bytes(data)) == {("zip_damaged", "001.png")}


def test_a_zip_bomb_is_named_without_being_unpacked(pack):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in pack:
            archive.writestr(name, pack[name] if name == "tab.png" else bytes(30_000_000))
    data = out.getvalue()
    tracemalloc.start()
    rules = found(data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert {rule for rule, _ in rules} == {"file_too_large"}
    assert peak < 10_000_000


def test_a_zip_of_very_many_entries_is_refused_before_it_is_listed():
    assert found(b"PK\x01\x02" * 2000) == {("zip_too_large", "")}


def test_a_picture_that_claims_a_huge_canvas_is_not_decoded():
    huge = edit(EMOJI, b"IHDR", lambda body: struct.pack(">II", 60_000, 60_000) + body[8:])
    huge = edit(huge, b"fcTL", lambda body: body[:4] + struct.pack(">II", 60_000, 60_000) + body[12:])
    assert {breach.rule for breach in check_emoji(huge, LINE)} == {"canvas"}


def test_an_unknown_target_is_refused(pack):
    with pytest.raises(UnknownTarget):
        checker.check_pack(zipped(pack), "line")


def test_the_target_is_worked_out_from_names_and_formats(pack):
    moving = emoji.pack_emoji(soft_clip(6), even(1, 6), WEB).data
    web = assemble.assemble_set([assemble.SetItem("one", moving)], WEB)
    assert checker.detect_target(web.zip) == "web"
    assert checker.detect_target(zipped(pack)) == "line-emoji"
    assert checker.detect_target(zipped({"wave.webp": moving})) == "web"
    assert checker.detect_target(zipped({"wave.png": EMOJI})) == "line-emoji"
    assert checker.detect_target(zipped({"notes.txt": b"hello"})) is None
    assert checker.detect_target(b"no zip") is None


def test_a_web_pack_is_held_to_the_rules_of_its_target():
    moving = emoji.pack_emoji(soft_clip(6), even(1, 6), WEB).data
    web = assemble.assemble_set([assemble.SetItem("one", moving)], WEB)
    assert found(web.zip, "web") == set()
    assert found(zipped(web.files | {"002.webp": EMOJI}), "web") == {("damaged_signature", "002.webp")}


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 1 << 20), st.integers(0, 255)), max_size=8), st.booleans())
def test_a_pack_of_random_damage_is_judged_but_never_crashes_the_check(pack, changes, near_the_end):
    data = bytearray(zipped({name: pack[name] for name in ("001.png", "tab.png")}))
    for at, value in changes:
        data[-1 - at % 300 if near_the_end else at % len(data)] = value
    assert all(breach.message for breach in checker.check_pack(bytes(data), LINE.id))
