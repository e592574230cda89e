"""Matting by `known`: the frames carry their alpha."""

from popcon.errors import WrongState
from popcon.imaging.arrays import Pixels
from popcon.imaging.clip import Clip
from popcon.imaging.resize import cleared


def matte(clip: Clip) -> list[Pixels]:
    """The frames as HxWx4 uint8 straight RGBA, RGB 0 where alpha is 0. Raises `WrongState` where there is no alpha."""
    if not clip.alpha_known:
        raise WrongState("This clip carries no alpha; choose another matting backend, such as 'classic'.")
    return [cleared(frame) for frame in clip.frames]
