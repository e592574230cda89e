"""What every servicer works with: changes are applied by the writer, look-ups read a snapshot."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import grpc

from services.orchestrator.database import Database, now_ms
from services.orchestrator.tx import Tx
from services.orchestrator.writer import Writer

T = TypeVar("T")

Context = grpc.aio.ServicerContext[Any, Any]


class Desk:
    """`apply` commits a change and answers its result; `read` answers a look-up's."""

    def __init__(self, database: Database, writer: Writer) -> None:
        self.database = database
        self.apply = writer.apply

    async def read(self, look: Callable[[Tx], Awaitable[T]]) -> T:
        """The result of a look-up in a transaction of its own."""
        async with self.database.look() as connection:
            return await look(Tx(connection, await now_ms(connection)))
