"""`python -m services.packaging`: packs emoji, assembles sets, checks packs."""

from popcon import server
from popcon.config import open_store
from popcon.jail import Jail
from popcon.v1 import packaging_pb2_grpc
from popcon.worker import service
from popcon.worker.settings import WorkerSettings
from services.packaging.servicer import CHECKER, NAMES, Packagings
from services.packaging.stage import AssembleStage, PackStage


async def serve(settings: WorkerSettings, process: server.Service) -> None:
    jail = Jail(CHECKER, ["services.packaging.checking"])
    await jail.warm()
    servicer = Packagings(jail)
    await service.serve(
        settings,
        process,
        open_store(settings),
        {"pack": PackStage(), "assemble": AssembleStage()},
        NAMES,
        lambda grpc_server: packaging_pb2_grpc.add_PackagingServiceServicer_to_server(servicer, grpc_server),
    )


if __name__ == "__main__":
    server.run("packaging", WorkerSettings, serve)
