"""The benchmark's cases: seeded, truthful, varied, and of different art in each split."""

from itertools import chain

import cv2
import numpy as np
import pytest

from bench.matting import backgrounds, clips, compose, effects, encode, glyphs, scenes
from bench.matting.art import ART
from bench.matting.canvas import draw
from bench.matting.encode import Encoder

SIDE = 160
MANY = 90
PROMISED = {
    *effects.KINDS, *backgrounds.SHARES,
    "gradient", "vignette", "lossless", "jpeg q 40-59", "jpeg q 60-79", "jpeg q 80-95", "h264 crf 18-22",
    "h264 crf 23-28", "h264 crf 29-36", "rescaled", "grain", "shadow", "border line", "specks", "smudge",
    "checkerboard", "touching", "overlapping", "pale", "thin", "low-contrast", "tiny", "large", "see-through",
    "no effect", "hole", "drawn", "drawn character", "gap", "kept shadow", "partial", "kept effect",
}  # fmt: skip


@pytest.fixture(scope="module")
def many():
    return list(chain(scenes.cases("tune", MANY, side=SIDE), scenes.cases("test", MANY, side=SIDE)))


def same(one, other):
    planes = all(
        np.array_equal(getattr(one, name), getattr(other, name))
        for name in ("frame", "alpha", "character", "matte", "foreground", "background", "holes")
    )
    return planes and one.slices == other.slices and [e.key for e in one.effects] == [e.key for e in other.effects]


def test_the_same_seed_gives_the_same_cases_whatever_their_count(many):
    assert all(same(a, b) for a, b in zip(many, scenes.cases("tune", 3, side=SIDE), strict=False))


def test_seeds_and_splits_give_different_cases(many):
    first = [next(scenes.cases("tune", 1, seed=1, side=SIDE)), next(scenes.cases("test", 1, side=SIDE)), many[0]]
    assert len({case.frame.tobytes() for case in first}) == 3


def test_arrays_are_of_the_promised_types_and_ranges(many):
    for case in many:
        assert case.frame.dtype == case.foreground.dtype == case.background.dtype == np.uint8
        assert case.frame.shape == case.foreground.shape == case.background.shape == (SIDE, SIDE, 3)
        for plane in (case.alpha, case.character, case.matte, *(effect.alpha for effect in case.effects)):
            assert (plane.dtype, plane.shape) == (np.float32, (SIDE, SIDE))
            assert 0.0 <= plane.min() <= plane.max() <= 1.0
        assert all(mask.dtype == np.bool_ and mask.any() for mask in case.dirt.values())
        assert case.holes.dtype == np.bool_
        assert case.holes.any() == ("hole" in case.slices)


def test_the_alpha_is_the_character_and_its_effects(many):
    for case in many:
        parts = [case.character, *(effect.alpha for effect in case.effects)]
        assert np.maximum.reduce(parts).max() == pytest.approx(case.alpha.max(), abs=0.02)
        assert (np.maximum.reduce(parts) <= case.alpha + 0.02).all()
        assert (case.character > 0.5).mean() > 0.01


def test_every_effect_has_a_key_of_its_own_and_enough_to_be_seen(many):
    for case in many:
        assert len({effect.key for effect in case.effects}) == len(case.effects)
        assert all(effect.alpha.sum() > 0.9 * compose.SEEN for effect in case.effects)


def test_no_effect_is_invisible(monkeypatch):
    monkeypatch.setattr(encode, "encoder", lambda *_: Encoder("lossless"))
    monkeypatch.setattr(scenes.dirt, "causes", lambda _: ())
    for case in scenes.cases("test", 12, side=SIDE):
        away = compose.widest(case.frame.astype(np.float32) - case.background)
        for effect in case.effects:
            assert compose.stands_out(effect, away, case.character) >= 9.0, (case.name, effect.kind)


def test_dirt_is_not_where_the_truth_is_solid(many):
    assert not any((mask & (case.alpha > 0.95)).any() for case in many for mask in case.dirt.values())


@pytest.mark.parametrize(
    ("how", "tolerance"),
    [
        (Encoder("lossless"), 1.5),
        (Encoder("lossless", scale=0.625), 2.5),
        (Encoder("lossless", scale=0.625, way=cv2.INTER_LANCZOS4), 2.5),
        (Encoder("jpeg", 94, full_chroma=True), 6.0),
        (Encoder("jpeg", 76), 20.0),
        (Encoder("h264", 18, preset="medium"), 20.0),
        (Encoder("h264", 22, preset="veryfast", scale=0.75), 20.0),
    ],
    ids=str,
)
def test_the_truth_over_its_background_is_the_frame(monkeypatch, how, tolerance):
    monkeypatch.setattr(encode, "encoder", lambda *_: how)
    monkeypatch.setattr(scenes.dirt, "causes", lambda _: ())
    for case in scenes.cases("tune", 3, side=SIDE):
        over = case.alpha[..., None]
        exact = case.foreground * over + case.background * (1 - over)
        off = np.abs(case.frame - exact).max(axis=-1)
        rim = (case.alpha > 0.05) & (case.alpha < 0.95)
        assert off.mean() < 0.5 * tolerance
        assert off[rim].mean() < tolerance
        shifted = np.abs(np.roll(case.frame, 1, axis=1) - exact).max(axis=-1)
        assert off[rim].mean() < 0.6 * shifted[rim].mean(), "the truth lies elsewhere than the frame"


