"""`responses.stream()`: a context manager, and the stream it gives.

Events are made as those of the API are taken, and nothing is read ahead. Leaving the `with` block, or `close`, closes the
connection. A stream that is taken up again `starting_after` an event is read from its beginning, to have the snapshots
right; only the events after that one are handed out.
"""

from __future__ import annotations

from ...._models_support import Parametric
from ._state import ResponseStreamState

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Generator, Iterable, Iterator
    from typing import Any

    from typing_extensions import Self

    from ...._streaming import AsyncStream, Stream
    from ...._types import Omit
    from ....types.responses.parsed_response import ParsedResponse
    from ....types.responses.response_stream_event import ResponseStreamEvent as RawResponseStreamEvent
    from ....types.responses.tool_param import ToolParam
    from ..._parsing._responses import TextFormatT
    from ._events import ResponseStreamEvent
else:
    TextFormatT = None


def _handed_out(event: Any, starting_after: int | None) -> bool:
    return starting_after is None or (event.sequence_number or 0) > starting_after


def _final(state: ResponseStreamState[Any]) -> ParsedResponse[Any]:
    if state._completed_response is None:
        raise RuntimeError("Didn't receive a `response.completed` event.")
    return state._completed_response


class ResponseStream(Parametric[TextFormatT]):
    """The events of a response, for a `for` loop."""

    def __init__(
        self,
        *,
        raw_stream: Stream[RawResponseStreamEvent],
        text_format: type[TextFormatT] | Omit,
        input_tools: Iterable[ToolParam] | Omit,
        starting_after: int | None,
    ) -> None:
        self._raw_stream = raw_stream
        self._state = ResponseStreamState(text_format=text_format, input_tools=input_tools)
        self._iterator = _events(raw_stream, self._state, starting_after)

    def __next__(self) -> ResponseStreamEvent[TextFormatT]:
        return next(self._iterator)

    def __iter__(self) -> Iterator[ResponseStreamEvent[TextFormatT]]:
        return self._iterator

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection, from any thread. Iterating further just ends."""
        self._raw_stream.close()

    def get_final_response(self) -> ParsedResponse[TextFormatT]:
        """The whole response, once the stream has ended.

        Raises `RuntimeError` where the response failed or is incomplete, what iterating raises, and pydantic's
        `ValidationError` for an answer that does not fit `text_format`.
        """
        return _final(self.until_done()._state)

    def until_done(self) -> Self:
        """Read the stream to its end."""
        for _ in self._iterator:
            pass
        return self


def _events(
    raw: Stream[RawResponseStreamEvent], state: ResponseStreamState[Any], starting_after: int | None
) -> Generator[Any, None, None]:
    for raw_event in raw:
        for event in state.handle_event(raw_event):
            if _handed_out(event, starting_after):
                yield event


class ResponseStreamManager(Parametric[TextFormatT]):
    """What `stream` returns: makes the call when the `with` block is entered, closes the connection when it is left."""

    def __init__(
        self,
        api_request: Callable[[], Stream[RawResponseStreamEvent]],
        *,
        text_format: type[TextFormatT] | Omit,
        input_tools: Iterable[ToolParam] | Omit,
        starting_after: int | None,
    ) -> None:
        self._api_request = api_request
        self._settings: Any = {
            "text_format": text_format,
            "input_tools": input_tools,
            "starting_after": starting_after,
        }
        self._stream: ResponseStream[TextFormatT] | None = None

    def __enter__(self) -> ResponseStream[TextFormatT]:
        self._stream = ResponseStream(raw_stream=self._api_request(), **self._settings)
        return self._stream

    def __exit__(self, *_exception: object) -> None:
        if self._stream is not None:
            self._stream.close()


class AsyncResponseStream(Parametric[TextFormatT]):
    """The events of a response, for an `async for` loop."""

    def __init__(
        self,
        *,
        raw_stream: AsyncStream[RawResponseStreamEvent],
        text_format: type[TextFormatT] | Omit,
        input_tools: Iterable[ToolParam] | Omit,
        starting_after: int | None,
    ) -> None:
        self._raw_stream = raw_stream
        self._state = ResponseStreamState(text_format=text_format, input_tools=input_tools)
        self._iterator = _async_events(raw_stream, self._state, starting_after)

    async def __anext__(self) -> ResponseStreamEvent[TextFormatT]:
        return await self._iterator.__anext__()

    def __aiter__(self) -> AsyncIterator[ResponseStreamEvent[TextFormatT]]:
        return self._iterator

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connection. Iterating further just ends."""
        await self._raw_stream.close()

    async def get_final_response(self) -> ParsedResponse[TextFormatT]:
        """The whole response, once the stream has ended; raises what the synchronous one raises."""
        return _final((await self.until_done())._state)

    async def until_done(self) -> Self:
        """Read the stream to its end."""
        async for _ in self._iterator:
            pass
        return self


async def _async_events(
    raw: AsyncStream[RawResponseStreamEvent], state: ResponseStreamState[Any], starting_after: int | None
) -> AsyncGenerator[Any, None]:
    async for raw_event in raw:
        for event in state.handle_event(raw_event):
            if _handed_out(event, starting_after):
                yield event


class AsyncResponseStreamManager(Parametric[TextFormatT]):
    """What the asynchronous `stream` returns: `async with` awaits the call and, in the end, closes the connection."""

    def __init__(
        self,
        api_request: Awaitable[AsyncStream[RawResponseStreamEvent]],
        *,
        text_format: type[TextFormatT] | Omit,
        input_tools: Iterable[ToolParam] | Omit,
        starting_after: int | None,
    ) -> None:
        self._api_request = api_request
        self._settings: Any = {
            "text_format": text_format,
            "input_tools": input_tools,
            "starting_after": starting_after,
        }
        self._stream: AsyncResponseStream[TextFormatT] | None = None

    async def __aenter__(self) -> AsyncResponseStream[TextFormatT]:
        self._stream = AsyncResponseStream(raw_stream=await self._api_request, **self._settings)
        return self._stream

    async def __aexit__(self, *_exception: object) -> None:
        if self._stream is not None:
            await self._stream.close()
