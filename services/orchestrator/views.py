"""Rows as messages, and messages as columns. Nothing is decided here."""

from collections.abc import Sequence

from google.protobuf import json_format
from google.protobuf.struct_pb2 import Struct
from google.protobuf.timestamp_pb2 import Timestamp

from popcon.v1 import common_pb2, edits_pb2, jobs_pb2, runs_pb2, sets_pb2
from services.orchestrator import actions as actions_
from services.orchestrator import operations
from services.orchestrator.database import Row
from services.orchestrator.rules import pipeline
from services.orchestrator.rules.action import UPSTREAM, Action, Slot, Stage, State
from services.orchestrator.rules.jobs import job_state


def stage(name: str) -> str:
    """`matte` → STAGE_MATTE; empty → unspecified."""
    return f"STAGE_{(name or 'unspecified').upper()}"


def timestamp(ms: int | None) -> Timestamp | None:
    """Milliseconds since 1970 as a message; None stays None."""
    if ms is None:
        return None
    return Timestamp(seconds=ms // 1000, nanos=ms % 1000 * 1_000_000)


def struct(data: Row | None) -> Struct | None:
    """JSON as a message; None stays None."""
    return json_format.ParseDict(data, Struct()) if data is not None else None


def artifact(row: Row) -> common_pb2.Artifact:
    """An artifact kept as JSON."""
    return common_pb2.Artifact(**row)


def artifact_column(message: common_pb2.Artifact) -> Row:
    """An artifact as JSON to keep."""
    return {name: getattr(message, name) for name in ("key", "size", "sha256", "media_type", "name")}


def direction(row: Row) -> common_pb2.Direction:
    """Preset, prompts and moves kept as JSON."""
    return common_pb2.Direction(**row)


def error(row: Row | None) -> common_pb2.Error | None:
    """A failure kept as JSON; None stays None."""
    return common_pb2.Error(**row) if row else None


def picture(row: Row) -> common_pb2.Picture:
    """A picture's row."""
    return common_pb2.Picture(
        id=row["id"],
        owner=row["owner"],
        source=artifact(row["source"]),
        cutout=artifact(row["cutout"]),
        width=row["width"],
        height=row["height"],
        thumbnail=artifact(row["thumbnail"]) if row["thumbnail"] else None,
        box=_box(row["box"]),
        crop=_box([int(edge) for edge in row["crop"].split(",")]) if row["crop"] else None,
        background=row["background"],
        created_at=timestamp(row["created_at"]),
    )


def _box(edges: Sequence[int]) -> common_pb2.Box:
    left, top, right, bottom = edges
    return common_pb2.Box(left=left, top=top, right=right, bottom=bottom)


def options(row: Row) -> jobs_pb2.JobOptions:
    """Job options kept as JSON."""
    backends = row["backends"]
    return jobs_pb2.JobOptions(
        review=row["review"],
        refine=row["refine"],
        takes=row["takes"],
        targets=row["targets"],
        seed=row["seed"],
        lane=f"LANE_{row['lane'].upper()}",
        startframe_backend=backends["startframe"],
        motion_backend=backends["motion"],
        matte_backend=backends["matte"],
    )


def job(
    row: Row, picture_row: Row, action_rows: Sequence[Row], run_rows: Sequence[Row], sets: Sequence[sets_pb2.EmojiSet]
) -> jobs_pb2.Job:
    """A job with everything in it."""
    state = job_state([State(action["state"]) for action in action_rows])
    by_action: dict[str, list[Row]] = {}
    for run_row in run_rows:
        by_action.setdefault(run_row["action_id"], []).append(run_row)
    return jobs_pb2.Job(
        id=row["id"],
        owner=row["owner"],
        name=row["name"],
        picture=picture(picture_row),
        options=options(row["options"]),
        state=f"JOB_STATE_{state.upper()}",
        actions=[action(each, row["options"], by_action.get(each["id"], [])) for each in action_rows],
        sets=sets,
        last_seq=row["last_seq"],
        created_at=timestamp(row["created_at"]),
        deleted_at=timestamp(row["deleted_at"]),
        useful_seconds=sum(each["seconds"] for each in run_rows),
        wasted_seconds=sum(each["wasted"] for each in run_rows),
    )


def action(row: Row, job_options: Row, run_rows: Sequence[Row]) -> jobs_pb2.Action:
    """An action with its runs, oldest first."""
    known = actions_.to_action(row, job_options, run_rows)
    selected = [selection(slot, pick.run, pick.take) for slot, pick in sorted(known.selected.items())]
    return jobs_pb2.Action(
        id=row["id"],
        job_id=row["job_id"],
        index=row["position"],
        direction=direction(row["direction"]),
        label=row["label"],
        state=f"ACTION_STATE_{row['state'].upper()}",
        stage=stage(row["stage"]),
        version=row["version"],
        selected=selected,
        runs=[run(each, known) for each in run_rows],
        failure=error(row["failure"]),
        edit_id=row["edit_id"] or "",
    )


def selection(slot: Slot, number: int, take: int) -> common_pb2.Selection:
    """A pick of a slot."""
    return common_pb2.Selection(stage=stage(slot.stage), target=slot.target, run=number, take=take)


def run(row: Row, known: Action, *, whole: bool = False) -> jobs_pb2.Run:
    """A run of an action that the rules know. Only the `whole` of it has the files of single frames."""
    slot = Slot(Stage(row["stage"]), row["target"])
    return jobs_pb2.Run(
        id=row["id"],
        stage=stage(row["stage"]),
        target=row["target"],
        number=row["number"],
        state=f"RUN_STATE_{row['state'].upper()}",
        attempt=row["attempt"],
        progress=row["progress"],
        backend=row["backend"],
        takes=row["takes"],
        inputs=inputs(row),
        outdated=pipeline.outdated(known, slot, row["number"]),
        outputs=[artifact(each) for each in row["outputs"] or () if whole or not _is_frame(each["name"])],
        manifest=artifact(row["manifest"]) if row["manifest"] else None,
        thumbnail=row["thumbnail"],
        failure=error(row["failure"]),
        seed=row["seed"],
        details=struct(row["details"]),
        created_at=timestamp(row["created_at"]),
        ended_at=timestamp(row["ended_at"]),
        seconds=row["seconds"],
        wasted_seconds=row["wasted"],
    )


def inputs(row: Row) -> list[common_pb2.Selection]:
    """What a run was made from; a set names it in its parameters."""
    return [selection(Slot(UPSTREAM[Stage(row["stage"])]), *row["made_from"])] if row["made_from"] else []


def _is_frame(name: str) -> bool:
    return "frames/" in name


def success_columns(success: runs_pb2.Success) -> Row:
    """What a run keeps of its success."""
    return {
        "manifest": artifact_column(success.manifest),
        "outputs": [artifact_column(output) for output in success.outputs],
        "takes": success.takes,
        "backend": success.backend,
        "model": success.model,
        "thumbnail": success.thumbnail,
        "details": json_format.MessageToDict(success.details),
    }


_SET_STATES: dict[str, sets_pb2.SetState] = {
    "queued": sets_pb2.SET_STATE_PENDING,
    "running": sets_pb2.SET_STATE_PENDING,
    "superseded": sets_pb2.SET_STATE_PENDING,
    "failed": sets_pb2.SET_STATE_FAILED,
}


def emoji_set(job_id: str, target: str, assembly: Row | None) -> sets_pb2.EmojiSet:
    """A set, from its assemble run; pending where there is none yet."""
    if assembly is None:
        return sets_pb2.EmojiSet(job_id=job_id, target=target, state=sets_pb2.SET_STATE_PENDING)
    wanted = assembly["parameters"]
    found = sets_pb2.EmojiSet(
        job_id=job_id,
        target=target,
        number=assembly["number"],
        digest=wanted["digest"],
        action_ids=[item["action_id"] for item in wanted["items"]],
        tab_action_id=wanted["tab_action_id"],
        outputs=[artifact(each) for each in assembly["outputs"] or ()],
        created_at=timestamp(assembly["created_at"]),
    )
    if assembly["state"] in _SET_STATES:
        found.state = _SET_STATES[assembly["state"]]
        return found
    details = assembly["details"] or {}
    found.breaches.extend(sets_pb2.Breach(**breach) for breach in details.get("breaches", ()))
    found.state = sets_pb2.SET_STATE_INCOMPLETE if found.breaches else sets_pb2.SET_STATE_COMPLETE
    for each in found.outputs:
        if each.name == details.get("zip"):
            found.zip.CopyFrom(each)
    return found


def set_event(success: runs_pb2.Success) -> Row:
    """What an event says of a set that was made."""
    breaches = json_format.MessageToDict(success.details).get("breaches", [])
    return {"state": "incomplete" if breaches else "complete", "breaches": breaches}


def summary(row: Row) -> jobs_pb2.JobSummary:
    """A job in a list."""
    return jobs_pb2.JobSummary(
        id=row["job_id"],
        name=row["name"],
        picture_id=row["picture_id"],
        state=f"JOB_STATE_{row['state'].upper()}",
        done=sum(each["state"] == State.DONE for each in row["actions"]),
        thumbnail=artifact(row["thumbnail"]),
        actions=[
            jobs_pb2.ActionSummary(
                id=each["id"],
                label=each["label"],
                state=f"ACTION_STATE_{each['state'].upper()}",
                last_stage=stage(each["last_stage"]),
            )
            for each in row["actions"]
        ],
        created_at=timestamp(row["created_at"]),
        updated_at=timestamp(row["updated_at"]),
    )


def event(row: Row) -> jobs_pb2.Event:
    """A stored event."""
    return jobs_pb2.Event(
        seq=row["seq"],
        at=timestamp(row["at"]),
        type=row["type"],
        action_id=row["action_id"],
        stage=stage(row["stage"]),
        target=row["target"],
        run=row["run"],
        data=struct(row["data"]),
    )


def edit(row: Row, operation_rows: Sequence[Row]) -> edits_pb2.Edit:
    """An edit with the operations that undo and redo can reach."""
    return edits_pb2.Edit(
        id=row["id"],
        action_id=row["action_id"],
        job_id=row["job_id"],
        base=selection(Slot(Stage(row["stage"])), row["base_run"], row["base_take"]),
        state=f"EDIT_STATE_{row['state'].upper()}",
        version=row["version"],
        cursor=row["cursor"],
        operations=[operations.message(each) for each in operation_rows],
        created_at=timestamp(row["created_at"]),
    )
