import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Stage(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STAGE_UNSPECIFIED: _ClassVar[Stage]
    STAGE_STARTFRAME: _ClassVar[Stage]
    STAGE_MOTION: _ClassVar[Stage]
    STAGE_MATTE: _ClassVar[Stage]
    STAGE_PACK: _ClassVar[Stage]
    STAGE_ASSEMBLE: _ClassVar[Stage]

class Lane(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LANE_UNSPECIFIED: _ClassVar[Lane]
    LANE_INTERACTIVE: _ClassVar[Lane]
    LANE_BATCH: _ClassVar[Lane]
STAGE_UNSPECIFIED: Stage
STAGE_STARTFRAME: Stage
STAGE_MOTION: Stage
STAGE_MATTE: Stage
STAGE_PACK: Stage
STAGE_ASSEMBLE: Stage
LANE_UNSPECIFIED: Lane
LANE_INTERACTIVE: Lane
LANE_BATCH: Lane

class Artifact(_message.Message):
    __slots__ = ("key", "size", "sha256", "media_type", "name")
    KEY_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    MEDIA_TYPE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    key: str
    size: int
    sha256: str
    media_type: str
    name: str
    def __init__(self, key: _Optional[str] = ..., size: _Optional[int] = ..., sha256: _Optional[str] = ..., media_type: _Optional[str] = ..., name: _Optional[str] = ...) -> None: ...

class Error(_message.Message):
    __slots__ = ("code", "message", "field", "retryable", "retry_after_s")
    CODE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    FIELD_FIELD_NUMBER: _ClassVar[int]
    RETRYABLE_FIELD_NUMBER: _ClassVar[int]
    RETRY_AFTER_S_FIELD_NUMBER: _ClassVar[int]
    code: str
    message: str
    field: str
    retryable: bool
    retry_after_s: int
    def __init__(self, code: _Optional[str] = ..., message: _Optional[str] = ..., field: _Optional[str] = ..., retryable: bool = ..., retry_after_s: _Optional[int] = ...) -> None: ...

class Direction(_message.Message):
    __slots__ = ("preset", "action_prompt", "effect_prompt", "strength", "speed")
    PRESET_FIELD_NUMBER: _ClassVar[int]
    ACTION_PROMPT_FIELD_NUMBER: _ClassVar[int]
    EFFECT_PROMPT_FIELD_NUMBER: _ClassVar[int]
    STRENGTH_FIELD_NUMBER: _ClassVar[int]
    SPEED_FIELD_NUMBER: _ClassVar[int]
    preset: str
    action_prompt: str
    effect_prompt: str
    strength: float
    speed: float
    def __init__(self, preset: _Optional[str] = ..., action_prompt: _Optional[str] = ..., effect_prompt: _Optional[str] = ..., strength: _Optional[float] = ..., speed: _Optional[float] = ...) -> None: ...

class Box(_message.Message):
    __slots__ = ("left", "top", "right", "bottom")
    LEFT_FIELD_NUMBER: _ClassVar[int]
    TOP_FIELD_NUMBER: _ClassVar[int]
    RIGHT_FIELD_NUMBER: _ClassVar[int]
    BOTTOM_FIELD_NUMBER: _ClassVar[int]
    left: int
    top: int
    right: int
    bottom: int
    def __init__(self, left: _Optional[int] = ..., top: _Optional[int] = ..., right: _Optional[int] = ..., bottom: _Optional[int] = ...) -> None: ...

class Selection(_message.Message):
    __slots__ = ("stage", "target", "run", "take")
    STAGE_FIELD_NUMBER: _ClassVar[int]
    TARGET_FIELD_NUMBER: _ClassVar[int]
    RUN_FIELD_NUMBER: _ClassVar[int]
    TAKE_FIELD_NUMBER: _ClassVar[int]
    stage: Stage
    target: str
    run: int
    take: int
    def __init__(self, stage: _Optional[_Union[Stage, str]] = ..., target: _Optional[str] = ..., run: _Optional[int] = ..., take: _Optional[int] = ...) -> None: ...

class Picture(_message.Message):
    __slots__ = ("id", "owner", "source", "cutout", "width", "height", "box", "background", "created_at", "crop", "thumbnail")
    ID_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    CUTOUT_FIELD_NUMBER: _ClassVar[int]
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    BOX_FIELD_NUMBER: _ClassVar[int]
    BACKGROUND_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    CROP_FIELD_NUMBER: _ClassVar[int]
    THUMBNAIL_FIELD_NUMBER: _ClassVar[int]
    id: str
    owner: str
    source: Artifact
    cutout: Artifact
    width: int
    height: int
    box: Box
    background: str
    created_at: _timestamp_pb2.Timestamp
    crop: Box
    thumbnail: Artifact
    def __init__(self, id: _Optional[str] = ..., owner: _Optional[str] = ..., source: _Optional[_Union[Artifact, _Mapping]] = ..., cutout: _Optional[_Union[Artifact, _Mapping]] = ..., width: _Optional[int] = ..., height: _Optional[int] = ..., box: _Optional[_Union[Box, _Mapping]] = ..., background: _Optional[str] = ..., created_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., crop: _Optional[_Union[Box, _Mapping]] = ..., thumbnail: _Optional[_Union[Artifact, _Mapping]] = ...) -> None: ...
