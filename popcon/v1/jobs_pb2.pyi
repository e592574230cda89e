import datetime

from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from popcon.v1 import common_pb2 as _common_pb2
from popcon.v1 import sets_pb2 as _sets_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ActionState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ACTION_STATE_UNSPECIFIED: _ClassVar[ActionState]
    ACTION_STATE_QUEUED: _ClassVar[ActionState]
    ACTION_STATE_RUNNING: _ClassVar[ActionState]
    ACTION_STATE_AWAITING_REVIEW: _ClassVar[ActionState]
    ACTION_STATE_AWAITING_REFINE: _ClassVar[ActionState]
    ACTION_STATE_DONE: _ClassVar[ActionState]
    ACTION_STATE_FAILED: _ClassVar[ActionState]
    ACTION_STATE_CANCELLED: _ClassVar[ActionState]

class RunState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RUN_STATE_UNSPECIFIED: _ClassVar[RunState]
    RUN_STATE_QUEUED: _ClassVar[RunState]
    RUN_STATE_RUNNING: _ClassVar[RunState]
    RUN_STATE_SUCCEEDED: _ClassVar[RunState]
    RUN_STATE_FAILED: _ClassVar[RunState]
    RUN_STATE_SUPERSEDED: _ClassVar[RunState]

class JobState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    JOB_STATE_UNSPECIFIED: _ClassVar[JobState]
    JOB_STATE_QUEUED: _ClassVar[JobState]
    JOB_STATE_RUNNING: _ClassVar[JobState]
    JOB_STATE_AWAITING: _ClassVar[JobState]
    JOB_STATE_DONE: _ClassVar[JobState]
    JOB_STATE_PARTIAL: _ClassVar[JobState]
    JOB_STATE_FAILED: _ClassVar[JobState]
    JOB_STATE_CANCELLED: _ClassVar[JobState]
ACTION_STATE_UNSPECIFIED: ActionState
ACTION_STATE_QUEUED: ActionState
ACTION_STATE_RUNNING: ActionState
ACTION_STATE_AWAITING_REVIEW: ActionState
ACTION_STATE_AWAITING_REFINE: ActionState
ACTION_STATE_DONE: ActionState
ACTION_STATE_FAILED: ActionState
ACTION_STATE_CANCELLED: ActionState
RUN_STATE_UNSPECIFIED: RunState
RUN_STATE_QUEUED: RunState
RUN_STATE_RUNNING: RunState
RUN_STATE_SUCCEEDED: RunState
RUN_STATE_FAILED: RunState
RUN_STATE_SUPERSEDED: RunState
JOB_STATE_UNSPECIFIED: JobState
JOB_STATE_QUEUED: JobState
JOB_STATE_RUNNING: JobState
JOB_STATE_AWAITING: JobState
JOB_STATE_DONE: JobState
JOB_STATE_PARTIAL: JobState
JOB_STATE_FAILED: JobState
JOB_STATE_CANCELLED: JobState

class JobOptions(_message.Message):
    __slots__ = ("review", "refine", "takes", "targets", "seed", "lane", "startframe_backend", "motion_backend", "matte_backend")
    REVIEW_FIELD_NUMBER: _ClassVar[int]
    REFINE_FIELD_NUMBER: _ClassVar[int]
    TAKES_FIELD_NUMBER: _ClassVar[int]
    TARGETS_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    LANE_FIELD_NUMBER: _ClassVar[int]
    STARTFRAME_BACKEND_FIELD_NUMBER: _ClassVar[int]
    MOTION_BACKEND_FIELD_NUMBER: _ClassVar[int]
    MATTE_BACKEND_FIELD_NUMBER: _ClassVar[int]
    review: bool
    refine: bool
    takes: int
    targets: _containers.RepeatedScalarFieldContainer[str]
    seed: int
    lane: _common_pb2.Lane
    startframe_backend: str
    motion_backend: str
    matte_backend: str
    def __init__(self, review: bool = ..., refine: bool = ..., takes: _Optional[int] = ..., targets: _Optional[_Iterable[str]] = ..., seed: _Optional[int] = ..., lane: _Optional[_Union[_common_pb2.Lane, str]] = ..., startframe_backend: _Optional[str] = ..., motion_backend: _Optional[str] = ..., matte_backend: _Optional[str] = ...) -> None: ...

