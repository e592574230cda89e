"""An emoji for its place in a set: where a target lets only the first ones move, the others are stills."""

from collections.abc import Sequence
from fractions import Fraction

from popcon.catalog.target import Format, Target
from popcon.imaging.arrays import Pixels
from services.packaging.emoji import PackedEmoji, pack_emoji
from services.packaging.extras import telling


def pack_at(frames: Sequence[Pixels], durations: Sequence[Fraction], target: Target, number: int) -> PackedEmoji:
    """Packs a clip as the emoji at a place, counted from 1: all of it, or its telling frame. Takes and raises what
    `pack_emoji` does."""
    rules = target.at(number)
    if rules.format is Format.PNG:
        return pack_emoji([telling(list(frames))], [Fraction(1)], rules)
    return pack_emoji(frames, durations, rules)
