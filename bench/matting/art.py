"""Which art belongs to which split: a fixed partition, so that tuning never sees what the test shows.

Own characters and effects live in a module for each split (`figures_tune`, `marks_tune`, `figures_test`, `marks_test`),
glyphs are listed here, each once. Backgrounds' colours and encoders' settings are divided likewise where they are made;
plain white and #808080 are the only things that both splits have.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from bench.matting import figures_test, figures_tune, marks_test, marks_tune
from bench.matting.pen import Sketch

Split = Literal["tune", "test"]


@dataclass(frozen=True)
class Art:
    """`figures`, `marks`: own characters and effects by name. `creatures`: glyphs that serve as characters. `symbols`:
    glyphs that serve as effects, by kind."""

    figures: Mapping[str, Sketch]
    marks: Mapping[str, Sketch]
    creatures: tuple[str, ...]
    symbols: Mapping[str, tuple[str, ...]]


_TUNE = Art(
    figures_tune.FIGURES,
    marks_tune.MARKS,
    tuple("🐱🦊🐼🐵🦁🐷😀😎🧒👧🤖👻🦄🐙🐇🐧🦉🐘🦀🧸🎅💃🧘⛄🍄🍩🚗🐳"),
    {
        "anger mark": ("💢",),
        "sweat drop": ("💦",),
        "zzz": ("💤",),
        "spark": ("✨",),
        "heart": ("❤️", "💕"),
        "speech bubble": ("💬",),
        "star": ("⭐",),
        "music note": ("🎵",),
        "exclamation": ("❗",),
        "question": ("❓",),
        "steam": ("💨",),
        "burst": ("💥",),
        "flame": ("🔥",),
        "cloud": ("☁️",),
    },
)
_TEST = Art(
    figures_test.FIGURES,
    marks_test.MARKS,
    tuple("🐶🐻🐸🐔🐰🐨😭🥳👦👵👽🎃🐲🐠🐕🦔🐥🦖🐢🐌🧚🕺👮🧞🌵🎁🍓🐑🦩"),
    {
        "heart": ("💗", "💔", "💞"),
        "speech bubble": ("💭", "🗨️"),
        "star": ("🌟", "💫"),
        "music note": ("🎶",),
        "exclamation": ("‼️", "❕"),
        "question": ("❔",),
        "tear": ("💧",),
        "cloud": ("🌧️", "⛈️"),
        "confetti": ("🎊",),
        "anger mark": ("🗯️",),
        "rings": ("🫧",),
    },
)
ART: Mapping[Split, Art] = {"tune": _TUNE, "test": _TEST}
NUMBER: Mapping[Split, int] = {"tune": 1, "test": 2}  # part of every seed
