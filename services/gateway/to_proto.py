"""From the API's requests to the services' messages."""

from popcon import rest
from popcon.v1 import common_pb2, jobs_pb2, matting_pb2, runs_pb2


def stage(value: rest.Stage | rest.ActionStage | rest.EditStage | None) -> str:
    """The enum's name, which messages take for its value."""
    return f"STAGE_{value.upper()}" if value else "STAGE_UNSPECIFIED"


def direction(words: rest.ActionSpec | rest.NewWords) -> common_pb2.Direction:
    return common_pb2.Direction(
        preset=words.preset,
        action_prompt=words.action_prompt,
        effect_prompt=words.effect_prompt,
        strength=words.strength,
        speed=words.speed,
    )


def selection(value: rest.Choice) -> common_pb2.Selection:
    return common_pb2.Selection(stage=stage(value.stage), target=value.target or "", run=value.run, take=value.take)


def box(value: rest.Box) -> common_pb2.Box:
    return common_pb2.Box(left=value.left, top=value.top, right=value.right, bottom=value.bottom)


def options(value: rest.JobOptions) -> jobs_pb2.JobOptions:
    return jobs_pb2.JobOptions(
        review=value.review,
        refine=value.refine,
        takes=value.takes,
        targets=value.targets,
        seed=value.seed,
        lane=f"LANE_{value.lane.upper()}",
        startframe_backend=value.startframe_backend,
        motion_backend=value.motion_backend,
        matte_backend=value.matte_backend,
    )


def new_job(owner: str, value: rest.NewJob, idempotency_key: str) -> jobs_pb2.CreateJobRequest:
    return jobs_pb2.CreateJobRequest(
        owner=owner,
        picture_id=value.picture_id,
        actions=[jobs_pb2.ActionSpec(direction=direction(item), label=item.label) for item in value.actions],
        options=options(value.options),
        name=value.name,
        idempotency_key=idempotency_key,
    )


def operation(value: rest.NewOperation) -> runs_pb2.Operation:
    return runs_pb2.Operation(
        kind=value.kind,
        frames=value.frames,
        box=box(value.box) if value.box else None,
        strokes=[_stroke(item) for item in value.strokes],
        mask=value.mask,
        effects=[runs_pb2.EffectRef(frame=item.frame, number=item.number) for item in value.effects],
    )


def _stroke(value: rest.Stroke) -> runs_pb2.Stroke:
    return runs_pb2.Stroke(points=[runs_pb2.Point(x=x, y=y) for x, y in value.points], radius=value.radius)


def pointing(value: rest.Pointing, image: bytes) -> matting_pb2.SelectRequest:
    points = [matting_pb2.SelectPoint(x=item.x, y=item.y, keep=item.keep) for item in value.points]
    return matting_pb2.SelectRequest(image=image, points=points, tool=f"SELECT_TOOL_{value.tool.upper()}")
