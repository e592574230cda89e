"""`python -m services.startframe`: cuts characters out and works on startframe runs."""

from popcon import server
from popcon.config import open_store
from popcon.v1 import startframe_pb2_grpc
from popcon.worker import service
from services.startframe.servicer import NAMES, StartFrames
from services.startframe.settings import StartFrameSettings
from services.startframe.stage import StartFrameStage


async def serve(settings: StartFrameSettings, process: server.Service) -> None:
    store = open_store(settings)
    jail = settings.jail
    await jail.warm()
    servicer = StartFrames(store, settings.decodes, jail)
    await service.serve(
        settings,
        process,
        store,
        {"startframe": StartFrameStage()},
        NAMES,
        lambda grpc_server: startframe_pb2_grpc.add_StartFrameServiceServicer_to_server(servicer, grpc_server),
    )


if __name__ == "__main__":
    server.run("startframe", StartFrameSettings, serve)
