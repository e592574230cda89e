"""The matte stage: a clip in; `pristine/`, `finished/` and `effects.json` out. An edit starts from an earlier matte.

`effects.json` lists what was rescued, frame by frame:
`{"rescued": [{"frame": 0, "effects": [{"box": [left, top, right, bottom], "score": 0.98, "evidence": "colour"}]}]}`.
Where a frame has any, `effects/NNNN.png` shows all that was put back: grey level n is its n-th effect, counted from 1.

An edited matte carries these on, with `"dropped": true` at each effect that was taken away, and keeps in `rescued/` the
finished matte as it was before the first edit, from which effects come back.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from popcon.imaging.arrays import Pixels
from popcon.imaging.clip import Clip, decode_clip, encode_clip
from popcon.imaging.png import decode_png, encode_png
from popcon.manifest import Manifest
from popcon.v1 import runs_pb2
from popcon.worker import files
from popcon.worker.work import Result, Work
from services.matting import edit, putback
from services.matting.engine import Engine, Matte
from services.matting.vfx import Element

PRISTINE, FINISHED, RESCUED, EFFECTS = "pristine", "finished", "rescued", "effects.json"
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
        found = await work.read_all(base, lambda _name: True)
        masks = await files.masks(work, spec.operations)
        edited = await work.compute(_edited, list(spec.operations), found, masks)
        await files.put_all(work, edited)
        frames = sum(name.startswith(f"{FINISHED}/frames/") for name in edited)
        return _result("edit", {"frames": frames, "operations": len(spec.operations)})


def encode_effects(mattes: Sequence[Matte]) -> dict[str, bytes]:
    """File names to contents: `effects.json`, and for each frame with effects a PNG of their pixels."""
    listed = [
        {"frame": index, "effects": [_told(each) for each in _shown(matte)]} for index, matte in enumerate(mattes)
    ]
    shown = {_EFFECT.format(i): encode_png(_pixels(matte)) for i, matte in enumerate(mattes) if matte.effects}
    return {EFFECTS: json.dumps({"rescued": listed}).encode(), **shown}


def _edited(
    operations: Sequence[runs_pb2.Operation], found: Mapping[str, bytes], masks: Mapping[str, bytes]
) -> dict[str, bytes]:
    """The files of a matte run after an edit, from those before it."""
    listed = json.loads(found[EFFECTS])
    numbers = {
        each["frame"]: decode_png(found[_EFFECT.format(each["frame"])]) for each in listed["rescued"] if each["effects"]
    }
    kept = dict(found)
    if numbers and f"{RESCUED}/clip.json" not in kept:
        kept |= {name.replace(FINISHED, RESCUED, 1): data for name, data in found.items() if _is_in(FINISHED, name)}
    pristine, finished = _clip(found, PRISTINE), _clip(found, FINISHED)
    base = edit.Base(pristine, finished, _clip(kept, RESCUED) if numbers else finished, numbers)
    made = encode_clip(edit.apply(operations, base, masks))
    _mark(operations, listed)
    return {
        **kept,
        **{f"{FINISHED}/{name}": data for name, data in made.items()},
        EFFECTS: json.dumps(listed).encode(),
    }


def _mark(operations: Sequence[runs_pb2.Operation], listed: dict[str, Any]) -> None:
    """Notes in what `effects.json` lists which effects are dropped."""
    effects = {each["frame"]: each["effects"] for each in listed["rescued"]}
    for operation in operations:
        for effect in operation.effects:
            about = effects[effect.frame][effect.number - 1]
            about.pop("dropped", None)
            if operation.kind == edit.DROP:
                about["dropped"] = True


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
    return putback.owners(out, matte.pristine, matte.finished)


async def read_clip(work: Work, manifest: Manifest) -> Clip:
    """The clip that a motion run wrote."""
    found = await work.read_all(manifest, lambda name: name.startswith(("clip.json", "frames/")))
    return await work.compute(decode_clip, found)


def _clip(found: Mapping[str, bytes], folder: str) -> Clip:
    """The clip in a folder of a matte run."""
    return decode_clip({name.removeprefix(f"{folder}/"): data for name, data in found.items() if _is_in(folder, name)})


def _is_in(folder: str, name: str) -> bool:
    return name.startswith(f"{folder}/")


async def _write(work: Work, pristine: Clip, finished: Clip) -> None:
    for folder, clip in ((PRISTINE, pristine), (FINISHED, finished)):
        await files.put_all(work, await work.compute(encode_clip, clip), folder)


def _result(backend: str, details: dict[str, int], model: str = "") -> Result:
    return Result(backend, model=model, thumbnail=f"{FINISHED}/frames/0000.png", details=details)
