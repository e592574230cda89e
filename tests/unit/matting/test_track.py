"""Candidates of a clip: which are one effect, and what its frames tell each other."""

import numpy as np
import pytest

from services.matting.rescue.track import Heard, heard

Look = tuple[float, ...]  # x, y, log area, luma, blue and red chroma, contrast
WIDE = (100.0, 100.0, np.log(900.0), -40.0, 0.0, 0.0, 60.0)
HERE = (100.0, 100.0, 5.0, -40.0, 10.0, 0.0, 60.0)
NEAR = (110.0, 95.0, 5.3, -45.0, 12.0, 0.0, 60.0)
AWAY = (200.0, 100.0, 5.0, -40.0, 10.0, 0.0, 60.0)
LARGER = (100.0, 100.0, 6.5, -40.0, 10.0, 0.0, 60.0)
OTHER = (100.0, 100.0, 5.0, -40.0, 10.0, 60.0, 60.0)
FAINT = (100.0, 100.0, 4.8, -12.0, 3.0, 0.0, 18.0)


def told(*frames: list[tuple[float, Look]], shares: float = 1.0) -> list[Heard]:
    alone = [
        Heard(np.array([score for score, _ in frame], np.float64), np.full(len(frame), shares), np.ones(len(frame)))
        for frame in frames
    ]
    looks = [np.array([look for _, look in frame], np.float64).reshape(-1, 7) for frame in frames]
    return heard(alone, looks)


def scores(*frames: list[tuple[float, Look]]) -> list[list[float]]:
    return [each.scores.tolist() for each in told(*frames)]


def test_sure_neighbours_carry_what_is_in_doubt() -> None:
    mixed = scores([(0.95, NEAR)], [(0.3, HERE)], [(0.95, NEAR)])
    assert mixed[1][0] > 0.5
    assert mixed[0][0] > 0.5


def test_doubtful_neighbours_pull_down() -> None:
    assert scores([(0.1, NEAR)], [(0.6, HERE)], [(0.1, NEAR)])[1][0] < 0.5


def test_a_blink_is_dirt_unless_it_is_large_and_very_sure() -> None:
    assert scores([], [(0.8, WIDE)], [])[1][0] < 0.5
    assert scores([], [(0.99, WIDE)], [])[1][0] > 0.5
    assert scores([], [(0.99, HERE)], [])[1][0] < 0.5


def test_one_neighbour_is_enough() -> None:
    assert scores([(0.9, NEAR)], [(0.6, HERE)], [], [])[1][0] > 0.6


@pytest.mark.parametrize("other", [AWAY, LARGER, OTHER], ids=["far away", "much larger", "of another colour"])
def test_what_looks_different_is_no_neighbour(other: Look) -> None:
    beside = [(0.99, other)]
    assert scores(beside, [(0.7, HERE)], beside)[1] == scores([], [(0.7, HERE)], [])[1]


def test_the_most_alike_is_heard() -> None:
    crowd = [(0.05, (125.0, 110.0, 5.5, -60.0, 10.0, 0.0, 60.0)), (0.95, NEAR)]
    assert scores(crowd, [(0.4, HERE)], crowd)[1][0] > 0.5


def test_the_last_frame_is_a_neighbour_of_the_first_when_tracking() -> None:
    mixed = scores([(0.45, HERE)], [], [], [(0.95, NEAR)])
    assert mixed[0][0] > 0.5
    assert scores([(0.45, HERE)], [], [(0.95, NEAR)], [])[0][0] < 0.5


def test_in_a_clip_of_two_the_other_frame_is_heard_once() -> None:
    twice, thrice = scores([(0.4, HERE)], [(0.9, NEAR)]), scores([(0.4, HERE)], [(0.9, NEAR)], [(0.9, NEAR)])
    assert 0.5 < twice[0][0] < thrice[0][0]


def test_a_single_frame_keeps_its_scores() -> None:
    assert scores([(0.7, HERE), (0.001, AWAY)]) == [[0.7, 0.001]]


def test_scores_stay_within_0_and_1_however_certain() -> None:
    mixed = scores([(1.0, HERE), (0.0, AWAY)], [(1.0, HERE), (0.0, AWAY)], [])
    assert [len(each) for each in mixed] == [2, 2, 0]
    assert all(0.0 < score < 1.0 for each in mixed for score in each)


def test_what_fades_is_less_opaque_by_as_much() -> None:
    frames = told([(0.9, HERE)], [(0.9, FAINT)], [(0.9, NEAR)], shares=0.8)
    assert [float(each.fade[0]) for each in frames] == pytest.approx([1.0, 0.3 / 0.95, 1.0])
    assert [float(each.shares[0]) for each in frames] == pytest.approx([0.8] * 3)


def test_what_is_weaker_by_little_has_not_faded() -> None:
    weaker = (*HERE[:6], 58.0)
    assert all(each.fade[0] == 1.0 for each in told([(0.9, HERE)], [(0.9, weaker)], [(0.9, HERE)]))


def test_the_opacity_of_an_effect_is_that_of_its_best_frames() -> None:
    alone = [Heard(np.array([0.9]), np.array([share]), np.ones(1)) for share in (0.4, 0.9, 0.6)]
    looks = [np.array([look]) for look in (HERE, FAINT, NEAR)]
    assert [float(each.shares[0]) for each in heard(alone, looks)] == pytest.approx([0.5] * 3)


def test_a_piece_of_an_effect_is_not_taken_for_faded() -> None:
    piece = (*HERE[:2], 3.7, *HERE[3:6], 30.0)
    assert told([(0.9, HERE)], [(0.9, piece)], [(0.9, HERE)])[1].fade[0] == 1.0


def test_followed_around_the_loop_an_effect_is_one() -> None:
    frames = told([(0.9, FAINT)], [], [], [(0.9, HERE)])
    assert frames[0].fade[0] < 0.4
