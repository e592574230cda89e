"""The startframe stage: the cut-out character in, `takes/1.png`… out."""

from popcon import backend
from popcon.backend import StartFrame, StartFrameRequest
from popcon.imaging.png import decode_png, encode_png
from popcon.worker.work import Result, Work
from services.startframe.backends import BACKENDS, BEST


class StartFrameStage:
    """Handles startframe runs."""

    async def handle(self, work: Work) -> Result:
        spec = work.assignment.startframe
        chosen = backend.choose(work.assignment.backend, BACKENDS, BEST)
        character = await work.compute(decode_png, await work.store.get(spec.cutout.key))
        direction = backend.direction(spec.direction)
        request = StartFrameRequest(character, direction, takes=spec.takes, seed=work.assignment.seed)
        takes = await work.compute(chosen.make, request, work.progress, work.stopping)
        for number, take in enumerate(takes, 1):
            await _write(work, number, take)
        return Result(chosen.name, takes=len(takes), thumbnail=take_name(1))


def take_name(number: int) -> str:
    """The output that a take is."""
    return f"takes/{number}.png"


async def _write(work: Work, number: int, take: StartFrame) -> None:
    await work.put(take_name(number), await work.compute(encode_png, take.image), "image/png")
    for name, data in take.extras.items():
        await work.put(f"takes/{number}-{name}", data, "application/octet-stream")
