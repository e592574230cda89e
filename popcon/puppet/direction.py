"""What the puppet plays for a direction: its preset's part, or what the words of its prompts suggest."""

import re
from dataclasses import dataclass

from popcon.backend import Direction
from popcon.catalog.presets import find
from popcon.puppet.effects import FILES
from popcon.puppet.words import Vocabulary, english


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
_MOTIONS = [
    (re.compile("|".join(map(english, stems.split())), re.IGNORECASE), motion, face)
    for stems, motion, face in _MOTION_WORDS
]
_EFFECTS = Vocabulary({name: file.words for name, file in FILES.items()})
_EFFECTS_MAX = 2


def choose(direction: Direction) -> Play:
    """The part to play for a direction, as strongly and fast as it says. Effects are known by English, Korean and
    Japanese words, motions by English.

    With a preset, its motion, face and effects hold; but an effect prompt that is not the preset's and names effects
    brings those, and what it wants left out is left out. Without one, the action prompt chooses the motion, and either
    prompt the effects. A gentle bounce with sparks stands where no word is known. Raises `UnknownPreset`.
    """
    if direction.preset:
        base = find(direction.preset)
        is_own = direction.effect_prompt.strip() == base.effect_prompt
        effects = base.effects if is_own else _effects(direction.effect_prompt, base.effects)
        return Play(base.motion, effects, base.face, direction.strength, direction.speed)
    motion, face = _motion(direction.action_prompt)
    usual = _effects(direction.action_prompt, DEFAULT_PLAY.effects)
    return Play(motion, _effects(direction.effect_prompt, usual), face, direction.strength, direction.speed)


def _motion(prompt: str) -> tuple[str, str]:
    for words, motion, face in _MOTIONS:
        if words.search(prompt):
            return motion, face
    return DEFAULT_PLAY.motion, DEFAULT_PLAY.face


def _effects(prompt: str, usual: tuple[str, ...]) -> tuple[str, ...]:
    """Those that the prompt names, or else the usual ones without what it wants left out."""
    wish = _EFFECTS.wish(prompt)
    kept = () if wish.none else tuple(kind for kind in usual if kind not in wish.unwanted)
    return (wish.wanted or kept)[:_EFFECTS_MAX]
