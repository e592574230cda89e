"""Every error of the tree can be made, is mapped, and arrives as itself at the other end of a real call."""

from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest

from popcon import errors, rpc, rpc_errors, server
from popcon.config import Settings
from popcon.v1 import jobs_pb2, jobs_pb2_grpc

TREE = [error for error in errors.walk() if error is not errors.PopconError]
RETRYABLE = {
    errors.Overloaded,
    errors.Unavailable,
    errors.DeadlinePassed,
    errors.Stopped,
    errors.InProgress,
    errors.ArtifactDamaged,
    errors.Internal,
}


class Thrower(jobs_pb2_grpc.JobServiceServicer):
    """Raises what a test gave it, from a unary call and from a stream after one answer."""

    raises: Exception

    async def GetJob(self, request: Any, context: Any) -> Any:  # noqa: N802 - named by the contract
        raise self.raises

    async def WatchJob(self, request: Any, context: Any) -> AsyncIterator[jobs_pb2.WatchJobResponse]:  # noqa: N802
        yield jobs_pb2.WatchJobResponse()
        raise self.raises


@pytest.fixture
async def thrower() -> AsyncIterator[tuple[Thrower, jobs_pb2_grpc.JobServiceStub]]:
    servicer, service = Thrower(), server.Service("thrower", Settings(grace_s=0.1))

    def register(target: grpc.aio.Server) -> None:
        jobs_pb2_grpc.add_JobServiceServicer_to_server(servicer, target)

    async with (
        service.grpc("127.0.0.1:0", [], register) as port,
        rpc.connect(f"127.0.0.1:{port}") as channel,
    ):
        yield servicer, jobs_pb2_grpc.JobServiceStub(channel)


def test_codes_are_unique() -> None:
    assert [code for code, times in Counter(error.code for error in TREE).items() if times > 1] == []
    assert all(errors.by_code(error.code) is error for error in TREE)


def test_an_unknown_code_is_an_internal_error() -> None:
    assert errors.by_code("of_a_newer_peer") is errors.Internal


@pytest.mark.parametrize("error", TREE, ids=lambda error: error.code)
def test_every_error_can_be_made_and_is_mapped(error: type[errors.PopconError]) -> None:
    made = error("it is wrong: mend it", field="a.b")
    assert (str(made), made.message, made.field) == ("it is wrong: mend it", "it is wrong: mend it", "a.b")
    row = errors.mapping(error)
    assert row is not errors.TABLE[errors.PopconError], "it has no row of its own or of its kind"
    assert row.grpc in grpc.StatusCode.__members__
    assert 400 <= row.http < 600
    assert row.retryable == any(issubclass(error, each) for each in RETRYABLE)


def test_a_refused_request_is_the_callers_fault() -> None:
    faults = (errors.InvalidRequest, errors.TooLarge, errors.NotFound, errors.WrongState, errors.StaleVersion)
    assert {errors.mapping(error).http // 100 for error in TREE if issubclass(error, faults)} == {4}


async def test_every_error_arrives_as_itself(thrower: tuple[Thrower, jobs_pb2_grpc.JobServiceStub]) -> None:
    servicer, stub = thrower
    for error in TREE:
        servicer.raises = error("it is wrong: ähm, mend it", field="actions[3].preset")
        with pytest.raises(error) as unary:
            await rpc.call(stub.GetJob, jobs_pb2.GetJobRequest())
        with pytest.raises(error) as streamed:
            async for _ in rpc.stream(lambda: stub.WatchJob(jobs_pb2.WatchJobRequest())):
                pass
        for caught in (unary.value, streamed.value):
            assert type(caught) is error
            assert (caught.message, caught.field) == ("it is wrong: ähm, mend it", "actions[3].preset")


async def test_a_long_message_is_cut_and_not_lost(thrower: tuple[Thrower, jobs_pb2_grpc.JobServiceStub]) -> None:
    servicer, stub = thrower
    servicer.raises = errors.NotFound("😀" * 1_000_000, field="picture_id")
    with pytest.raises(errors.NotFound) as caught:
        await rpc.call(stub.GetJob, jobs_pb2.GetJobRequest())
    assert caught.value.message == "😀" * (rpc_errors.MESSAGE_MAX_BYTES // 4)


async def test_its_grpc_status_is_the_tables(thrower: tuple[Thrower, jobs_pb2_grpc.JobServiceStub]) -> None:
    servicer, stub = thrower
    for error in TREE:
        servicer.raises = error("it is wrong")
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.GetJob(jobs_pb2.GetJobRequest())
        assert caught.value.code() is grpc.StatusCode[errors.mapping(error).grpc]


async def test_a_bug_tells_nothing_of_itself(thrower: tuple[Thrower, jobs_pb2_grpc.JobServiceStub]) -> None:
    servicer, stub = thrower
    servicer.raises = KeyError("a secret")
    with pytest.raises(errors.Internal) as caught:
        await rpc.call(stub.GetJob, jobs_pb2.GetJobRequest())
    assert "secret" not in caught.value.message


async def test_without_a_server_a_call_is_unavailable() -> None:
    async with rpc.connect("127.0.0.1:1") as channel:
        with pytest.raises(errors.Unavailable):
            await rpc.call(jobs_pb2_grpc.JobServiceStub(channel).GetJob, jobs_pb2.GetJobRequest())


async def test_a_method_that_nobody_serves_is_an_internal_error(
    thrower: tuple[Thrower, jobs_pb2_grpc.JobServiceStub],
) -> None:
    _, stub = thrower
    with pytest.raises(errors.Internal):
        await rpc.call(stub.ListJobs, jobs_pb2.ListJobsRequest())