class ActionSpec(_message.Message):
    __slots__ = ("direction", "label")
    DIRECTION_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    direction: _common_pb2.Direction
    label: str
    def __init__(self, direction: _Optional[_Union[_common_pb2.Direction, _Mapping]] = ..., label: _Optional[str] = ...) -> None: ...

class Run(_message.Message):
    __slots__ = ("id", "stage", "target", "number", "state", "attempt", "progress", "backend", "takes", "inputs", "outdated", "outputs", "manifest", "thumbnail", "failure", "seed", "details", "created_at", "ended_at", "seconds", "wasted_seconds")
    ID_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    TARGET_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    BACKEND_FIELD_NUMBER: _ClassVar[int]
    TAKES_FIELD_NUMBER: _ClassVar[int]
    INPUTS_FIELD_NUMBER: _ClassVar[int]
    OUTDATED_FIELD_NUMBER: _ClassVar[int]
    OUTPUTS_FIELD_NUMBER: _ClassVar[int]
    MANIFEST_FIELD_NUMBER: _ClassVar[int]
    THUMBNAIL_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    DETAILS_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    ENDED_AT_FIELD_NUMBER: _ClassVar[int]
    SECONDS_FIELD_NUMBER: _ClassVar[int]
    WASTED_SECONDS_FIELD_NUMBER: _ClassVar[int]
    id: str
    stage: _common_pb2.Stage
    target: str
    number: int
    state: RunState
    attempt: int
    progress: float
    backend: str
    takes: int
    inputs: _containers.RepeatedCompositeFieldContainer[_common_pb2.Selection]
    outdated: bool
    outputs: _containers.RepeatedCompositeFieldContainer[_common_pb2.Artifact]
    manifest: _common_pb2.Artifact
    thumbnail: str
    failure: _common_pb2.Error
    seed: int
    details: _struct_pb2.Struct
    created_at: _timestamp_pb2.Timestamp
    ended_at: _timestamp_pb2.Timestamp
    seconds: float
    wasted_seconds: float
    def __init__(self, id: _Optional[str] = ..., stage: _Optional[_Union[_common_pb2.Stage, str]] = ..., target: _Optional[str] = ..., number: _Optional[int] = ..., state: _Optional[_Union[RunState, str]] = ..., attempt: _Optional[int] = ..., progress: _Optional[float] = ..., backend: _Optional[str] = ..., takes: _Optional[int] = ..., inputs: _Optional[_Iterable[_Union[_common_pb2.Selection, _Mapping]]] = ..., outdated: bool = ..., outputs: _Optional[_Iterable[_Union[_common_pb2.Artifact, _Mapping]]] = ..., manifest: _Optional[_Union[_common_pb2.Artifact, _Mapping]] = ..., thumbnail: _Optional[str] = ..., failure: _Optional[_Union[_common_pb2.Error, _Mapping]] = ..., seed: _Optional[int] = ..., details: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., created_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ended_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., seconds: _Optional[float] = ..., wasted_seconds: _Optional[float] = ...) -> None: ...

