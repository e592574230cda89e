"""What a salient-object model such as BiRefNet gives for a frame: the character, hardly any effect, its own faults."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from bench.matting.case import Effect, Mask, Plane
from bench.matting.compose import enclosed

HOLED = 0.12  # share of mattes that lost pieces of the character
SHADOWED = 0.3  # of those with a shadow: it is kept
VEILED = 0.15  # what is seen through the character is not quite clear
PARTIAL, KEPT = 0.16, 0.24  # of the effects: kept in part; of large touching ones: as a whole
HAZY = 0.5  # faint noise around the character


@dataclass(frozen=True)
class Matte:
    """`alpha`: HxW float32 0..1. `holes`: HxW bool. `labels`: its slices, of "hole", "kept shadow", "partial" and
    "kept effect"."""

    alpha: Plane
    holes: Mask
    labels: tuple[str, ...]


def simulate(random: np.random.Generator, character: Plane, effects: Sequence[Effect], shadow: Plane) -> Matte:
    """The matte of a frame. `shadow`: HxW 0..1, 0 everywhere where the frame has none."""
    labels: list[str] = []
    alpha, holes = character, np.zeros(character.shape, np.bool_)
    if random.random() < HOLED:
        alpha, holes = _holed(random, alpha)
        labels += ["hole"] if holes.any() else []
    if random.random() < VEILED:
        veil = enclosed(character) * np.float32(random.uniform(0.05, 0.15))
        alpha = np.maximum(alpha, veil)
    alpha = _resized(random, _edged(random, alpha))
    if shadow.max() > 0 and random.random() < SHADOWED:
        kept = _blurred(shadow / shadow.max(), 1.0) * np.float32(random.uniform(0.2, 0.9))
        alpha = np.maximum(alpha, np.where(kept > 0.04, kept, np.float32(0)))
        labels.append("kept shadow")
    alpha, kept_labels = _with_effects(random, alpha, character, effects)
    if random.random() < HAZY:
        alpha = np.maximum(alpha, _haze(random, character))
    return Matte(np.clip(alpha, 0, 1).astype(np.float32), holes, (*labels, *kept_labels))


def flickered(random: np.random.Generator, alpha: Plane) -> Plane:
    """The matte as it comes out for another frame: its edge a little wider or narrower, now and then weaker by some."""
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))
    moved = cv2.dilate(alpha, brush) if random.random() < 0.5 else cv2.erode(alpha, brush)
    share = np.float32(random.uniform(0, 0.35))
    weaker = np.float32(random.uniform(0.9, 1.0) if random.random() < 0.15 else 1.0)
    return np.asarray((alpha * (1 - share) + moved * share) * weaker, np.float32)


def _holed(random: np.random.Generator, alpha: Plane) -> tuple[Plane, Mask]:
    """One to three blobs inside the character where the matte falls to 0..0.3."""
    side = alpha.shape[0]
    solid = cv2.erode((alpha > 0.95).astype(np.uint8), np.ones((9, 9), np.uint8))
    rows, columns = np.nonzero(solid)
    drop = np.zeros_like(alpha)
    if not len(rows):
        return alpha, drop > 0
    for _ in range(int(random.integers(1, 4))):
        # By place in the character's box, so that a hole stays where it is when the character moves.
        down, across = random.uniform(0.1, 0.9, 2)
        y, x = rows.min() + down * np.ptp(rows), columns.min() + across * np.ptp(columns)
        pick = int(np.argmin((rows - y) ** 2 + (columns - x) ** 2))
        axes = (random.uniform(0.015, 0.07, 2) * side).astype(int).tolist()
        shape = np.zeros_like(alpha)
        cv2.ellipse(shape, (int(columns[pick]), int(rows[pick])), axes, float(random.uniform(0, 180)), 0, 360, 1.0, -1)
        drop = np.maximum(drop, shape * np.float32(1 - random.uniform(0, 0.3)))
    drop = _blurred(drop * solid, float(random.uniform(0.8, 2.5)))
    return alpha * (1 - drop), (drop > 0.3) & (alpha > 0.5)


def _edged(random: np.random.Generator, alpha: Plane) -> Plane:
    """Grown or shrunk by up to 2 pixels, then blurred."""
    amount = float(np.clip(random.normal(-0.2, 0.7), -2, 2))
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))
    for step in range(int(np.ceil(abs(amount)))):
        moved = cv2.dilate(alpha, brush) if amount > 0 else cv2.erode(alpha, brush)
        share = np.float32(min(1.0, abs(amount) - step))
        alpha = np.asarray(alpha * (1 - share) + moved * share, np.float32)
    return _blurred(alpha, float(random.uniform(0.3, 1.5)))


def _resized(random: np.random.Generator, alpha: Plane) -> Plane:
    """Through the model's own size."""
    side = alpha.shape[0]
    inner = int(random.choice([256, 384, 512, 768, 1024]))
    if inner == side:
        return alpha
    small = cv2.resize(alpha, (inner, inner), interpolation=cv2.INTER_AREA if inner < side else cv2.INTER_LINEAR)
    return np.asarray(
        cv2.resize(small, (side, side), interpolation=cv2.INTER_LINEAR if inner < side else cv2.INTER_AREA)
    )


def _with_effects(
    random: np.random.Generator, alpha: Plane, character: Plane, effects: Sequence[Effect]
) -> tuple[Plane, tuple[str, ...]]:
    """Some effects stay in part: a fragment, or faintly; large ones that touch the character sometimes as a whole."""
    labels: set[str] = set()
    near = cv2.dilate(character, np.ones((5, 5), np.uint8)) > 0.3
    seed = int(random.integers(2**31))
    for effect in effects:
        random = np.random.default_rng([seed, effect.key])  # what else is in the frame changes nothing for this effect
        touching = bool((near & (effect.alpha > 0.2)).any())
        large = float(effect.alpha.sum()) > 0.01 * alpha.size
        if touching and large and random.random() < KEPT:
            kept, label = effect.alpha, "kept effect"
        elif random.random() < PARTIAL:
            fragment = random.random() < 0.5
            kept = _fragment(random, effect.alpha) if fragment else effect.alpha * np.float32(random.uniform(0.1, 0.4))
            label = "partial"
        else:
            continue
        labels.add(label)
        alpha = np.maximum(alpha, _blurred(kept, float(random.uniform(0.5, 1.5))))
    return alpha, tuple(sorted(labels))


def _fragment(random: np.random.Generator, alpha: Plane) -> Plane:
    """What lies on one side of a random line through the effect's middle."""
    rows, columns = np.nonzero(alpha > 0.05)
    turn = random.uniform(0, 2 * np.pi)
    line = np.arange(alpha.shape[0], dtype=np.float32)
    beyond = (line - columns.mean()) * np.cos(turn) + ((line - rows.mean()) * np.sin(turn))[:, None]
    return np.asarray(alpha * np.clip(beyond / 3, 0, 1), np.float32)


def _haze(random: np.random.Generator, character: Plane) -> Plane:
    """Smooth noise of 0 to 0.03 around the character."""
    side = character.shape[0]
    coarse = np.clip(random.standard_normal((12, 12), np.float32), 0, 2) * np.float32(random.uniform(0.004, 0.015))
    return np.asarray(np.clip(cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC), 0, 0.03))


def _blurred(plane: Plane, sigma: float) -> Plane:
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), sigma), np.float32)
