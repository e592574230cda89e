from popcon.v1 import common_pb2 as _common_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CutOutRequest(_message.Message):
    __slots__ = ("owner", "chunk")
    OWNER_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    owner: str
    chunk: bytes
    def __init__(self, owner: _Optional[str] = ..., chunk: _Optional[bytes] = ...) -> None: ...

class CutOutResponse(_message.Message):
    __slots__ = ("picture",)
    PICTURE_FIELD_NUMBER: _ClassVar[int]
    picture: _common_pb2.Picture
    def __init__(self, picture: _Optional[_Union[_common_pb2.Picture, _Mapping]] = ...) -> None: ...

class CropRequest(_message.Message):
    __slots__ = ("owner", "source", "box")
    OWNER_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    BOX_FIELD_NUMBER: _ClassVar[int]
    owner: str
    source: _common_pb2.Artifact
    box: _common_pb2.Box
    def __init__(self, owner: _Optional[str] = ..., source: _Optional[_Union[_common_pb2.Artifact, _Mapping]] = ..., box: _Optional[_Union[_common_pb2.Box, _Mapping]] = ...) -> None: ...

class CropResponse(_message.Message):
    __slots__ = ("picture",)
    PICTURE_FIELD_NUMBER: _ClassVar[int]
    picture: _common_pb2.Picture
    def __init__(self, picture: _Optional[_Union[_common_pb2.Picture, _Mapping]] = ...) -> None: ...
