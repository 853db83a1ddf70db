"""`chat.completions.stream()`: a context manager, and the stream it gives.

Events are made as chunks are taken, and nothing is read ahead. Leaving the `with` block, or `close`, closes the connection.
"""

from __future__ import annotations

from ...._models_support import Parametric
from ._state import ChatCompletionStreamState

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Generator, Iterable, Iterator
    from typing import Any

    from typing_extensions import Self

    from ...._streaming import AsyncStream, Stream
    from ...._types import Omit
    from ....types.chat.chat_completion_chunk import ChatCompletionChunk
    from ....types.chat.chat_completion_tool_union_param import ChatCompletionToolUnionParam
    from ....types.chat.completion_create_params import ResponseFormat
    from ....types.chat.parsed_chat_completion import ParsedChatCompletion
    from ..._parsing._completions import ResponseFormatT
    from ._events import ChatCompletionStreamEvent
    from ._types import ParsedChatCompletionSnapshot
else:
    ResponseFormatT = None


def _is_chunk(chunk: ChatCompletionChunk) -> bool:
    # Azure puts results of its filters between the chunks.
    return chunk.__dict__.get("object", "chat.completion.chunk") == "chat.completion.chunk"


class ChatCompletionStream(Parametric[ResponseFormatT]):
    """The events of a completion, for a `for` loop."""

    def __init__(
        self,
        *,
        raw_stream: Stream[ChatCompletionChunk],
        response_format: type[ResponseFormatT] | ResponseFormat | Omit,
        input_tools: Iterable[ChatCompletionToolUnionParam] | Omit,
    ) -> None:
        self._raw_stream = raw_stream
        self._state = ChatCompletionStreamState(response_format=response_format, input_tools=input_tools)
        self._iterator = _events(raw_stream, self._state)

    def __next__(self) -> ChatCompletionStreamEvent[ResponseFormatT]:
        return next(self._iterator)

    def __iter__(self) -> Iterator[ChatCompletionStreamEvent[ResponseFormatT]]:
        return self._iterator

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection, from any thread. Iterating further just ends."""
        self._raw_stream.close()

    def get_final_completion(self) -> ParsedChatCompletion[ResponseFormatT]:
        """The whole completion, once the stream has ended.

        Raises `LengthFinishReasonError` and `ContentFilterFinishReasonError` (with `.completion`) for an answer that was cut
        off, what iterating raises, and pydantic's `ValidationError` for an answer that does not fit `response_format`.
        """
        return self.until_done()._state.get_final_completion()

    def until_done(self) -> Self:
        """Read the stream to its end."""
        for _ in self._iterator:
            pass
        return self

    @property
    def current_completion_snapshot(self) -> ParsedChatCompletionSnapshot:
        """The completion so far: always the same object, brought up to date by this question."""
        return self._state.current_completion_snapshot


def _events(raw: Stream[ChatCompletionChunk], state: ChatCompletionStreamState[Any]) -> Generator[Any, None, None]:
    for chunk in raw:
        if _is_chunk(chunk):
            yield from state.handle_chunk(chunk)


class ChatCompletionStreamManager(Parametric[ResponseFormatT]):
    """What `stream` returns: makes the call when the `with` block is entered, closes the connection when it is left."""

    def __init__(
        self,
        api_request: Callable[[], Stream[ChatCompletionChunk]],
        *,
        response_format: type[ResponseFormatT] | ResponseFormat | Omit,
        input_tools: Iterable[ChatCompletionToolUnionParam] | Omit,
    ) -> None:
        self._api_request = api_request
        self._settings: Any = {"response_format": response_format, "input_tools": input_tools}
        self._stream: ChatCompletionStream[ResponseFormatT] | None = None

    def __enter__(self) -> ChatCompletionStream[ResponseFormatT]:
        self._stream = ChatCompletionStream(raw_stream=self._api_request(), **self._settings)
        return self._stream

    def __exit__(self, *_exception: object) -> None:
        if self._stream is not None:
            self._stream.close()


class AsyncChatCompletionStream(Parametric[ResponseFormatT]):
    """The events of a completion, for an `async for` loop."""

    def __init__(
        self,
        *,
        raw_stream: AsyncStream[ChatCompletionChunk],
        response_format: type[ResponseFormatT] | ResponseFormat | Omit,
        input_tools: Iterable[ChatCompletionToolUnionParam] | Omit,
    ) -> None:
        self._raw_stream = raw_stream
        self._state = ChatCompletionStreamState(response_format=response_format, input_tools=input_tools)
        self._iterator = _async_events(raw_stream, self._state)

    async def __anext__(self) -> ChatCompletionStreamEvent[ResponseFormatT]:
        return await self._iterator.__anext__()

    def __aiter__(self) -> AsyncIterator[ChatCompletionStreamEvent[ResponseFormatT]]:
        return self._iterator

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connection. Iterating further just ends."""
        await self._raw_stream.close()

    async def get_final_completion(self) -> ParsedChatCompletion[ResponseFormatT]:
        """The whole completion, once the stream has ended; raises what the synchronous one raises."""
        return (await self.until_done())._state.get_final_completion()

    async def until_done(self) -> Self:
        """Read the stream to its end."""
        async for _ in self._iterator:
            pass
        return self

    @property
    def current_completion_snapshot(self) -> ParsedChatCompletionSnapshot:
        """The completion so far: always the same object, brought up to date by this question."""
        return self._state.current_completion_snapshot


async def _async_events(
    raw: AsyncStream[ChatCompletionChunk], state: ChatCompletionStreamState[Any]
) -> AsyncGenerator[Any, None]:
    async for chunk in raw:
        if _is_chunk(chunk):
            for event in state.handle_chunk(chunk):
                yield event


class AsyncChatCompletionStreamManager(Parametric[ResponseFormatT]):
    """What the asynchronous `stream` returns: `async with` awaits the call and, in the end, closes the connection."""

    def __init__(
        self,
        api_request: Awaitable[AsyncStream[ChatCompletionChunk]],
        *,
        response_format: type[ResponseFormatT] | ResponseFormat | Omit,
        input_tools: Iterable[ChatCompletionToolUnionParam] | Omit,
    ) -> None:
        self._api_request = api_request
        self._settings: Any = {"response_format": response_format, "input_tools": input_tools}
        self._stream: AsyncChatCompletionStream[ResponseFormatT] | None = None

    async def __aenter__(self) -> AsyncChatCompletionStream[ResponseFormatT]:
        self._stream = AsyncChatCompletionStream(raw_stream=await self._api_request, **self._settings)
        return self._stream

    async def __aexit__(self, *_exception: object) -> None:
        if self._stream is not None:
            await self._stream.close()
