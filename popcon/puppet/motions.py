"""The choreographies: how a character moves for a feeling, by name. Adding one is adding one entry.

Every one is in, or passing close to, the start frame's pose at phase 0. Movements are prepared, overshoot and settle; a
head follows its body a little late.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from popcon.puppet.curves import Track, arc, dip, keys, times, wave
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


MOTIONS: Mapping[str, Choreography] = {
    "bounce": Choreography(
        1,
        {
            "stretch": keys((0, 1), (0.18, 0.92), (0.42, 1.07), (0.66, 0.95), (0.84, 1.02)),
            "tilt": wave(0.05),
        },
        Pose(lean=0.06, stretch=1.02),
    ),
    "hop": Choreography(
        1,
        {
            "stretch": keys((0, 1), (0.17, 0.82), (0.3, 1.14), (0.45, 1.0), (0.6, 1.08), (0.7, 0.84), (0.82, 1.06)),
            "hop": arc(0.23, 0.66, 0.2),
            "tilt": keys((0, 0), (0.2, -0.03), (0.45, 0.06), (0.7, -0.02)),
            "flap_left": keys((0, 0), (0.18, -0.02), (0.45, 0.1), (0.72, -0.02)),
            "flap_right": keys((0, 0), (0.18, -0.02), (0.45, 0.1), (0.72, -0.02)),
        },
        Pose(stretch=1.04, flap_left=0.05, flap_right=0.05, lean=0.06),
    ),
    "giggle": Choreography(
        1,
        {
            "stretch": dip(-0.07, cycles=4, rest=1.0),
            "nod": dip(0.02, cycles=4, lag=0.04),
            "tilt": keys((0, 0), (0.3, -0.13), (0.75, 0.13)),
            "swell": dip(0.035, cycles=4),
        },
        Pose(tilt=-0.1, swell=0.03),
    ),
    "sob": Choreography(
        1,
        {
            "stretch": keys((0, 1), (0.3, 0.93), (0.5, 0.96), (0.72, 0.91)),
            "nod": keys((0, 0), (0.3, 0.045), (0.5, 0.02), (0.72, 0.05)),
            "side": times(wave(0.008, cycles=5), dip(1)),
            "tilt": wave(0.03, cycles=1),
        },
        Pose(stretch=0.95, nod=0.03, lean=-0.05, tilt=-0.03),
    ),
    "fume": Choreography(
        1,
        {
            "stretch": keys((0, 1), (0.16, 0.9), (0.34, 1.08), (0.55, 1.03), (0.75, 1.05)),
            "side": times(wave(0.016, cycles=5), keys((0, 0), (0.3, 0.4), (0.55, 1), (0.85, 0.5))),
            "swell": keys((0, 0), (0.16, -0.03), (0.4, 0.07), (0.7, 0.06)),
            "lean": keys((0, 0), (0.2, -0.02), (0.5, 0.03)),
        },
        Pose(lean=0.06, swell=0.04),
    ),
    "sway": Choreography(
        2,
        {
            "bend": wave(0.11),
            "tilt": wave(0.1, lag=0.08),
            "stretch": dip(0.035, cycles=2, rest=1.0),
            "side": wave(0.015),
        },
        Pose(bend=0.06, tilt=0.05),
    ),
    "startle": Choreography(
        1,
        {
            "stretch": keys((0, 1), (0.14, 0.86), (0.28, 1.14), (0.44, 1.06), (0.62, 1.07), (0.8, 0.97), (0.9, 1.01)),
            "hop": arc(0.2, 0.46, 0.08),
            "lean": keys((0, 0), (0.16, 0.03), (0.34, -0.07), (0.66, -0.05)),
            "flap_left": keys((0, 0), (0.14, -0.02), (0.32, 0.09), (0.65, 0.06)),
            "flap_right": keys((0, 0), (0.14, -0.02), (0.32, 0.09), (0.65, 0.06)),
        },
        Pose(stretch=1.06, lean=-0.06),
    ),
    "doze": Choreography(
        2,
        {
            "stretch": keys((0, 1), (0.44, 1.06)),
            "nod": keys((0, 0), (0.06, 0.005), (0.46, -0.04)),
            "tilt": keys((0, 0), (0.08, 0.01), (0.5, -0.1)),
            "swell": keys((0, 0), (0.44, 0.04)),
        },
        Pose(tilt=0.09, nod=0.03),
    ),
    "greet": Choreography(
        1,
        {
            "tilt": times(wave(0.15, cycles=2), keys((0, 0.55), (0.25, 1), (0.75, 1))),
            "bend": times(wave(0.06, cycles=2, lag=0.03), dip(0.5, rest=0.5)),
            "stretch": dip(0.05, cycles=2, rest=1.0),
            "flap_right": times(wave(0.11, cycles=3), dip(0.6, rest=0.4)),
            "hop": dip(0.03, cycles=2),
        },
        Pose(tilt=0.07, flap_right=0.05),
    ),
    "bow": Choreography(
        2,
        {
            "nod": keys((0, 0), (0.08, -0.015), (0.32, 0.14), (0.62, 0.135), (0.88, -0.01)),
            "swell": keys((0, 0), (0.32, 0.07), (0.62, 0.07), (0.9, 0)),
            "stretch": keys((0, 1), (0.08, 1.03), (0.34, 0.92), (0.62, 0.925), (0.88, 1.02)),
            "side": times(wave(0.006, cycles=8), keys((0, 0), (0.3, 0.2), (0.45, 1), (0.6, 0.2), (0.7, 0))),
        },
        Pose(nod=0.05, stretch=0.98, lean=0.05, tilt=0.04),
    ),
    "nod": Choreography(
        1,
        {
            "nod": keys((0, 0), (0.1, -0.02), (0.3, 0.1), (0.48, 0.02), (0.64, 0.085), (0.86, -0.01)),
            "stretch": keys((0, 1), (0.1, 1.025), (0.3, 0.94), (0.48, 1.0), (0.64, 0.95), (0.86, 1.02)),
            "swell": keys((0, 0), (0.3, 0.04), (0.48, 0.01), (0.64, 0.035), (0.86, 0)),
        },
        Pose(nod=0.03, lean=0.05, tilt=0.03),
    ),
    "ponder": Choreography(
        2,
        {
            "tilt": keys((0, 0), (0.1, -0.03), (0.28, 0.24), (0.36, 0.2), (0.7, 0.21), (0.92, -0.02)),
            "bend": keys((0, 0), (0.3, 0.05), (0.7, 0.05), (0.92, -0.01)),
            "stretch": keys((0, 1), (0.1, 0.96), (0.28, 1.03), (0.4, 1.0), (0.56, 1.02), (0.72, 1.0), (0.86, 0.98)),
        },
        Pose(tilt=0.14),
    ),
    "marvel": Choreography(
        1,
        {
            "stretch": keys((0, 1), (0.2, 0.9), (0.42, 1.1), (0.56, 1.04), (0.72, 1.06)),
            "swell": keys((0, 0), (0.2, -0.02), (0.45, 0.06), (0.75, 0.04)),
            "tilt": keys((0, 0), (0.3, -0.06), (0.7, 0.06)),
        },
        Pose(stretch=1.03, swell=0.03, lean=0.05),
    ),
    "fidget": Choreography(
        2,
        {
            "tilt": times(wave(0.12, cycles=2), dip(0.3, rest=0.7)),
            "bend": wave(0.05, cycles=2, lag=0.05),
            "stretch": keys((0, 1), (0.25, 0.93), (0.5, 0.98), (0.75, 0.93)),
            "nod": keys((0, 0), (0.25, 0.035), (0.5, 0.015), (0.75, 0.035)),
        },
        Pose(tilt=0.08, nod=0.03, stretch=0.97),
    ),
    "droop": Choreography(
        2,
        {
            "stretch": keys((0, 1), (0.14, 1.03), (0.46, 0.9), (0.7, 0.912), (0.92, 1.0)),
            "nod": keys((0, 0), (0.14, -0.01), (0.48, 0.08), (0.74, 0.06), (0.94, 0)),
            "bend": keys((0, 0), (0.16, 0.01), (0.5, -0.07), (0.74, -0.05), (0.95, 0)),
            "tilt": keys((0, 0), (0.2, 0.02), (0.52, -0.1), (0.76, -0.07), (0.97, 0)),
        },
        Pose(stretch=0.95, bend=-0.04, nod=0.03),
    ),
    "refuse": Choreography(
        1,
        {
            "side": wave(0.045, cycles=2),
            "tilt": wave(-0.1, cycles=2, lag=0.03),
            "bend": wave(-0.05, cycles=2),
            "stretch": dip(0.04, cycles=4, rest=1.0),
        },
        Pose(lean=-0.07),
    ),
    "dance": Choreography(
        2,
        {
            "side": wave(0.06),
            "tilt": wave(0.17, lag=0.05),
            "bend": wave(0.06, lag=-0.05),
            "stretch": dip(-0.1, cycles=4, rest=1.0),
            "hop": dip(0.03, cycles=4, lag=0.125, rest=0.0),
            "flap_left": wave(-0.07, cycles=1),
            "flap_right": wave(0.07, cycles=1),
        },
        Pose(tilt=0.1, side=0.02, flap_right=0.04),
    ),
    "reel": Choreography(
        1,
        {
            "bend": wave(0.12),
            "tilt": wave(0.14, lag=0.12),
            "nod": dip(0.035, cycles=2, lag=0.1),
            "stretch": dip(-0.04, cycles=2, rest=1.0),
        },
        Pose(bend=0.08, tilt=0.05),
    ),
    "shiver": Choreography(
        1,
        {
            "side": wave(0.016, cycles=5),
            "stretch": keys((0, 1), (0.3, 0.95), (0.7, 0.94)),
            "tilt": wave(0.018, cycles=5, lag=0.05),
            "nod": keys((0, 0), (0.5, 0.025)),
        },
        Pose(stretch=0.95, nod=0.02, tilt=0.06),
    ),
    "charge": Choreography(
        1,
        {
            "lean": keys((0, 0), (0.18, -0.08), (0.4, 0.12), (0.7, 0.09)),
            "stretch": keys((0, 1), (0.18, 0.89), (0.4, 1.08), (0.55, 1.03), (0.7, 1.06), (0.85, 1.0)),
            "side": keys((0, 0), (0.18, -0.02), (0.4, 0.04), (0.7, 0.03)),
            "flap_left": keys((0, 0), (0.18, -0.03), (0.4, 0.1), (0.55, 0.05), (0.7, 0.09)),
            "flap_right": keys((0, 0), (0.18, -0.03), (0.4, 0.1), (0.55, 0.05), (0.7, 0.09)),
        },
        Pose(lean=0.07, stretch=1.03),
    ),
}
"""By name."""
