"""Operations of an edit on the frames of a matte."""

from fractions import Fraction

import numpy as np
import pytest

from popcon.errors import InvalidRequest
from popcon.imaging.clip import Clip
from popcon.v1 import common_pb2, runs_pb2
from services.matting import edit, putback

SHAPE = (16, 16)
BODY, FIRST, SECOND = np.s_[8:14, 4:12], np.s_[1:4, 1:4], np.s_[1:4, 10:14]
BOX = common_pb2.Box(left=2, top=6, right=9, bottom=12)


def frame(*painted: tuple[tuple[slice, slice], int]) -> np.ndarray:
    """Straight RGBA of patches, each of one shade, opaque."""
    out = np.zeros((*SHAPE, 4), np.uint8)
    for where, shade in painted:
        out[where] = (shade, shade, shade, 255)
    return out


def clip(*frames: np.ndarray) -> Clip:
    return Clip(list(frames), [Fraction(1, 12)] * len(frames))


def base(finished: Clip | None = None) -> edit.Base:
    """Two frames in which the rescue put two patches back; in the second one they swap their numbers."""
    numbers = np.zeros(SHAPE, np.uint8)
    numbers[FIRST], numbers[SECOND] = 1, 2
    swapped = np.where(numbers > 0, 3 - numbers, 0).astype(np.uint8)
    pristine = clip(frame((BODY, 80)), frame((BODY, 90)))
    rescued = clip(*(frame((BODY, 81), (FIRST, 200), (SECOND, 220)) for _ in range(2)))
    return edit.Base(pristine, finished or rescued, rescued, {0: numbers, 1: swapped})


def operation(
    kind: str, *effects: tuple[int, int], frames: tuple[int, ...] = (), **region: object
) -> runs_pb2.Operation:
    refs = [runs_pb2.EffectRef(frame=index, number=number) for index, number in effects]
    return runs_pb2.Operation(kind=kind, frames=frames, effects=refs, **region)


def test_dropping_an_effect_leaves_the_pristine_matte_there_in_that_frame_alone() -> None:
    made = edit.apply([operation("drop_effect", (0, 1), (1, 1))], base(), {})
    assert not made.frames[0][FIRST].any()
    assert (made.frames[0][SECOND] == base().rescued.frames[0][SECOND]).all()
    assert not made.frames[1][SECOND].any()
    assert (made.frames[1][FIRST] == base().rescued.frames[1][FIRST]).all()
    assert (made.frames[0][BODY] == base().rescued.frames[0][BODY]).all()


def test_keeping_an_effect_undoes_its_drop_exactly() -> None:
    made = edit.apply([operation("drop_effect", (0, 1)), operation("keep_effect", (0, 1))], base(), {})
    assert all((one == two).all() for one, two in zip(made.frames, base().rescued.frames, strict=True))


def test_an_effect_comes_back_in_a_later_edit_too() -> None:
    first = edit.apply([operation("drop_effect", (0, 1), (0, 2))], base(), {})
    second = edit.apply([operation("keep_effect", (0, 2))], base(first), {})
    assert not second.frames[0][FIRST].any()
    assert (second.frames[0][SECOND] == base().rescued.frames[0][SECOND]).all()


def test_operations_apply_in_order() -> None:
    erase, restore = operation("erase", box=BOX), operation("restore", box=BOX)
    erased, restored = (edit.apply(each, base(), {}).frames[0] for each in ([restore, erase], [erase, restore]))
    inside = np.s_[6:12, 2:9]
    assert not erased[inside].any()
    assert (restored[inside] == base().pristine.frames[0][inside]).all()
    assert (restored[1:6] == base().rescued.frames[0][1:6]).all()


def test_a_region_is_touched_in_the_frames_that_are_named_and_in_all_when_none_is() -> None:
    one = edit.apply([operation("erase", frames=(1,))], base(), {})
    assert [picture.any() for picture in one.frames] == [True, False]
    assert not any(picture.any() for picture in edit.apply([operation("erase")], base(), {}).frames)


def test_nothing_of_the_base_is_changed() -> None:
    held = base()
    edit.apply([operation("erase"), operation("keep_effect", (0, 1)), operation("restore", box=BOX)], held, {})
    assert all((one == two).all() for one, two in zip(held.finished.frames, base().finished.frames, strict=True))
    assert all((one == two).all() for one, two in zip(held.pristine.frames, base().pristine.frames, strict=True))


@pytest.mark.parametrize(
    "wrong",
    [
        operation("blur"),
        operation("erase", frames=(2,)),
        operation("drop_effect", (2, 1)),
        operation("drop_effect", (0, 3)),
        operation("keep_effect", (0, 3)),
    ],
)
def test_what_there_is_not_cannot_be_edited(wrong: runs_pb2.Operation) -> None:
    with pytest.raises(InvalidRequest):
        edit.apply([wrong], base(), {})


def test_an_effect_accounts_for_its_rim_and_for_what_its_outline_encloses() -> None:
    numbers = np.zeros((60, 60), np.uint8)
    numbers[10:30, 10:30] = 1
    numbers[14:26, 14:26] = 0  # a frame around a room
    numbers[40:44, 40:44] = 2
    pristine = np.zeros((60, 60, 4), np.uint8)
    finished = pristine.copy()
    finished[9:31, 9:31, 3] = 255  # one pixel more all around, and the room
    finished[39:45, 39:45, 3] = 90
    finished[50:, 10:20, 3] = 255  # something else that changed, far away
    found = putback.owners(numbers, pristine, finished)
    wanted = np.zeros((60, 60), np.uint8)
    wanted[9:31, 9:31] = 1
    wanted[39:45, 39:45] = 2
    assert (found == wanted).all()


def test_without_effects_nobody_accounts_for_anything() -> None:
    assert not putback.owners(np.zeros(SHAPE, np.uint8), frame(), frame((BODY, 9))).any()
