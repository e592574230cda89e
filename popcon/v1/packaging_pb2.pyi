from popcon.v1 import sets_pb2 as _sets_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CheckRequest(_message.Message):
    __slots__ = ("target", "chunk")
    TARGET_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    target: str
    chunk: bytes
    def __init__(self, target: _Optional[str] = ..., chunk: _Optional[bytes] = ...) -> None: ...

class CheckResponse(_message.Message):
    __slots__ = ("target", "breaches")
    TARGET_FIELD_NUMBER: _ClassVar[int]
    BREACHES_FIELD_NUMBER: _ClassVar[int]
    target: str
    breaches: _containers.RepeatedCompositeFieldContainer[_sets_pb2.Breach]
    def __init__(self, target: _Optional[str] = ..., breaches: _Optional[_Iterable[_Union[_sets_pb2.Breach, _Mapping]]] = ...) -> None: ...
