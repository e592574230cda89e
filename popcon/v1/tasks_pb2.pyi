from popcon.v1 import common_pb2 as _common_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Task(_message.Message):
    __slots__ = ("schema", "run_id", "job_id", "action_id", "stage", "lane")
    SCHEMA_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    ACTION_ID_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    LANE_FIELD_NUMBER: _ClassVar[int]
    schema: int
    run_id: str
    job_id: str
    action_id: str
    stage: _common_pb2.Stage
    lane: _common_pb2.Lane
    def __init__(self, schema: _Optional[int] = ..., run_id: _Optional[str] = ..., job_id: _Optional[str] = ..., action_id: _Optional[str] = ..., stage: _Optional[_Union[_common_pb2.Stage, str]] = ..., lane: _Optional[_Union[_common_pb2.Lane, str]] = ...) -> None: ...

class Wake(_message.Message):
    __slots__ = ("job_id", "seq", "progress")
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    SEQ_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    job_id: str
    seq: int
    progress: Progress
    def __init__(self, job_id: _Optional[str] = ..., seq: _Optional[int] = ..., progress: _Optional[_Union[Progress, _Mapping]] = ...) -> None: ...

class Progress(_message.Message):
    __slots__ = ("action_id", "stage", "target", "run", "fraction")
    ACTION_ID_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    TARGET_FIELD_NUMBER: _ClassVar[int]
    RUN_FIELD_NUMBER: _ClassVar[int]
    FRACTION_FIELD_NUMBER: _ClassVar[int]
    action_id: str
    stage: _common_pb2.Stage
    target: str
    run: int
    fraction: float
    def __init__(self, action_id: _Optional[str] = ..., stage: _Optional[_Union[_common_pb2.Stage, str]] = ..., target: _Optional[str] = ..., run: _Optional[int] = ..., fraction: _Optional[float] = ...) -> None: ...
