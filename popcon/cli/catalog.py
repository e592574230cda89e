"""`popcon presets` and `popcon targets`."""

from popcon.catalog.presets import PRESETS
from popcon.catalog.targets import TARGETS, Target
from popcon.cli.output import Output


def presets() -> None:
    """Prints every preset."""
    rows = [[preset.id, preset.label, preset.action_prompt, preset.effect_prompt] for preset in PRESETS.values()]
    Output().table("preset", "name", "action", "effects", rows=rows)


def targets() -> None:
    """Prints every target and what it asks for."""
    rows = [[target.id, target.label, _rules(target), target.source] for target in TARGETS.values()]
    Output().table("target", "name", "rules", "source", rows=rows)


def _rules(target: Target) -> str:
    parts = [
        target.media_type,
        f"{target.canvas[0]}x{target.canvas[1]} px",
        f"{target.frames[0]}–{target.frames[1]} frames",
        *([f"{target.seconds[0]}–{target.seconds[-1]} s"] if target.seconds else []),
        f"at most {target.file_max_bytes // 1000} kB each",
        f"{target.set_size[0]}–{target.set_size[1]} in a set",
    ]
    return ", ".join(parts)
