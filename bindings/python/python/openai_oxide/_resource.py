"""What every generated resource class stands on: one `_call`, and the two response views.

A generated method names its operation and hands over plain Python values; everything else (encoding, retries,
streams, pages, errors) happens behind the client's `_call`:

    self._call(
        "chat.completions.messages.list",
        path=(completion_id,),                  # values of the route's placeholders, in route order
        query={"after": after, "limit": limit}, # unset values (`omit`, `not_given`) may stay in, they are dropped
        body={"messages": messages, ...} | None,
        files=("file",) | None,                 # then the body is a form, and these of its values are files;
                                                # or a function that makes the form
        result="chat.chat_completion:ChatCompletion",  # class, or "module below types:Class"; None for an empty answer,
                                                # `str` for text, `bytes` for binary content
        event="chat.chat_completion_chunk:ChatCompletionChunk",  # class of the items when `stream` is true
        stream=stream or False,
        stream_cls=...,                         # what is made of the stream's source, in place of `Stream`
        page="CursorPage" | None,               # then `result` is the class of one item
        headers={"openai-beta": betas} | None,  # parameters that travel as headers
        extra_headers=..., extra_query=..., extra_body=..., timeout=...,
    )

The synchronous client returns the value, a `Stream` or a page. The asynchronous one returns an awaitable of the value
or of an `AsyncStream`; with `page`, an object that can be awaited (one page) or iterated (all items).
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Generic

    from typing_extensions import TypeVar

    from ._client import AsyncOpenAI, OpenAI

    RawT = TypeVar("RawT", default=Any)
    StreamedT = TypeVar("StreamedT", default=Any)

    class _Viewed(Generic[RawT, StreamedT]): ...
else:
    from ._models_support import Parametric as _Viewed

    RawT = StreamedT = None


class SyncAPIResource(_Viewed[RawT, StreamedT]):
    """Base of the resources of `OpenAI`. Its type arguments are the types of its two views."""

    _client: OpenAI

    def __init__(self, client: OpenAI) -> None:
        self._client = client
        self._call = client._call

    @property
    def with_raw_response(self) -> RawT:
        """The same resource; its methods return the response (headers, status, text) with `parse()`."""
        client: Any = self._client.with_raw_response
        return type(self)(client)  # pyright: ignore[reportReturnType]

    @property
    def with_streaming_response(self) -> StreamedT:
        """The same resource; its methods return a context manager of a response that is read on demand."""
        client: Any = self._client.with_streaming_response
        return type(self)(client)  # pyright: ignore[reportReturnType]


class AsyncAPIResource(_Viewed[RawT, StreamedT]):
    """Base of the resources of `AsyncOpenAI`. Its type arguments are the types of its two views."""

    _client: AsyncOpenAI

    def __init__(self, client: AsyncOpenAI) -> None:
        self._client = client
        self._call = client._call

    @property
    def with_raw_response(self) -> RawT:
        """The same resource; its methods return the response (headers, status, text) with `parse()`."""
        client: Any = self._client.with_raw_response
        return type(self)(client)  # pyright: ignore[reportReturnType]

    @property
    def with_streaming_response(self) -> StreamedT:
        """The same resource; its methods return an async context manager of a response that is read on demand."""
        from ._raw import AsyncOpenings, async_streamed

        opened: Any = AsyncOpenings(type(self)(self._client._view(async_streamed)))
        return opened
