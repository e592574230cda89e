"""Still pictures: a character squared, padded and struck in a choreography's stance."""

from popcon.imaging.arrays import Pixels
from popcon.imaging.resize import crop_to_square, resize_rgba, unpremultiply
from popcon.puppet.anatomy import study
from popcon.puppet.motions import MOTIONS
from popcon.puppet.rig import Camera, Rig, reach
from popcon.puppet.swing import still_swings

ROOM = 0.74


def strike(character: Pixels, motion: str, strength: float, size: int) -> Pixels:
    """The character (HxWx4 uint8 straight RGBA, cut out) in the stance of a choreography, `size` pixels square.

    `strength`: 1 is the stance as it is written, 0 none, negative to the other side. The character fills `ROOM` of the
    square and stands in its middle, so that a movement has room. Raises `PictureBlank` where nothing can be seen.
    """
    square = resize_rgba(crop_to_square(character, (1 - ROOM) / 2), (size, size))
    anatomy = study(square)
    stance = MOTIONS[motion].stance
    pose = stance.scaled(strength) if strength >= 0 else stance.scaled(-strength).mirrored()
    swings = still_swings(pose, anatomy.limbs)
    left, top, right, bottom = reach(anatomy, pose, swings)
    scale = min(1.0, ROOM * size / max(right - left, bottom - top))
    camera = Camera(scale, size / 2 - scale * (left + right) / 2, size / 2 - scale * (top + bottom) / 2)
    rig = Rig(square, anatomy)
    return unpremultiply(rig.draw(pose, swings, camera, size, rig.body))
