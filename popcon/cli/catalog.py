"""`popcon presets` and `popcon targets`."""

from popcon.catalog.presets import PRESETS
from popcon.catalog.target import Bounds, Target, Timing
from popcon.catalog.targets import TARGETS
from popcon.cli.output import Output


def presets() -> None:
    """Prints every preset."""
    rows = [[preset.id, preset.label, preset.action_prompt, preset.effect_prompt] for preset in PRESETS.values()]
    Output().table("preset", "name", "action", "effects", rows=rows)


def targets() -> None:
    """Prints every target and what it asks for."""
    output = Output()
    heads = ("target", "name", "each emoji", "frames", "in a set", "and")
    output.table(*heads, rows=[[target.id, target.label, *_rules(target)] for target in TARGETS.values()])
    output.say("")
    for target in TARGETS.values():
        doubt = f"; unverified: {target.unverified}" if target.unverified else ""
        output.say(f"{target.id}: {target.source}, read {target.checked}{doubt}")


def _rules(target: Target) -> list[str]:
    width, height = target.canvas
    stills = target.stills
    return [
        f"{target.format.name} {width}x{height}, at most {target.file_max_bytes // 1000} kB"
        + (f"; from {stills.after + 1} on PNG stills, at most {stills.file_max_bytes // 1000} kB" if stills else ""),
        f"{_bounds(target.timing.frames)}, {_seconds(target.timing)}",
        _bounds(target.set_size),
        ", ".join(extra.name for extra in target.extras),
    ]


def _seconds(timing: Timing) -> str:
    if timing.seconds:
        return f"{timing.seconds[0]}–{timing.seconds[-1]} whole s"
    return f"at most {timing.seconds_max} s" if timing.seconds_max else "any length"


def _bounds(bounds: Bounds) -> str:
    least, most = bounds
    return str(least) if least == most else f"{least}–{most}"