class Action(_message.Message):
    __slots__ = ("id", "job_id", "index", "direction", "label", "state", "stage", "version", "selected", "runs", "failure", "edit_id")
    ID_FIELD_NUMBER: _ClassVar[int]
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    INDEX_FIELD_NUMBER: _ClassVar[int]
    DIRECTION_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    SELECTED_FIELD_NUMBER: _ClassVar[int]
    RUNS_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    EDIT_ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    job_id: str
    index: int
    direction: _common_pb2.Direction
    label: str
    state: ActionState
    stage: _common_pb2.Stage
    version: int
    selected: _containers.RepeatedCompositeFieldContainer[_common_pb2.Selection]
    runs: _containers.RepeatedCompositeFieldContainer[Run]
    failure: _common_pb2.Error
    edit_id: str
    def __init__(self, id: _Optional[str] = ..., job_id: _Optional[str] = ..., index: _Optional[int] = ..., direction: _Optional[_Union[_common_pb2.Direction, _Mapping]] = ..., label: _Optional[str] = ..., state: _Optional[_Union[ActionState, str]] = ..., stage: _Optional[_Union[_common_pb2.Stage, str]] = ..., version: _Optional[int] = ..., selected: _Optional[_Iterable[_Union[_common_pb2.Selection, _Mapping]]] = ..., runs: _Optional[_Iterable[_Union[Run, _Mapping]]] = ..., failure: _Optional[_Union[_common_pb2.Error, _Mapping]] = ..., edit_id: _Optional[str] = ...) -> None: ...

class Job(_message.Message):
    __slots__ = ("id", "owner", "name", "picture", "options", "state", "actions", "sets", "last_seq", "created_at", "deleted_at", "useful_seconds", "wasted_seconds")
    ID_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    PICTURE_FIELD_NUMBER: _ClassVar[int]
    OPTIONS_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    ACTIONS_FIELD_NUMBER: _ClassVar[int]
    SETS_FIELD_NUMBER: _ClassVar[int]
    LAST_SEQ_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    DELETED_AT_FIELD_NUMBER: _ClassVar[int]
    USEFUL_SECONDS_FIELD_NUMBER: _ClassVar[int]
    WASTED_SECONDS_FIELD_NUMBER: _ClassVar[int]
    id: str
    owner: str
    name: str
    picture: _common_pb2.Picture
    options: JobOptions
    state: JobState
    actions: _containers.RepeatedCompositeFieldContainer[Action]
    sets: _containers.RepeatedCompositeFieldContainer[_sets_pb2.EmojiSet]
    last_seq: int
    created_at: _timestamp_pb2.Timestamp
    deleted_at: _timestamp_pb2.Timestamp
    useful_seconds: float
    wasted_seconds: float
    def __init__(self, id: _Optional[str] = ..., owner: _Optional[str] = ..., name: _Optional[str] = ..., picture: _Optional[_Union[_common_pb2.Picture, _Mapping]] = ..., options: _Optional[_Union[JobOptions, _Mapping]] = ..., state: _Optional[_Union[JobState, str]] = ..., actions: _Optional[_Iterable[_Union[Action, _Mapping]]] = ..., sets: _Optional[_Iterable[_Union[_sets_pb2.EmojiSet, _Mapping]]] = ..., last_seq: _Optional[int] = ..., created_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., deleted_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., useful_seconds: _Optional[float] = ..., wasted_seconds: _Optional[float] = ...) -> None: ...

class JobSummary(_message.Message):
    __slots__ = ("id", "name", "state", "thumbnail", "actions", "created_at", "updated_at", "picture_id", "done")
    ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    THUMBNAIL_FIELD_NUMBER: _ClassVar[int]
    ACTIONS_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    UPDATED_AT_FIELD_NUMBER: _ClassVar[int]
    PICTURE_ID_FIELD_NUMBER: _ClassVar[int]
    DONE_FIELD_NUMBER: _ClassVar[int]
    id: str
    name: str
    state: JobState
    thumbnail: _common_pb2.Artifact
    actions: _containers.RepeatedCompositeFieldContainer[ActionSummary]
    created_at: _timestamp_pb2.Timestamp
    updated_at: _timestamp_pb2.Timestamp
    picture_id: str
    done: int
    def __init__(self, id: _Optional[str] = ..., name: _Optional[str] = ..., state: _Optional[_Union[JobState, str]] = ..., thumbnail: _Optional[_Union[_common_pb2.Artifact, _Mapping]] = ..., actions: _Optional[_Iterable[_Union[ActionSummary, _Mapping]]] = ..., created_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., updated_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., picture_id: _Optional[str] = ..., done: _Optional[int] = ...) -> None: ...

