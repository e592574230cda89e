"""Applies the operations of an edit to the frames of a matte. Restore always comes from the pristine matte."""

from collections.abc import Callable, Mapping, Sequence

from popcon.errors import InvalidRequest
from popcon.imaging.arrays import Pixels
from popcon.imaging.clip import Clip
from popcon.v1 import runs_pb2


def apply(operations: Sequence[runs_pb2.Operation], pristine: Clip, finished: Clip) -> Clip:
    """The finished clip after the operations, in order. Neither input is changed. Raises `InvalidRequest` for a kind of
    operation that is not known or a frame that the clip does not have."""
    frames = [frame.copy() for frame in finished.frames]
    for operation in operations:
        if operation.kind not in _KINDS:
            raise InvalidRequest(f"There is no operation {operation.kind}.", field="kind")
        for index in operation.frames or range(len(frames)):
            if index >= len(frames):
                raise InvalidRequest(f"The clip has no frame {index}.", field="frames")
            _KINDS[operation.kind](frames[index], pristine.frames[index], operation)
    return Clip(frames, finished.durations)


def _restore(frame: Pixels, pristine: Pixels, operation: runs_pb2.Operation) -> None:
    region = _region(operation)
    frame[region] = pristine[region]


def _region(operation: runs_pb2.Operation) -> tuple[slice, slice]:
    if not operation.HasField("box"):
        return slice(None), slice(None)
    box = operation.box
    return slice(box.top, box.bottom), slice(box.left, box.right)


_KINDS: Mapping[str, Callable[[Pixels, Pixels, runs_pb2.Operation], None]] = {"restore": _restore}
