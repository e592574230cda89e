"""What an operation of an edit must hold, and that it is told as it was kept."""

import math
from typing import Any

import pytest

from popcon.catalog import limits
from popcon.errors import InvalidRequest
from popcon.storage import keys
from popcon.v1 import common_pb2, runs_pb2
from services.orchestrator import operations

EDIT = {"id": "edit_1", "owner": "local", "job_id": "job_1", "stage": "matte"}
MASK = keys.mask_key("local", "job_1", "edit_1", "a" * 64)
BOX = common_pb2.Box(left=1, top=2, right=30, bottom=40)


def stroke(radius: float, *points: tuple[float, float]) -> runs_pb2.Stroke:
    return runs_pb2.Stroke(points=[runs_pb2.Point(x=x, y=y) for x, y in points], radius=radius)


def erase(**region: Any) -> runs_pb2.Operation:
    return runs_pb2.Operation(kind="erase", **region)


def drop(*effects: tuple[int, int], **content: Any) -> runs_pb2.Operation:
    named = [runs_pb2.EffectRef(frame=frame, number=number) for frame, number in effects]
    return runs_pb2.Operation(kind="drop_effect", effects=named, **content)


@pytest.mark.parametrize(
    "operation",
    [
        erase(),
        erase(box=BOX, frames=[3, 1]),
        erase(strokes=[stroke(7.25, (1.5, -2.25), (400, 3)), stroke(0.5, (0, 0))]),
        erase(strokes=[stroke(limits.BRUSH_RADIUS_MAX, *[(1.0, 1.0)] * limits.STROKE_POINTS_MAX)]),
        erase(mask=MASK),
        runs_pb2.Operation(kind="restore", mask=MASK, frames=[limits.CLIP_MAX_FRAMES - 1]),
        drop((0, 1), (limits.CLIP_MAX_FRAMES - 1, 255)),
        drop(*[(0, 1)] * limits.EFFECTS_MAX),
        runs_pb2.Operation(kind="keep_effect", effects=[runs_pb2.EffectRef(frame=2, number=7)]),
    ],
)
def test_an_operation_is_told_as_it_was_kept(operation: runs_pb2.Operation) -> None:
    kept = {"kind": operation.kind, "seq": 4, "parameters": operations.parameters(operation, EDIT)}
    operation.seq = 4
    assert operations.message(kept) == operation


def test_numbers_are_kept_to_the_hundredth_of_a_pixel() -> None:
    kept = operations.parameters(erase(strokes=[stroke(3.14159, (1.00001, 10.1))]), EDIT)
    assert kept["strokes"] == [{"points": [[1.0, 10.1]], "radius": 3.14}]


def test_operations_that_were_kept_before_there_were_regions_are_still_told() -> None:
    kept = {"kind": "restore", "seq": 1, "parameters": {"frames": [2], "box": [1, 2, 30, 40]}}
    assert operations.message(kept) == runs_pb2.Operation(kind="restore", seq=1, frames=[2], box=BOX)


@pytest.mark.parametrize(
    ("operation", "field"),
    [
        (runs_pb2.Operation(kind="blur"), "kind"),
        (runs_pb2.Operation(), "kind"),
        (erase(frames=[-1]), "frames"),
        (erase(frames=[limits.CLIP_MAX_FRAMES]), "frames"),
        (erase(box=common_pb2.Box(left=3, top=0, right=3, bottom=1)), "box"),
        (erase(mask=MASK.replace("edit_1", "edit_2")), "mask"),
        (erase(mask=MASK.replace("job_1", "job_2")), "mask"),
        (erase(mask=MASK.replace("local", "other")), "mask"),
        (erase(mask=MASK.replace("aaa", "xyz")), "mask"),
        (erase(mask="owners/local/pictures/a/source"), "mask"),
        (erase(mask=MASK, box=BOX), "kind"),
        (erase(strokes=[stroke(3, (1, 1))], box=BOX), "kind"),
        (erase(strokes=[stroke(3, (1, 1))], mask=MASK), "kind"),
        (erase(strokes=[stroke(3)]), "strokes[0].points"),
        (erase(strokes=[stroke(3, (math.nan, 1))]), "strokes[0].points"),
        (erase(strokes=[stroke(3, (1, 10_001))]), "strokes[0].points"),
        (erase(strokes=[stroke(3, (1, 1)), stroke(0.4, (1, 1))]), "strokes[1].radius"),
        (erase(strokes=[stroke(129, (1, 1))]), "strokes[0].radius"),
        (erase(strokes=[stroke(math.nan, (1, 1))]), "strokes[0].radius"),
        (erase(strokes=[stroke(3, *[(1.0, 1.0)] * 501)] * 2), "strokes"),
        (erase(effects=[runs_pb2.EffectRef(frame=0, number=1)]), "effects"),
        (drop(), "effects"),
        (drop((0, 1), box=BOX), "kind"),
        (drop((0, 1), frames=[0]), "kind"),
        (drop((0, 1), mask=MASK), "kind"),
        (drop((0, 0)), "effects[0]"),
        (drop((0, 1), (0, 256)), "effects[1]"),
        (drop((limits.CLIP_MAX_FRAMES, 1)), "effects[0]"),
        (drop(*[(0, 1)] * (limits.EFFECTS_MAX + 1)), "effects"),
    ],
)
def test_what_cannot_be_done_is_refused(operation: runs_pb2.Operation, field: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        operations.parameters(operation, EDIT)
    assert caught.value.field == f"operation.{field}"


@pytest.mark.parametrize("operation", [drop((0, 1)), erase(frames=[1])])
def test_a_start_frame_is_one_frame_without_effects(operation: runs_pb2.Operation) -> None:
    with pytest.raises(InvalidRequest):
        operations.parameters(operation, {**EDIT, "stage": "startframe"})
