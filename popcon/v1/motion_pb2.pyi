from popcon.v1 import common_pb2 as _common_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SampleRequest(_message.Message):
    __slots__ = ("direction", "cutout", "side")
    DIRECTION_FIELD_NUMBER: _ClassVar[int]
    CUTOUT_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    direction: _common_pb2.Direction
    cutout: _common_pb2.Artifact
    side: int
    def __init__(self, direction: _Optional[_Union[_common_pb2.Direction, _Mapping]] = ..., cutout: _Optional[_Union[_common_pb2.Artifact, _Mapping]] = ..., side: _Optional[int] = ...) -> None: ...

class SampleResponse(_message.Message):
    __slots__ = ("data", "media_type")
    DATA_FIELD_NUMBER: _ClassVar[int]
    MEDIA_TYPE_FIELD_NUMBER: _ClassVar[int]
    data: bytes
    media_type: str
    def __init__(self, data: _Optional[bytes] = ..., media_type: _Optional[str] = ...) -> None: ...
