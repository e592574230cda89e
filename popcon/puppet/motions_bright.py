"""Choreographies of good feelings."""

from collections.abc import Mapping

from popcon.puppet.choreography import Choreography, lifts, wags
from popcon.puppet.curves import arc, dip, keys, plus, times, wave
from popcon.puppet.pose import Pose

BRIGHT: Mapping[str, Choreography] = {
    "bounce": Choreography(
        1,
        {
            "stretch": keys((0, 1), (0.18, 0.9), (0.42, 1.08), (0.66, 0.95), (0.84, 1.02)),
            "tilt": wave(0.06),
            **lifts(dip(0.35)),
        },
        Pose(lean=0.06, stretch=1.02, lift_left=0.15, lift_right=0.15),
        begin=0.44,
    ),
    "hop": Choreography(
        1,
        {
            "stretch": keys((0, 1), (0.17, 0.84), (0.3, 1.14), (0.45, 1.02), (0.6, 1.08), (0.7, 0.86), (0.82, 1.05)),
            "hop": arc(0.23, 0.66, 0.26),
            "tilt": keys((0, 0), (0.2, -0.04), (0.45, 0.08), (0.7, -0.03)),
            **lifts(keys((0, 0.2), (0.16, -0.35), (0.36, 1), (0.56, 0.9), (0.72, -0.1))),
            "perk": keys((0, 0), (0.17, -0.5), (0.34, 0.4), (0.7, -0.4)),
        },
        Pose(stretch=1.04, lift_left=0.5, lift_right=0.5, lean=0.06),
        begin=0.47,
    ),
    "cheer": Choreography(
        1,
        {
            "hop": plus(arc(0.08, 0.42, 0.13), arc(0.58, 0.92, 0.13)),
            "stretch": keys((0, 0.88), (0.12, 1.08), (0.25, 1.02), (0.5, 0.88), (0.62, 1.08), (0.75, 1.02)),
            "lean": keys((0, 0), (0.25, 0.12), (0.5, 0), (0.75, -0.12)),
            "side": wave(0.05),
            "tilt": wave(0.12, lag=0.04),
            **lifts(keys((0, 0.75), (0.25, 1), (0.5, 0.75), (0.75, 1))),
            **wags(wave(0.22, cycles=4)),
        },
        Pose(stretch=1.03, lift_left=0.95, lift_right=0.95, lean=0.05),
        begin=0.27,
    ),
    "giggle": Choreography(
        1,
        {
            "stretch": dip(-0.13, cycles=4, rest=1.04),
            "nod": dip(0.05, cycles=4, rest=-0.02),
            "tilt": keys((0, 0), (0.3, -0.16), (0.75, 0.16)),
            "swell": dip(0.04, cycles=4),
            **lifts(keys((0, 0.1), (0.5, 0.2))),
            **wags(wave(0.12, cycles=4, lag=0.06)),
        },
        Pose(tilt=-0.1, swell=0.03, lift_left=0.1, lift_right=0.1),
        begin=0.26,
    ),
    "sway": Choreography(
        2,
        {
            "bend": wave(0.13),
            "tilt": wave(0.13, lag=0.08),
            "stretch": dip(0.05, cycles=2, rest=1.0),
            "side": wave(0.02),
            "lift_left": keys((0, 0.3), (0.25, 0.1), (0.75, 0.55)),
            "lift_right": keys((0, 0.3), (0.25, 0.55), (0.75, 0.1)),
            "tail": wave(0.35, lag=0.1),
        },
        Pose(bend=0.06, tilt=0.05, lift_left=0.3, lift_right=0.3),
        begin=0.3,
    ),
    "greet": Choreography(
        1,
        {
            "tilt": keys((0, -0.08), (0.25, -0.14), (0.5, -0.05), (0.75, -0.14)),
            "bend": times(wave(0.05, cycles=2, lag=0.03), dip(0.5, rest=0.5)),
            "stretch": dip(0.05, cycles=2, rest=1.0),
            "lift_right": keys((0, 0.8), (0.5, 1)),
            "wag_right": wave(0.4, cycles=3),
            "lift_left": dip(0.15),
            "perk": wave(0.5, cycles=2),
            "tail": wave(0.3, cycles=2),
        },
        Pose(tilt=-0.06, lift_right=1.0),
        begin=0.1,
        armless={"lean": wave(0.2, cycles=2), "tilt": wave(0.1, cycles=2, lag=0.03), "hop": dip(0.03, cycles=4)},
    ),
    "nod": Choreography(
        1,
        {
            "nod": keys((0, 0), (0.1, -0.025), (0.3, 0.11), (0.48, 0.02), (0.64, 0.1), (0.86, -0.01)),
            "stretch": keys((0, 1), (0.1, 1.03), (0.3, 0.96), (0.48, 1.0), (0.64, 0.96), (0.86, 1.02)),
            "swell": keys((0, 0), (0.3, 0.08), (0.48, 0.01), (0.64, 0.07), (0.86, 0)),
            **lifts(keys((0, 0.25), (0.3, 0.45), (0.48, 0.3), (0.64, 0.45))),
        },
        Pose(nod=0.03, lean=0.05, tilt=0.03, lift_left=0.2, lift_right=0.2),
        begin=0.32,
    ),
    "agree": Choreography(
        1,
        {
            "tilt": keys((0, 0.05), (0.14, -0.06), (0.32, 0.17), (0.42, 0.14), (0.76, 0.14)),
            "nod": keys((0, 0.02), (0.14, -0.03), (0.34, 0.07), (0.46, 0.02), (0.58, 0.05), (0.74, 0.02)),
            "stretch": keys((0, 1), (0.14, 0.92), (0.3, 1.06), (0.42, 1.0), (0.6, 1.015), (0.8, 1.0)),
            "lift_right": keys((0, 0.6), (0.14, 0.3), (0.32, 1), (0.76, 0.95)),
            "wag_right": keys((0, 0), (0.32, 0.16), (0.42, 0), (0.52, 0.1), (0.62, 0)),
        },
        Pose(tilt=0.08, lift_right=0.75),
        begin=0.6,
    ),
    "marvel": Choreography(
        1,
        {
            "stretch": keys((0, 1.02), (0.2, 0.86), (0.42, 1.13), (0.56, 1.06), (0.74, 1.08)),
            "swell": keys((0, 0.02), (0.2, -0.03), (0.45, 0.08), (0.75, 0.06)),
            "tilt": keys((0, 0), (0.3, -0.05), (0.7, 0.05)),
            **lifts(keys((0, 0.4), (0.2, 0), (0.45, 0.85), (0.78, 0.8))),
            "perk": keys((0, 0), (0.2, -0.4), (0.45, 0.6), (0.8, 0.5)),
        },
        Pose(stretch=1.03, swell=0.03, lean=0.05, lift_left=0.4, lift_right=0.4),
        begin=0.6,
    ),
    "dance": Choreography(
        2,
        {
            "side": wave(0.07),
            "tilt": wave(0.2, lag=0.05),
            "bend": wave(0.08, lag=-0.05),
            "stretch": dip(-0.11, cycles=4, rest=1.0),
            "hop": dip(0.035, cycles=4, lag=0.125),
            "lift_left": keys((0, 0.5), (0.25, 0.05), (0.5, 0.5), (0.75, 1)),
            "lift_right": keys((0, 0.5), (0.25, 1), (0.5, 0.5), (0.75, 0.05)),
            "tail": wave(0.4),
        },
        Pose(tilt=0.1, side=0.02, lift_right=0.7, lift_left=0.2),
        begin=0.26,
    ),
    "party": Choreography(
        1,
        {
            "stretch": dip(-0.16, cycles=2, rest=1.04),
            "hop": dip(0.05, cycles=2, lag=0.25),
            "lean": wave(0.14),
            "tilt": wave(-0.14, lag=0.05),
            "nod": dip(0.05, cycles=4, lag=0.06),
            "lift_left": keys((0, 0.6), (0.25, 1), (0.5, 0.6), (0.75, 0.3)),
            "lift_right": keys((0, 0.6), (0.25, 0.3), (0.5, 0.6), (0.75, 1)),
            **wags(wave(0.2, cycles=2)),
        },
        Pose(lean=0.06, tilt=-0.05, lift_left=0.4, lift_right=0.9),
        begin=0.26,
    ),
}
"""By name."""
