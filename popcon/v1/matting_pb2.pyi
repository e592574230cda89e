from popcon.v1 import common_pb2 as _common_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class MatteOutput(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MATTE_OUTPUT_UNSPECIFIED: _ClassVar[MatteOutput]
    MATTE_OUTPUT_PICTURES: _ClassVar[MatteOutput]
    MATTE_OUTPUT_ALPHA: _ClassVar[MatteOutput]

class SelectTool(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SELECT_TOOL_UNSPECIFIED: _ClassVar[SelectTool]
    SELECT_TOOL_FLOOD: _ClassVar[SelectTool]
    SELECT_TOOL_OBJECT: _ClassVar[SelectTool]
MATTE_OUTPUT_UNSPECIFIED: MatteOutput
MATTE_OUTPUT_PICTURES: MatteOutput
MATTE_OUTPUT_ALPHA: MatteOutput
SELECT_TOOL_UNSPECIFIED: SelectTool
SELECT_TOOL_FLOOD: SelectTool
SELECT_TOOL_OBJECT: SelectTool

class MatteRequest(_message.Message):
    __slots__ = ("image", "backend", "output")
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    BACKEND_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_FIELD_NUMBER: _ClassVar[int]
    image: bytes
    backend: str
    output: MatteOutput
    def __init__(self, image: _Optional[bytes] = ..., backend: _Optional[str] = ..., output: _Optional[_Union[MatteOutput, str]] = ...) -> None: ...

class MatteResponse(_message.Message):
    __slots__ = ("pristine", "finished", "backend", "alpha")
    PRISTINE_FIELD_NUMBER: _ClassVar[int]
    FINISHED_FIELD_NUMBER: _ClassVar[int]
    BACKEND_FIELD_NUMBER: _ClassVar[int]
    ALPHA_FIELD_NUMBER: _ClassVar[int]
    pristine: bytes
    finished: bytes
    backend: str
    alpha: bytes
    def __init__(self, pristine: _Optional[bytes] = ..., finished: _Optional[bytes] = ..., backend: _Optional[str] = ..., alpha: _Optional[bytes] = ...) -> None: ...

class MatteFramesRequest(_message.Message):
    __slots__ = ("index", "image", "backend", "output")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    BACKEND_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_FIELD_NUMBER: _ClassVar[int]
    index: int
    image: bytes
    backend: str
    output: MatteOutput
    def __init__(self, index: _Optional[int] = ..., image: _Optional[bytes] = ..., backend: _Optional[str] = ..., output: _Optional[_Union[MatteOutput, str]] = ...) -> None: ...

class MatteFramesResponse(_message.Message):
    __slots__ = ("index", "pristine", "finished", "alpha", "error")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    PRISTINE_FIELD_NUMBER: _ClassVar[int]
    FINISHED_FIELD_NUMBER: _ClassVar[int]
    ALPHA_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    index: int
    pristine: bytes
    finished: bytes
    alpha: bytes
    error: _common_pb2.Error
    def __init__(self, index: _Optional[int] = ..., pristine: _Optional[bytes] = ..., finished: _Optional[bytes] = ..., alpha: _Optional[bytes] = ..., error: _Optional[_Union[_common_pb2.Error, _Mapping]] = ...) -> None: ...

class SelectPoint(_message.Message):
    __slots__ = ("x", "y", "keep")
    X_FIELD_NUMBER: _ClassVar[int]
    Y_FIELD_NUMBER: _ClassVar[int]
    KEEP_FIELD_NUMBER: _ClassVar[int]
    x: float
    y: float
    keep: bool
    def __init__(self, x: _Optional[float] = ..., y: _Optional[float] = ..., keep: bool = ...) -> None: ...

class SelectRequest(_message.Message):
    __slots__ = ("image", "points", "tool")
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    POINTS_FIELD_NUMBER: _ClassVar[int]
    TOOL_FIELD_NUMBER: _ClassVar[int]
    image: bytes
    points: _containers.RepeatedCompositeFieldContainer[SelectPoint]
    tool: SelectTool
    def __init__(self, image: _Optional[bytes] = ..., points: _Optional[_Iterable[_Union[SelectPoint, _Mapping]]] = ..., tool: _Optional[_Union[SelectTool, str]] = ...) -> None: ...

class SelectResponse(_message.Message):
    __slots__ = ("mask", "box")
    MASK_FIELD_NUMBER: _ClassVar[int]
    BOX_FIELD_NUMBER: _ClassVar[int]
    mask: bytes
    box: _common_pb2.Box
    def __init__(self, mask: _Optional[bytes] = ..., box: _Optional[_Union[_common_pb2.Box, _Mapping]] = ...) -> None: ...

class DescribeRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class DescribeResponse(_message.Message):
    __slots__ = ("backends", "default_backend", "models")
    BACKENDS_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_BACKEND_FIELD_NUMBER: _ClassVar[int]
    MODELS_FIELD_NUMBER: _ClassVar[int]
    backends: _containers.RepeatedScalarFieldContainer[str]
    default_backend: str
    models: _containers.RepeatedCompositeFieldContainer[MattingModel]
    def __init__(self, backends: _Optional[_Iterable[str]] = ..., default_backend: _Optional[str] = ..., models: _Optional[_Iterable[_Union[MattingModel, _Mapping]]] = ...) -> None: ...

class MattingModel(_message.Message):
    __slots__ = ("backend", "model", "variant", "weights_sha256", "device", "side")
    BACKEND_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    VARIANT_FIELD_NUMBER: _ClassVar[int]
    WEIGHTS_SHA256_FIELD_NUMBER: _ClassVar[int]
    DEVICE_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    backend: str
    model: str
    variant: str
    weights_sha256: str
    device: str
    side: int
    def __init__(self, backend: _Optional[str] = ..., model: _Optional[str] = ..., variant: _Optional[str] = ..., weights_sha256: _Optional[str] = ..., device: _Optional[str] = ..., side: _Optional[int] = ...) -> None: ...
