"""`create_stream_fc()`: the function calls of an answer, each handed out as soon as its arguments are complete.

The answer goes on streaming meanwhile. A call of a response is complete with its `arguments.done` or `output_item.done`; one
of a chat completion when another one begins or the choice ends, as in the official `stream` helper. A stream that is cut
raises `IncompleteStreamError`, on every client, and a call that is not complete is never handed out as such.
"""

from __future__ import annotations

from ..._models import constructor
from ..._native import PartialJson, decode
from ._growing import Text
from ._merge import fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterable, Iterator
    from typing import Any

    from typing_extensions import Self

    from ..._streaming import AsyncStream, Stream
    from ...types.chat.parsed_chat_completion import ParsedChatCompletion
    from ...types.responses.response import Response
    from .chat._tool_calls import ToolCall


class FunctionCall:
    """One call of a function that the model asks for."""

    __slots__ = ("_partial", "_readable", "_text", "call_id", "complete", "name")

    def __init__(self, name: str, call_id: str, arguments: str | None = None) -> None:
        self.name = name
        self.call_id = call_id
        self.complete = arguments is not None
        self._text = Text(arguments or "")
        self._partial = PartialJson()
        self._readable = True

    @property
    def arguments(self) -> str:
        """JSON text as the model wrote it."""
        return self._text.read()

    @property
    def parsed(self) -> Any:
        """The arguments as Python objects. Raises `ValueError` where they are not JSON, or not complete."""
        return decode(self.arguments.encode())

    @property
    def value(self) -> Any:
        """What incremental arguments say so far; None while nothing is known, or where they are not incremental.

        An open string ends at its last whole character; a number or literal that may go on is left out with its member.
        Objects and lists in it go on growing.
        """
        return self._partial.value

    def _grow(self, piece: str) -> None:
        self._text.append(piece)
        try:
            if self._readable:
                self._partial.push(piece)
        except ValueError:  # what was understood so far stays
            self._readable = False

    def __repr__(self) -> str:
        return f"FunctionCall(name={self.name!r}, call_id={self.call_id!r}, arguments={self.arguments!r})"


class _FromResponse:
    """The calls in the events of a response, which are models or dicts."""

    def __init__(self, incremental: bool) -> None:
        self._incremental = incremental
        self._open: dict[Any, FunctionCall] = {}  # by output index
        self._complete: set[str] = set()  # call ids
        self._response: dict[str, Any] | None = None

    def take(self, event: Any) -> Iterator[FunctionCall]:
        data = fields(event)
        kind, index = data.get("type"), data.get("output_index")
        if kind == "response.function_call_arguments.delta":
            if self._incremental and (call := self._open.get(index)):
                call._grow(data.get("delta") or "")
                yield call
        elif kind == "response.output_item.added":
            item = fields(data.get("item"))
            if item.get("type") == "function_call":
                self._open[index] = FunctionCall(item.get("name") or "", item.get("call_id") or "")
        elif kind == "response.function_call_arguments.done":
            if call := self._open.get(index):
                yield from self._finish(call, data.get("arguments"))
        elif kind == "response.output_item.done":
            yield from self._finish_item(fields(data.get("item")), self._open.get(index))
        elif kind in ("response.completed", "response.incomplete", "response.failed"):
            self._response = fields(data.get("response"))
            if kind == "response.completed":
                for item in self._response.get("output") or ():
                    yield from self._finish_item(fields(item), None)

    def _finish_item(self, item: dict[str, Any], call: FunctionCall | None) -> Iterator[FunctionCall]:
        if item.get("type") == "function_call" and item.get("status") != "incomplete":
            call = call or FunctionCall(item.get("name") or "", item.get("call_id") or "")
            yield from self._finish(call, item.get("arguments"))

    def _finish(self, call: FunctionCall, arguments: str | None) -> Iterator[FunctionCall]:
        if call.call_id in self._complete:
            return
        self._complete.add(call.call_id)
        call._text, call.complete = Text(arguments or ""), True
        yield call

    def response(self) -> dict[str, Any]:
        if self._response is None:
            raise RuntimeError("the stream had no final response")
        return self._response


