"""Steadiness over a clip."""

from dataclasses import replace

import numpy as np
import pytest
from bench_scenes import a_case, over, without_effects

from bench.matting.case import ClipCase
from bench.matting.clip_measures import flicker, score_clip

CLIP = ClipCase("still", tuple(a_case() for _ in range(4)))
TRUTHS = [case.alpha for case in CLIP.frames]


def test_the_truth_and_a_matte_that_is_steadily_wrong_do_not_flicker() -> None:
    assert flicker(CLIP, TRUTHS).effects == 0.0
    assert flicker(CLIP, [case.matte for case in CLIP.frames]).everywhere == 0.0
    assert score_clip(CLIP, TRUTHS).frames[0].recall == 1.0


def test_an_effect_that_blinks_adds_its_mass_every_frame() -> None:
    blinking = [case.alpha if place % 2 else case.matte for place, case in enumerate(CLIP.frames)]
    assert flicker(CLIP, blinking).effects == pytest.approx(1.0, abs=0.01)


def test_a_blink_that_the_picture_has_is_explained() -> None:
    shown = a_case()
    hidden = without_effects(shown)
    clip = ClipCase("blinking", (shown, hidden, shown))
    assert flicker(clip, [shown.alpha, hidden.alpha, shown.alpha]).effects == 0.0
    assert flicker(clip, [shown.alpha] * 3).effects == pytest.approx(2.0, abs=0.02)


def test_dirt_that_comes_and_goes_far_from_effects_shows_over_the_whole_frame_only() -> None:
    dirty = [case.alpha.copy() for case in CLIP.frames]
    dirty[1][220:224, 20:24] = 1.0
    found = flicker(CLIP, dirty)
    assert found.effects == 0.0
    assert found.everywhere > 0.0


def test_a_clip_without_effects_has_no_figure() -> None:
    bare = without_effects(a_case())
    assert np.isnan(
        flicker(ClipCase("bare", (bare, replace(bare))), [bare.alpha, over(bare.alpha, bare.alpha)]).effects
    )
