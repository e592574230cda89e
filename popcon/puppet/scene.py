"""A scene: one character, one choreography and its effects, framed so that nothing is ever cut."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np

from popcon.imaging.arrays import Pixels
from popcon.imaging.clip import EffectHint
from popcon.imaging.resize import unpremultiply
from popcon.puppet.anatomy import study
from popcon.puppet.direction import Play
from popcon.puppet.effect import Effect, Setting
from popcon.puppet.effects import EFFECTS
from popcon.puppet.face import EXPRESSIONS, LOOKS, wear, worn
from popcon.puppet.hand import measure
from popcon.puppet.marks import Box, Mark, draw, stacked, union
from popcon.puppet.motions import MOTIONS
from popcon.puppet.pose import Pose, targets
from popcon.puppet.rig import Camera, Layer, Rig, reach
from popcon.puppet.swing import ARMS, Swing, swings

MARGIN = 0.03
MAX_ZOOM = 1.15
FRAMES = 20
STEPS = 4
SPREAD = 0.08
RAISED = 0.3
SECONDS_MAX = 4


@dataclass(frozen=True)
class Moment:
    """One frame before it is drawn: pose, swing of each limb, expression, and each effect's marks, in the order of the
    effects."""

    pose: Pose
    swings: Sequence[Swing]
    expression: str
    marks: tuple[tuple[Mark, ...], ...]


class Scene:
    """Frames of one loop. Every point of it is known before anything is drawn, so one camera can hold them all."""

    def __init__(self, image: Pixels, play: Play, seed: int) -> None:
        """`image`: HxHx4 uint8 straight RGBA at rest; `play`: names in `MOTIONS`, `EFFECTS` and `LOOKS`."""
        self._image = image
        self._side = image.shape[0]
        self._play = play
        self._anatomy = study(image)
        rng = np.random.default_rng(seed)
        # First, so that a character moves alike with and without effects.
        self._strength = play.strength * float(rng.uniform(1 - SPREAD, 1 + SPREAD))
        setting = Setting(self._anatomy, rng, measure(image))
        players = [EFFECTS[kind](setting) for kind in play.effects]
        self._choreography = MOTIONS[play.motion]
        self._turns, self._seconds = paced(self._choreography.seconds, play.speed)
        self._moments = self._over_loop(players)

    def _over_loop(self, players: Sequence[Effect]) -> list[Moment]:
        body, limbs = self._anatomy.body, self._anatomy.limbs
        # Limbs swing between the frames, too.
        count = FRAMES * STEPS
        phases = [(self._turns * index / count) % 1.0 for index in range(count)]
        acted = [(phase + self._choreography.begin) % 1.0 for phase in phases]
        armed = any(limb.kind in ARMS for limb in limbs)
        poses = [self._choreography.pose(phase, armed).scaled(self._strength) for phase in acted]
        if self._other_side():
            poses = [pose.mirrored() for pose in poses]
        each = swings(poses, self._seconds, body, limbs)
        look = LOOKS[self._play.face]
        return [
            self._moment(phases[index], poses[index], each[index], worn(look, acted[index]), players)
            for index in range(0, count, STEPS)
        ]

    def _other_side(self) -> bool:
        """Whether a choreography that raises the right arm has to raise the left one: where the start frame does, or
        there is no other."""
        stance, risen = self._choreography.stance, dict[int, float]()
        for limb in self._anatomy.limbs:
            if limb.kind in ARMS:
                risen[limb.side] = max(risen.get(limb.side, -math.inf), limb.rise)
        return stance.lift_right > stance.lift_left and risen.get(-1, -math.inf) > risen.get(1, -math.inf) + RAISED

    def _moment(
        self, phase: float, pose: Pose, each: Sequence[Swing], expression: str, players: Sequence[Effect]
    ) -> Moment:
        body = self._anatomy.body

        def follow(x: float, y: float) -> tuple[float, float]:
            [[to_x, to_y]] = targets(pose, body, np.array([[x, y]], np.float32))
            return float(to_x), float(to_y)

        marks = tuple(tuple(m for m in play(phase, follow) if m.visible) for play in players)
        return Moment(pose, each, expression, marks)

    @property
    def durations(self) -> list[Fraction]:
        """Seconds per frame."""
        return [Fraction(self._seconds, FRAMES)] * FRAMES

    @cached_property
    def camera(self) -> Camera:
        """The largest view that holds everything of every frame, with a margin."""
        left, top, right, bottom = union([*self._body_boxes(), *(m.box() for m in self._all_marks())])
        room = self._side * (1 - 2 * MARGIN)
        scale = min(room / (right - left), room / (bottom - top), MAX_ZOOM)
        return Camera(scale, self._side / 2 - scale * (left + right) / 2, self._side / 2 - scale * (top + bottom) / 2)

    def _body_boxes(self) -> Iterator[Box]:
        for moment in self._moments:
            yield reach(self._anatomy, moment.pose, moment.swings)

    def _all_marks(self) -> Iterator[Mark]:
        for moment in self._moments:
            for marks in moment.marks:
                yield from marks

    def hints(self) -> list[EffectHint]:
        """The box of each effect over the whole loop, in the output."""
        out = []
        for index, kind in enumerate(self._play.effects):
            boxes = [mark.box() for moment in self._moments for mark in moment.marks[index]]
            if boxes:
                out.append(EffectHint(kind, self._to_output(union(boxes))))
        return out

    def _to_output(self, box: Box) -> tuple[int, int, int, int]:
        scale, x, y = self.camera.scale, self.camera.x, self.camera.y
        left, top, right, bottom = (scale * edge + shift for edge, shift in zip(box, (x, y, x, y), strict=True))
        limit = self._side
        return (
            max(0, int(np.floor(left))), max(0, int(np.floor(top))),
            min(limit, int(np.ceil(right))), min(limit, int(np.ceil(bottom))),
        )  # fmt: skip

    def frames(self) -> Iterator[Pixels]:
        """The frames in their order, HxHx4 uint8 straight RGBA with RGB 0 where alpha is 0."""
        rig = Rig(self._image, self._anatomy)
        skins: dict[str, Layer] = {}
        for moment in self._moments:
            name = moment.expression
            if name not in skins:
                skins[name] = rig.skin(wear(self._image, self._anatomy, EXPRESSIONS[name]))
            marks = [mark for group in moment.marks for mark in group]
            back = draw([mark for mark in marks if mark.behind], self.camera, self._side)
            front = draw([mark for mark in marks if not mark.behind], self.camera, self._side)
            character = rig.draw(moment.pose, moment.swings, self.camera, self._side, skins[name])
            yield unpremultiply(stacked(*(layer for layer in (back, character, front) if layer is not None)))


def paced(seconds: int, speed: float) -> tuple[int, int]:
    """How many turns of a choreography of so many seconds, in how many whole seconds, come nearest to a speed."""
    ways = [(turns, whole) for turns in (1, 2) for whole in range(1, SECONDS_MAX + 1)]
    return min(ways, key=lambda way: (abs(math.log(way[0] * seconds / way[1] / speed)), way))
