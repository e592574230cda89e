"""Choreographies of strong feelings: sudden, fierce or out of control."""

from collections.abc import Mapping

from popcon.puppet.choreography import Choreography, lifts, wags
from popcon.puppet.curves import arc, dip, keys, times, wave
from popcon.puppet.pose import Pose

QUARTER = 0.05
"""A quarter of one of five cycles: a tremble that is late by it shows its extremes in every other of 20 frames."""

STRONG: Mapping[str, Choreography] = {
    "fume": Choreography(
        1,
        {
            "stretch": keys((0, 1), (0.16, 0.84), (0.34, 1.1), (0.55, 1.04), (0.75, 1.06)),
            "side": times(wave(0.02, cycles=5, lag=QUARTER), keys((0, 0.6), (0.4, 1), (0.7, 0.7))),
            "swell": keys((0, 0.02), (0.16, -0.03), (0.4, 0.1), (0.7, 0.09)),
            "lean": keys((0, 0), (0.2, -0.03), (0.5, 0.05)),
            **lifts(keys((0, 0), (0.16, -0.3), (0.4, 0.35), (0.75, 0.3))),
            **wags(times(wave(0.16, cycles=5), keys((0, 0), (0.55, 1)))),
            "perk": keys((0, -0.3), (0.16, 0.2), (0.4, -0.6), (0.8, -0.5)),
        },
        Pose(lean=0.06, swell=0.04, perk=-0.3),
        begin=0.65,
    ),
    "startle": Choreography(
        1,
        {
            "stretch": keys((0, 1.04), (0.13, 0.84), (0.26, 1.22), (0.4, 1.1), (0.66, 1.12), (0.84, 1.03)),
            "hop": arc(0.19, 0.44, 0.14),
            "lean": keys((0, -0.02), (0.14, 0.05), (0.32, -0.12), (0.68, -0.09)),
            "side": times(wave(0.007, cycles=5, lag=QUARTER), keys((0, 0.3), (0.3, 1), (0.8, 1))),
            **lifts(keys((0, 0.55), (0.14, -0.2), (0.3, 1), (0.7, 0.9))),
            "perk": keys((0, 0.3), (0.14, -0.5), (0.3, 1), (0.7, 0.8)),
            "tail": keys((0, 0), (0.3, 0.5), (0.7, 0.4)),
        },
        Pose(stretch=1.06, lean=-0.06, lift_left=0.6, lift_right=0.6, perk=0.4),
        begin=0.6,
    ),
    "eureka": Choreography(
        2,
        {
            "tilt": keys((0, 0.03), (0.16, -0.14), (0.44, -0.2), (0.52, -0.16), (0.62, 0.06), (0.74, 0.02)),
            "stretch": keys(
                (0, 1.02), (0.18, 0.97), (0.42, 0.95), (0.52, 0.82), (0.62, 1.16), (0.72, 1.03), (0.8, 1.05)
            ),
            "hop": arc(0.56, 0.74, 0.1),
            "nod": keys((0, 0), (0.2, 0.03), (0.44, 0.04), (0.6, -0.02)),
            "lift_right": keys((0, 0.85), (0.18, 0.2), (0.44, 0.25), (0.52, 0.1), (0.62, 1), (0.9, 1)),
            "lift_left": keys((0, 0), (0.52, -0.2), (0.64, 0.3)),
            "perk": keys((0, 0.2), (0.3, -0.4), (0.52, -0.5), (0.64, 0.8)),
        },
        Pose(stretch=1.05, lift_right=0.95, tilt=0.04),
        begin=0.8,
    ),
    "refuse": Choreography(
        1,
        {
            "side": wave(0.075, cycles=2),
            "tilt": wave(-0.17, cycles=2, lag=0.03),
            "bend": wave(-0.06, cycles=2),
            "stretch": dip(-0.05, cycles=4, rest=1.0),
            "lift_left": keys((0, 0.4), (0.25, 0.55), (0.5, 0.4), (0.75, 0.55)),
            "lift_right": keys((0, 0.4), (0.25, 0.55), (0.5, 0.4), (0.75, 0.55)),
            "wag_left": wave(-0.35, cycles=2),
            "wag_right": wave(0.35, cycles=2),
        },
        Pose(lean=-0.07, lift_left=0.35, lift_right=0.35),
        begin=0.14,
    ),
    "reel": Choreography(
        1,
        {
            "bend": wave(0.15),
            "tilt": wave(0.16, lag=0.12),
            "nod": dip(0.05, cycles=2, lag=0.1),
            "stretch": dip(-0.06, cycles=2, rest=1.0),
            "side": wave(0.03, lag=0.25),
            "lift_left": keys((0, 0.4), (0.3, 0.7), (0.8, 0.15)),
            "lift_right": keys((0, 0.4), (0.3, 0.15), (0.8, 0.7)),
            "perk": keys((0, -0.4), (0.5, -0.7)),
        },
        Pose(bend=0.08, tilt=0.05, lift_left=0.4, lift_right=0.2, perk=-0.4),
        begin=0.3,
    ),
    "shiver": Choreography(
        1,
        {
            "side": wave(0.02, cycles=5, lag=QUARTER),
            "stretch": keys((0, 0.96), (0.3, 0.9), (0.7, 0.89)),
            "tilt": wave(0.025, cycles=5, lag=QUARTER / 2),
            "nod": keys((0, 0.02), (0.5, 0.05)),
            **lifts(keys((0, 0.1), (0.5, 0.2))),
            **wags(wave(0.14, cycles=5)),
            "perk": keys((0, -0.6), (0.5, -0.8)),
        },
        Pose(stretch=0.94, nod=0.03, tilt=0.06, perk=-0.6),
        begin=0.5,
    ),
    "charge": Choreography(
        1,
        {
            "lean": keys((0, 0.04), (0.18, -0.12), (0.4, 0.18), (0.5, 0.14), (0.74, 0.14)),
            "stretch": keys((0, 1), (0.18, 0.84), (0.4, 1.1), (0.55, 1.03), (0.7, 1.06), (0.85, 1.0)),
            "side": keys((0, 0), (0.18, -0.04), (0.4, 0.06), (0.74, 0.05)),
            "lift_right": keys((0, 0.5), (0.18, -0.1), (0.4, 1), (0.76, 0.9)),
            "wag_right": times(wave(0.2, cycles=4), keys((0, 0), (0.5, 1), (0.9, 0))),
            "lift_left": keys((0, 0.1), (0.18, 0.5), (0.4, -0.3), (0.75, -0.2)),
            "perk": keys((0, 0), (0.18, 0.4), (0.4, -0.4)),
        },
        Pose(lean=0.07, stretch=1.03, lift_right=0.8),
        begin=0.6,
    ),
}
"""By name."""
