import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from popcon.v1 import common_pb2 as _common_pb2
from popcon.v1 import runs_pb2 as _runs_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class EditState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EDIT_STATE_UNSPECIFIED: _ClassVar[EditState]
    EDIT_STATE_OPEN: _ClassVar[EditState]
    EDIT_STATE_APPLIED: _ClassVar[EditState]
    EDIT_STATE_DISCARDED: _ClassVar[EditState]
EDIT_STATE_UNSPECIFIED: EditState
EDIT_STATE_OPEN: EditState
EDIT_STATE_APPLIED: EditState
EDIT_STATE_DISCARDED: EditState

class Edit(_message.Message):
    __slots__ = ("id", "action_id", "base", "state", "version", "cursor", "operations", "created_at", "job_id")
    ID_FIELD_NUMBER: _ClassVar[int]
    ACTION_ID_FIELD_NUMBER: _ClassVar[int]
    BASE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    OPERATIONS_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    action_id: str
    base: _common_pb2.Selection
    state: EditState
    version: int
    cursor: int
    operations: _containers.RepeatedCompositeFieldContainer[_runs_pb2.Operation]
    created_at: _timestamp_pb2.Timestamp
    job_id: str
    def __init__(self, id: _Optional[str] = ..., action_id: _Optional[str] = ..., base: _Optional[_Union[_common_pb2.Selection, _Mapping]] = ..., state: _Optional[_Union[EditState, str]] = ..., version: _Optional[int] = ..., cursor: _Optional[int] = ..., operations: _Optional[_Iterable[_Union[_runs_pb2.Operation, _Mapping]]] = ..., created_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., job_id: _Optional[str] = ...) -> None: ...

class OpenEditRequest(_message.Message):
    __slots__ = ("owner", "action_id", "version", "stage", "run", "take")
    OWNER_FIELD_NUMBER: _ClassVar[int]
    ACTION_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    RUN_FIELD_NUMBER: _ClassVar[int]
    TAKE_FIELD_NUMBER: _ClassVar[int]
    owner: str
    action_id: str
    version: int
    stage: _common_pb2.Stage
    run: int
    take: int
    def __init__(self, owner: _Optional[str] = ..., action_id: _Optional[str] = ..., version: _Optional[int] = ..., stage: _Optional[_Union[_common_pb2.Stage, str]] = ..., run: _Optional[int] = ..., take: _Optional[int] = ...) -> None: ...

class OpenEditResponse(_message.Message):
    __slots__ = ("edit",)
    EDIT_FIELD_NUMBER: _ClassVar[int]
    edit: Edit
    def __init__(self, edit: _Optional[_Union[Edit, _Mapping]] = ...) -> None: ...

class GetEditRequest(_message.Message):
    __slots__ = ("owner", "edit_id")
    OWNER_FIELD_NUMBER: _ClassVar[int]
    EDIT_ID_FIELD_NUMBER: _ClassVar[int]
    owner: str
    edit_id: str
    def __init__(self, owner: _Optional[str] = ..., edit_id: _Optional[str] = ...) -> None: ...

class GetEditResponse(_message.Message):
    __slots__ = ("edit",)
    EDIT_FIELD_NUMBER: _ClassVar[int]
    edit: Edit
    def __init__(self, edit: _Optional[_Union[Edit, _Mapping]] = ...) -> None: ...

class AppendOperationRequest(_message.Message):
    __slots__ = ("owner", "edit_id", "version", "operation")
    OWNER_FIELD_NUMBER: _ClassVar[int]
    EDIT_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    owner: str
    edit_id: str
    version: int
    operation: _runs_pb2.Operation
    def __init__(self, owner: _Optional[str] = ..., edit_id: _Optional[str] = ..., version: _Optional[int] = ..., operation: _Optional[_Union[_runs_pb2.Operation, _Mapping]] = ...) -> None: ...

class AppendOperationResponse(_message.Message):
    __slots__ = ("edit",)
    EDIT_FIELD_NUMBER: _ClassVar[int]
    edit: Edit
    def __init__(self, edit: _Optional[_Union[Edit, _Mapping]] = ...) -> None: ...

class UndoOperationRequest(_message.Message):
    __slots__ = ("owner", "edit_id", "version")
    OWNER_FIELD_NUMBER: _ClassVar[int]
    EDIT_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    owner: str
    edit_id: str
    version: int
    def __init__(self, owner: _Optional[str] = ..., edit_id: _Optional[str] = ..., version: _Optional[int] = ...) -> None: ...

class UndoOperationResponse(_message.Message):
    __slots__ = ("edit",)
    EDIT_FIELD_NUMBER: _ClassVar[int]
    edit: Edit
    def __init__(self, edit: _Optional[_Union[Edit, _Mapping]] = ...) -> None: ...

class RedoOperationRequest(_message.Message):
    __slots__ = ("owner", "edit_id", "version")
    OWNER_FIELD_NUMBER: _ClassVar[int]
    EDIT_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    owner: str
    edit_id: str
    version: int
    def __init__(self, owner: _Optional[str] = ..., edit_id: _Optional[str] = ..., version: _Optional[int] = ...) -> None: ...

class RedoOperationResponse(_message.Message):
    __slots__ = ("edit",)
    EDIT_FIELD_NUMBER: _ClassVar[int]
    edit: Edit
    def __init__(self, edit: _Optional[_Union[Edit, _Mapping]] = ...) -> None: ...

class ApplyEditRequest(_message.Message):
    __slots__ = ("owner", "edit_id", "version")
    OWNER_FIELD_NUMBER: _ClassVar[int]
    EDIT_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    owner: str
    edit_id: str
    version: int
    def __init__(self, owner: _Optional[str] = ..., edit_id: _Optional[str] = ..., version: _Optional[int] = ...) -> None: ...

class ApplyEditResponse(_message.Message):
    __slots__ = ("edit",)
    EDIT_FIELD_NUMBER: _ClassVar[int]
    edit: Edit
    def __init__(self, edit: _Optional[_Union[Edit, _Mapping]] = ...) -> None: ...

class DiscardEditRequest(_message.Message):
    __slots__ = ("owner", "edit_id", "version")
    OWNER_FIELD_NUMBER: _ClassVar[int]
    EDIT_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    owner: str
    edit_id: str
    version: int
    def __init__(self, owner: _Optional[str] = ..., edit_id: _Optional[str] = ..., version: _Optional[int] = ...) -> None: ...

class DiscardEditResponse(_message.Message):
    __slots__ = ("edit",)
    EDIT_FIELD_NUMBER: _ClassVar[int]
    edit: Edit
    def __init__(self, edit: _Optional[_Union[Edit, _Mapping]] = ...) -> None: ...
