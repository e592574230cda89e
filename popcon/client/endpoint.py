"""A description of a call as a method of both clients: one waits for the answer, the other can be awaited."""

import functools
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from typing import Any, Generic, ParamSpec, Self, TypeVar, overload

from popcon.client.request import Listing, Request

P = ParamSpec("P")
T = TypeVar("T")


class Sender:
    """What sends requests and waits for their answers."""

    def send(self, request: Request[T]) -> T:
        """Sends a request. Raises `popcon.errors`."""
        raise NotImplementedError

    def pages(self, listing: Listing[T]) -> Iterator[T]:
        """The items of a list; pages are fetched as they are needed. Raises `popcon.errors`."""
        raise NotImplementedError


class AsyncSender:
    """What sends requests and has their answers awaited."""

    async def send(self, request: Request[T]) -> T:
        """Sends a request. Raises `popcon.errors`."""
        raise NotImplementedError

    def pages(self, listing: Listing[T]) -> AsyncIterator[T]:
        """The items of a list; pages are fetched as they are needed. Raises `popcon.errors`."""
        raise NotImplementedError


class Endpoint(Generic[P, T]):
    """A method that sends what a function describes."""

    def __init__(self, describe: Callable[P, Request[T]]) -> None:
        self.describe = describe
        self.__doc__ = describe.__doc__

    @overload
    def __get__(self, at: Sender, owner: type | None = None) -> Callable[P, T]: ...
    @overload
    def __get__(self, at: AsyncSender, owner: type | None = None) -> Callable[P, Coroutine[Any, Any, T]]: ...
    @overload
    def __get__(self, at: None, owner: type | None = None) -> Self: ...
    def __get__(self, at: Sender | AsyncSender | None, owner: type | None = None) -> Any:
        if at is None:
            return self

        @functools.wraps(self.describe)
        def ask(*args: P.args, **options: P.kwargs) -> Any:
            return at.send(self.describe(*args, **options))

        return ask


class Listed(Generic[P, T]):
    """A method that lists what a function describes."""

    def __init__(self, describe: Callable[P, Listing[T]]) -> None:
        self.describe = describe
        self.__doc__ = describe.__doc__

    @overload
    def __get__(self, at: Sender, owner: type | None = None) -> Callable[P, Iterator[T]]: ...
    @overload
    def __get__(self, at: AsyncSender, owner: type | None = None) -> Callable[P, AsyncIterator[T]]: ...
    @overload
    def __get__(self, at: None, owner: type | None = None) -> Self: ...
    def __get__(self, at: Sender | AsyncSender | None, owner: type | None = None) -> Any:
        if at is None:
            return self

        @functools.wraps(self.describe)
        def ask(*args: P.args, **options: P.kwargs) -> Any:
            return at.pages(self.describe(*args, **options))

        return ask
