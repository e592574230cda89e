import io
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging_samples import even, soft_clip
from PIL import Image

from popcon.catalog import targets
from popcon.errors import PictureUnreadable, TooLarge
from popcon.imaging.resize import over, premultiply
from services.packaging import assemble, checker, emoji, sniff, thumbnail, webm, webm_reader, webp_reader
from services.packaging.emoji_rules import check_emoji, read_moving

STICKER, EMOJI = targets.find("telegram-sticker"), targets.find("telegram-emoji")
CLIP = np.stack(soft_clip(8, 100))
ALPHA_MODE = b"\x53\xc0\x81\x01"
FRAME_TIME = b"\x23\xe3\x83"


def written(frames=CLIP, seconds=Fraction(1), crf=30):
    return webm.write_webm(frames, Fraction(seconds) / len(frames), crf)


PLAIN = written()


def seen(data):
    return np.stack(list(webm_reader.compose(webm_reader.read(data))))


def decibels(one, other):
    return 10 * np.log10(255**2 / np.mean((one.astype(float) - other) ** 2))


def packed(target, frames=CLIP):
    return emoji.pack_emoji(list(frames), even(1, len(frames)), target)


def silent_track(data):
    """The same film with a track of silence."""
    out = io.BytesIO()
    with av.open(io.BytesIO(data)) as film, av.open(out, "w", format="webm") as container:
        (video,) = film.streams
        picture, sound = container.add_stream_from_template(video), container.add_stream("libopus", rate=48000)
        picture.metadata["alpha_mode"] = "1"
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 960), np.int16), format="s16", layout="mono")
        silence.sample_rate = 48000
        for packet in [packet for packet in film.demux(video) if packet.size]:
            packet.stream = picture
            container.mux(packet)
        container.mux([*sound.encode(silence), *sound.encode()])
    return out.getvalue()


def test_frames_come_back_close_to_what_they_were():
    back = seen(written(crf=webm.FINEST))
    assert np.mean([decibels(premultiply(a), premultiply(b)) for a, b in zip(CLIP, back, strict=True)]) > 46
    assert decibels(CLIP[..., 3], back[..., 3]) > 52


@pytest.mark.parametrize("chat", [(0, 0, 0), (255, 255, 255)], ids=["black", "white"])
def test_edges_have_no_rim_in_a_dark_or_light_chat(chat):
    back = seen(written(crf=webm.FINEST))
    edge = (CLIP[..., 3] > 0) & (CLIP[..., 3] < 255)
    were, are = (np.stack([over(frame, chat) for frame in frames])[edge] for frames in (CLIP, back))
    assert decibels(were, are) > 40


def test_the_alpha_of_a_glow_stays_soft():
    back = seen(written(crf=webm.FINEST))
    glow = (CLIP[..., 3] > 10) & (CLIP[..., 3] < 100)
    assert np.abs(back[..., 3][glow].astype(int) - CLIP[..., 3][glow]).mean() < 2


def test_plain_colours_stay_what_they_are():
    colours = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), (0, 0, 0), (255, 255, 255), (240, 120, 150)]
    frames = np.zeros((2, 64, 64 * len(colours), 4), np.uint8)
    for number, colour in enumerate(colours):
        frames[:, 8:56, 64 * number + 8 : 64 * number + 56] = (*colour, 255)
    back = seen(written(frames, crf=webm.FINEST))
    for number, colour in enumerate(colours):
        middle = back[0, 16:48, 64 * number + 16 : 64 * number + 48, :3].reshape(-1, 3).mean(axis=0)
        assert np.abs(middle - colour).max() < 4, colour


def test_sides_may_be_odd():
    assert seen(written(CLIP[:2, :65, :63])).shape == (2, 65, 63, 4)


def test_the_same_frames_give_the_same_bytes():
    assert written() == PLAIN


@pytest.mark.parametrize(("count", "seconds"), [(12, 1), (48, 3), (90, 3), (13, Fraction(13, 30)), (7, 2), (1, 1)])
def test_every_frame_is_shown_for_its_exact_time(count, seconds):
    film = webm_reader.read(written(CLIP[np.arange(count) % 8, :16, :16], seconds))
    assert film.delays == (Fraction(seconds) / count,) * count


