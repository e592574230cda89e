"""The matte stage: a clip in; `pristine/`, `finished/` and `effects.json` out. An edit starts from an earlier matte."""

import json

from popcon.imaging.clip import Clip, decode_clip, encode_clip
from popcon.manifest import Manifest
from popcon.worker import files
from popcon.worker.work import Result, Work
from services.matting import edit
from services.matting.engine import Engine

PRISTINE, FINISHED, EFFECTS = "pristine", "finished", "effects.json"


class MatteStage:
    """Handles matte runs."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def handle(self, work: Work) -> Result:
        if work.assignment.matte.HasField("base"):
            return await self._edit(work)
        manifest = await work.manifest_of(work.assignment.matte.motion)
        clip = await read_clip(work, manifest)
        backend = self._engine.choose(work.assignment.backend, alpha_known=clip.alpha_known)
        made = await self._engine.clip(clip, backend, work.compute, work.progress, work.stopping)
        effects = [{"frame": i, "boxes": [list(box) for box in matte.effects]} for i, matte in enumerate(made)]
        pristine, finished = [matte.pristine for matte in made], [matte.finished for matte in made]
        await _write(work, Clip(pristine, clip.durations), Clip(finished, clip.durations))
        await work.put(EFFECTS, json.dumps({"rescued": effects}).encode(), "application/json")
        rescued = sum(len(matte.effects) for matte in made)
        return _result(backend, {"frames": len(made), "rescued": rescued}, self._engine.model(backend))

    async def _edit(self, work: Work) -> Result:
        spec = work.assignment.matte
        base = await work.manifest_of(spec.base)
        pristine, finished = await read_clip(work, base, PRISTINE), await read_clip(work, base, FINISHED)
        edited = await work.compute(edit.apply, list(spec.operations), pristine, finished)
        await _write(work, pristine, edited)
        effects = await work.store.get(base.output(EFFECTS).key)
        await work.put(EFFECTS, effects, "application/json")
        return _result("edit", {"frames": len(edited.frames), "operations": len(spec.operations)})


async def read_clip(work: Work, manifest: Manifest, folder: str = "") -> Clip:
    """The clip that a run wrote, in a folder of it where one is named."""
    prefix = f"{folder}/" if folder else ""
    wanted = (f"{prefix}clip.json", f"{prefix}frames/")
    found = await work.read_all(manifest, lambda name: name.startswith(wanted))
    return await work.compute(decode_clip, {name.removeprefix(prefix): data for name, data in found.items()})


async def _write(work: Work, pristine: Clip, finished: Clip) -> None:
    for folder, clip in ((PRISTINE, pristine), (FINISHED, finished)):
        await files.put_all(work, await work.compute(encode_clip, clip), folder)


def _result(backend: str, details: dict[str, int], model: str = "") -> Result:
    return Result(backend, model=model, thumbnail=f"{FINISHED}/frames/0000.png", details=details)
