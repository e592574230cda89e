"""`popcon check`."""

import importlib
from pathlib import Path
from typing import Any

from popcon import errors
from popcon.catalog import limits, targets
from popcon.cli.output import Output


def check(pack: Path, target_id: str) -> int:
    """Prints what a check of a pack finds. Returns 0 when every rule holds, else 1."""
    if target_id:
        targets.find(target_id)
    return 0 if report(Output(), pack, target_id) else 1


def report(output: Output, pack: Path, target_id: str = "") -> bool:
    """Checks a pack, prints the verdict and returns whether every rule of the target holds.

    Raises `InvalidRequest` where the file cannot be read or its target is not given and cannot be told.
    """
    data = _read(pack)
    checker = packaging("services.packaging.checker")
    target_id = target_id or checker.detect_target(data) or ""
    if not target_id:
        raise errors.InvalidRequest(
            f"{pack} does not look like a pack of any target; if it is one, name the target with --target "
            f"({', '.join(targets.TARGETS)})."
        )
    breaches = checker.check_pack(data, target_id)
    label = targets.find(target_id).label
    if not breaches:
        output.say(f"✓ {pack} holds every rule of {label}.", "green")
        return True
    output.say(f"✗ {pack} breaks {_count(len(breaches))} of {label}:", "red")
    for breach in breaches:
        output.say(f"  {breach.rule}{f' in {breach.file}' if breach.file else ''}: {breach.message}")
    return False


def _count(number: int) -> str:
    return "1 rule" if number == 1 else f"{number} rules"


def _read(pack: Path) -> bytes:
    try:
        with pack.open("rb") as file:
            return file.read(limits.PACK_MAX_BYTES + 1)  # the checker names one that is larger
    except OSError as error:
        raise errors.InvalidRequest(f"{pack} cannot be read ({error.strerror}); name a zip.") from error


def packaging(module: str) -> Any:
    """A module that packs or checks. Raises `Unavailable` where what it needs is not installed."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise errors.Unavailable(f'Packing lacks {error.name}; run pip install "popcon[packaging]".') from error