def test_other_players_are_told_no_longer_time_than_the_frames_last():
    with av.open(io.BytesIO(written(CLIP[np.arange(48) % 8, :16, :16], 3))) as container:
        assert container.duration == 3_000_000


def test_without_a_frame_rate_times_are_read_to_the_millisecond():
    film = webm_reader.read(PLAIN.replace(FRAME_TIME, b"\x23\xe3\x80"))
    assert sum(film.delays) == 1
    assert {round(delay * 1000) for delay in film.delays} == {125}


def test_a_frame_rate_that_the_frames_do_not_keep_is_not_believed():
    at = PLAIN.index(FRAME_TIME) + len(FRAME_TIME)
    size = PLAIN[at] & 0x7F
    hurried = PLAIN[: at + 1] + (10**9 // 30).to_bytes(size, "big") + PLAIN[at + 1 + size :]
    assert webm_reader.read(hurried).delays == (Fraction(1, 8),) * 8


@pytest.mark.parametrize("target", [EMOJI, replace(STICKER, canvas=(512, 200))], ids=lambda target: target.id)
def test_a_packed_emoji_holds_every_rule_of_its_target(target):
    made = packed(target)
    assert made.breaches == ()
    assert made.media_type == "video/webm"
    assert made.stats["rung"] == f"crf {webm.FINEST_SMALL if target is EMOJI else webm.FINEST}"
    assert len(made.data) < 0.95 * target.file_max_bytes


def test_a_clip_that_lasts_longer_than_allowed_is_hurried():
    moving = read_moving(emoji.pack_emoji(list(CLIP), even(4, 8), EMOJI).data, EMOJI.format)
    assert sum(moving.delays) == 3


@pytest.mark.parametrize("share", [0.6, 0.3])
def test_a_file_is_as_fine_as_the_limit_lets_it_be(share):
    frames = CLIP.copy()
    frames[..., :3] += np.random.default_rng(1).integers(0, 40, frames[..., :3].shape, dtype=np.uint8)
    frames[frames[..., 3] == 0] = 0
    most = share * len(written(frames, crf=webm.FINEST))
    crf, data = webm.write_within(frames, Fraction(1, 8), most)
    assert webm.FINEST < crf < webm.COARSEST
    assert 0.85 * most < len(data) <= most
    assert data == written(frames, crf=crf)


def test_what_fits_in_no_way_is_refused():
    with pytest.raises(TooLarge):
        packed(replace(EMOJI, file_max_bytes=1000))


def test_a_set_with_its_icon_holds_every_rule():
    item = assemble.SetItem("one", packed(EMOJI).data)
    made = assemble.assemble_set([item, item], EMOJI)
    assert made.breaches == []
    assert list(made.files)[:3] == ["001.webm", "002.webm", "icon.webm"]


def test_the_target_of_a_set_is_told_by_the_size_of_its_films():
    large = written(np.pad(CLIP[:2], ((0, 0), (0, 412), (0, 412), (0, 0))), crf=50)
    for target, data in ((EMOJI, PLAIN), (STICKER, large)):
        assert checker.detect_target(assemble.write_zip({"001.webm": data, "icon.webm": PLAIN})) == target.id
    assert sniff.look(PLAIN[:40]) == (EMOJI.format, None)


def opaque():
    frames = CLIP.copy()
    frames[..., 3] = 255
    return written(frames)


PLANTED = {
    "31 frames a second": ({"short_delay"}, lambda: written(CLIP, Fraction(8, 31))),
    "3.1 s": ({"duration"}, lambda: written(CLIP, Fraction(31, 10))),
    "91 frames": ({"frame_count", "short_delay"}, lambda: written(CLIP[np.arange(91) % 8], 3)),
    "99 pixels": ({"canvas"}, lambda: written(CLIP[:, :99, :99])),
    "sound": ({"tracks"}, lambda: silent_track(PLAIN)),
    "a still": ({"not_animated"}, lambda: written(CLIP[:1])),
    "too many bytes": ({"file_too_large"}, lambda: PLAIN + b"\xec\x01\x00\x00\x00\x00\x03\xe8\x00" + bytes(256_000)),
    "another codec": ({"damaged_codec"}, lambda: PLAIN.replace(b"V_VP9", b"V_VP8")),
    "Matroska": ({"damaged_signature"}, lambda: PLAIN.replace(b"\x42\x82\x84webm", b"\x42\x82\x84mkv\0")),
    "a picture": ({"damaged_signature"}, lambda: b"\x89PNG\r\n\x1a\n"),
    "cut short": ({"damaged_elements"}, lambda: PLAIN[: len(PLAIN) // 2]),
    "no video": ({"damaged_tracks"}, lambda: PLAIN.replace(b"\x83\x81\x01", b"\x83\x81\x11")),
    "rubbish for pixels": ({"damaged_pixels"}, lambda: PLAIN.replace(b"\x49\x83\x42", b"\x49\x83\x43")),
}


def test_a_plain_film_has_no_breach():
    assert check_emoji(PLAIN, EMOJI) == []


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_breach_is_named_and_nothing_else_is(name):
    rules, make = PLANTED[name]
    found = check_emoji(make(), EMOJI)
    assert {breach.rule for breach in found} == rules
    assert all(breach.message.endswith(".") for breach in found)


@pytest.mark.parametrize("make", [opaque, lambda: PLAIN.replace(ALPHA_MODE, ALPHA_MODE[:-1] + b"\0")])
def test_a_film_that_players_show_without_alpha_is_named(make):
    assert "no_transparency" in {breach.rule for breach in check_emoji(make(), EMOJI)}


def test_one_side_of_a_sticker_is_512_pixels():
    def sizes(width, height):
        frames = np.pad(CLIP[:2], ((0, 0), (0, height - 100), (0, width - 100), (0, 0)))
        return [breach.rule for breach in check_emoji(written(frames, crf=50), STICKER)]

    assert sizes(512, 300) == sizes(100, 512) == []
    assert sizes(511, 300) == ["canvas"]


def test_frames_of_another_size_than_the_file_says_are_not_decoded():
    large = written(np.pad(CLIP[:2], ((0, 0), (0, 412), (0, 412), (0, 0))))
    lying = large.replace(b"\xb0\x82\x02\x00\xba\x82\x02\x00", b"\xb0\x82\x00\x64\xba\x82\x00\x64")
    assert lying != large
    assert {breach.rule for breach in check_emoji(lying, EMOJI)} == {"damaged_pixels"}


def read_all(data):
    film = webm_reader.read(data)
    return list(webm_reader.compose(film)) if max(film.width, film.height) <= 512 else []


@given(st.binary(max_size=200))
@settings(max_examples=60, deadline=None)
def test_rubbish_is_refused_with_a_clear_error(rubbish):
    with pytest.raises(PictureUnreadable):
        read_all(b"\x1a\x45\xdf\xa3" + rubbish)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_damage_is_read_or_refused_with_a_clear_error(data):
    small = bytearray(written(CLIP[:2, :16, :16]))
    for _ in range(data.draw(st.integers(1, 4))):
        small[data.draw(st.integers(0, len(small) - 1))] = data.draw(st.integers(0, 255))
    with suppress(PictureUnreadable):
        read_all(bytes(small))


def test_a_thumbnail_shows_the_whole_film_small():
    frames = np.pad(CLIP, ((0, 0), (0, 200), (0, 412), (0, 0)))
    made = webp_reader.read(thumbnail.make_thumbnail(written(frames, crf=50), STICKER))
    assert (made.width, made.height, made.plays) == (160, 94, 0)
    assert sum(made.delays) == 1


def test_a_small_film_is_not_enlarged_for_its_thumbnail():
    with Image.open(io.BytesIO(thumbnail.make_thumbnail(PLAIN, EMOJI))) as image:
        assert image.size == (100, 100)


def test_only_what_is_no_picture_needs_a_thumbnail_of_its_own():
    wanted = {target.id for target in targets.TARGETS.values() if thumbnail.is_wanted(target)}
    assert wanted == {"telegram-sticker", "telegram-emoji"}