class ActionSummary(_message.Message):
    __slots__ = ("id", "label", "state", "last_stage")
    ID_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    LAST_STAGE_FIELD_NUMBER: _ClassVar[int]
    id: str
    label: str
    state: ActionState
    last_stage: _common_pb2.Stage
    def __init__(self, id: _Optional[str] = ..., label: _Optional[str] = ..., state: _Optional[_Union[ActionState, str]] = ..., last_stage: _Optional[_Union[_common_pb2.Stage, str]] = ...) -> None: ...

class Event(_message.Message):
    __slots__ = ("seq", "at", "type", "action_id", "stage", "target", "run", "data")
    SEQ_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    ACTION_ID_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    TARGET_FIELD_NUMBER: _ClassVar[int]
    RUN_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    seq: int
    at: _timestamp_pb2.Timestamp
    type: str
    action_id: str
    stage: _common_pb2.Stage
    target: str
    run: int
    data: _struct_pb2.Struct
    def __init__(self, seq: _Optional[int] = ..., at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., type: _Optional[str] = ..., action_id: _Optional[str] = ..., stage: _Optional[_Union[_common_pb2.Stage, str]] = ..., target: _Optional[str] = ..., run: _Optional[int] = ..., data: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ...) -> None: ...

class CreatePictureRequest(_message.Message):
    __slots__ = ("owner", "picture")
    OWNER_FIELD_NUMBER: _ClassVar[int]
    PICTURE_FIELD_NUMBER: _ClassVar[int]
    owner: str
    picture: _common_pb2.Picture
    def __init__(self, owner: _Optional[str] = ..., picture: _Optional[_Union[_common_pb2.Picture, _Mapping]] = ...) -> None: ...

class CreatePictureResponse(_message.Message):
    __slots__ = ("picture",)
    PICTURE_FIELD_NUMBER: _ClassVar[int]
    picture: _common_pb2.Picture
    def __init__(self, picture: _Optional[_Union[_common_pb2.Picture, _Mapping]] = ...) -> None: ...

class GetPictureRequest(_message.Message):
    __slots__ = ("owner", "picture_id")
    OWNER_FIELD_NUMBER: _ClassVar[int]
    PICTURE_ID_FIELD_NUMBER: _ClassVar[int]
    owner: str
    picture_id: str
    def __init__(self, owner: _Optional[str] = ..., picture_id: _Optional[str] = ...) -> None: ...

class GetPictureResponse(_message.Message):
    __slots__ = ("picture",)
    PICTURE_FIELD_NUMBER: _ClassVar[int]
    picture: _common_pb2.Picture
    def __init__(self, picture: _Optional[_Union[_common_pb2.Picture, _Mapping]] = ...) -> None: ...

class CreateJobRequest(_message.Message):
    __slots__ = ("owner", "picture_id", "actions", "options", "name", "idempotency_key")
    OWNER_FIELD_NUMBER: _ClassVar[int]
    PICTURE_ID_FIELD_NUMBER: _ClassVar[int]
    ACTIONS_FIELD_NUMBER: _ClassVar[int]
    OPTIONS_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    owner: str
    picture_id: str
    actions: _containers.RepeatedCompositeFieldContainer[ActionSpec]
    options: JobOptions
    name: str
    idempotency_key: str
    def __init__(self, owner: _Optional[str] = ..., picture_id: _Optional[str] = ..., actions: _Optional[_Iterable[_Union[ActionSpec, _Mapping]]] = ..., options: _Optional[_Union[JobOptions, _Mapping]] = ..., name: _Optional[str] = ..., idempotency_key: _Optional[str] = ...) -> None: ...

class CreateJobResponse(_message.Message):
    __slots__ = ("job",)
    JOB_FIELD_NUMBER: _ClassVar[int]
    job: Job
    def __init__(self, job: _Optional[_Union[Job, _Mapping]] = ...) -> None: ...

