"""What the benchmark of mattes counts, on a case by hand."""

import math
from dataclasses import replace

import numpy as np
import pytest
from bench_scenes import ORANGE, SIDE, a_case, composite, cut, disc, line, over, without_effects

from bench.matting.blobs import false_blobs
from bench.matting.case import Effect
from bench.matting.halo import halo
from bench.matting.measures import score


def causes(case, out) -> list[str]:
    return [blob.cause for blob in false_blobs(case, out)]


def planted(case, x: int, y: int, radius: int = 3):
    return over(case.alpha, disc(x, y, radius))


def test_the_truth_scores_perfectly() -> None:
    case = a_case()
    scored = score(case, case.alpha)
    assert [each.recovered for each in scored.missed] == [True, True]
    assert scored.recall == 1.0
    assert scored.blobs == ()
    assert (scored.effects.mad, scored.effects.mse, scored.effects.gradient) == (0.0, 0.0, 0.0)
    assert scored.everywhere.mad == scored.damage == scored.false_area == 0.0
    assert math.isnan(scored.holes)


def test_the_matte_alone_has_no_effect_back() -> None:
    case = a_case()
    scored = score(case, case.matte)
    assert scored.recall == 0.0
    assert math.isnan(scored.kept)
    assert scored.effects.mad > 0.2
    assert scored.effects.gradient > 0.0


def test_an_effect_that_the_model_kept_is_not_missed_but_can_be_lost() -> None:
    case = a_case()
    case = replace(case, matte=over(case.character, case.effects[0].alpha))
    assert [each.kind for each in score(case, case.matte).missed] == ["motion line"]
    assert score(case, case.matte).kept == 1.0
    assert score(case, case.character).kept == 0.0


def test_half_of_the_alpha_mass_is_too_little() -> None:
    case = a_case()
    assert score(case, over(case.character, 0.55 * case.effects[0].alpha)).recall == 0.0
    assert score(case, over(case.character, 0.65 * case.effects[0].alpha)).recall == 0.5


def test_an_effect_drowned_in_a_patch_is_not_back() -> None:
    case = a_case()
    drowned = over(case.character, line((195, 30), (235, 90), 25))
    stroke = score(case, drowned).instances[1]
    assert stroke.back > 0.99
    assert stroke.overlap < 0.5
    assert not stroke.recovered


def test_a_faint_glow_is_judged_by_its_core() -> None:
    glow = np.float32(0.12) * disc(60, 200, 20)
    case = a_case()
    case = replace(case, alpha=over(case.alpha, glow), effects=(Effect("glow", glow),))
    assert score(case, over(case.character, np.float32(0.7) * glow)).recall == 1.0
    assert score(case, case.matte).recall == 0.0


def test_what_hides_behind_the_character_is_not_judged() -> None:
    behind = np.where(disc(128, 128, 50) > 0, np.float32(0), disc(180, 128, 20))
    inside = Effect("tear", disc(128, 128, 5))
    case = a_case()
    case = replace(case, alpha=over(case.alpha, behind), effects=(Effect("burst", behind), inside))
    assert [each.kind for each in score(case, case.alpha).instances] == ["burst"]


def test_effects_side_by_side_do_not_spoil_each_other() -> None:
    case = a_case()
    pair = (Effect("dot", disc(40, 200, 4), 1), Effect("dot", disc(48, 200, 4), 2))
    case = replace(case, alpha=over(over(case.character, pair[0].alpha), pair[1].alpha), effects=pair)
    assert [each.recovered for each in score(case, over(case.character, pair[0].alpha)).instances] == [True, False]
    assert score(case, case.alpha).recall == 1.0


@pytest.mark.parametrize("cause", ["specks", "shadow", "smudge", "border line", "checkerboard"])
def test_kept_dirt_counts_once_under_its_cause(cause: str) -> None:
    case = a_case({cause: disc(30, 220, 3) > 0.1})
    assert causes(case, planted(case, 30, 220)) == [cause]
    assert causes(case, case.alpha) == []


def test_a_blob_by_an_effect_is_compression_and_far_off_noise() -> None:
    case = a_case()
    assert causes(case, planted(case, 40, 60)) == ["compression"]
    assert causes(case, planted(case, 30, 220)) == ["noise"]


def test_a_blob_where_the_background_leaves_its_level_is_a_gradient() -> None:
    case = a_case()
    background = case.background.copy()
    background[200:, :60] -= 20
    assert causes(replace(case, background=background), planted(case, 30, 230)) == ["gradient"]


def test_background_seen_through_the_character_is_a_hole() -> None:
    case = a_case()
    ring = np.minimum(case.character, 1 - disc(128, 128, 25))
    case = without_effects(replace(case, character=ring))
    assert causes(case, disc(128, 128, 50)) == ["hole"]
    assert causes(case, ring) == []


def test_a_blurred_edge_is_no_false_blob() -> None:
    case = a_case()
    grown = over(case.alpha, np.float32(0.8) * disc(128, 128, 51))
    assert causes(case, grown) == []


def test_dots_too_small_or_too_faint_to_see_do_not_count() -> None:
    case = a_case()
    assert causes(case, over(case.alpha, np.float32(0.08) * disc(30, 220, 8))) == []
    dotted = case.alpha.copy()
    dotted[220, 30] = 0.2
    assert causes(case, dotted) == []
    dotted[220, 30:32] = 0.5
    assert causes(case, dotted) == ["noise"]


def test_damage_notices_a_changed_character_and_excuses_a_filled_hole() -> None:
    case = a_case()
    lost = disc(128, 150, 8)
    holed = replace(case, matte=np.minimum(case.character, 1 - lost), holes=lost > 0.5)
    filled = score(holed, case.alpha)
    assert filled.damage == 0.0
    assert filled.holes > 0.99
    assert score(holed, holed.matte).holes < 0.2
    changed = np.where(disc(110, 110, 10) > 0.5, np.float32(0.5), case.alpha)
    assert 0.01 < score(case, changed).damage < 0.1


def test_halo_is_nothing_for_the_truth_and_notices_a_white_fringe_on_black_alone() -> None:
    case = a_case()
    assert halo(case, cut(case.alpha, case.foreground)).black < 0.002
    assert halo(case, cut(case.alpha, case.foreground)).white < 0.002
    fringed = halo(case, cut(case.alpha, case.frame))
    assert fringed.black > 0.01
    assert fringed.white < 0.002


def test_halo_notices_a_dark_fringe_on_white_alone() -> None:
    case = a_case()
    dark = np.where(case.alpha[..., None] < 0.9, np.uint8(0), case.foreground)
    fringed = halo(case, cut(case.alpha, dark))
    assert fringed.white > 0.005
    assert fringed.black < 0.002


def test_lengths_follow_the_size_of_the_frame() -> None:
    case = a_case()
    assert SIDE == 256  # half of the size that the lengths are given for
    colours = np.full((SIDE, SIDE, 3), ORANGE, np.uint8)
    assert (composite(case.alpha, colours) == case.frame).all()
    # A blob 3 pixels from the spark would be within the tolerance of a frame of 512.
    near_spark = case.alpha.copy()
    near_spark[38:42, 55:58] = 1.0
    assert causes(case, near_spark) == ["compression"]
