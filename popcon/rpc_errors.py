"""popcon's errors as they cross gRPC: a status with `popcon.v1.Error` as its detail, and back."""

import grpc
from google.protobuf import any_pb2
from google.rpc import code_pb2, status_pb2
from grpc_status import rpc_status

from popcon import errors
from popcon.v1 import common_pb2

MESSAGE_MAX_BYTES = 1_000
"""An error travels in metadata, which gRPC bounds: a longer message would arrive as another error."""


def to_status(error: errors.PopconError) -> status_pb2.Status:
    """The gRPC status of an error, with `popcon.v1.Error` as its detail."""
    row = errors.mapping(type(error))
    packed = any_pb2.Any()
    packed.Pack(to_proto(error))
    message = _cut(error.message)
    return status_pb2.Status(code=code_pb2.Code.Value(row.grpc), message=message, details=[packed])


def to_proto(error: errors.PopconError) -> common_pb2.Error:
    """The message form of an error."""
    retryable = errors.mapping(type(error)).retryable
    message = _cut(error.message)
    return common_pb2.Error(
        code=error.code,
        message=message,
        field=error.field,
        retryable=retryable,
        retry_after_s=error.retry_after_s,
    )


def _cut(message: str) -> str:
    return message.encode()[:MESSAGE_MAX_BYTES].decode(errors="ignore")


def translate(error: grpc.aio.AioRpcError) -> errors.PopconError:
    """The popcon error that a gRPC error stands for: by its detail where it has one, else by its status."""
    detail = _detail(error)
    if detail is not None:
        kind = errors.by_code(detail.code)
        return kind(detail.message, field=detail.field, retry_after_s=detail.retry_after_s)
    message = error.details() or "the service gave no reason"
    match error.code():
        case grpc.StatusCode.UNAVAILABLE:
            return errors.Unavailable(f"A service does not answer: {message}; try again in a moment.")
        case grpc.StatusCode.DEADLINE_EXCEEDED:
            return errors.DeadlinePassed("A service did not answer in time; try again in a moment.")
        case grpc.StatusCode.RESOURCE_EXHAUSTED:
            return errors.Overloaded(message)
        case grpc.StatusCode.CANCELLED:
            return errors.Stopped("The call was cancelled.")
        case _:
            return errors.Internal(message)


def _detail(error: grpc.aio.AioRpcError) -> common_pb2.Error | None:
    status = rpc_status.from_call(error)
    for item in status.details if status else ():
        detail = common_pb2.Error()
        if item.Unpack(detail):
            return detail
    return None