class GetJobRequest(_message.Message):
    __slots__ = ("owner", "job_id")
    OWNER_FIELD_NUMBER: _ClassVar[int]
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    owner: str
    job_id: str
    def __init__(self, owner: _Optional[str] = ..., job_id: _Optional[str] = ...) -> None: ...

class GetJobResponse(_message.Message):
    __slots__ = ("job",)
    JOB_FIELD_NUMBER: _ClassVar[int]
    job: Job
    def __init__(self, job: _Optional[_Union[Job, _Mapping]] = ...) -> None: ...

class GetRunRequest(_message.Message):
    __slots__ = ("owner", "run_id")
    OWNER_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    owner: str
    run_id: str
    def __init__(self, owner: _Optional[str] = ..., run_id: _Optional[str] = ...) -> None: ...

class GetRunResponse(_message.Message):
    __slots__ = ("run",)
    RUN_FIELD_NUMBER: _ClassVar[int]
    run: Run
    def __init__(self, run: _Optional[_Union[Run, _Mapping]] = ...) -> None: ...

class ListJobsRequest(_message.Message):
    __slots__ = ("owner", "limit", "cursor", "states", "search", "deleted")
    OWNER_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    SEARCH_FIELD_NUMBER: _ClassVar[int]
    DELETED_FIELD_NUMBER: _ClassVar[int]
    owner: str
    limit: int
    cursor: str
    states: _containers.RepeatedScalarFieldContainer[JobState]
    search: str
    deleted: bool
    def __init__(self, owner: _Optional[str] = ..., limit: _Optional[int] = ..., cursor: _Optional[str] = ..., states: _Optional[_Iterable[_Union[JobState, str]]] = ..., search: _Optional[str] = ..., deleted: bool = ...) -> None: ...

class ListJobsResponse(_message.Message):
    __slots__ = ("jobs", "next_cursor")
    JOBS_FIELD_NUMBER: _ClassVar[int]
    NEXT_CURSOR_FIELD_NUMBER: _ClassVar[int]
    jobs: _containers.RepeatedCompositeFieldContainer[JobSummary]
    next_cursor: str
    def __init__(self, jobs: _Optional[_Iterable[_Union[JobSummary, _Mapping]]] = ..., next_cursor: _Optional[str] = ...) -> None: ...

class GetPaceRequest(_message.Message):
    __slots__ = ("owner",)
    OWNER_FIELD_NUMBER: _ClassVar[int]
    owner: str
    def __init__(self, owner: _Optional[str] = ...) -> None: ...

class GetPaceResponse(_message.Message):
    __slots__ = ("stages", "waiting")
    STAGES_FIELD_NUMBER: _ClassVar[int]
    WAITING_FIELD_NUMBER: _ClassVar[int]
    stages: _containers.RepeatedCompositeFieldContainer[StagePace]
    waiting: int
    def __init__(self, stages: _Optional[_Iterable[_Union[StagePace, _Mapping]]] = ..., waiting: _Optional[int] = ...) -> None: ...

class StagePace(_message.Message):
    __slots__ = ("stage", "seconds")
    STAGE_FIELD_NUMBER: _ClassVar[int]
    SECONDS_FIELD_NUMBER: _ClassVar[int]
    stage: _common_pb2.Stage
    seconds: float
    def __init__(self, stage: _Optional[_Union[_common_pb2.Stage, str]] = ..., seconds: _Optional[float] = ...) -> None: ...

class ApproveActionRequest(_message.Message):
    __slots__ = ("owner", "action_id", "version", "run", "take")
    OWNER_FIELD_NUMBER: _ClassVar[int]
    ACTION_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    RUN_FIELD_NUMBER: _ClassVar[int]
    TAKE_FIELD_NUMBER: _ClassVar[int]
    owner: str
    action_id: str
    version: int
    run: int
    take: int
    def __init__(self, owner: _Optional[str] = ..., action_id: _Optional[str] = ..., version: _Optional[int] = ..., run: _Optional[int] = ..., take: _Optional[int] = ...) -> None: ...

