import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from popcon.v1 import common_pb2 as _common_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Limits(_message.Message):
    __slots__ = ("requests_per_s", "jobs_in_flight", "worker_seconds_per_day", "stored_bytes")
    REQUESTS_PER_S_FIELD_NUMBER: _ClassVar[int]
    JOBS_IN_FLIGHT_FIELD_NUMBER: _ClassVar[int]
    WORKER_SECONDS_PER_DAY_FIELD_NUMBER: _ClassVar[int]
    STORED_BYTES_FIELD_NUMBER: _ClassVar[int]
    requests_per_s: float
    jobs_in_flight: int
    worker_seconds_per_day: float
    stored_bytes: int
    def __init__(self, requests_per_s: _Optional[float] = ..., jobs_in_flight: _Optional[int] = ..., worker_seconds_per_day: _Optional[float] = ..., stored_bytes: _Optional[int] = ...) -> None: ...

class Owner(_message.Message):
    __slots__ = ("id", "weight", "limits", "exceptions")
    ID_FIELD_NUMBER: _ClassVar[int]
    WEIGHT_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    EXCEPTIONS_FIELD_NUMBER: _ClassVar[int]
    id: str
    weight: int
    limits: Limits
    exceptions: Limits
    def __init__(self, id: _Optional[str] = ..., weight: _Optional[int] = ..., limits: _Optional[_Union[Limits, _Mapping]] = ..., exceptions: _Optional[_Union[Limits, _Mapping]] = ...) -> None: ...

class GetOwnerRequest(_message.Message):
    __slots__ = ("owner",)
    OWNER_FIELD_NUMBER: _ClassVar[int]
    owner: str
    def __init__(self, owner: _Optional[str] = ...) -> None: ...

class GetOwnerResponse(_message.Message):
    __slots__ = ("owner",)
    OWNER_FIELD_NUMBER: _ClassVar[int]
    owner: Owner
    def __init__(self, owner: _Optional[_Union[Owner, _Mapping]] = ...) -> None: ...

class SetOwnerRequest(_message.Message):
    __slots__ = ("owner", "weight", "exceptions")
    OWNER_FIELD_NUMBER: _ClassVar[int]
    WEIGHT_FIELD_NUMBER: _ClassVar[int]
    EXCEPTIONS_FIELD_NUMBER: _ClassVar[int]
    owner: str
    weight: int
    exceptions: Limits
    def __init__(self, owner: _Optional[str] = ..., weight: _Optional[int] = ..., exceptions: _Optional[_Union[Limits, _Mapping]] = ...) -> None: ...

class SetOwnerResponse(_message.Message):
    __slots__ = ("owner",)
    OWNER_FIELD_NUMBER: _ClassVar[int]
    owner: Owner
    def __init__(self, owner: _Optional[_Union[Owner, _Mapping]] = ...) -> None: ...

class ReserveRequestsRequest(_message.Message):
    __slots__ = ("owner", "requests")
    OWNER_FIELD_NUMBER: _ClassVar[int]
    REQUESTS_FIELD_NUMBER: _ClassVar[int]
    owner: str
    requests: int
    def __init__(self, owner: _Optional[str] = ..., requests: _Optional[int] = ...) -> None: ...

class ReserveRequestsResponse(_message.Message):
    __slots__ = ("granted", "remaining", "capacity", "wait_ms", "full_ms", "window_ms")
    GRANTED_FIELD_NUMBER: _ClassVar[int]
    REMAINING_FIELD_NUMBER: _ClassVar[int]
    CAPACITY_FIELD_NUMBER: _ClassVar[int]
    WAIT_MS_FIELD_NUMBER: _ClassVar[int]
    FULL_MS_FIELD_NUMBER: _ClassVar[int]
    WINDOW_MS_FIELD_NUMBER: _ClassVar[int]
    granted: int
    remaining: int
    capacity: int
    wait_ms: int
    full_ms: int
    window_ms: int
    def __init__(self, granted: _Optional[int] = ..., remaining: _Optional[int] = ..., capacity: _Optional[int] = ..., wait_ms: _Optional[int] = ..., full_ms: _Optional[int] = ..., window_ms: _Optional[int] = ...) -> None: ...

class GetUsageRequest(_message.Message):
    __slots__ = ("owner", "from_day", "to_day")
    OWNER_FIELD_NUMBER: _ClassVar[int]
    FROM_DAY_FIELD_NUMBER: _ClassVar[int]
    TO_DAY_FIELD_NUMBER: _ClassVar[int]
    owner: str
    from_day: int
    to_day: int
    def __init__(self, owner: _Optional[str] = ..., from_day: _Optional[int] = ..., to_day: _Optional[int] = ...) -> None: ...

class GetUsageResponse(_message.Message):
    __slots__ = ("stages", "stored_bytes", "jobs_in_flight", "worker_seconds_lately", "limits", "at")
    STAGES_FIELD_NUMBER: _ClassVar[int]
    STORED_BYTES_FIELD_NUMBER: _ClassVar[int]
    JOBS_IN_FLIGHT_FIELD_NUMBER: _ClassVar[int]
    WORKER_SECONDS_LATELY_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    stages: _containers.RepeatedCompositeFieldContainer[StageUsage]
    stored_bytes: int
    jobs_in_flight: int
    worker_seconds_lately: float
    limits: Limits
    at: _timestamp_pb2.Timestamp
    def __init__(self, stages: _Optional[_Iterable[_Union[StageUsage, _Mapping]]] = ..., stored_bytes: _Optional[int] = ..., jobs_in_flight: _Optional[int] = ..., worker_seconds_lately: _Optional[float] = ..., limits: _Optional[_Union[Limits, _Mapping]] = ..., at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class StageUsage(_message.Message):
    __slots__ = ("day", "stage", "runs", "useful_seconds", "wasted_seconds")
    DAY_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    RUNS_FIELD_NUMBER: _ClassVar[int]
    USEFUL_SECONDS_FIELD_NUMBER: _ClassVar[int]
    WASTED_SECONDS_FIELD_NUMBER: _ClassVar[int]
    day: int
    stage: _common_pb2.Stage
    runs: int
    useful_seconds: float
    wasted_seconds: float
    def __init__(self, day: _Optional[int] = ..., stage: _Optional[_Union[_common_pb2.Stage, str]] = ..., runs: _Optional[int] = ..., useful_seconds: _Optional[float] = ..., wasted_seconds: _Optional[float] = ...) -> None: ...
