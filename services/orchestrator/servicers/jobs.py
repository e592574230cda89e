"""PictureService and JobService."""

from collections.abc import AsyncIterator, Awaitable, Callable

from popcon import errors
from popcon.bus import lane_name
from popcon.v1 import jobs_pb2 as pb
from popcon.v1 import jobs_pb2_grpc
from services.orchestrator import jobs, pace, pictures, quotas, replies, transitions, views
from services.orchestrator.door import Door
from services.orchestrator.rules.quota import Quota
from services.orchestrator.servicers.desk import Context, Desk
from services.orchestrator.tx import JobChange, Tx
from services.orchestrator.watch import Hub


class Pictures(jobs_pb2_grpc.PictureServiceServicer):
    def __init__(self, desk: Desk, defaults: Quota) -> None:
        self._desk = desk
        self._defaults = defaults

    async def CreatePicture(self, request: pb.CreatePictureRequest, context: Context) -> pb.CreatePictureResponse:
        picture = await self._desk.apply(lambda tx: pictures.create(tx, request.owner, request.picture, self._defaults))
        return pb.CreatePictureResponse(picture=picture)

    async def GetPicture(self, request: pb.GetPictureRequest, context: Context) -> pb.GetPictureResponse:
        row = await self._desk.read(lambda tx: pictures.get(tx, request.owner, request.picture_id))
        return pb.GetPictureResponse(picture=views.picture(row))


class Jobs(jobs_pb2_grpc.JobServiceServicer):
    def __init__(self, desk: Desk, hub: Hub, door: Door, defaults: Quota) -> None:
        self._desk = desk
        self._hub = hub
        self._door = door
        self._defaults = defaults

    async def CreateJob(self, request: pb.CreateJobRequest, context: Context) -> pb.CreateJobResponse:
        async def make(tx: Tx) -> pb.Job:
            # Before anything is written: a full house must not spend itself on what it refuses.
            await quotas.admit(tx, request.owner, self._defaults)
            self._door.admit(request.owner, lane_name(request.options.lane), len(request.actions))
            return await jobs.create(tx, request)

        async def create(tx: Tx) -> pb.Job:
            return await _once(tx, "create_job", request, lambda: make(tx))

        return pb.CreateJobResponse(job=await self._desk.apply(create))

    async def GetJob(self, request: pb.GetJobRequest, context: Context) -> pb.GetJobResponse:
        job = await self._desk.read(lambda tx: jobs.get(tx, request.owner, request.job_id))
        return pb.GetJobResponse(job=job)

    async def GetRun(self, request: pb.GetRunRequest, context: Context) -> pb.GetRunResponse:
        return pb.GetRunResponse(run=await self._desk.read(lambda tx: jobs.get_run(tx, request.owner, request.run_id)))

    async def ListJobs(self, request: pb.ListJobsRequest, context: Context) -> pb.ListJobsResponse:
        return await self._desk.read(lambda tx: jobs.list_page(tx, request))

    async def GetPace(self, request: pb.GetPaceRequest, context: Context) -> pb.GetPaceResponse:
        return await self._desk.read(lambda tx: pace.get(tx, request.owner))

    async def ApproveAction(self, request: pb.ApproveActionRequest, context: Context) -> pb.ApproveActionResponse:
        return pb.ApproveActionResponse(action=await self._desk.apply(lambda tx: transitions.approve(tx, request)))

    async def RegenerateAction(
        self, request: pb.RegenerateActionRequest, context: Context
    ) -> pb.RegenerateActionResponse:
        return pb.RegenerateActionResponse(
            action=await self._desk.apply(lambda tx: transitions.regenerate(tx, request, self._admit))
        )

    async def SelectTake(self, request: pb.SelectTakeRequest, context: Context) -> pb.SelectTakeResponse:
        return pb.SelectTakeResponse(action=await self._desk.apply(lambda tx: transitions.select(tx, request)))

    async def ResumeAction(self, request: pb.ResumeActionRequest, context: Context) -> pb.ResumeActionResponse:
        action = await self._desk.apply(lambda tx: transitions.resume(tx, request, self._admit))
        return pb.ResumeActionResponse(action=action)

    async def SkipRefine(self, request: pb.SkipRefineRequest, context: Context) -> pb.SkipRefineResponse:
        return pb.SkipRefineResponse(action=await self._desk.apply(lambda tx: transitions.skip(tx, request)))

    async def CancelAction(self, request: pb.CancelActionRequest, context: Context) -> pb.CancelActionResponse:
        return pb.CancelActionResponse(action=await self._desk.apply(lambda tx: transitions.cancel(tx, request)))

    async def ApproveJob(self, request: pb.ApproveJobRequest, context: Context) -> pb.ApproveJobResponse:
        return pb.ApproveJobResponse(job=await self._desk.apply(lambda tx: transitions.approve_job(tx, request)))

    async def ResumeJob(self, request: pb.ResumeJobRequest, context: Context) -> pb.ResumeJobResponse:
        async def resume(tx: Tx) -> pb.Job:
            return await _once(tx, "resume_job", request, lambda: transitions.resume_job(tx, request, self._admit))

        return pb.ResumeJobResponse(job=await self._desk.apply(resume))

    async def CancelJob(self, request: pb.CancelJobRequest, context: Context) -> pb.CancelJobResponse:
        return pb.CancelJobResponse(job=await self._desk.apply(lambda tx: transitions.cancel_job(tx, request)))

    async def DeleteJob(self, request: pb.DeleteJobRequest, context: Context) -> pb.DeleteJobResponse:
        until = await self._desk.apply(lambda tx: jobs.delete(tx, request.owner, request.job_id))
        return pb.DeleteJobResponse(undo_until=views.timestamp(until))

    async def UndeleteJob(self, request: pb.UndeleteJobRequest, context: Context) -> pb.UndeleteJobResponse:
        job = await self._desk.apply(lambda tx: jobs.undelete(tx, request.owner, request.job_id))
        return pb.UndeleteJobResponse(job=job)

    async def WatchJob(self, request: pb.WatchJobRequest, context: Context) -> AsyncIterator[pb.WatchJobResponse]:
        events = self._hub.watch(self._desk.database, request.owner, request.job_id, request.after)
        async for event in events:
            yield pb.WatchJobResponse(event=event)

    async def _admit(self, job: JobChange, runs: int) -> None:
        await quotas.admit(job.tx, job.owner, self._defaults, job.id)
        self._door.admit(job.owner, job.row["options"]["lane"], runs)


async def _once(
    tx: Tx, scope: str, request: pb.CreateJobRequest | pb.ResumeJobRequest, make: Callable[[], Awaitable[pb.Job]]
) -> pb.Job:
    """What `make` does; where the request has a key, once."""
    if not request.idempotency_key:
        return await make()
    kept = replies.Key(request.owner, scope, replies.check_key(request.idempotency_key))
    return await replies.once(tx, kept, request, make, pb.Job, errors.IdempotencyMismatch(replies.MISMATCH))
