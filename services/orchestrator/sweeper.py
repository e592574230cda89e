"""The sweeper: removes from state and store what nobody needs any more, a bounded piece of work at a time.

It runs beside the reconciler in every orchestrator. Each piece is taken by one of them, and a piece that was left
half done by a kill is found again, because what says that there is something to do goes last.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from prometheus_client import Counter

from popcon import errors
from popcon.telemetry import log
from services.orchestrator.sweeping import deliveries, ledger, leftovers, pictures, removal, retention
from services.orchestrator.sweeping.tools import Tools

BREATH_S = 0.5
"""Between two rounds while there is more to do: others use the store, too."""

PUTS_EVERY_S = 3600.0

_PUTS = Counter("popcon_swept_puts_total", "Puts that never ended, their parts removed from the store")
_FAILED = Counter("popcon_sweep_failures_total", "Steps of the sweeper that failed and will be tried again", ["step"])

Step = Callable[[], Awaitable[bool]]


class Sweeper:
    """`run` sweeps every `every_s` seconds, and without a pause while there is more to do."""

    def __init__(self, tools: Tools, every_s: float) -> None:
        self._tools = tools
        self._every_s = every_s
        self._puts_due = 0.0
        self.steps: dict[str, Step] = {
            "retention": partial(retention.sweep, tools),
            "removal": partial(removal.sweep, tools),
            "deliveries": partial(deliveries.sweep, tools),
            "leftovers": partial(leftovers.sweep, tools),
            "pictures": partial(pictures.forget, tools),
            "uploads": pictures.Walk(tools).page,
            "puts": self._sweep_puts,
            "ledger": partial(ledger.sweep, tools),
        }

    async def run(self) -> None:
        """Sweeps for ever."""
        more = False
        while True:
            await asyncio.sleep(BREATH_S if more else self._every_s)
            more = await self.round()

    async def round(self) -> bool:
        """One piece of each kind; answers whether there may be more. A step that fails keeps no other from its turn."""
        more = False
        for name, step in self.steps.items():
            try:
                more |= await step()
            except errors.PopconError as error:
                log.warning("sweeping waits", step=name, reason=error.message)
                _FAILED.labels(name).inc()
            except Exception:  # whatever it is, the other steps go on
                log.exception("sweeping waits", step=name)
                _FAILED.labels(name).inc()
        return more

    async def _sweep_puts(self) -> bool:
        now = asyncio.get_running_loop().time()
        if now >= self._puts_due:
            _PUTS.inc(await self._tools.store.sweep())
            self._puts_due = now + PUTS_EVERY_S
        return False
