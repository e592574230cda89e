"""The choreographies: how a character moves for a feeling, by name. Adding one is adding one entry to a mood.

Every one is in, or passing close to, the start frame's pose at phase 0. Movements are prepared, overshoot and settle,
and what they come to is held for a while; a head follows its body a little late, and limbs follow by themselves.
"""

from collections.abc import Mapping

from popcon.puppet.choreography import Choreography
from popcon.puppet.motions_bright import BRIGHT
from popcon.puppet.motions_strong import STRONG
from popcon.puppet.motions_subdued import SUBDUED

MOTIONS: Mapping[str, Choreography] = {**BRIGHT, **STRONG, **SUBDUED}
"""By name."""
