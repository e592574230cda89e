"""From the services' messages to those of the API."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from google.protobuf import struct_pb2, timestamp_pb2
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper
from google.protobuf.json_format import MessageToDict

from popcon import rest
from popcon.v1 import access_pb2, common_pb2, dead_letters_pb2, edits_pb2, jobs_pb2, runs_pb2, sets_pb2


def word(enum: EnumTypeWrapper, value: int) -> str:
    """`ACTION_STATE_AWAITING_REVIEW` is `awaiting_review`; `unspecified` where it is not set."""
    prefix = enum.Name(0).removesuffix("UNSPECIFIED")
    return enum.Name(value).removeprefix(prefix).lower()


def stage(value: int) -> rest.Stage | None:
    return rest.Stage(word(common_pb2.Stage, value)) if value else None


def time(value: timestamp_pb2.Timestamp) -> datetime:
    return value.ToDatetime(tzinfo=UTC)


def artifact(message: common_pb2.Artifact) -> rest.Artifact:
    return rest.Artifact(
        key=message.key,
        url=f"/v1/artifacts/{quote(message.key)}",
        size=message.size,
        sha256=message.sha256,
        media_type=message.media_type,
        name=message.name,
    )


def failure(message: common_pb2.Error) -> rest.Failure:
    return rest.Failure(code=message.code, message=message.message, field=message.field, retryable=message.retryable)


def box(message: common_pb2.Box) -> rest.Box:
    return rest.Box(left=message.left, top=message.top, right=message.right, bottom=message.bottom)


def selection(message: common_pb2.Selection) -> rest.Selection:
    return rest.Selection(
        stage=rest.Stage(word(common_pb2.Stage, message.stage)),
        target=message.target or None,
        run=message.run,
        take=message.take,
    )


def picture(message: common_pb2.Picture) -> rest.Picture:
    return rest.Picture(
        id=message.id,
        source=artifact(message.source),
        cutout=artifact(message.cutout),
        width=message.width,
        height=message.height,
        box=box(message.box),
        background=message.background,
        created_at=time(message.created_at),
        crop=box(message.crop) if message.HasField("crop") else None,
        thumbnail=artifact(message.thumbnail) if message.HasField("thumbnail") else None,
    )


def options(message: jobs_pb2.JobOptions) -> rest.JobOptions:
    return rest.JobOptions(
        review=message.review,
        refine=message.refine,
        takes=message.takes or 1,
        targets=list(message.targets),
        seed=message.seed,
        lane=rest.Lane(word(common_pb2.Lane, message.lane or common_pb2.LANE_BATCH)),
        startframe_backend=message.startframe_backend,
        motion_backend=message.motion_backend,
        matte_backend=message.matte_backend,
    )


def run(message: jobs_pb2.Run) -> rest.Run:
    return rest.Run(
        id=message.id,
        stage=rest.Stage(word(common_pb2.Stage, message.stage)),
        target=message.target or None,
        number=message.number,
        state=rest.RunState(word(jobs_pb2.RunState, message.state)),
        attempt=message.attempt,
        progress=message.progress,
        backend=message.backend,
        takes=message.takes,
        inputs=[selection(item) for item in message.inputs],
        outdated=message.outdated,
        outputs=[artifact(item) for item in message.outputs],
        manifest=artifact(message.manifest) if message.HasField("manifest") else None,
        thumbnail=message.thumbnail,
        failure=failure(message.failure) if message.HasField("failure") else None,
        seed=message.seed,
        details=struct(message.details),
        created_at=time(message.created_at),
        ended_at=time(message.ended_at) if message.HasField("ended_at") else None,
        seconds=message.seconds,
        wasted_seconds=message.wasted_seconds,
    )


def action(message: jobs_pb2.Action) -> rest.Action:
    words = message.direction
    return rest.Action(
        id=message.id,
        job_id=message.job_id,
        index=message.index,
        direction=rest.Direction(
            preset=words.preset,
            action_prompt=words.action_prompt,
            effect_prompt=words.effect_prompt,
            strength=words.strength or 1.0,
            speed=words.speed or 1.0,
        ),
        label=message.label,
        state=rest.ActionState(word(jobs_pb2.ActionState, message.state)),
        stage=stage(message.stage),
        version=message.version,
        selected=[selection(item) for item in message.selected],
        runs=[run(item) for item in message.runs],
        failure=failure(message.failure) if message.HasField("failure") else None,
        edit_id=message.edit_id or None,
    )


def job(message: jobs_pb2.Job) -> rest.Job:
    return rest.Job(
        id=message.id,
        name=message.name,
        picture=picture(message.picture),
        options=options(message.options),
        state=rest.JobState(word(jobs_pb2.JobState, message.state)),
        actions=[action(item) for item in message.actions],
        sets=[emoji_set(item) for item in message.sets],
        last_seq=message.last_seq,
        created_at=time(message.created_at),
        deleted_at=time(message.deleted_at) if message.HasField("deleted_at") else None,
        useful_seconds=message.useful_seconds,
        wasted_seconds=message.wasted_seconds,
    )


def job_page(message: jobs_pb2.ListJobsResponse) -> rest.JobPage:
    return rest.JobPage(jobs=[_summary(item) for item in message.jobs], next_cursor=message.next_cursor or None)


def _summary(message: jobs_pb2.JobSummary) -> rest.JobSummary:
    return rest.JobSummary(
        id=message.id,
        name=message.name,
        picture_id=message.picture_id,
        done=message.done,
        state=rest.JobState(word(jobs_pb2.JobState, message.state)),
        thumbnail=artifact(message.thumbnail) if message.HasField("thumbnail") else None,
        actions=[
            rest.ActionSummary(
                id=item.id,
                label=item.label,
                state=rest.ActionState(word(jobs_pb2.ActionState, item.state)),
                last_stage=stage(item.last_stage),
            )
            for item in message.actions
        ],
        created_at=time(message.created_at),
        updated_at=time(message.updated_at),
    )


def pace(message: jobs_pb2.GetPaceResponse) -> rest.Pace:
    stages = [
        rest.StagePace(
            stage=rest.ActionStage(word(common_pb2.Stage, item.stage)),
            seconds=item.seconds if item.HasField("seconds") else None,
        )
        for item in message.stages
    ]
    return rest.Pace(stages=stages, waiting=message.waiting)


def event(message: jobs_pb2.Event) -> rest.Event:
    return rest.Event(
        seq=message.seq or None,
        at=time(message.at),
        type=message.type,
        action_id=message.action_id or None,
        stage=stage(message.stage),
        target=message.target or None,
        run=message.run or None,
        data=struct(message.data),
    )


def dead_letter(message: dead_letters_pb2.DeadLetter) -> rest.DeadLetter:
    return rest.DeadLetter(
        run_id=message.run_id,
        job_id=message.job_id,
        action_id=message.action_id or None,
        label=message.label,
        stage=rest.Stage(word(common_pb2.Stage, message.stage)),
        target=message.target or None,
        number=message.number,
        state=rest.DeadLetterState(word(dead_letters_pb2.DeadLetterState, message.state)),
        failure=failure(message.failure) if message.HasField("failure") else None,
        attempts=message.attempts,
        losses=message.losses,
        tries=message.tries,
        inputs=[selection(item) for item in message.inputs],
        backend=message.backend,
        seed=message.seed,
        wasted_seconds=message.wasted_seconds,
        created_at=time(message.created_at),
        failed_at=time(message.failed_at),
        parameters=struct(message.parameters),
        events=[event(item) for item in message.events],
    )


def dead_letter_page(message: dead_letters_pb2.ListDeadLettersResponse) -> rest.DeadLetterPage:
    letters = [dead_letter(item) for item in message.dead_letters]
    return rest.DeadLetterPage(dead_letters=letters, next_cursor=message.next_cursor or None)


def emoji_set(message: sets_pb2.EmojiSet) -> rest.EmojiSet:
    return rest.EmojiSet(
        job_id=message.job_id,
        target=message.target,
        number=message.number,
        state=rest.SetState(word(sets_pb2.SetState, message.state)),
        digest=message.digest,
        action_ids=list(message.action_ids),
        tab_action_id=message.tab_action_id or None,
        outputs=[artifact(item) for item in message.outputs],
        zip=artifact(message.zip) if message.HasField("zip") else None,
        breaches=[breach(item) for item in message.breaches],
        created_at=time(message.created_at) if message.HasField("created_at") else None,
    )


def breach(message: sets_pb2.Breach) -> rest.Breach:
    return rest.Breach(rule=message.rule, file=message.file, message=message.message)


def edit(message: edits_pb2.Edit) -> rest.Edit:
    return rest.Edit(
        id=message.id,
        action_id=message.action_id,
        job_id=message.job_id,
        base=selection(message.base),
        state=rest.EditState(word(edits_pb2.EditState, message.state)),
        version=message.version,
        cursor=message.cursor,
        operations=[_operation(item) for item in message.operations],
        created_at=time(message.created_at),
    )


def _operation(message: runs_pb2.Operation) -> rest.Operation:
    return rest.Operation(
        seq=message.seq,
        kind=message.kind,
        frames=list(message.frames),
        box=box(message.box) if message.HasField("box") else None,
        strokes=[_stroke(item) for item in message.strokes],
        mask=message.mask,
        effects=[rest.EffectRef(frame=item.frame, number=item.number) for item in message.effects],
    )


def _stroke(message: runs_pb2.Stroke) -> rest.Stroke:
    # They were kept as hundredths; 32-bit floats have long tails as text.
    points = [(round(item.x, 2), round(item.y, 2)) for item in message.points]
    return rest.Stroke(points=points, radius=round(message.radius, 2))


def struct(message: struct_pb2.Struct) -> dict[str, Any]:
    """As a dict in the order of its keys, whole numbers as integers again: a Struct has no order and only floats."""
    return {key: _whole(value) for key, value in sorted(MessageToDict(message).items())}


def _whole(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: _whole(item) for key, item in sorted(value.items())}
    if isinstance(value, list):
        return [_whole(item) for item in value]
    return value


def key(message: access_pb2.Key) -> rest.Key:
    """An API key."""
    return rest.Key(
        id=message.id,
        name=message.name,
        scope=rest.Scope(access_pb2.Scope.Name(message.scope).removeprefix("SCOPE_").lower()),
        created_at=time(message.created_at),
        expires_at=time(message.expires_at) if message.HasField("expires_at") else None,
        revoked_at=time(message.revoked_at) if message.HasField("revoked_at") else None,
    )
