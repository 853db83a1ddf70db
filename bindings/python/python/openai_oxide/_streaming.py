"""`Stream` and `AsyncStream`: events as they come.

Events cross from the native side in batches: all that have arrived, at once. `close()`, a `with` block and losing the
last reference close the connection; leaving a loop early does not by itself, since a second loop may go on. A stream
that ends without its last event raises `IncompleteStreamError`, or, on a client that follows the official package, just
ends; `ended_early` tells in both.
"""

from __future__ import annotations

from _collections_abc import AsyncIterator, Iterator

from ._models import constructor
from ._native import Ready
from ._response import Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Generator
    from typing import Any, TypeVar

    from typing_extensions import Self

    from ._hedge import HedgeReport
    from ._native import BlockingStream, EventSource
    from ._response import Request

    T_co = TypeVar("T_co", covariant=True)
else:
    T_co = object


class _End:
    """What the end of a stream means. Apart from the stream, so that dropping the stream drops its iteration."""

    __slots__ = ("early", "request", "source", "strict")

    def __init__(self, source: Any, request: Request, strict: bool) -> None:
        self.source = source
        self.request = request
        self.strict = strict
        self.early = False

    def response(self) -> Response:
        source = self.source
        return Response(source.status, source.headers, b"", source.attempts, self.request)

    def exception(self, error: Exception) -> Exception | None:
        """What to raise for an error of the source; `None` where the iteration just ends."""
        from ._exceptions import APIError, APIResponseValidationError, IncompleteStreamError

        if isinstance(error, IncompleteStreamError):
            self.early = True
            if not self.strict:
                return None
        elif isinstance(error, ValueError):
            wrong = APIResponseValidationError(self.response(), None, message=f"An event is not JSON: {error}")
            wrong.__cause__ = error
            error = wrong
        if isinstance(error, APIError):
            error.request = self.request
        return error


class _Stream:
    """What both kinds have in common."""

    def __init__(self, source: Any, event: Any, request: Request, strict: bool) -> None:
        self._source = source
        self._construct = constructor(event)
        self._end = _End(source, request, strict)

    @property
    def response(self) -> Response:
        """Status and headers of the answer that is being streamed."""
        return self._end.response()

    @property
    def ended_early(self) -> bool:
        """The stream ended without its last event, by the server, Ctrl-C or cancellation: the answer is not whole."""
        return self._end.early

    @property
    def hedge(self) -> HedgeReport | None:
        """What became of the requests, where the call was to be hedged."""
        return self._source.hedge

    @property
    def _request_id(self) -> str | None:
        return self._source.request_id

    @property
    def _crossings(self) -> int:
        """How often events came over from the native side, for tests."""
        return self._source.crossings


def _iterate(source: BlockingStream, construct: Any, end: _End) -> Generator[Any, None, None]:
    try:
        while batch := source.next_batch():
            for data in batch:
                yield construct(data)
    except Exception as error:
        raised = end.exception(error)
        if raised is error:
            raise
        if raised is not None:
            raise raised from error
    except BaseException:  # Ctrl-C, or the stream is dropped: as with a cancelled task, it is over
        end.early = True
        source.close()
        raise


class Stream(_Stream, Iterator[T_co]):
    """Events of an answer, for a `for` loop."""

    def __init__(self, source: BlockingStream, event: Any, request: Request, strict: bool) -> None:
        super().__init__(source, event, request, strict)
        self._iterator: Generator[T_co, None, None] = _iterate(source, self._construct, self._end)

    def __iter__(self) -> Iterator[T_co]:
        return self._iterator

    def __next__(self) -> T_co:
        return next(self._iterator)

    def close(self) -> None:
        """Close the connection, from any thread. Iterating further just ends."""
        self._source.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()


class AsyncStream(_Stream, AsyncIterator[T_co]):
    """Events of an answer, for an `async for` loop."""

    _source: EventSource

    def __init__(self, source: EventSource, event: Any, request: Request, strict: bool) -> None:
        super().__init__(source, event, request, strict)
        self._batch: Iterator[Any] = iter(())

    def __aiter__(self) -> AsyncIterator[T_co]:
        return self

    def __anext__(self) -> Awaitable[T_co]:
        for data in self._batch:
            return Ready(self._construct(data))
        return self._next_batch()

    async def _next_batch(self) -> T_co:
        from ._loop import hub_of, running_loop

        source = self._source
        try:
            while (batch := source.take()) is None:
                loop = running_loop()
                future = loop.create_future()
                if source.wait(hub_of(loop), future):
                    await future
        except Exception as error:
            raised = self._end.exception(error)
            if raised is error:
                raise
            if raised is not None:
                raise raised from error
            batch = []
        except BaseException:  # cancelled: nobody knows which events were seen, so the stream is over
            self._end.early = True
            source.close()
            raise
        self._batch = iter(batch)
        for data in self._batch:
            return self._construct(data)
        raise StopAsyncIteration

    async def close(self) -> None:
        """Close the connection. Iterating further just ends."""
        self._batch = iter(())
        self._source.close()

    aclose = close

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self.close()
