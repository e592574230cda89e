"""RunService: what workers call."""

from popcon import errors
from popcon.bus import Bus
from popcon.v1 import runs_pb2 as pb
from popcon.v1 import runs_pb2_grpc, tasks_pb2
from services.orchestrator import runs, views
from services.orchestrator.database import Row
from services.orchestrator.runs import Timing
from services.orchestrator.servicers.desk import Context, Desk
from services.orchestrator.watch import Hub


class Runs(runs_pb2_grpc.RunServiceServicer):
    def __init__(self, desk: Desk, hub: Hub, bus: Bus, timing: Timing) -> None:
        self._desk = desk
        self._hub = hub
        self._bus = bus
        self._timing = timing

    async def Claim(self, request: pb.ClaimRequest, context: Context) -> pb.ClaimResponse:
        if not request.claim_id:
            raise errors.InvalidRequest("A claim has an id.", field="claim_id")
        return await self._desk.apply(
            lambda tx: runs.claim(tx, request.run_id, request.claim_id, self._timing), request.run_id
        )

    async def Heartbeat(self, request: pb.HeartbeatRequest, context: Context) -> pb.HeartbeatResponse:
        verdict, run = await self._desk.apply(
            lambda tx: runs.heartbeat(tx, request.run_id, request.attempt, request.progress, self._timing),
            request.run_id,
        )
        if verdict == runs.CONTINUE:
            wake = _progress(run)
            await self._hub.wake(wake)
            await self._bus.wake(wake)
        return pb.HeartbeatResponse(verdict=verdict)

    async def Complete(self, request: pb.CompleteRequest, context: Context) -> pb.CompleteResponse:
        if request.WhichOneof("outcome") is None:
            raise errors.InvalidRequest("An outcome is a success or a failure.", field="outcome")
        return pb.CompleteResponse(
            verdict=await self._desk.apply(lambda tx: runs.complete(tx, request), request.run_id)
        )

    async def Release(self, request: pb.ReleaseRequest, context: Context) -> pb.ReleaseResponse:
        verdict = await self._desk.apply(lambda tx: runs.release(tx, request.run_id, request.attempt))
        return pb.ReleaseResponse(verdict=verdict)


def _progress(run: Row) -> tasks_pb2.Wake:
    progress = tasks_pb2.Progress(
        action_id=run["action_id"],
        stage=views.stage(run["stage"]),
        target=run["target"],
        run=run["number"],
        fraction=run["progress"],
    )
    return tasks_pb2.Wake(job_id=run["job_id"], progress=progress)
