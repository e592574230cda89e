"""`python -m services.matting`: makes mattes, on call and by run."""

from popcon import server
from popcon.config import open_store
from popcon.v1 import matting_pb2_grpc
from popcon.worker import service
from popcon.worker.settings import WorkerSettings
from services.matting.servicer import NAMES, Mattings
from services.matting.stage import MatteStage


async def serve(settings: WorkerSettings, process: server.Service) -> None:
    servicer = Mattings()
    await service.serve(
        settings,
        process,
        open_store(settings),
        {"matte": MatteStage()},
        NAMES,
        lambda grpc_server: matting_pb2_grpc.add_MattingServiceServicer_to_server(servicer, grpc_server),
    )


if __name__ == "__main__":
    server.run("matting", WorkerSettings, serve)
