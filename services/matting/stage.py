"""The matte stage: a clip in; `pristine/`, `finished/` and `effects.json` out. An edit starts from an earlier matte.

`effects.json` lists what was rescued, frame by frame:
`{"rescued": [{"frame": 0, "effects": [{"box": [left, top, right, bottom], "score": 0.98, "evidence": "colour"}]}]}`.
Where a frame has any, `effects/NNNN.png` shows their pixels: grey level n is its n-th effect, counted from 1.
"""

import json
from collections.abc import Sequence

import numpy as np

from popcon.imaging.arrays import Pixels
from popcon.imaging.clip import Clip, decode_clip, encode_clip
from popcon.imaging.png import encode_png
from popcon.manifest import Manifest
from popcon.worker import files
from popcon.worker.work import Result, Work
from services.matting import edit
from services.matting.engine import Engine, Matte
from services.matting.vfx import Element

PRISTINE, FINISHED, EFFECTS = "pristine", "finished", "effects.json"
_EFFECTS = "effects/"
_EFFECT = "effects/{:04d}.png"


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
        pristine, finished = [matte.pristine for matte in made], [matte.finished for matte in made]
        await _write(work, Clip(pristine, clip.durations), Clip(finished, clip.durations))
        await files.put_all(work, await work.compute(encode_effects, made))
        rescued = sum(len(matte.effects) for matte in made)
        return _result(backend, {"frames": len(made), "rescued": rescued}, self._engine.model(backend))

    async def _edit(self, work: Work) -> Result:
        spec = work.assignment.matte
        base = await work.manifest_of(spec.base)
        pristine, finished = await read_clip(work, base, PRISTINE), await read_clip(work, base, FINISHED)
        edited = await work.compute(edit.apply, list(spec.operations), pristine, finished)
        await _write(work, pristine, edited)
        kept = await work.read_all(base, lambda name: name == EFFECTS or name.startswith(_EFFECTS))
        await files.put_all(work, kept)
        return _result("edit", {"frames": len(edited.frames), "operations": len(spec.operations)})


def encode_effects(mattes: Sequence[Matte]) -> dict[str, bytes]:
    """File names to contents: `effects.json`, and for each frame with effects a PNG of their pixels."""
    listed = [
        {"frame": index, "effects": [_told(each) for each in _shown(matte)]} for index, matte in enumerate(mattes)
    ]
    shown = {_EFFECT.format(i): encode_png(_pixels(matte)) for i, matte in enumerate(mattes) if matte.effects}
    return {EFFECTS: json.dumps({"rescued": listed}).encode(), **shown}


def _shown(matte: Matte) -> Sequence[Element]:
    """The effects of a frame: as many as a grey level can name, the surest first."""
    return sorted(matte.effects, key=lambda each: -each.score)[:255]


def _told(effect: Element) -> dict[str, object]:
    return {"box": list(effect.box), "score": round(effect.score, 3), "evidence": effect.evidence}


def _pixels(matte: Matte) -> Pixels:
    """HxW uint8."""
    out = np.zeros(matte.finished.shape[:2], np.uint8)
    for number, effect in enumerate(_shown(matte), 1):
        out[effect.mask] = number
    return out


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
