from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor

class MatteRequest(_message.Message):
    __slots__ = ("image", "backend")
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    BACKEND_FIELD_NUMBER: _ClassVar[int]
    image: bytes
    backend: str
    def __init__(self, image: _Optional[bytes] = ..., backend: _Optional[str] = ...) -> None: ...

class MatteResponse(_message.Message):
    __slots__ = ("pristine", "finished", "backend")
    PRISTINE_FIELD_NUMBER: _ClassVar[int]
    FINISHED_FIELD_NUMBER: _ClassVar[int]
    BACKEND_FIELD_NUMBER: _ClassVar[int]
    pristine: bytes
    finished: bytes
    backend: str
    def __init__(self, pristine: _Optional[bytes] = ..., finished: _Optional[bytes] = ..., backend: _Optional[str] = ...) -> None: ...

class MatteFramesRequest(_message.Message):
    __slots__ = ("index", "image", "backend")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    BACKEND_FIELD_NUMBER: _ClassVar[int]
    index: int
    image: bytes
    backend: str
    def __init__(self, index: _Optional[int] = ..., image: _Optional[bytes] = ..., backend: _Optional[str] = ...) -> None: ...

class MatteFramesResponse(_message.Message):
    __slots__ = ("index", "pristine", "finished")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    PRISTINE_FIELD_NUMBER: _ClassVar[int]
    FINISHED_FIELD_NUMBER: _ClassVar[int]
    index: int
    pristine: bytes
    finished: bytes
    def __init__(self, index: _Optional[int] = ..., pristine: _Optional[bytes] = ..., finished: _Optional[bytes] = ...) -> None: ...

class DescribeRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class DescribeResponse(_message.Message):
    __slots__ = ("backends", "default_backend")
    BACKENDS_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_BACKEND_FIELD_NUMBER: _ClassVar[int]
    backends: _containers.RepeatedScalarFieldContainer[str]
    default_backend: str
    def __init__(self, backends: _Optional[_Iterable[str]] = ..., default_backend: _Optional[str] = ...) -> None: ...
