"""The backends that each stage knows, whether or not one is usable here. `auto` lets the service choose."""

from collections.abc import Mapping, Sequence

from popcon.errors import UnknownBackend

AUTO = "auto"

BACKENDS: Mapping[str, Sequence[str]] = {
    "startframe": ("puppet",),
    "motion": ("puppet",),
    "matte": ("known", "classic", "birefnet", "triton"),
}


def find(stage: str, name: str) -> str:
    """A stage's backend by name; an empty name is `auto`. Raises `UnknownBackend`."""
    if name and name != AUTO and name not in BACKENDS[stage]:
        known = ", ".join((AUTO, *BACKENDS[stage]))
        raise UnknownBackend(
            f"There is no {stage} backend {name[:40]}; choose one of {known}.", field=f"{stage}_backend"
        )
    return name or AUTO
