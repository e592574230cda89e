"""The bus as everybody uses it: what is done about tasks, wake-ups and streams over one connection."""

from collections.abc import Awaitable, Callable, Mapping

from popcon.bus import provisioning, tasks, wakes
from popcon.bus.access import Access
from popcon.bus.connection import Connection
from popcon.bus.layout import ACK_WAIT_S
from popcon.config import BusSettings
from popcon.v1 import tasks_pb2

NO_ACCESS = Access()


class Bus:
    """One connection to NATS. It reconnects for ever; calls made while it is away raise `Unavailable`.

    `url`: of one server, or of several of its cluster with commas between. `replicas`: copies of the streams that
    `provision` makes. `ack_wait_s`: seconds until its consumers hand out a task again that nobody spoke for.
    """

    def __init__(
        self, url: str, name: str, access: Access = NO_ACCESS, replicas: int = 1, ack_wait_s: float = ACK_WAIT_S
    ) -> None:
        self._connection = Connection(url, name, access)
        self._replicas = replicas
        self._ack_wait_s = ack_wait_s

    @classmethod
    def of(cls, settings: BusSettings, name: str) -> "Bus":
        """The bus that a service's settings describe. `name`: who we are, in the server's lists."""
        streams = settings.nats_replicas, settings.nats_ack_wait_s
        return cls(settings.nats_url, name, Access.of(settings), *streams)

    async def open(self) -> None:
        """Connects, waiting for a server that is not there yet. Raises `Forbidden` when it is there and refuses us,
        `InvalidRequest` when a file that the settings name cannot be used."""
        await self._connection.open()

    async def close(self) -> None:
        """Sends what was published and closes."""
        await self._connection.close()

    @property
    def connected(self) -> bool:
        return self._connection.connected

    def trouble(self, patience_s: float) -> str:
        """Why the connection is not to be trusted any more, empty while it is: away for over `patience_s` seconds, or
        closed for good."""
        return self._connection.trouble(patience_s)

    async def lost(self) -> str:
        """Waits for as long as the connection can still come back, and answers why it cannot."""
        return await self._connection.lost()

    async def provision(self) -> None:
        """Creates both streams and every consumer, or puts them right. Doing it again changes nothing.

        Raises `Unavailable` while the server cannot do it, `WrongState` when it refuses for good.
        """
        await provisioning.provision(self._connection, self._replicas, self._ack_wait_s)

    async def keep_provisioned(self) -> None:
        """Provisions as soon as that can be, and looks again every 15 s, for ever. Raises `WrongState` when what is
        there at first cannot be put right."""
        await provisioning.keep_provisioned(self._connection, self._replicas, self._ack_wait_s)

    async def publish_task(self, task: tasks_pb2.Task, message_id: str, headers: Mapping[str, str]) -> int:
        """Publishes a task; answers its place in the stream once the stream holds it. The same `message_id` within 10
        minutes is held once. Raises `Unavailable` when the stream does not take it: keep it and try again."""
        return await tasks.publish(self._connection, task, message_id, headers)

    async def holds(self, seq: int, run_id: str) -> bool:
        """Whether the stream still holds a run's task at a place."""
        return await tasks.holds(self._connection, seq, run_id)

    async def pending(self) -> dict[tuple[str, str], int]:
        """How many tasks the stream holds per (stage, lane). Raises `NotFound` when it or a consumer is gone."""
        return await tasks.pending(self._connection)

    async def dead_letters(self) -> int:
        """How many tasks the broker gave up or workers put away in the last 30 days; any is worth an alarm. Raises
        `NotFound` when the stream of dead letters is gone."""
        return await tasks.dead_letters(self._connection)

    async def bind(self, stage: str, lane: str) -> tasks.Puller:
        """Binds to a provisioned consumer. Raises `NotFound` when it is not there."""
        return await tasks.bind(self._connection, stage, lane)

    async def wake(self, wake: tasks_pb2.Wake) -> None:
        """Tells watchers of a job that there is something to read; may be lost."""
        await wakes.wake(self._connection, wake)

    async def on_wake(self, handle: Callable[[tasks_pb2.Wake], Awaitable[None]]) -> None:
        """Calls `handle` for each wake-up of any job, for as long as the bus lives."""
        await wakes.on_wake(self._connection, handle)
