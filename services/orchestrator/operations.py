"""Operations of an edit: what one must hold, how it is kept, and how it is told again."""

import math
import re
from collections.abc import Sequence

from popcon import errors
from popcon.catalog import limits
from popcon.storage import keys
from popcon.v1 import common_pb2, runs_pb2
from services.orchestrator.database import Row

REGIONAL = ("erase", "restore")
"""Kinds that touch a region."""

EFFECTIVE = ("drop_effect", "keep_effect")
"""Kinds that speak of rescued effects; only mattes have any."""

_FRAMES = {"startframe": 1, "matte": limits.CLIP_MAX_FRAMES}
_DIGEST = re.compile(r"[0-9a-f]{64}")
_NUMBER_MAX = 255  # what a grey level can name


def parameters(operation: runs_pb2.Operation, edit: Row) -> Row:
    """An operation as it is kept beside its kind. Raises `InvalidRequest`, naming the field, for one that the edit (its
    row) cannot take."""
    kinds = (*REGIONAL, *EFFECTIVE) if edit["stage"] == "matte" else REGIONAL
    if operation.kind not in kinds:
        raise _wrong(f"Operations on a {edit['stage']} are of kind {', '.join(kinds)}.", "kind")
    return _effects(operation) if operation.kind in EFFECTIVE else _region(operation, edit)


def message(row: Row) -> runs_pb2.Operation:
    """An operation that was kept."""
    kept = row["parameters"]
    found = runs_pb2.Operation(
        seq=row["seq"],
        kind=row["kind"],
        frames=kept["frames"],
        mask=kept.get("mask", ""),
        strokes=[_stroke(each) for each in kept.get("strokes", ())],
        effects=[runs_pb2.EffectRef(frame=frame, number=number) for frame, number in kept.get("effects", ())],
    )
    if kept.get("box"):
        left, top, right, bottom = kept["box"]
        found.box.CopyFrom(common_pb2.Box(left=left, top=top, right=right, bottom=bottom))
    return found


def _stroke(kept: Row) -> runs_pb2.Stroke:
    points = [runs_pb2.Point(x=x, y=y) for x, y in kept["points"]]
    return runs_pb2.Stroke(points=points, radius=kept["radius"])


def _effects(operation: runs_pb2.Operation) -> Row:
    if operation.frames or operation.strokes or operation.mask or operation.HasField("box"):
        raise _wrong(f"A {operation.kind} names effects, and neither frames nor a region.", "kind")
    if not 1 <= len(operation.effects) <= limits.EFFECTS_MAX:
        raise _wrong(f"Name 1 to {limits.EFFECTS_MAX} effects.", "effects")
    for index, effect in enumerate(operation.effects):
        if not (0 <= effect.frame < limits.CLIP_MAX_FRAMES and 1 <= effect.number <= _NUMBER_MAX):
            most = limits.CLIP_MAX_FRAMES - 1
            raise _wrong(f"Frames are 0 to {most}, numbers 1 to {_NUMBER_MAX}.", f"effects[{index}]")
    return {"frames": [], "effects": [[effect.frame, effect.number] for effect in operation.effects]}


def _region(operation: runs_pb2.Operation, edit: Row) -> Row:
    if operation.effects:
        raise _wrong(f"A {operation.kind} touches a region; to take effects away, use drop_effect.", "effects")
    frames = _FRAMES[edit["stage"]]
    if any(not 0 <= frame < frames for frame in operation.frames):
        raise _wrong(f"Frames of a {edit['stage']} are 0 to {frames - 1}.", "frames")
    if operation.HasField("box") + bool(operation.strokes) + bool(operation.mask) > 1:
        raise _wrong("A region is a box, strokes or a mask; name one of them, or none for the whole frame.", "kind")
    kept: Row = {"frames": list(operation.frames), "box": None}
    if operation.HasField("box"):
        kept["box"] = _box(operation.box)
    if operation.strokes:
        kept["strokes"] = _strokes(operation.strokes)
    if operation.mask:
        kept["mask"] = _mask(operation.mask, edit)
    return kept


def _box(box: common_pb2.Box) -> list[int]:
    if not (0 <= box.left < box.right and 0 <= box.top < box.bottom):
        raise _wrong("A box has left < right and top < bottom, all 0 or more.", "box")
    return [box.left, box.top, box.right, box.bottom]


def _strokes(strokes: Sequence[runs_pb2.Stroke]) -> list[Row]:
    if sum(len(stroke.points) for stroke in strokes) > limits.STROKE_POINTS_MAX:
        raise _wrong(f"Strokes have at most {limits.STROKE_POINTS_MAX} points in all; split them.", "strokes")
    least, most, far = limits.BRUSH_RADIUS_MIN, limits.BRUSH_RADIUS_MAX, limits.STROKE_COORDINATE_MAX
    for index, stroke in enumerate(strokes):
        if not least <= stroke.radius <= most:
            raise _wrong(f"The radius of a brush is {least} to {most} pixels.", f"strokes[{index}].radius")
        numbers = [number for point in stroke.points for number in (point.x, point.y)]
        if not numbers or not all(math.isfinite(number) and abs(number) <= far for number in numbers):
            raise _wrong(f"A stroke has points, each within {far} pixels.", f"strokes[{index}].points")
    # Finer than a hundredth of a pixel nobody sees, and 32-bit floats have long tails as text.
    return [
        {
            "points": [[round(point.x, 2), round(point.y, 2)] for point in stroke.points],
            "radius": round(stroke.radius, 2),
        }
        for stroke in strokes
    ]


def _mask(key: str, edit: Row) -> str:
    digest = key.rpartition("/")[2].removesuffix(".png")
    if not _DIGEST.fullmatch(digest) or key != keys.mask_key(edit["owner"], edit["job_id"], edit["id"], digest):
        raise _wrong("The mask is not one of this edit; have one made by its select.", "mask")
    return key


def _wrong(what: str, field: str) -> errors.InvalidRequest:
    return errors.InvalidRequest(what, field=f"operation.{field}")