class ApproveActionResponse(_message.Message):
    __slots__ = ("action",)
    ACTION_FIELD_NUMBER: _ClassVar[int]
    action: Action
    def __init__(self, action: _Optional[_Union[Action, _Mapping]] = ...) -> None: ...

class RegenerateActionRequest(_message.Message):
    __slots__ = ("owner", "action_id", "version", "direction", "idempotency_key")
    OWNER_FIELD_NUMBER: _ClassVar[int]
    ACTION_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    DIRECTION_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    owner: str
    action_id: str
    version: int
    direction: _common_pb2.Direction
    idempotency_key: str
    def __init__(self, owner: _Optional[str] = ..., action_id: _Optional[str] = ..., version: _Optional[int] = ..., direction: _Optional[_Union[_common_pb2.Direction, _Mapping]] = ..., idempotency_key: _Optional[str] = ...) -> None: ...

class RegenerateActionResponse(_message.Message):
    __slots__ = ("action",)
    ACTION_FIELD_NUMBER: _ClassVar[int]
    action: Action
    def __init__(self, action: _Optional[_Union[Action, _Mapping]] = ...) -> None: ...

class SelectTakeRequest(_message.Message):
    __slots__ = ("owner", "action_id", "version", "selection")
    OWNER_FIELD_NUMBER: _ClassVar[int]
    ACTION_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    SELECTION_FIELD_NUMBER: _ClassVar[int]
    owner: str
    action_id: str
    version: int
    selection: _common_pb2.Selection
    def __init__(self, owner: _Optional[str] = ..., action_id: _Optional[str] = ..., version: _Optional[int] = ..., selection: _Optional[_Union[_common_pb2.Selection, _Mapping]] = ...) -> None: ...

class SelectTakeResponse(_message.Message):
    __slots__ = ("action",)
    ACTION_FIELD_NUMBER: _ClassVar[int]
    action: Action
    def __init__(self, action: _Optional[_Union[Action, _Mapping]] = ...) -> None: ...

class ResumeActionRequest(_message.Message):
    __slots__ = ("owner", "action_id", "version", "stage", "idempotency_key")
    OWNER_FIELD_NUMBER: _ClassVar[int]
    ACTION_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    owner: str
    action_id: str
    version: int
    stage: _common_pb2.Stage
    idempotency_key: str
    def __init__(self, owner: _Optional[str] = ..., action_id: _Optional[str] = ..., version: _Optional[int] = ..., stage: _Optional[_Union[_common_pb2.Stage, str]] = ..., idempotency_key: _Optional[str] = ...) -> None: ...

class ResumeActionResponse(_message.Message):
    __slots__ = ("action",)
    ACTION_FIELD_NUMBER: _ClassVar[int]
    action: Action
    def __init__(self, action: _Optional[_Union[Action, _Mapping]] = ...) -> None: ...

class SkipRefineRequest(_message.Message):
    __slots__ = ("owner", "action_id", "version")
    OWNER_FIELD_NUMBER: _ClassVar[int]
    ACTION_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    owner: str
    action_id: str
    version: int
    def __init__(self, owner: _Optional[str] = ..., action_id: _Optional[str] = ..., version: _Optional[int] = ...) -> None: ...

class SkipRefineResponse(_message.Message):
    __slots__ = ("action",)
    ACTION_FIELD_NUMBER: _ClassVar[int]
    action: Action
    def __init__(self, action: _Optional[_Union[Action, _Mapping]] = ...) -> None: ...

class CancelActionRequest(_message.Message):
    __slots__ = ("owner", "action_id", "version")
    OWNER_FIELD_NUMBER: _ClassVar[int]
    ACTION_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    owner: str
    action_id: str
    version: int
    def __init__(self, owner: _Optional[str] = ..., action_id: _Optional[str] = ..., version: _Optional[int] = ...) -> None: ...

