"""Applies the operations of an edit to the frames of a matte. What is restored always comes from the pristine matte."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from popcon.errors import InvalidRequest
from popcon.imaging import edit
from popcon.imaging.arrays import Pixels
from popcon.imaging.clip import Clip
from popcon.v1 import runs_pb2

DROP, KEEP = "drop_effect", "keep_effect"


@dataclass(frozen=True)
class Base:
    """The matte that an edit starts from. `finished` may have been edited before; `rescued` is how it first was.
    `numbers`: by frame that has effects, HxW uint8, the number of the effect that put each pixel back."""

    pristine: Clip
    finished: Clip
    rescued: Clip
    numbers: Mapping[int, Pixels]


def apply(operations: Sequence[runs_pb2.Operation], base: Base, masks: Mapping[str, bytes]) -> Clip:
    """The finished clip after the operations, in order. Nothing of the base is changed. `masks`: PNGs by key. Raises
    `InvalidRequest` for an operation, a frame or an effect that there is not."""
    frames = [frame.copy() for frame in base.finished.frames]

    for operation in operations:
        if operation.kind in (DROP, KEEP):
            _switch(frames, base, operation)
        else:
            _touch(frames, base.pristine, operation, masks)
    return Clip(frames, base.finished.durations)


def _switch(frames: Sequence[Pixels], base: Base, operation: runs_pb2.Operation) -> None:
    """Lets frames show effects as the pristine matte has them, or as they were rescued."""
    source = base.pristine if operation.kind == DROP else base.rescued
    for effect in operation.effects:
        if effect.frame not in base.numbers or effect.number > base.numbers[effect.frame].max():
            raise InvalidRequest(f"Frame {effect.frame} has no effect {effect.number}.", field="effects")
        region = base.numbers[effect.frame] == effect.number
        frames[effect.frame][region] = source.frames[effect.frame][region]


def _touch(frames: Sequence[Pixels], pristine: Clip, operation: runs_pb2.Operation, masks: Mapping[str, bytes]) -> None:
    region = edit.region_of(operation, frames[0].shape, masks)
    for index in operation.frames or range(len(frames)):
        if index >= len(frames):
            raise InvalidRequest(f"The clip has no frame {index}.", field="frames")
        edit.apply(operation.kind, frames[index], pristine.frames[index], region)
