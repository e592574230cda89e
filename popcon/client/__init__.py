"""The REST client: what a program, and the command line, use to talk to a stack.

    with Popcon() as popcon:
        made = popcon.make("cat.png", actions=["wave", "cry"], targets=["line-emoji"], on_progress=print)
        made.save("out/")

`AsyncPopcon` is the same for asyncio. Every call of the API is a method; problems are raised as the errors of
`popcon.errors`, by their code. Where the gateway is and the key to it come from `POPCON_URL` and `POPCON_KEY`.
"""

from popcon.client.asynchronous import AsyncMade, AsyncPopcon
from popcon.client.making import Progress
from popcon.client.sync import Made, Popcon

__all__ = ["AsyncMade", "AsyncPopcon", "Made", "Popcon", "Progress"]
