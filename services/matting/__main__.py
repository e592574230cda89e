"""`python -m services.matting`: makes mattes, on call and by run."""

from popcon import server
from popcon.config import open_store
from popcon.errors import Unavailable
from popcon.v1 import matting_pb2_grpc
from popcon.worker import service
from services.matting.choice import open_models
from services.matting.engine import Engine
from services.matting.servicer import NAMES, Mattings
from services.matting.settings import MattingSettings
from services.matting.stage import MatteStage


async def serve(settings: MattingSettings, process: server.Service) -> None:
    engine = Engine(await open_models(settings))
    servicer = Mattings(engine)
    try:
        async with server.background(_end_when_broken(engine)):
            await service.serve(
                settings,
                process,
                open_store(settings),
                {"matte": MatteStage(engine)},
                NAMES,
                lambda grpc_server: matting_pb2_grpc.add_MattingServiceServicer_to_server(servicer, grpc_server),
            )
    finally:
        await engine.close()


async def _end_when_broken(engine: Engine) -> None:
    await engine.broken()
    raise Unavailable("A model will not answer again in this process, which ends so that another takes its place.")


if __name__ == "__main__":
    server.run("matting", MattingSettings, serve)
