"""The effects: what is drawn around a character to say what it feels, by name. Adding one is adding one entry.

An effect is made for one character and one seed and then asked for its marks at each phase. What belongs to the body
follows it; what floats does not. Births and deaths are soft, and everything is back where it was after one turn.
"""

from collections.abc import Callable, Mapping

from popcon.puppet import effects_air, effects_face, effects_head
from popcon.puppet.effect import Effect, Setting

EFFECTS: Mapping[str, Callable[[Setting], Effect]] = {
    "sparks": effects_air.sparks,
    "stars": effects_air.stars,
    "hearts": effects_air.hearts,
    "notes": effects_air.notes,
    "confetti": effects_air.confetti,
    "flowers": effects_air.flowers,
    "snow": effects_air.snow,
    "steam": effects_air.steam,
    "flames": effects_air.flames,
    "motion lines": effects_air.motion_lines,
    "shiver lines": effects_air.shiver_lines,
    "burst": effects_air.burst,
    "anger mark": effects_head.anger_mark,
    "question mark": effects_head.question_mark,
    "exclamation mark": effects_head.exclamation_mark,
    "light bulb": effects_head.light_bulb,
    "check mark": effects_head.check_mark,
    "cross": effects_head.cross,
    "greeting": effects_head.greeting,
    "zzz": effects_head.zzz,
    "dots": effects_head.dots,
    "dizzy stars": effects_head.dizzy_stars,
    "sweat drop": effects_head.sweat_drop,
    "tears": effects_face.tears,
    "laughing tears": effects_face.laughing_tears,
    "blush": effects_face.blush,
    "gloom": effects_face.gloom,
    "sigh": effects_face.sigh,
    "sleep bubble": effects_face.sleep_bubble,
}
"""By name."""
