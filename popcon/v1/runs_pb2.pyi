import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import struct_pb2 as _struct_pb2
from popcon.v1 import common_pb2 as _common_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Verdict(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VERDICT_UNSPECIFIED: _ClassVar[Verdict]
    VERDICT_CONTINUE: _ClassVar[Verdict]
    VERDICT_SETTLED: _ClassVar[Verdict]
    VERDICT_HELD: _ClassVar[Verdict]
    VERDICT_TAKEN: _ClassVar[Verdict]
VERDICT_UNSPECIFIED: Verdict
VERDICT_CONTINUE: Verdict
VERDICT_SETTLED: Verdict
VERDICT_HELD: Verdict
VERDICT_TAKEN: Verdict

class ClaimRequest(_message.Message):
    __slots__ = ("run_id", "claim_id")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    CLAIM_ID_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    claim_id: str
    def __init__(self, run_id: _Optional[str] = ..., claim_id: _Optional[str] = ...) -> None: ...

class ClaimResponse(_message.Message):
    __slots__ = ("verdict", "assignment")
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    ASSIGNMENT_FIELD_NUMBER: _ClassVar[int]
    verdict: Verdict
    assignment: Assignment
    def __init__(self, verdict: _Optional[_Union[Verdict, str]] = ..., assignment: _Optional[_Union[Assignment, _Mapping]] = ...) -> None: ...

class Assignment(_message.Message):
    __slots__ = ("run_id", "attempt", "owner", "job_id", "action_id", "stage", "number", "backend", "seed", "lease", "deadline", "prefix", "startframe", "motion", "matte", "pack", "assemble")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    ACTION_ID_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    BACKEND_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    LEASE_FIELD_NUMBER: _ClassVar[int]
    DEADLINE_FIELD_NUMBER: _ClassVar[int]
    PREFIX_FIELD_NUMBER: _ClassVar[int]
    STARTFRAME_FIELD_NUMBER: _ClassVar[int]
    MOTION_FIELD_NUMBER: _ClassVar[int]
    MATTE_FIELD_NUMBER: _ClassVar[int]
    PACK_FIELD_NUMBER: _ClassVar[int]
    ASSEMBLE_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    attempt: int
    owner: str
    job_id: str
    action_id: str
    stage: _common_pb2.Stage
    number: int
    backend: str
    seed: int
    lease: _duration_pb2.Duration
    deadline: _duration_pb2.Duration
    prefix: str
    startframe: StartFrameWork
    motion: MotionWork
    matte: MatteWork
    pack: PackWork
    assemble: AssembleWork
    def __init__(self, run_id: _Optional[str] = ..., attempt: _Optional[int] = ..., owner: _Optional[str] = ..., job_id: _Optional[str] = ..., action_id: _Optional[str] = ..., stage: _Optional[_Union[_common_pb2.Stage, str]] = ..., number: _Optional[int] = ..., backend: _Optional[str] = ..., seed: _Optional[int] = ..., lease: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., deadline: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., prefix: _Optional[str] = ..., startframe: _Optional[_Union[StartFrameWork, _Mapping]] = ..., motion: _Optional[_Union[MotionWork, _Mapping]] = ..., matte: _Optional[_Union[MatteWork, _Mapping]] = ..., pack: _Optional[_Union[PackWork, _Mapping]] = ..., assemble: _Optional[_Union[AssembleWork, _Mapping]] = ...) -> None: ...

class StartFrameWork(_message.Message):
    __slots__ = ("cutout", "direction", "takes", "base", "base_take", "operations")
    CUTOUT_FIELD_NUMBER: _ClassVar[int]
    DIRECTION_FIELD_NUMBER: _ClassVar[int]
    TAKES_FIELD_NUMBER: _ClassVar[int]
    BASE_FIELD_NUMBER: _ClassVar[int]
    BASE_TAKE_FIELD_NUMBER: _ClassVar[int]
    OPERATIONS_FIELD_NUMBER: _ClassVar[int]
    cutout: _common_pb2.Artifact
    direction: _common_pb2.Direction
    takes: int
    base: _common_pb2.Artifact
    base_take: int
    operations: _containers.RepeatedCompositeFieldContainer[Operation]
    def __init__(self, cutout: _Optional[_Union[_common_pb2.Artifact, _Mapping]] = ..., direction: _Optional[_Union[_common_pb2.Direction, _Mapping]] = ..., takes: _Optional[int] = ..., base: _Optional[_Union[_common_pb2.Artifact, _Mapping]] = ..., base_take: _Optional[int] = ..., operations: _Optional[_Iterable[_Union[Operation, _Mapping]]] = ...) -> None: ...

class MotionWork(_message.Message):
    __slots__ = ("startframe", "take", "direction")
    STARTFRAME_FIELD_NUMBER: _ClassVar[int]
    TAKE_FIELD_NUMBER: _ClassVar[int]
    DIRECTION_FIELD_NUMBER: _ClassVar[int]
    startframe: _common_pb2.Artifact
    take: int
    direction: _common_pb2.Direction
    def __init__(self, startframe: _Optional[_Union[_common_pb2.Artifact, _Mapping]] = ..., take: _Optional[int] = ..., direction: _Optional[_Union[_common_pb2.Direction, _Mapping]] = ...) -> None: ...

class MatteWork(_message.Message):
    __slots__ = ("motion", "base", "operations")
    MOTION_FIELD_NUMBER: _ClassVar[int]
    BASE_FIELD_NUMBER: _ClassVar[int]
    OPERATIONS_FIELD_NUMBER: _ClassVar[int]
    motion: _common_pb2.Artifact
    base: _common_pb2.Artifact
    operations: _containers.RepeatedCompositeFieldContainer[Operation]
    def __init__(self, motion: _Optional[_Union[_common_pb2.Artifact, _Mapping]] = ..., base: _Optional[_Union[_common_pb2.Artifact, _Mapping]] = ..., operations: _Optional[_Iterable[_Union[Operation, _Mapping]]] = ...) -> None: ...

class PackWork(_message.Message):
    __slots__ = ("matte", "target")
    MATTE_FIELD_NUMBER: _ClassVar[int]
    TARGET_FIELD_NUMBER: _ClassVar[int]
    matte: _common_pb2.Artifact
    target: str
    def __init__(self, matte: _Optional[_Union[_common_pb2.Artifact, _Mapping]] = ..., target: _Optional[str] = ...) -> None: ...

class AssembleWork(_message.Message):
    __slots__ = ("target", "items", "tab_action_id")
    TARGET_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    TAB_ACTION_ID_FIELD_NUMBER: _ClassVar[int]
    target: str
    items: _containers.RepeatedCompositeFieldContainer[SetItem]
    tab_action_id: str
    def __init__(self, target: _Optional[str] = ..., items: _Optional[_Iterable[_Union[SetItem, _Mapping]]] = ..., tab_action_id: _Optional[str] = ...) -> None: ...

class SetItem(_message.Message):
    __slots__ = ("action_id", "label", "pack", "preset")
    ACTION_ID_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    PACK_FIELD_NUMBER: _ClassVar[int]
    PRESET_FIELD_NUMBER: _ClassVar[int]
    action_id: str
    label: str
    pack: _common_pb2.Artifact
    preset: str
    def __init__(self, action_id: _Optional[str] = ..., label: _Optional[str] = ..., pack: _Optional[_Union[_common_pb2.Artifact, _Mapping]] = ..., preset: _Optional[str] = ...) -> None: ...

class Operation(_message.Message):
    __slots__ = ("seq", "kind", "frames", "box", "strokes", "mask", "effects")
    SEQ_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    FRAMES_FIELD_NUMBER: _ClassVar[int]
    BOX_FIELD_NUMBER: _ClassVar[int]
    STROKES_FIELD_NUMBER: _ClassVar[int]
    MASK_FIELD_NUMBER: _ClassVar[int]
    EFFECTS_FIELD_NUMBER: _ClassVar[int]
    seq: int
    kind: str
    frames: _containers.RepeatedScalarFieldContainer[int]
    box: _common_pb2.Box
    strokes: _containers.RepeatedCompositeFieldContainer[Stroke]
    mask: str
    effects: _containers.RepeatedCompositeFieldContainer[EffectRef]
    def __init__(self, seq: _Optional[int] = ..., kind: _Optional[str] = ..., frames: _Optional[_Iterable[int]] = ..., box: _Optional[_Union[_common_pb2.Box, _Mapping]] = ..., strokes: _Optional[_Iterable[_Union[Stroke, _Mapping]]] = ..., mask: _Optional[str] = ..., effects: _Optional[_Iterable[_Union[EffectRef, _Mapping]]] = ...) -> None: ...

class Stroke(_message.Message):
    __slots__ = ("points", "radius")
    POINTS_FIELD_NUMBER: _ClassVar[int]
    RADIUS_FIELD_NUMBER: _ClassVar[int]
    points: _containers.RepeatedCompositeFieldContainer[Point]
    radius: float
    def __init__(self, points: _Optional[_Iterable[_Union[Point, _Mapping]]] = ..., radius: _Optional[float] = ...) -> None: ...

class Point(_message.Message):
    __slots__ = ("x", "y")
    X_FIELD_NUMBER: _ClassVar[int]
    Y_FIELD_NUMBER: _ClassVar[int]
    x: float
    y: float
    def __init__(self, x: _Optional[float] = ..., y: _Optional[float] = ...) -> None: ...

class EffectRef(_message.Message):
    __slots__ = ("frame", "number")
    FRAME_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    frame: int
    number: int
    def __init__(self, frame: _Optional[int] = ..., number: _Optional[int] = ...) -> None: ...

class HeartbeatRequest(_message.Message):
    __slots__ = ("run_id", "attempt", "progress")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    attempt: int
    progress: float
    def __init__(self, run_id: _Optional[str] = ..., attempt: _Optional[int] = ..., progress: _Optional[float] = ...) -> None: ...

class HeartbeatResponse(_message.Message):
    __slots__ = ("verdict",)
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    verdict: Verdict
    def __init__(self, verdict: _Optional[_Union[Verdict, str]] = ...) -> None: ...

class CompleteRequest(_message.Message):
    __slots__ = ("run_id", "attempt", "success", "failure")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    SUCCESS_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    attempt: int
    success: Success
    failure: _common_pb2.Error
    def __init__(self, run_id: _Optional[str] = ..., attempt: _Optional[int] = ..., success: _Optional[_Union[Success, _Mapping]] = ..., failure: _Optional[_Union[_common_pb2.Error, _Mapping]] = ...) -> None: ...

class Success(_message.Message):
    __slots__ = ("manifest", "outputs", "takes", "backend", "model", "seconds", "thumbnail", "details")
    MANIFEST_FIELD_NUMBER: _ClassVar[int]
    OUTPUTS_FIELD_NUMBER: _ClassVar[int]
    TAKES_FIELD_NUMBER: _ClassVar[int]
    BACKEND_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    SECONDS_FIELD_NUMBER: _ClassVar[int]
    THUMBNAIL_FIELD_NUMBER: _ClassVar[int]
    DETAILS_FIELD_NUMBER: _ClassVar[int]
    manifest: _common_pb2.Artifact
    outputs: _containers.RepeatedCompositeFieldContainer[_common_pb2.Artifact]
    takes: int
    backend: str
    model: str
    seconds: float
    thumbnail: str
    details: _struct_pb2.Struct
    def __init__(self, manifest: _Optional[_Union[_common_pb2.Artifact, _Mapping]] = ..., outputs: _Optional[_Iterable[_Union[_common_pb2.Artifact, _Mapping]]] = ..., takes: _Optional[int] = ..., backend: _Optional[str] = ..., model: _Optional[str] = ..., seconds: _Optional[float] = ..., thumbnail: _Optional[str] = ..., details: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ...) -> None: ...

class CompleteResponse(_message.Message):
    __slots__ = ("verdict",)
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    verdict: Verdict
    def __init__(self, verdict: _Optional[_Union[Verdict, str]] = ...) -> None: ...

class ReleaseRequest(_message.Message):
    __slots__ = ("run_id", "attempt")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    attempt: int
    def __init__(self, run_id: _Optional[str] = ..., attempt: _Optional[int] = ...) -> None: ...

class ReleaseResponse(_message.Message):
    __slots__ = ("verdict",)
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    verdict: Verdict
    def __init__(self, verdict: _Optional[_Union[Verdict, str]] = ...) -> None: ...
