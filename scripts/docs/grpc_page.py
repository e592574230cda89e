"""The gRPC reference, from proto/ with its comments."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import grpc_tools
from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    FileDescriptorSet,
    MethodDescriptorProto,
)
from grpc_tools import protoc

Where = tuple[int, ...]
# Where protoc says that something stands: the numbers of the fields of a file's descriptor that lead to it.
_MESSAGE, _ENUM, _SERVICE = 4, 5, 6
_FIELD = _METHOD = _VALUE = 2


def page(root: Path) -> str:
    """The page, as Markdown: for each file its services, then its messages and enums."""
    return "\n".join(_page(_files(root)))


def _files(root: Path) -> list[FileDescriptorProto]:
    protos = sorted(str(path) for path in (root / "proto").rglob("*.proto"))
    with tempfile.NamedTemporaryFile() as out:
        known = Path(grpc_tools.__file__).parent / "_proto"
        arguments = ["protoc", f"-I{root / 'proto'}", f"-I{known}", "--include_source_info"]
        arguments.append(f"--descriptor_set_out={out.name}")
        if protoc.main([*arguments, *protos]) != 0:
            raise RuntimeError("protoc cannot read proto/; its reasons stand above")
        return list(FileDescriptorSet.FromString(Path(out.name).read_bytes()).file)


def _page(files: list[FileDescriptorProto]) -> Iterator[str]:
    yield "# gRPC reference\n"
    yield "Made from `proto/popcon/v1`. Every service also has the standard health service and reflection. What went"
    yield "wrong is a status with a `popcon.v1.Error` in its details, by the codes of the [problems](../errors.md).\n"
    for file in files:
        yield from _File(file).page()


class _File:
    """One file of proto/."""

    def __init__(self, file: FileDescriptorProto) -> None:
        self._file = file
        self._said = {
            tuple(each.path): each.leading_comments.strip() or each.trailing_comments.strip()
            for each in file.source_code_info.location
        }

    def page(self) -> Iterator[str]:
        """Its part of the page."""
        name = Path(self._file.name).name
        yield f"## {name.removesuffix('.proto').replace('_', ' ').capitalize()}\n"
        yield f"`{self._file.name}`\n"
        for number, service in enumerate(self._file.service):
            yield f"### {service.name} {{ #{service.name.lower()} }}\n"
            yield f"{self._comment(_SERVICE, number)}\n"
            yield "| call | takes | answers | |\n|---|---|---|---|"
            for index, method in enumerate(service.method):
                yield _row(method, self._comment(_SERVICE, number, _METHOD, index))
            yield ""
        for number, message in enumerate(self._file.message_type):
            yield from self._message(message, message.name, (_MESSAGE, number))
        for number, enum in enumerate(self._file.enum_type):
            yield from self._enum(enum, enum.name, (_ENUM, number))

    def _message(self, message: DescriptorProto, name: str, at: Where) -> Iterator[str]:
        yield f"### {name} {{ #{name.lower()} }}\n"
        yield f"{self._comment(*at)}\n"
        if message.field:
            yield "| field | type | |\n|---|---|---|"
            for index, field in enumerate(message.field):
                yield f"| `{field.name}` = {field.number} | {_type(field)} | {self._comment(*at, _FIELD, index)} |"
            yield ""
        # Nested ones: messages are field 3 of a message, enums field 4.
        for number, inner in enumerate(message.nested_type):
            if not inner.options.map_entry:
                yield from self._message(inner, f"{name}.{inner.name}", (*at, 3, number))
        for number, enum in enumerate(message.enum_type):
            yield from self._enum(enum, f"{name}.{enum.name}", (*at, 4, number))

    def _enum(self, enum: EnumDescriptorProto, name: str, at: Where) -> Iterator[str]:
        yield f"### {name} {{ #{name.lower()} }}\n"
        yield f"{self._comment(*at)}\n"
        yield "| value | |\n|---|---|"
        for index, value in enumerate(enum.value):
            yield f"| `{value.name}` = {value.number} | {self._comment(*at, _VALUE, index)} |"
        yield ""

    def _comment(self, *at: int) -> str:
        return " ".join(self._said.get(at, "").split()).replace("|", "\\|").replace("<", "&lt;")


def _row(method: MethodDescriptorProto, comment: str) -> str:
    takes = ("stream of " if method.client_streaming else "") + _link(method.input_type)
    answers = ("stream of " if method.server_streaming else "") + _link(method.output_type)
    return f"| `{method.name}` | {takes} | {answers} | {comment} |"


def _type(field: FieldDescriptorProto) -> str:
    kind = _link(field.type_name) if field.type_name else FieldDescriptorProto.Type.Name(field.type)[5:].lower()
    repeated = field.label == FieldDescriptorProto.LABEL_REPEATED
    return f"list of {kind}" if repeated else f"optional {kind}" if field.proto3_optional else kind


def _link(name: str) -> str:
    ours = name.removeprefix(".popcon.v1.")
    return f"`{name.lstrip('.')}`" if ours == name else f"[{ours}](#{ours.lower()})"
