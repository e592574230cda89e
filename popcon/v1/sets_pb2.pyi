import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from popcon.v1 import common_pb2 as _common_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SetState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SET_STATE_UNSPECIFIED: _ClassVar[SetState]
    SET_STATE_PENDING: _ClassVar[SetState]
    SET_STATE_COMPLETE: _ClassVar[SetState]
    SET_STATE_INCOMPLETE: _ClassVar[SetState]
    SET_STATE_FAILED: _ClassVar[SetState]
SET_STATE_UNSPECIFIED: SetState
SET_STATE_PENDING: SetState
SET_STATE_COMPLETE: SetState
SET_STATE_INCOMPLETE: SetState
SET_STATE_FAILED: SetState

class EmojiSet(_message.Message):
    __slots__ = ("job_id", "target", "number", "state", "digest", "action_ids", "tab_action_id", "outputs", "zip", "breaches", "created_at")
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    TARGET_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    ACTION_IDS_FIELD_NUMBER: _ClassVar[int]
    TAB_ACTION_ID_FIELD_NUMBER: _ClassVar[int]
    OUTPUTS_FIELD_NUMBER: _ClassVar[int]
    ZIP_FIELD_NUMBER: _ClassVar[int]
    BREACHES_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    job_id: str
    target: str
    number: int
    state: SetState
    digest: str
    action_ids: _containers.RepeatedScalarFieldContainer[str]
    tab_action_id: str
    outputs: _containers.RepeatedCompositeFieldContainer[_common_pb2.Artifact]
    zip: _common_pb2.Artifact
    breaches: _containers.RepeatedCompositeFieldContainer[Breach]
    created_at: _timestamp_pb2.Timestamp
    def __init__(self, job_id: _Optional[str] = ..., target: _Optional[str] = ..., number: _Optional[int] = ..., state: _Optional[_Union[SetState, str]] = ..., digest: _Optional[str] = ..., action_ids: _Optional[_Iterable[str]] = ..., tab_action_id: _Optional[str] = ..., outputs: _Optional[_Iterable[_Union[_common_pb2.Artifact, _Mapping]]] = ..., zip: _Optional[_Union[_common_pb2.Artifact, _Mapping]] = ..., breaches: _Optional[_Iterable[_Union[Breach, _Mapping]]] = ..., created_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Breach(_message.Message):
    __slots__ = ("rule", "file", "message")
    RULE_FIELD_NUMBER: _ClassVar[int]
    FILE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    rule: str
    file: str
    message: str
    def __init__(self, rule: _Optional[str] = ..., file: _Optional[str] = ..., message: _Optional[str] = ...) -> None: ...

class GetSetRequest(_message.Message):
    __slots__ = ("owner", "job_id", "target")
    OWNER_FIELD_NUMBER: _ClassVar[int]
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    TARGET_FIELD_NUMBER: _ClassVar[int]
    owner: str
    job_id: str
    target: str
    def __init__(self, owner: _Optional[str] = ..., job_id: _Optional[str] = ..., target: _Optional[str] = ...) -> None: ...

class GetSetResponse(_message.Message):
    __slots__ = ("set",)
    SET_FIELD_NUMBER: _ClassVar[int]
    set: EmojiSet
    def __init__(self, set: _Optional[_Union[EmojiSet, _Mapping]] = ...) -> None: ...

class ArrangeSetRequest(_message.Message):
    __slots__ = ("owner", "job_id", "target", "action_ids", "tab_action_id")
    OWNER_FIELD_NUMBER: _ClassVar[int]
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    TARGET_FIELD_NUMBER: _ClassVar[int]
    ACTION_IDS_FIELD_NUMBER: _ClassVar[int]
    TAB_ACTION_ID_FIELD_NUMBER: _ClassVar[int]
    owner: str
    job_id: str
    target: str
    action_ids: _containers.RepeatedScalarFieldContainer[str]
    tab_action_id: str
    def __init__(self, owner: _Optional[str] = ..., job_id: _Optional[str] = ..., target: _Optional[str] = ..., action_ids: _Optional[_Iterable[str]] = ..., tab_action_id: _Optional[str] = ...) -> None: ...

class ArrangeSetResponse(_message.Message):
    __slots__ = ("set",)
    SET_FIELD_NUMBER: _ClassVar[int]
    set: EmojiSet
    def __init__(self, set: _Optional[_Union[EmojiSet, _Mapping]] = ...) -> None: ...