class _FromChat:
    """The calls in the chunks of a chat completion."""

    def __init__(self, incremental: bool) -> None:
        from .chat import ChatCompletionStreamState

        self._incremental = incremental
        self._found: list[FunctionCall] = []
        self._calls: dict[int, FunctionCall] = {}
        self.state: ChatCompletionStreamState[None] = ChatCompletionStreamState()
        self.state._watch = self._watch

    def take(self, chunk: Any) -> Iterable[FunctionCall]:
        self.state.handle_chunk(chunk)
        found, self._found = self._found, []
        return found

    def _watch(self, call: ToolCall, piece: str | None) -> None:
        if piece is not None and not self._incremental:
            return
        seen = self._calls.setdefault(id(call), FunctionCall("", ""))
        seen.name, seen.call_id = call.name, call.id or f"call_{call.place}"
        if piece is None:
            seen._text, seen.complete = call.arguments, True
        else:
            seen._grow(piece)
        self._found.append(seen)


# ------------------------------------------------------------------------------------------------------------- synchronous


def _calls(raw: Stream[Any], tracker: Any) -> Generator[FunctionCall, None, None]:
    for event in raw:
        yield from tracker.take(event)


class _FunctionCalls:
    def __init__(self, raw_stream: Stream[Any], tracker: Any) -> None:
        raw_stream._end.strict = True
        self._raw_stream = raw_stream
        self._tracker = tracker
        self._iterator = _calls(raw_stream, tracker)

    def __iter__(self) -> Iterator[FunctionCall]:
        return self._iterator

    def __next__(self) -> FunctionCall:
        return next(self._iterator)

    def until_done(self) -> Self:
        """Read the stream to its end; calls that were not taken are passed over."""
        for _ in self._iterator:
            pass
        return self

    def close(self) -> None:
        """Close the connection, from any thread. Iterating further just ends."""
        self._raw_stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()


class ResponseFunctionCalls(_FunctionCalls):
    """Calls of a response, for a `for` loop."""

    def __init__(self, raw_stream: Stream[Any], *, incremental: bool = False) -> None:
        super().__init__(raw_stream, _FromResponse(incremental))

    def get_final_response(self) -> Response:
        """The whole response, once the stream has ended; its `status` tells whether it failed or is incomplete."""
        return constructor("responses.response:Response")(self.until_done()._tracker.response())


class ChatFunctionCalls(_FunctionCalls):
    """Calls of a chat completion, for a `for` loop."""

    def __init__(self, raw_stream: Stream[Any], *, incremental: bool = False) -> None:
        super().__init__(raw_stream, _FromChat(incremental))

    def get_final_completion(self) -> ParsedChatCompletion[None]:
        """The whole completion, once the stream has ended; its `finish_reason` tells whether it was cut off."""
        return self.until_done()._tracker.state.current_completion_snapshot


# ------------------------------------------------------------------------------------------------------------ asynchronous


async def _async_calls(raw: AsyncStream[Any], tracker: Any) -> AsyncGenerator[FunctionCall, None]:
    async for event in raw:
        for call in tracker.take(event):
            yield call


class _AsyncFunctionCalls:
    def __init__(self, raw_stream: AsyncStream[Any], tracker: Any) -> None:
        raw_stream._end.strict = True
        self._raw_stream = raw_stream
        self._tracker = tracker
        self._iterator = _async_calls(raw_stream, tracker)

    def __aiter__(self) -> AsyncIterator[FunctionCall]:
        return self._iterator

    async def __anext__(self) -> FunctionCall:
        return await self._iterator.__anext__()

    async def until_done(self) -> Self:
        """Read the stream to its end; calls that were not taken are passed over."""
        async for _ in self._iterator:
            pass
        return self

    async def close(self) -> None:
        """Close the connection. Iterating further just ends."""
        await self._raw_stream.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self.close()


class AsyncResponseFunctionCalls(_AsyncFunctionCalls):
    """Calls of a response, for an `async for` loop."""

    def __init__(self, raw_stream: AsyncStream[Any], *, incremental: bool = False) -> None:
        super().__init__(raw_stream, _FromResponse(incremental))

    async def get_final_response(self) -> Response:
        """The whole response, once the stream has ended; its `status` tells whether it failed or is incomplete."""
        return constructor("responses.response:Response")((await self.until_done())._tracker.response())


class AsyncChatFunctionCalls(_AsyncFunctionCalls):
    """Calls of a chat completion, for an `async for` loop."""

    def __init__(self, raw_stream: AsyncStream[Any], *, incremental: bool = False) -> None:
        super().__init__(raw_stream, _FromChat(incremental))

    async def get_final_completion(self) -> ParsedChatCompletion[None]:
        """The whole completion, once the stream has ended; its `finish_reason` tells whether it was cut off."""
        return (await self.until_done())._tracker.state.current_completion_snapshot
