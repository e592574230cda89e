"""What a check finds."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Breach:
    """A rule of a target that does not hold. `rule`: stable code. `file`: name inside the pack, "" where it concerns
    the whole. `message`: what is found and what is wanted, in one sentence."""

    rule: str
    file: str
    message: str
