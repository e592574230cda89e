"""The writer on a real database: groups, their isolation, and what its callers are told."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from popcon import errors
from services.orchestrator import tables
from services.orchestrator.database import Database, fetch_all
from services.orchestrator.tx import Tx
from services.orchestrator.writer import GROUP_MAX, Writer
from tests.fixtures.orchestrator import sqlite_url

Change = Callable[[Tx], Coroutine[Any, Any, str]]


class Book:
    """A writer that is started by hand, so that what waits is known, and a table to write names into."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.groups: list[Tx] = []
        self.deaf = False
        self.writer = Writer(database, self._committed)
        self._running: asyncio.Task[None] | None = None

    async def _committed(self, tx: Tx) -> None:
        self.groups.append(tx)
        if self.deaf:
            raise ConnectionResetError("Connection lost")

    def start(self) -> None:
        self._running = asyncio.create_task(self.writer.run())

    async def close(self) -> None:
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait([self._running])

    def hand_in(self, *changes: Change) -> list["asyncio.Task[str]"]:
        return [asyncio.create_task(self.writer.apply(change)) for change in changes]

    async def names(self) -> list[str]:
        """What is committed."""
        kept = tables.arrangements.c.job_id
        async with self.database.reading.begin() as connection:
            return [row["job_id"] for row in await fetch_all(connection, sa.select(kept).order_by(kept))]


@pytest.fixture
async def book(database_url: str) -> AsyncIterator[Book]:
    async with a_book(database_url) as found:
        yield found


@contextlib.asynccontextmanager
async def a_book(database_url: str) -> AsyncIterator[Book]:
    database = Database(database_url)
    book = Book(database)
    yield book
    await book.close()
    await database.close()


def name(text: str, then: Exception | None = None, size: int = 0) -> Change:
    """A change that writes a name, and may fail after that."""

    async def change(tx: Tx) -> str:
        values = {"target": "x" * size, "owner": "local", "action_ids": [], "tab_action_id": ""}
        await tx.write(sa.insert(tables.arrangements).values(job_id=text, **values))
        if then is not None:
            raise then
        return text

    return change


async def test_changes_that_wait_together_are_one_transaction(book: Book) -> None:
    waiting = book.hand_in(*(name(f"{number:03}") for number in range(GROUP_MAX + 1)))
    await asyncio.sleep(0)
    book.start()
    answers = await asyncio.gather(*waiting)
    assert answers == await book.names() == [f"{number:03}" for number in range(GROUP_MAX + 1)]
    assert len(book.groups) == 2


async def test_an_answer_comes_after_the_commit(book: Book) -> None:
    book.start()
    assert await book.writer.apply(name("a")) == "a"
    assert await book.names() == ["a"]


async def test_a_change_that_fails_is_undone_alone(book: Book) -> None:
    refused = errors.WrongState("no")
    waiting = book.hand_in(name("a"), name("b", then=refused), name("c"), name("d", then=ValueError("a bug")))
    await asyncio.sleep(0)
    book.start()
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert answers[0::2] == ["a", "c"]
    assert answers[1] is refused
    assert isinstance(answers[3], ValueError)
    assert await book.names() == ["a", "c"]
    assert len(book.groups) == 1


async def test_who_writes_the_same_thing_second_is_stale(book: Book) -> None:
    waiting = book.hand_in(name("a"), name("a"), name("b"))
    await asyncio.sleep(0)
    book.start()
    first, second, third = await asyncio.gather(*waiting, return_exceptions=True)
    assert (first, third) == ("a", "b")
    assert isinstance(second, errors.StaleVersion)


async def test_when_the_disk_is_full_only_who_needs_the_room_is_refused(tmp_path: Path) -> None:
    async with a_book(await sqlite_url(tmp_path)) as book:
        await _fill_the_disk(book)


async def _fill_the_disk(book: Book) -> None:
    async with book.database.writing.connect() as connection:
        pages = (await connection.exec_driver_sql("PRAGMA page_count")).scalar_one()
        await connection.exec_driver_sql(f"PRAGMA max_page_count={pages + 2}")
    waiting = book.hand_in(name("a"), name("b", size=1_000_000), name("c"))
    await asyncio.sleep(0)
    book.start()
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(answer) for answer in answers] == [str, errors.Unavailable, str]
    assert await book.names() == ["a", "c"]
    assert await book.writer.apply(name("d")) == "d"


async def test_when_the_commit_fails_nobody_was_served(book: Book) -> None:
    def fail(_connection: sa.Connection) -> None:
        raise sa.exc.OperationalError("COMMIT", {}, Exception("disk I/O error"))

    sa.event.listen(book.database.writing.sync_engine, "commit", fail)
    waiting = book.hand_in(name("a"), name("b", then=errors.WrongState("no")))
    await asyncio.sleep(0)
    book.start()
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(answer) for answer in answers] == [errors.Unavailable] * 2
    sa.event.remove(book.database.writing.sync_engine, "commit", fail)
    assert await book.names() == []
    assert await book.writer.apply(name("c")) == "c"


async def test_what_is_committed_is_not_applied_again_when_nobody_can_be_told(book: Book) -> None:
    book.deaf = True
    waiting = book.hand_in(name("a"), name("b"))
    await asyncio.sleep(0)
    book.start()
    assert await asyncio.gather(*waiting) == await book.names() == ["a", "b"]
    assert len(book.groups) == 1
    assert await book.writer.apply(name("c")) == "c"


async def test_a_caller_that_gave_up_before_its_turn_changes_nothing(book: Book) -> None:
    gone, waiting = book.hand_in(name("a"), name("b"))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.wait([gone])
    book.start()
    assert await waiting == "b"
    assert await book.names() == ["b"]


async def test_a_caller_that_gives_up_during_its_turn_disturbs_nobody(book: Book) -> None:
    began, go_on = asyncio.Event(), asyncio.Event()

    async def slow(tx: Tx) -> str:
        began.set()
        await go_on.wait()
        return await name("a")(tx)

    book.start()
    (gone,) = book.hand_in(slow)
    await began.wait()
    gone.cancel()
    (waiting,) = book.hand_in(name("b"))
    go_on.set()
    assert await waiting == "b"
    assert await book.names() == ["a", "b"]


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
async def test_more_than_it_holds_is_refused_at_once(book: Book) -> None:
    waiting = book.hand_in(*(name(f"{number:04}") for number in range(1024)))
    await asyncio.sleep(0)
    with pytest.raises(errors.Overloaded):
        await book.writer.apply(name("one too many"))
    book.start()
    await asyncio.gather(*waiting)
    assert await book.writer.apply(name("now")) == "now"


async def test_a_row_that_cannot_be_written_is_told_to_who_wrote_it_and_to_nobody_else(book: Book) -> None:
    async with book.database.writing.begin() as connection:
        await connection.execute(sa.insert(tables.owners).values(owner="taken", created_at=1))

    def owner(text: str) -> Change:
        async def change(tx: Tx) -> str:
            tx.insert(tables.owners, {"owner": text, "weight": 1, "created_at": 1})
            return text

        return change

    async def look(tx: Tx) -> str:  # what waits to be written is written before it
        return str(len(await tx.all(sa.select(tables.owners))))

    waiting = book.hand_in(owner("a"), owner("taken"), look, owner("b"))
    await asyncio.sleep(0)
    book.start()
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(answer) for answer in answers] == [str, errors.StaleVersion, str, str]
    async with book.database.reading.begin() as connection:
        kept = {row["owner"] for row in await fetch_all(connection, sa.select(tables.owners))}
    assert kept == {"a", "taken", "b"}
