"""The still that stands for an action where a target lets only some emoji of a set move."""

from collections.abc import Sequence
from fractions import Fraction

from popcon.catalog.target import Target
from popcon.imaging.arrays import Pixels
from services.packaging.emoji import PackedEmoji, pack_emoji
from services.packaging.extras import telling


def pack_still(frames: Sequence[Pixels], rules: Target) -> PackedEmoji:
    """The telling frame of a clip as an emoji that holds the `rules` of a still. `frames`: HxWx4 uint8 straight RGBA.

    Raises as `pack_emoji` does.
    """
    return pack_emoji([telling(list(frames))], [Fraction(1)], rules)