def test_every_promised_slice_occurs_in_both_splits(many):
    for cases in (many[:MANY], many[MANY:]):
        seen = set().union(*(case.slices for case in cases))
        assert not PROMISED - seen
        assert not glyphs.available() or {"glyph", "glyph character"} <= seen


def test_slices_of_dirt_are_those_that_the_frame_shows(many):
    assert all(set(case.dirt) <= set(case.slices) for case in many)
    assert all(("no effect" in case.slices) == (not case.effects) for case in many)


def test_the_splits_share_no_art():
    tune, test = ART["tune"], ART["test"]
    symbols = [set(chain.from_iterable(art.symbols.values())) for art in (tune, test)]
    assert not set(tune.figures.values()) & set(test.figures.values())
    assert not set(tune.figures) & set(test.figures)
    assert not set(tune.marks.values()) & set(test.marks.values())
    assert not set(tune.creatures) & set(test.creatures)
    assert not symbols[0] & symbols[1]
    for settings in (
        backgrounds.OFF_WHITE,
        backgrounds.PLAIN,
        encode.QUALITIES,
        encode.CRFS,
        encode.PRESETS,
        encode.SCALES,
    ):
        assert not set(settings["tune"]) & set(settings["test"])


def test_every_kind_of_effect_is_drawn_in_both_splits():
    assert set(ART["tune"].marks) == set(ART["test"].marks) == set(effects.KINDS)


@pytest.mark.parametrize(("gap", "count"), [(6, 1), (30, 2)])
def test_strokes_that_stand_near_together_are_one_effect(gap, count):
    strokes = "".join(f'<path d="M{20 + x} 10 v70" stroke="#000" stroke-width="3"/>' for x in (0, gap))
    assert len(compose.pieces(draw(strokes, 100.0))) == count


def test_wrong_sides_are_refused():
    with pytest.raises(ValueError, match="multiple of 8"):
        next(scenes.cases("tune", 1, side=250))
    with pytest.raises(ValueError, match="even"):
        encode.h264([np.zeros((31, 32, 3), np.uint8)], Encoder("h264", 22, preset="medium"))


def test_effects_of_a_clip_keep_their_keys_and_some_come_and_go():
    made = list(clips.clip_cases("tune", 4, side=SIDE))
    for clip in made:
        assert 8 <= len(clip.frames) <= 16
        kinds = {}
        for frame in clip.frames:
            for effect in frame.effects:
                assert kinds.setdefault(effect.key, effect.kind) == effect.kind
    assert any(len({tuple(e.key for e in frame.effects) for frame in clip.frames}) > 1 for clip in made)


def test_a_clip_moves_and_its_matte_flickers():
    clip = next(clips.clip_cases("test", 1, side=SIDE))
    pairs = list(zip(clip.frames, clip.frames[1:], strict=False))
    assert any(np.abs(a.character - b.character).max() > 0.1 for a, b in pairs)
    assert all(not np.array_equal(a.matte, b.matte) for a, b in pairs)
    again = next(clips.clip_cases("test", 3, side=SIDE))
    assert all(same(a, b) for a, b in zip(clip.frames, again.frames, strict=True))


def test_single_frames_of_a_clip_have_specks_of_their_own(monkeypatch):
    monkeypatch.setattr(scenes.dirt, "causes", lambda _: ())
    frames = [frame for clip in clips.clip_cases("tune", 2, side=SIDE) for frame in clip.frames]
    dirty = [frame for frame in frames if "specks" in frame.dirt]
    assert 0 < len(dirty) < len(frames)


def test_a_kept_shadow_shows_in_the_matte(many):
    kept = [case for case in many if "kept shadow" in case.slices]
    assert all((case.matte[case.dirt["shadow"] & (case.character < 0.02)] > 0.04).any() for case in kept)


def test_the_simulated_matte_keeps_the_character_and_loses_the_effects(many):
    plain = [case for case in many if not {"partial", "kept effect", "gap", "kept shadow", "hole"} & set(case.slices)]
    for case in plain:
        sure = cv2.erode(case.character, np.ones((9, 9), np.uint8)) > 0.99
        assert (case.matte[sure] > 0.9).all()
        away = cv2.dilate(case.character, np.ones((13, 13), np.uint8)) < 0.02
        assert (case.matte[away] < 0.06).all()


def test_what_is_seen_through_the_character_is_background():
    ring = np.zeros((64, 64), np.float32)
    cv2.circle(ring, (32, 32), 16, 1.0, 6)
    gap = compose.enclosed(ring)
    assert gap[32, 32]
    assert not gap[2, 2]
    assert not gap[32, 48]
