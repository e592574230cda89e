import contextlib
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging_samples import SIGNATURE, control, edit, even, join, pixels, soft_clip, split

from popcon.errors import PictureUnreadable
from services.packaging import apng, apng_reader

RED, GREEN, HALF_RED = (255, 0, 0, 255), (0, 255, 0, 255), (255, 0, 0, 128)
EMPTY = (0, 0, 0, 0)


def plain(colour, width=2, height=1):
    return np.full((height, width, 4), colour, np.uint8)


def animation(*frames, canvas=(2, 1)):
    """An APNG of (colour, box, dispose, blend); a box is width, height, left, top."""
    header = struct.pack(">IIBBBBB", *canvas, 8, 6, 0, 0, 0)
    chunks, sequence = [(b"IHDR", header), (b"acTL", struct.pack(">II", len(frames), 0))], 0
    for number, (colour, box, dispose, blend) in enumerate(frames):
        chunks.append(control(sequence, box, dispose=dispose, blend=blend))
        data = pixels(plain(colour, *box[:2]))
        chunks.append((b"fdAT", struct.pack(">I", sequence + 1) + data) if number else (b"IDAT", data))
        sequence += 2 if number else 1
    return join([*chunks, (b"IEND", b"")])


def seen(data):
    return [
        [tuple(int(v) for v in pixel) for pixel in frame[0]] for frame in apng_reader.compose(apng_reader.read(data))
    ]


WHOLE, LEFT = (2, 1, 0, 0), (1, 1, 0, 0)
NONE, BACKGROUND, PREVIOUS = 0, 1, 2
SOURCE, OVER = 0, 1


def test_source_replaces_and_none_keeps():
    assert seen(animation((RED, WHOLE, NONE, SOURCE), (HALF_RED, LEFT, NONE, SOURCE)))[1] == [HALF_RED, RED]


def test_background_clears_the_box_before_the_next_frame():
    frames = (RED, WHOLE, NONE, SOURCE), (GREEN, LEFT, BACKGROUND, SOURCE), (GREEN, (1, 1, 1, 0), NONE, SOURCE)
    assert seen(animation(*frames))[1:] == [[GREEN, RED], [EMPTY, GREEN]]


def test_previous_puts_back_what_was_there():
    frames = (RED, WHOLE, NONE, SOURCE), (GREEN, LEFT, PREVIOUS, SOURCE), (GREEN, (1, 1, 1, 0), NONE, SOURCE)
    assert seen(animation(*frames))[1:] == [[GREEN, RED], [RED, GREEN]]


def test_previous_on_the_first_frame_clears():
    assert seen(animation((RED, WHOLE, PREVIOUS, SOURCE), (GREEN, LEFT, NONE, SOURCE)))[1] == [GREEN, EMPTY]


def test_over_nothing_keeps_the_colour_and_alpha_of_the_frame():
    assert seen(animation((EMPTY, WHOLE, NONE, SOURCE), (HALF_RED, WHOLE, NONE, OVER)))[1] == [HALF_RED] * 2


def test_over_mixes_by_alpha():
    assert seen(animation((GREEN, WHOLE, NONE, SOURCE), (HALF_RED, LEFT, NONE, OVER)))[1] == [(128, 127, 0, 255), GREEN]


def test_a_still_is_one_frame_without_delay():
    header = struct.pack(">IIBBBBB", 2, 1, 8, 6, 0, 0, 0)
    still = apng_reader.read(join([(b"IHDR", header), (b"IDAT", pixels(plain(RED))), (b"IEND", b"")]))
    assert (still.animated, len(still.frames), still.frames[0].delay) == (False, 1, 0)


def test_a_default_image_before_the_first_control_is_hidden_and_not_shown():
    chunks = split(animation((GREEN, WHOLE, NONE, SOURCE)))
    data = (b"fdAT", struct.pack(">I", 1) + pixels(plain(GREEN)))
    hidden = join([*chunks[:2], (b"IDAT", pixels(plain(RED))), chunks[2], data, chunks[-1]])
    assert apng_reader.read(hidden).hidden_default
    assert seen(hidden) == [[GREEN, GREEN]]


def test_a_denominator_of_zero_means_hundredths():
    data = edit(animation((RED, WHOLE, NONE, SOURCE)), b"fcTL", lambda body: body[:20] + b"\0\7\0\0" + body[24:])
    assert apng_reader.read(data).frames[0].delay * 100 == 7


def renumbered(body):
    return struct.pack(">I", 5) + body[4:]


BROKEN = {
    "not a PNG": ("signature", lambda data: b"GIF89a" + data),
    "flipped bit": ("crc", lambda data: data[:45] + bytes([data[45] ^ 1]) + data[46:]),
    "cut short": ("chunks", lambda data: data[:-9]),
    "no end": ("chunks", lambda data: join(split(data)[:-1])),
    "bytes after the end": ("chunks", lambda data: data + b"\0"),
    "no pixels": ("chunks", lambda data: join([c for c in split(data) if c[0] != b"IDAT"])),
    "empty": ("signature", lambda data: b""),
    "only a signature": ("chunks", lambda data: SIGNATURE),
    "two acTL": ("chunks", lambda data: join([*split(data)[:2], *split(data)[1:]])),
    "misshapen fcTL": ("chunks", lambda data: edit(data, b"fcTL", lambda body: body[:-1])),
    "numbers out of order": ("sequence", lambda data: edit(data, b"fdAT", renumbered)),
    "a frame short": ("sequence", lambda data: edit(data, b"acTL", lambda body: struct.pack(">II", 3, 0))),
    "unknown blend": ("sequence", lambda data: edit(data, b"fcTL", lambda body: body[:-1] + b"\7")),
    "frame off the canvas": ("sequence", lambda data: edit(data, b"fcTL", lambda b: b[:12] + b"\0\0\0\1" + b[16:])),
    "first frame too small": ("sequence", lambda data: edit(data, b"fcTL", lambda b: b[:4] + b"\0\0\0\1" + b[8:])),
    "rubbish for pixels": ("pixels", lambda data: edit(data, b"fdAT", lambda body: body[:4] + b"rubbish")),
}


@pytest.mark.parametrize("name", BROKEN)
def test_damage_is_named_for_what_it_is(name):
    what, damage = BROKEN[name]
    data = damage(animation((RED, WHOLE, NONE, SOURCE), (GREEN, LEFT, NONE, SOURCE)))
    with pytest.raises(PictureUnreadable) as refusal:
        seen(data)
    assert refusal.value.field == what


def small():
    frames = np.stack(soft_clip(5, 16))
    return apng.write_apng(frames, even(1, 5), 1)


@settings(deadline=None, max_examples=200)
@given(st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 255)), max_size=6), st.booleans())
def test_random_damage_is_refused_or_harmless_but_never_a_crash(changes, checksums_made_good):
    data = bytearray(small())
    for at, value in changes:
        data[at % len(data)] = value
    damaged = bytes(data)
    if checksums_made_good:  # so that the damage reaches what is behind them
        with contextlib.suppress(struct.error):
            damaged = join(split(damaged))
    with contextlib.suppress(PictureUnreadable):
        read = apng_reader.read(damaged)
        if (read.width, read.height) == (16, 16):
            assert all(frame.shape == (16, 16, 4) for frame in apng_reader.compose(read))
