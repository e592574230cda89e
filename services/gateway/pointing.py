"""Regions of an edit: the frame that was pointed at is found, matting is asked, its mask is kept under the edit."""

import hashlib
from collections.abc import Sequence

from popcon import errors, rest
from popcon.manifest import Output
from popcon.storage import keys
from popcon.v1 import common_pb2, edits_pb2, jobs_pb2
from services.gateway import to_proto, to_rest
from services.gateway.links import Links, read
from services.gateway.routes import actions

SELECT_WITHIN_S = 15.0


async def region(links: Links, owner: str, edit: edits_pb2.Edit, asked: rest.Pointing) -> rest.Region:
    """The region that points mean, its mask stored by digest. Raises `InvalidRequest`, `NotFound`, `WrongState`."""
    if edit.state != edits_pb2.EDIT_STATE_OPEN:
        raise errors.WrongState("The edit is closed and takes no more regions; open another.")
    frame = await links.store.get((await _frame(links, owner, edit, asked.frame)).key)
    answer = await read(links.matting.Select, to_proto.pointing(asked, frame), timeout_s=SELECT_WITHIN_S)
    key = keys.mask_key(owner, edit.job_id, edit.id, hashlib.sha256(answer.mask).hexdigest())
    stored = await links.store.put(key, answer.mask, "image/png")
    return rest.Region(mask=to_rest.artifact(Output.of("", stored).to_proto()), box=to_rest.box(answer.box))


async def _frame(links: Links, owner: str, edit: edits_pb2.Edit, index: int) -> common_pb2.Artifact:
    """The frame as it was before the edit's stage took anything away, so that all of it can be pointed at."""
    runs = (await actions.find(links, owner, edit.job_id, edit.action_id)).runs
    base = _run(runs, edit.base.stage, edit.base.run)
    if edit.base.stage == common_pb2.STAGE_MATTE:
        base = _run(runs, common_pb2.STAGE_MOTION, base.inputs[0].run)
        names = [f"frames/{index:04d}.png"]
    else:
        names = ["pristine.png", f"takes/{edit.base.take}.png"] if index == 0 else []
    whole = (await read(links.jobs.GetRun, jobs_pb2.GetRunRequest(owner=owner, run_id=base.id))).run
    found = {output.name: output for output in whole.outputs}
    for name in names:
        if name in found:
            artifact: common_pb2.Artifact = found[name]
            return artifact
    raise errors.InvalidRequest(f"There is no frame {index} to point at; frames count from 0.", field="frame")


def _run(runs: Sequence[jobs_pb2.Run], stage: common_pb2.Stage, number: int) -> jobs_pb2.Run:
    return next(run for run in runs if (run.stage, run.number) == (stage, number))
