"""Parts of popcon that show certificates to each other: who is let in, and who may call what."""

import contextlib
import importlib
import pkgutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from pydantic import ValidationError

from popcon import callers, errors, rpc, server, v1
from popcon.certificates import Certificates
from popcon.config import GrpcSettings
from popcon.v1 import jobs_pb2, jobs_pb2_grpc, runs_pb2, runs_pb2_grpc
from tests.fixtures.certificates import Authority, Signed


class Jobs(jobs_pb2_grpc.JobServiceServicer):
    async def GetJob(self, request: Any, context: Any) -> Any:  # noqa: N802 - named by the contract
        return jobs_pb2.GetJobResponse()

    async def WatchJob(self, request: Any, context: Any) -> AsyncIterator[jobs_pb2.WatchJobResponse]:  # noqa: N802
        yield jobs_pb2.WatchJobResponse()


class Runs(runs_pb2_grpc.RunServiceServicer):
    async def Claim(self, request: Any, context: Any) -> Any:  # noqa: N802
        return runs_pb2.ClaimResponse()


def register(target: grpc.aio.Server) -> None:
    jobs_pb2_grpc.add_JobServiceServicer_to_server(Jobs(), target)
    runs_pb2_grpc.add_RunServiceServicer_to_server(Runs(), target)


def shown(authority: Authority, signed: Signed) -> Certificates:
    return Certificates(authority.cert, signed.cert, signed.key)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certificates"))


@contextlib.asynccontextmanager
async def orchestrator(authority: Authority, own: Signed) -> AsyncIterator[str]:
    settings = GrpcSettings(
        rpc_ca_file=str(authority.cert), rpc_cert_file=str(own.cert), rpc_key_file=str(own.key), grace_s=0.1
    )
    async with server.Service("orchestrator", settings).grpc("127.0.0.1:0", [], register) as port:
        yield f"127.0.0.1:{port}"


async def get_job(address: str, certificates: Certificates | None) -> None:
    async with rpc.connect(address, certificates) as channel:
        await rpc.call(jobs_pb2_grpc.JobServiceStub(channel).GetJob, jobs_pb2.GetJobRequest(), timeout_s=5)


async def watch_job(address: str, certificates: Certificates) -> None:
    async with rpc.connect(address, certificates) as channel:
        stub = jobs_pb2_grpc.JobServiceStub(channel)
        async for _ in rpc.stream(lambda: stub.WatchJob(jobs_pb2.WatchJobRequest(), timeout=5)):
            pass


async def claim(address: str, certificates: Certificates) -> None:
    async with rpc.connect(address, certificates) as channel:
        await rpc.call(runs_pb2_grpc.RunServiceStub(channel).Claim, runs_pb2.ClaimRequest(), timeout_s=5)


async def test_each_part_may_call_what_the_table_says(authority: Authority) -> None:
    async with orchestrator(authority, authority.sign("orchestrator")) as address:
        gateway, worker = shown(authority, authority.sign("gateway")), shown(authority, authority.sign("matting"))
        await get_job(address, gateway)
        await watch_job(address, gateway)
        await claim(address, worker)
        for call, caller in ((claim, gateway), (get_job, worker), (watch_job, worker)):
            with pytest.raises(errors.Forbidden, match="may not call"):
                await call(address, caller)


async def test_nobody_gets_in_without_a_certificate_of_our_authority(authority: Authority, tmp_path: Path) -> None:
    stranger = Authority(tmp_path, "stranger")
    forged = stranger.sign("gateway")
    async with orchestrator(authority, authority.sign("orchestrator")) as address:
        for certificates in (None, Certificates(authority.cert, forged.cert, forged.key)):
            with pytest.raises(errors.Unavailable):
                await get_job(address, certificates)


async def test_a_server_of_another_authority_is_not_talked_to(authority: Authority, tmp_path: Path) -> None:
    stranger = Authority(tmp_path, "stranger")
    async with orchestrator(stranger, stranger.sign("orchestrator")) as address:
        with pytest.raises(errors.Unavailable):
            await get_job(address, shown(authority, authority.sign("gateway")))


async def test_new_certificates_are_taken_without_a_new_process(authority: Authority, tmp_path: Path) -> None:
    old = Authority(tmp_path, "old").sign("orchestrator")
    fresh = authority.sign("fresh")
    live = Signed(tmp_path / "live.pem", tmp_path / "live.key")
    live.cert.write_bytes(old.cert.read_bytes())
    live.key.write_bytes(old.key.read_bytes())
    caller = shown(authority, authority.sign("gateway"))
    async with orchestrator(authority, live) as address:
        with pytest.raises(errors.Unavailable):
            await get_job(address, caller)
        live.cert.write_bytes(fresh.cert.read_bytes())
        live.key.write_bytes(fresh.key.read_bytes())
        await get_job(address, caller)


def test_every_service_of_the_contracts_is_in_the_table() -> None:
    names = [module.name for module in pkgutil.iter_modules(v1.__path__) if module.name.endswith("_pb2")]
    modules = [importlib.import_module(f"popcon.v1.{name}") for name in names]
    services = {s.full_name for module in modules for s in module.DESCRIPTOR.services_by_name.values()}
    assert services == set(callers.CALLERS)


@pytest.mark.parametrize("caller", ["", "gateway ", "Gateway", "nobody"])
def test_a_name_that_is_not_quite_right_may_nothing(caller: str) -> None:
    with pytest.raises(errors.Forbidden):
        callers.check(caller, "/popcon.v1.JobService/GetJob")


@pytest.mark.parametrize("listen", ["0.0.0.0:8410", "[::]:8410", "10.1.2.3:8410", ":8410"])
def test_orders_are_not_taken_from_beyond_this_machine_in_the_clear(listen: str) -> None:
    with pytest.raises(ValidationError, match="POPCON_RPC_CA_FILE"):
        GrpcSettings(grpc_listen=listen)
    assert GrpcSettings(grpc_listen=listen, rpc_in_the_clear=True)
    files = {"rpc_ca_file": "ca", "rpc_cert_file": "cert", "rpc_key_file": "key"}
    assert GrpcSettings(grpc_listen=listen, **files)
    with pytest.raises(ValidationError, match="go together"):
        GrpcSettings(grpc_listen=listen, rpc_ca_file="ca")
