"""`python -m services.motion`: works on motion runs and draws samples."""

from popcon import server
from popcon.config import open_store
from popcon.v1 import motion_pb2_grpc
from popcon.worker import service
from popcon.worker.settings import WorkerSettings
from services.motion.servicer import NAMES, Motions
from services.motion.stage import MotionStage


async def serve(settings: WorkerSettings, process: server.Service) -> None:
    store = open_store(settings)
    servicer = Motions(store)
    await service.serve(
        settings,
        process,
        store,
        {"motion": MotionStage()},
        NAMES,
        lambda grpc_server: motion_pb2_grpc.add_MotionServiceServicer_to_server(servicer, grpc_server),
    )


if __name__ == "__main__":
    server.run("motion", WorkerSettings, serve)
