"""Backend `puppet`: eased, looping 2-D animation with drawn effects. No model, no weights."""

from collections.abc import Sequence

from popcon.backend import MotionRequest, Progress, Stop
from popcon.catalog.limits import CLIP_SIDE
from popcon.errors import Stopped
from popcon.imaging.arrays import Pixels
from popcon.imaging.background import estimate_background
from popcon.imaging.clip import Clip
from popcon.imaging.keying import key_background
from popcon.imaging.resize import resize_rgba
from popcon.imaging.unmix import separate
from popcon.puppet.direction import choose
from popcon.puppet.scene import FRAMES, Scene


class Puppet:
    name = "puppet"

    def make(self, request: MotionRequest, progress: Progress, stop: Stop) -> Sequence[Clip]:
        """One clip with known alpha. Raises `Stopped`, and `PictureBlank` where the start frame shows nothing."""
        play = choose(request.direction)
        scene = Scene(_figure(request.start_frame), play, request.seed)
        frames = []
        for frame in scene.frames():
            frames.append(frame)
            progress(len(frames) / FRAMES)
            if stop():
                raise Stopped("The clip is no longer wanted; ask for it again if it is.")
        return [Clip(frames, scene.durations, effects=scene.hints())]


def _figure(start_frame: Pixels) -> Pixels:
    """The start frame as straight RGBA at the clip's side, taken off its plain background where it has no alpha."""
    if start_frame.shape[2] == 3:
        background = estimate_background(start_frame)
        start_frame = separate(start_frame, background.field, key_background(start_frame, background))
    return resize_rgba(start_frame, (CLIP_SIDE, CLIP_SIDE))
