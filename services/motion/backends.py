"""The motion backends that are usable here."""

from collections.abc import Mapping

from popcon.backend import MotionBackend
from services.motion.puppet import Puppet

BACKENDS: Mapping[str, MotionBackend] = {"puppet": Puppet()}
BEST = ("puppet",)
"""What `auto` tries, best first."""