class CancelActionResponse(_message.Message):
    __slots__ = ("action",)
    ACTION_FIELD_NUMBER: _ClassVar[int]
    action: Action
    def __init__(self, action: _Optional[_Union[Action, _Mapping]] = ...) -> None: ...

class ApproveJobRequest(_message.Message):
    __slots__ = ("owner", "job_id")
    OWNER_FIELD_NUMBER: _ClassVar[int]
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    owner: str
    job_id: str
    def __init__(self, owner: _Optional[str] = ..., job_id: _Optional[str] = ...) -> None: ...

class ApproveJobResponse(_message.Message):
    __slots__ = ("job",)
    JOB_FIELD_NUMBER: _ClassVar[int]
    job: Job
    def __init__(self, job: _Optional[_Union[Job, _Mapping]] = ...) -> None: ...

class ResumeJobRequest(_message.Message):
    __slots__ = ("owner", "job_id", "stage", "idempotency_key")
    OWNER_FIELD_NUMBER: _ClassVar[int]
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    owner: str
    job_id: str
    stage: _common_pb2.Stage
    idempotency_key: str
    def __init__(self, owner: _Optional[str] = ..., job_id: _Optional[str] = ..., stage: _Optional[_Union[_common_pb2.Stage, str]] = ..., idempotency_key: _Optional[str] = ...) -> None: ...

class ResumeJobResponse(_message.Message):
    __slots__ = ("job",)
    JOB_FIELD_NUMBER: _ClassVar[int]
    job: Job
    def __init__(self, job: _Optional[_Union[Job, _Mapping]] = ...) -> None: ...

class CancelJobRequest(_message.Message):
    __slots__ = ("owner", "job_id")
    OWNER_FIELD_NUMBER: _ClassVar[int]
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    owner: str
    job_id: str
    def __init__(self, owner: _Optional[str] = ..., job_id: _Optional[str] = ...) -> None: ...

class CancelJobResponse(_message.Message):
    __slots__ = ("job",)
    JOB_FIELD_NUMBER: _ClassVar[int]
    job: Job
    def __init__(self, job: _Optional[_Union[Job, _Mapping]] = ...) -> None: ...

class DeleteJobRequest(_message.Message):
    __slots__ = ("owner", "job_id")
    OWNER_FIELD_NUMBER: _ClassVar[int]
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    owner: str
    job_id: str
    def __init__(self, owner: _Optional[str] = ..., job_id: _Optional[str] = ...) -> None: ...

class DeleteJobResponse(_message.Message):
    __slots__ = ("undo_until",)
    UNDO_UNTIL_FIELD_NUMBER: _ClassVar[int]
    undo_until: _timestamp_pb2.Timestamp
    def __init__(self, undo_until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class UndeleteJobRequest(_message.Message):
    __slots__ = ("owner", "job_id")
    OWNER_FIELD_NUMBER: _ClassVar[int]
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    owner: str
    job_id: str
    def __init__(self, owner: _Optional[str] = ..., job_id: _Optional[str] = ...) -> None: ...

class UndeleteJobResponse(_message.Message):
    __slots__ = ("job",)
    JOB_FIELD_NUMBER: _ClassVar[int]
    job: Job
    def __init__(self, job: _Optional[_Union[Job, _Mapping]] = ...) -> None: ...

class WatchJobRequest(_message.Message):
    __slots__ = ("owner", "job_id", "after")
    OWNER_FIELD_NUMBER: _ClassVar[int]
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    AFTER_FIELD_NUMBER: _ClassVar[int]
    owner: str
    job_id: str
    after: int
    def __init__(self, owner: _Optional[str] = ..., job_id: _Optional[str] = ..., after: _Optional[int] = ...) -> None: ...

class WatchJobResponse(_message.Message):
    __slots__ = ("event",)
    EVENT_FIELD_NUMBER: _ClassVar[int]
    event: Event
    def __init__(self, event: _Optional[_Union[Event, _Mapping]] = ...) -> None: ...
