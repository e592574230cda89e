"""What a worker says to the orchestrator. One that is away is waited for; repeating any call is harmless."""

from google.protobuf import json_format
from google.protobuf.struct_pb2 import Struct

from popcon import errors, manifest, rpc
from popcon.certificates import Certificates
from popcon.manifest import Manifest
from popcon.rpc_errors import to_proto
from popcon.storage import Artifact
from popcon.v1 import runs_pb2, runs_pb2_grpc

CLAIM_PATIENCE_S = 20.0
COMPLETE_PATIENCE_S = 120.0

CONTINUE = runs_pb2.VERDICT_CONTINUE
SETTLED = runs_pb2.VERDICT_SETTLED
HELD = runs_pb2.VERDICT_HELD


class Claims:
    """The calls of `RunService`, by one worker process."""

    def __init__(self, address: str, certificates: Certificates | None = None) -> None:
        self._channel = rpc.connect(address, certificates)
        self._stub = runs_pb2_grpc.RunServiceStub(self._channel)

    async def close(self) -> None:
        await self._channel.close()

    async def claim(self, run_id: str, claim_id: str) -> runs_pb2.ClaimResponse:
        """Asks for a run. Raises `Unavailable` when no orchestrator answers for a while."""
        request = runs_pb2.ClaimRequest(run_id=run_id, claim_id=claim_id)
        answer: runs_pb2.ClaimResponse = await rpc.call(self._stub.Claim, request, patience_s=CLAIM_PATIENCE_S)
        return answer

    async def heartbeat(self, held: runs_pb2.Assignment, fraction: float) -> runs_pb2.Verdict:
        """Extends the lease. Raises `Unavailable` when nobody answers: try again at the next beat."""
        request = runs_pb2.HeartbeatRequest(run_id=held.run_id, attempt=held.attempt, progress=fraction)
        answer: runs_pb2.HeartbeatResponse = await rpc.call(self._stub.Heartbeat, request, timeout_s=5)
        return answer.verdict

    async def succeed(self, held: runs_pb2.Assignment, stored: Artifact, made: Manifest) -> runs_pb2.Verdict:
        """Reports what was made; committed when this returns."""
        output = manifest.Output.of(manifest.NAME, stored)
        success = runs_pb2.Success(
            manifest=output.to_proto(),
            outputs=[each.to_proto() for each in made.outputs],
            takes=made.takes,
            backend=made.backend,
            model=made.model,
            seconds=made.seconds,
            thumbnail=made.thumbnail,
            details=json_format.ParseDict(dict(made.details), Struct()),
        )
        return await self._complete(held, runs_pb2.CompleteRequest(success=success))

    async def fail(self, held: runs_pb2.Assignment, error: errors.PopconError) -> runs_pb2.Verdict:
        """Reports why nothing was made; committed when this returns."""
        return await self._complete(held, runs_pb2.CompleteRequest(failure=to_proto(error)))

    async def release(self, held: runs_pb2.Assignment) -> None:
        """Hands the run back. Best effort: a lease that nobody extends runs out by itself."""
        request = runs_pb2.ReleaseRequest(run_id=held.run_id, attempt=held.attempt)
        await rpc.call(self._stub.Release, request, timeout_s=5)

    async def _complete(self, held: runs_pb2.Assignment, request: runs_pb2.CompleteRequest) -> runs_pb2.Verdict:
        request.run_id, request.attempt = held.run_id, held.attempt
        answer: runs_pb2.CompleteResponse = await rpc.call(self._stub.Complete, request, patience_s=COMPLETE_PATIENCE_S)
        return answer.verdict
