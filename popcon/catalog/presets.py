"""The presets: named actions with their prompts, and what the puppet does for each. Adding one is adding one entry.

The action prompt says what the body and face do, the effect prompt what is drawn around them; a model gets both, apart.
`motion` and `effects` are names in the puppet's repertoire; `face` is the look its eyes take on, "" for their own.
"""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass

from popcon.errors import UnknownPreset


@dataclass(frozen=True)
class Preset:
    id: str
    label: str
    action_prompt: str
    effect_prompt: str
    motion: str
    effects: tuple[str, ...]
    face: str = ""


_ALL = (
    Preset(
        "joy",
        "Joy",
        "hops once with delight: crouches, springs up with arms lifted, lands softly and settles; eyes closed in happy "
        "arcs, wide open smile",
        "bright golden four-pointed sparkles twinkling around the head and shoulders",
        "hop",
        ("sparks",),
        "happy",
    ),
    Preset(
        "laugh",
        "Laugh",
        "laughs out loud: head rocks from side to side, shoulders and belly shake in quick small bounces, eyes "
        "squeezed shut, mouth wide open",
        "two small tears of laughter flying from the eyes, short bouncing motion lines at both sides",
        "giggle",
        ("laughing tears", "motion lines"),
        "laughing",
    ),
    Preset(
        "cry",
        "Cry",
        "sobs: shoulders sink and tremble, head hangs and heaves with each sob, eyes closed tight, mouth pulled down",
        "big glossy blue tears welling up in both eyes and flying off to the sides in arcs",
        "sob",
        ("tears",),
        "crying",
    ),
    Preset(
        "angry",
        "Angry",
        "fumes with anger: crouches, swells up and trembles, leaning forward, brows drawn down hard, cheeks puffed",
        "a red crossed-vein anger mark throbbing at the temple, white puffs of steam shooting out at both sides of "
        "the head",
        "fume",
        ("anger mark", "steam"),
        "angry",
    ),
    Preset(
        "love",
        "Love",
        "sways dreamily from side to side, body curving softly, head following a little late, eyes full of love",
        "glossy red hearts rising on both sides, swinging and fading, rosy cheeks",
        "sway",
        ("hearts", "blush"),
        "hearts",
    ),
    Preset(
        "surprise",
        "Surprise",
        "startles: a short crouch, then shoots up tall, leaning back with arms flung out, eyes wide open, mouth "
        "a small o",
        "two red exclamation marks popping up beside the head, long yellow shock rays bursting around it",
        "startle",
        ("exclamation mark", "burst"),
        "wide",
    ),
    Preset(
        "sleep",
        "Sleep",
        "sleeps: body rises and sinks slowly with deep breaths, head nodding lower and lower to one side, eyes closed",
        "blue letters Z rising from the head, growing and fading, a clear bubble at the nose swelling with the breath",
        "doze",
        ("zzz", "sleep bubble"),
        "asleep",
    ),
    Preset(
        "wave",
        "Wave",
        "waves hello: raised hand swings to and fro, body rocks along cheerfully, friendly open smile towards "
        "the viewer",
        "a small white speech bubble with a greeting, curved motion lines beside the waving side",
        "greet",
        ("greeting", "motion lines"),
        "greeting",
    ),
    Preset(
        "cheer",
        "Cheer",
        "cheers: jumps high with both arms up, stretches in the air, lands in a squash and bounces back, laughing",
        "fluffy pink and yellow pompoms shaken at both sides, short golden cheer lines bursting up over the head",
        "cheer",
        ("pompoms", "cheer lines"),
        "happy",
    ),
    Preset(
        "sorry",
        "Sorry",
        "apologises: bows deeply from the hips, stays down trembling a little, then comes up with a guilty look",
        "dark-blue lines of gloom over the forehead, a blue sweat drop running down the temple",
        "bow",
        ("gloom", "sweat drop"),
        "worried",
    ),
    Preset(
        "thanks",
        "Thanks",
        "says thank you: nods the head twice, politely and warmly, hands together, eyes closed in a smile",
        "a bouquet of colourful flowers held out in front, small pink hearts rising from it, rosy cheeks",
        "nod",
        ("bouquet", "blush"),
        "content",
    ),
    Preset(
        "question",
        "Question",
        "wonders: tilts the head far to one side, holds it there with a hand at the chin, looks up puzzled",
        "a big yellow question mark popping up over the head and wobbling, a smaller one at the other side",
        "ponder",
        ("question mark",),
        "wondering",
    ),
    Preset(
        "wow",
        "Wow",
        "marvels: draws breath, then grows tall with wonder, hands at the cheeks, eyes shining like stars",
        "large golden stars bursting out from behind the body and hanging in the air, spinning slowly",
        "marvel",
        ("stars",),
        "stars",
    ),
    Preset(
        "shy",
        "Shy",
        "fidgets shyly: shrinks a little, turns from side to side, head bowed, glancing up with a small smile",
        "glowing pink blush with short hatching, pink squiggles trembling beside the head, a small pink heart",
        "fidget",
        ("blush", "flutter"),
        "bashful",
    ),
    Preset(
        "tired",
        "Tired",
        "droops with a long sigh: breathes in, then sinks down and to one side, arms hanging, eyelids half closed",
        "a white cloud of breath drifting out of the mouth, a low battery with one blinking red bar beside the head",
        "droop",
        ("sigh", "low battery"),
        "weary",
    ),
    Preset(
        "ok",
        "OK",
        "agrees: two brisk nods with a confident smile, thumb up, one eye winking",
        "a big green tick popping up beside the head, rosy cheeks",
        "agree",
        ("check mark", "blush"),
        "wink",
    ),
    Preset(
        "no",
        "No",
        "refuses: shakes the head firmly from side to side, body following, arms crossed, lips pressed together",
        "a bold red cross popping up beside the head, curved motion lines at both sides",
        "refuse",
        ("cross", "motion lines"),
        "refusing",
    ),
    Preset(
        "dance",
        "Dance",
        "dances to a beat: steps from side to side, hips and head in counter-swing, arms up in turn, bouncing on "
        "each beat",
        "colourful musical notes rising and swinging on both sides",
        "dance",
        ("notes",),
        "happy",
    ),
    Preset(
        "idea",
        "Idea",
        "has an idea: sinks in thought, then springs up straight with a raised finger, eyes bright",
        "a glowing yellow light bulb popping up over the head with short rays",
        "eureka",
        ("light bulb",),
        "bright",
    ),
    Preset(
        "dizzy",
        "Dizzy",
        "reels: body bends round in a slow circle, head rolling after it, knees weak, eyes spinning",
        "yellow stars circling the head, in front of it and behind it",
        "reel",
        ("dizzy stars",),
        "dizzy",
    ),
    Preset(
        "fight",
        "Fight on",
        "gets fired up: leans back, then charges forward with clenched fists, chest out, brows set with determination",
        "orange flames flickering up behind the body",
        "charge",
        ("flames",),
        "fierce",
    ),
    Preset(
        "cold",
        "Cold",
        "shivers with cold: hunched and small, trembling quickly from side to side, arms wrapped around the body",
        "pale blue snowflakes sinking slowly, wavy shiver lines at both sides",
        "shiver",
        ("snow", "shiver lines"),
        "squeezed",
    ),
    Preset(
        "speechless",
        "Speechless",
        "is lost for words: stands still, eyes blank, sinks a little with a slow tilt of the head",
        "a white speech bubble beside the head in which three dark dots appear one after the other",
        "freeze",
        ("dots",),
        "blank",
    ),
    Preset(
        "party",
        "Party",
        "celebrates: dances on the spot, bouncing from foot to foot, arms up in turn, head thrown from side to side",
        "a purple party hat on the head, colourful streamers curling down on both sides, paper confetti raining down",
        "party",
        ("party hat", "streamers", "confetti"),
        "happy",
    ),
)

PRESETS: Mapping[str, Preset] = {preset.id: preset for preset in _ALL}
"""By id, in the order a person should see them."""

DEFAULT_SET: tuple[str, ...] = ("joy", "laugh", "love", "cry", "angry", "surprise", "sleep", "wave")
"""The presets of a set when nobody chose any."""


def find(preset: str) -> Preset:
    """The preset with an id. Raises `UnknownPreset`, which names the nearest ones."""
    try:
        return PRESETS[preset]
    except KeyError:
        near = difflib.get_close_matches(preset.lower(), PRESETS, n=3, cutoff=0.5)
        offer = f"did you mean {', '.join(near)}" if near else f"choose one of {', '.join(PRESETS)}"
        raise UnknownPreset(f"There is no preset {preset[:40]!r}; {offer}.", field="preset") from None
