"""The startframe backends that are usable here."""

from collections.abc import Mapping

from popcon.backend import StartFrameBackend
from services.startframe.puppet import Puppet

BACKENDS: Mapping[str, StartFrameBackend] = {"puppet": Puppet()}
BEST = ("puppet",)
"""What `auto` tries, best first."""
