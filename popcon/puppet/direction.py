"""What the puppet plays for a direction: its preset's part, or what the words of its prompts suggest."""

import re
from dataclasses import dataclass

from popcon.backend import Direction
from popcon.catalog.presets import find


@dataclass(frozen=True)
class Play:
    """What the puppet plays: names in its repertoire; `strength` and `speed` of the motion, 1 as it is written."""

    motion: str
    effects: tuple[str, ...]
    face: str = ""
    strength: float = 1.0
    speed: float = 1.0


DEFAULT_PLAY = Play("bounce", ("sparks",))

# Words with their usual endings, `*` for any, most telling row first: the first with a word of the prompt wins.
_MOTION_WORDS: tuple[tuple[str, str, str], ...] = (
    ("cry cries cried sob weep tear", "sob", "crying"),
    ("laugh giggl* lol chuckl* rofl", "giggle", "laughing"),
    ("angry anger fume fuming rage raging furious mad grump*", "fume", "angry"),
    ("sleep* doze dozing nap snor* asleep yawn", "doze", "asleep"),
    ("surpris* shock startl* gasp astonish* scare", "startle", "wide"),
    ("bow sorry apolog*", "bow", "worried"),
    ("danc* groov* sing disco music", "dance", "happy"),
    ("love loving ador* kiss hug romantic sway", "sway", ""),
    ("wave waving hello greet goodbye bye hi", "greet", "greeting"),
    ("party celebrat*", "party", "happy"),
    ("cheer hooray", "cheer", "happy"),
    ("idea inspir* eureka", "eureka", "bright"),
    ("speechless awkward", "freeze", "blank"),
    ("jump hop leap joy* happy happily delight* spring", "hop", "happy"),
    ("nod agree thank yes ok approv* thumb", "nod", "content"),
    ("refus* deny denies no shake", "refuse", "refusing"),
    ("think wonder ponder puzzl* question confus* curious", "ponder", "wondering"),
    ("shy bashful embarrass* fidget", "fidget", "bashful"),
    ("tired exhaust* weary sigh droop sad bore gloom*", "droop", "weary"),
    ("cold freez* shiver trembl* fear afraid", "shiver", "squeezed"),
    ("dizz* spin drunk reel faint", "reel", "dizzy"),
    ("fight charg* determin* power attack run rush", "charge", "fierce"),
    ("wow marvel amaz* impress* sparkl*", "marvel", ""),
)
_EFFECT_WORDS: tuple[tuple[str, str], ...] = (
    ("tear cry cries weep", "tears"),
    ("heart love", "hearts"),
    ("anger angry vein", "anger mark"),
    ("steam smoke puff", "steam"),
    ("zzz z sleep", "zzz"),
    ("question", "question mark"),
    ("exclamation", "exclamation mark"),
    ("ray shock burst", "burst"),
    ("sweat", "sweat drop"),
    ("note music* melod*", "notes"),
    ("confetti paper streamer", "confetti"),
    ("flower petal blossom", "flowers"),
    ("flame fire burn", "flames"),
    ("snow* ice flake", "snow"),
    ("shiver wavy", "shiver lines"),
    ("bulb lightbulb idea lamp", "light bulb"),
    ("tick check", "check mark"),
    ("cross", "cross"),
    ("bubble speech greeting", "greeting"),
    ("gloom", "gloom"),
    ("sigh breath cloud", "sigh"),
    ("dot ellipsis", "dots"),
    ("circling dizzy orbit", "dizzy stars"),
    ("star", "stars"),
    ("spark* glint glitter twinkl* shine shining magic*", "sparks"),
    ("blush cheek rosy", "blush"),
    ("line motion speed swoosh", "motion lines"),
)
_EFFECTS_MAX = 2


def choose(direction: Direction) -> Play:
    """The part to play for a direction, as strongly and fast as it says; words are English.

    With a preset, its motion, face and effects hold; but an effect prompt that is not the preset's and names effects
    brings those. Without one, the action prompt chooses the motion, and either prompt the effects. A gentle bounce with
    sparks stands where no word is known. Raises `UnknownPreset`.
    """
    named = _effects(direction.effect_prompt)
    if direction.preset:
        base = find(direction.preset)
        keep = not named or direction.effect_prompt.strip() == base.effect_prompt
        return Play(base.motion, base.effects if keep else named, base.face, direction.strength, direction.speed)
    motion, face = _motion(direction.action_prompt)
    effects = named or _effects(direction.action_prompt) or DEFAULT_PLAY.effects
    return Play(motion, effects, face, direction.strength, direction.speed)


def _motion(prompt: str) -> tuple[str, str]:
    for stems, motion, face in _MOTION_WORDS:
        if _mentions(prompt, stems):
            return motion, face
    return DEFAULT_PLAY.motion, DEFAULT_PLAY.face


def _effects(prompt: str) -> tuple[str, ...]:
    return tuple(kind for stems, kind in _EFFECT_WORDS if _mentions(prompt, stems))[:_EFFECTS_MAX]


def _mentions(prompt: str, stems: str) -> bool:
    return re.search(rf"\b(?:{'|'.join(map(_pattern, stems.split()))})\b", prompt, re.IGNORECASE) is not None


def _pattern(stem: str) -> str:
    """A stem with its endings: hop, hops, hopped, hopping. The shortest have none, or `hi` would be in `his`."""
    last = stem[-1]
    if len(stem) <= 2:
        return stem
    return rf"{stem[:-1]}\w*" if last == "*" else rf"{stem}(?:s|es|d|{last}?ed|{last}?ing|y|er)?"
