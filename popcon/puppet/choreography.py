"""What a choreography is: curves for the parts of a pose."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from popcon.puppet.curves import Track
from popcon.puppet.pose import Pose


@dataclass(frozen=True)
class Choreography:
    """`seconds`: whole, one turn of the loop. `tracks`: a part of `Pose` to its value over the phase. `stance`: how a
    still picture strikes this pose. `begin`: the phase of the first frame, which alone should tell the feeling, and
    where little moves. `armless`: what a character without arms does instead."""

    seconds: int
    tracks: Mapping[str, Track]
    stance: Pose = field(default_factory=Pose)
    begin: float = 0.0
    armless: Mapping[str, Track] = field(default_factory=dict)

    def pose(self, phase: float, armed: bool = True) -> Pose:
        """The pose at a phase, 0..1."""
        tracks = self.tracks if armed else {**self.tracks, **self.armless}
        return Pose(**{part: track(phase) for part, track in tracks.items()})


def lifts(track: Track) -> dict[str, Track]:
    """Both arms lifted alike."""
    return {"lift_left": track, "lift_right": track}


def wags(track: Track) -> dict[str, Track]:
    """Both arms wagged alike."""
    return {"wag_left": track, "wag_right": track}
