"""What every model that makes mattes looks like to the rest of the service: one frame in, its alpha out."""

import asyncio
from dataclasses import dataclass
from typing import Literal, Protocol

from popcon.imaging.arrays import Pixels, Plane

Lane = Literal["interactive", "batch"]
"""`interactive`: somebody waits for it. It goes first."""


@dataclass(frozen=True)
class Description:
    """`backend`: its name. As far as they are known, else empty or 0: `model`, `variant`, `digest` (SHA-256 of the
    weights, hex), `device` and `side` (of the square that the network sees, pixels)."""

    backend: str
    model: str = ""
    variant: str = ""
    digest: str = ""
    device: str = ""
    side: int = 0


class AlphaBackend(Protocol):
    """A model, in this process or elsewhere.

    `background`: the colour that frames with an alpha are put upon for it. `broken`: set when it will not answer again
    in this process, which should end then.
    """

    name: str
    background: tuple[int, int, int]
    broken: asyncio.Event

    async def alpha(self, rgb: Pixels, *, lane: Lane, timeout_s: float) -> Plane:
        """Alpha, HxW float32 0..1, of an HxWx3 uint8 frame. Raises `Overloaded`, `DeadlinePassed`, `Unavailable`."""
        ...

    def describe(self) -> Description:
        """What it is."""
        ...

    async def close(self) -> None:
        """Frees what it holds."""
        ...
