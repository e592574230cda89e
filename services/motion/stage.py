"""The motion stage: a start frame in, a clip and its preview out."""

from popcon import backend
from popcon.backend import MotionRequest
from popcon.imaging.clip import encode_clip, frame_name
from popcon.imaging.png import decode_png
from popcon.worker import files
from popcon.worker.work import Result, Work
from services.motion.backends import BACKENDS, BEST
from services.motion.preview import encode_preview


class MotionStage:
    """Handles motion runs."""

    async def handle(self, work: Work) -> Result:
        spec = work.assignment.motion
        chosen = backend.choose(work.assignment.backend, BACKENDS, BEST)
        manifest = await work.manifest_of(spec.startframe)
        picture = await work.store.get(manifest.output(f"takes/{spec.take}.png").key)
        start_frame = await work.compute(decode_png, picture)
        request = MotionRequest(start_frame, backend.direction(spec.direction), seed=work.assignment.seed)
        clip = (await work.compute(chosen.make, request, work.progress, work.stopping))[0]
        await files.put_all(work, await work.compute(encode_clip, clip))
        await work.put("preview.mp4", await work.compute(encode_preview, clip), "video/mp4")
        details = {"frames": len(clip.frames), "seconds": float(clip.duration)}
        return Result(chosen.name, thumbnail=frame_name(0), details=details)
