"""Backend `puppet`: the character itself, posed by simple moves. No model, no weights."""

from collections.abc import Sequence

import numpy as np

from popcon.backend import Progress, StartFrame, StartFrameRequest, Stop
from popcon.errors import Stopped
from popcon.puppet.direction import choose
from popcon.puppet.still import strike

# Neighbouring seeds differ in side or by half a stance, so that takes of one run can be told apart.
_STRENGTHS = (1.0, -1.0, 1.9, -1.9)
_SPREAD = 0.15


class Puppet:
    """A take is made from its own seed alone: the run's seed plus its place."""

    name = "puppet"

    def make(self, request: StartFrameRequest, progress: Progress, stop: Stop) -> Sequence[StartFrame]:
        """As many takes as were asked for. Raises `Stopped`, and `PictureBlank` where the character cannot be seen."""
        play = choose(request.direction)
        takes = []
        for index in range(request.takes):
            if stop():
                raise Stopped("The start frame is no longer wanted; ask for it again if it is.")
            seed = request.seed + index
            strength = (
                _STRENGTHS[seed % len(_STRENGTHS)]
                * play.strength
                * np.random.default_rng(seed).uniform(1 - _SPREAD, 1 + _SPREAD)
            )
            takes.append(StartFrame(strike(request.character, play.motion, float(strength), request.size), seed))
            progress((index + 1) / request.takes)
        return takes
