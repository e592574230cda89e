"""What a worker is told when it claims a run: everything a handler needs, read from SQL at that moment."""

import sqlalchemy as sa
from google.protobuf.duration_pb2 import Duration

from popcon.storage import keys
from popcon.v1 import runs_pb2
from services.orchestrator import operations, tables, views
from services.orchestrator.database import Row
from services.orchestrator.tx import Tx


async def build(tx: Tx, run: Row, lease_s: float) -> runs_pb2.Assignment:
    """The assignment of a claimed run."""
    assignment = runs_pb2.Assignment(
        run_id=run["id"],
        attempt=run["attempt"],
        owner=run["owner"],
        job_id=run["job_id"],
        action_id=run["action_id"],
        stage=views.stage(run["stage"]),
        number=run["number"],
        backend=run["backend"],
        seed=run["seed"],
        lease=_duration(int(lease_s * 1000)),
        deadline=_duration(run["deadline_at"] - tx.now),
        prefix=prefix(run),
    )
    await _BUILDERS[run["stage"]](tx, run, assignment)
    return assignment


def prefix(run: Row) -> str:
    """Below which all attempts of a run, or of the assembly of a set, write."""
    if run["action_id"]:
        return keys.run_prefix(
            run["owner"], run["job_id"], run["action_id"], run["stage"], run["target"], run["number"]
        )
    return keys.set_prefix(run["owner"], run["job_id"], run["target"], run["number"])


async def _startframe(tx: Tx, run: Row, assignment: runs_pb2.Assignment) -> None:
    work = runs_pb2.StartFrameWork(
        cutout=views.artifact(await _cutout(tx, run["job_id"])),
        direction=views.direction(run["parameters"]["direction"]),
        takes=run["parameters"]["takes"],
    )
    if edit := await _edit(tx, run):
        work.base.CopyFrom(views.artifact(await _manifest(tx, run, "startframe", edit["base_run"])))
        work.base_take = edit["base_take"]
        work.operations.extend(await _operations(tx, edit))
    assignment.startframe.CopyFrom(work)


async def _motion(tx: Tx, run: Row, assignment: runs_pb2.Assignment) -> None:
    number, take = run["made_from"]
    work = runs_pb2.MotionWork(
        startframe=views.artifact(await _manifest(tx, run, "startframe", number)),
        take=take,
        direction=views.direction(run["parameters"]["direction"]),
    )
    assignment.motion.CopyFrom(work)


async def _matte(tx: Tx, run: Row, assignment: runs_pb2.Assignment) -> None:
    work = runs_pb2.MatteWork(motion=views.artifact(await _manifest(tx, run, "motion", run["made_from"][0])))
    if edit := await _edit(tx, run):
        work.base.CopyFrom(views.artifact(await _manifest(tx, run, "matte", edit["base_run"])))
        work.operations.extend(await _operations(tx, edit))
    assignment.matte.CopyFrom(work)


async def _pack(tx: Tx, run: Row, assignment: runs_pb2.Assignment) -> None:
    manifest = await _manifest(tx, run, "matte", run["made_from"][0])
    assignment.pack.CopyFrom(runs_pb2.PackWork(matte=views.artifact(manifest), target=run["target"]))


async def _assemble(_tx: Tx, run: Row, assignment: runs_pb2.Assignment) -> None:
    wanted = run["parameters"]
    work = runs_pb2.AssembleWork(target=run["target"], tab_action_id=wanted["tab_action_id"])
    for item in wanted["items"]:
        pack = views.artifact(item["manifest"])
        about = {"action_id": item["action_id"], "label": item["label"], "preset": item.get("preset", "")}
        work.items.append(runs_pb2.SetItem(**about, pack=pack))
    assignment.assemble.CopyFrom(work)


_BUILDERS = {"startframe": _startframe, "motion": _motion, "matte": _matte, "pack": _pack, "assemble": _assemble}


async def _edit(tx: Tx, run: Row) -> Row | None:
    """The edit that a run applies."""
    edit_id = run["parameters"].get("edit_id")
    return await tx.one(sa.select(tables.edits).where(tables.edits.c.id == edit_id)) if edit_id else None


async def _operations(tx: Tx, edit: Row) -> list[runs_pb2.Operation]:
    """What holds of an edit, in order."""
    kept = tables.operations
    where = (kept.c.edit_id == edit["id"], ~kept.c.dropped, kept.c.seq <= edit["cursor"])
    return [operations.message(row) for row in await tx.all(sa.select(kept).where(*where).order_by(kept.c.seq))]


async def _cutout(tx: Tx, job_id: str) -> Row:
    if known := tx.ahead.cutouts.get(job_id):
        return known
    jobs, pictures = tables.jobs, tables.pictures
    query = sa.select(pictures.c.cutout).join(jobs, jobs.c.picture_id == pictures.c.id).where(jobs.c.id == job_id)
    return dict((await tx.all(query))[0]["cutout"])


async def _manifest(tx: Tx, run: Row, stage: str, number: int) -> Row:
    if known := tx.ahead.manifest(run["action_id"], stage, number):
        return known
    runs = tables.runs
    about = (runs.c.job_id == run["job_id"], runs.c.action_id == run["action_id"], runs.c.stage == stage)
    rows = await tx.all(sa.select(runs.c.manifest).where(*about, runs.c.number == number))
    return dict(rows[0]["manifest"])


def _duration(ms: int) -> Duration:
    return Duration(seconds=max(ms, 0) // 1000, nanos=max(ms, 0) % 1000 * 1_000_000)
