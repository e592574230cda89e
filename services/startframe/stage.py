"""The startframe stage: the cut-out character in, `takes/1.png`… out; an edit makes one take of an earlier one."""

from collections.abc import Mapping, Sequence

from popcon import backend
from popcon.backend import StartFrame, StartFrameRequest
from popcon.imaging import edit
from popcon.imaging.png import decode_png, encode_png
from popcon.v1 import runs_pb2
from popcon.worker import files
from popcon.worker.work import Result, Work
from services.startframe.backends import BACKENDS, BEST

_PRISTINE = "pristine.png"


class StartFrameStage:
    """Handles startframe runs."""

    async def handle(self, work: Work) -> Result:
        spec = work.assignment.startframe
        if spec.HasField("base"):
            return await self._edit(work)
        chosen = backend.choose(work.assignment.backend, BACKENDS, BEST)
        character = await work.compute(decode_png, await work.store.get(spec.cutout.key))
        direction = backend.direction(spec.direction)
        request = StartFrameRequest(character, direction, takes=spec.takes, seed=work.assignment.seed)
        takes = await work.compute(chosen.make, request, work.progress, work.stopping)
        for number, take in enumerate(takes, 1):
            await _write(work, number, take)
        return Result(chosen.name, takes=len(takes), thumbnail=take_name(1))

    async def _edit(self, work: Work) -> Result:
        """One take of an earlier run, touched up; its pristine picture, which comes before any edit, is carried on."""
        spec = work.assignment.startframe
        base = await work.manifest_of(spec.base)
        found = await work.read_all(base, lambda name: name in (take_name(spec.base_take), _PRISTINE))
        take = found[take_name(spec.base_take)]
        pristine = found.get(_PRISTINE, take)
        masks = await files.masks(work, spec.operations)
        edited = await work.compute(_edited, take, pristine, list(spec.operations), masks)
        await work.put(take_name(1), edited, "image/png")
        await work.put(_PRISTINE, pristine, "image/png")
        return Result("edit", thumbnail=take_name(1), details={"operations": len(spec.operations)})


def take_name(number: int) -> str:
    """The output that a take is."""
    return f"takes/{number}.png"


def _edited(
    take: bytes, pristine: bytes, operations: Sequence[runs_pb2.Operation], masks: Mapping[str, bytes]
) -> bytes:
    picture, before = decode_png(take).copy(), decode_png(pristine)
    for operation in operations:
        edit.apply(operation.kind, picture, before, edit.region_of(operation, picture.shape, masks))
    return encode_png(picture)


async def _write(work: Work, number: int, take: StartFrame) -> None:
    await work.put(take_name(number), await work.compute(encode_png, take.image), "image/png")
    for name, data in take.extras.items():
        await work.put(f"takes/{number}-{name}", data, "application/octet-stream")
