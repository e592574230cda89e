"""What a choreography is: curves for the parts of a pose."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from popcon.puppet.curves import Track
from popcon.puppet.pose import Pose


@dataclass(frozen=True)
class Choreography:
    """`seconds`: whole, one turn of the loop. `tracks`: a part of `Pose` to its value over the phase. `stance`: how a
    still picture strikes this pose."""

    seconds: int
    tracks: Mapping[str, Track]
    stance: Pose = field(default_factory=Pose)

    def pose(self, phase: float) -> Pose:
        """The pose at a phase, 0..1."""
        return Pose(**{part: track(phase) for part, track in self.tracks.items()})


def lifts(track: Track) -> dict[str, Track]:
    """Both arms lifted alike."""
    return {"lift_left": track, "lift_right": track}


def wags(track: Track) -> dict[str, Track]:
    """Both arms wagged alike."""
    return {"wag_left": track, "wag_right": track}
