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
    from typing import Any

    from ._client import AsyncOpenAI, OpenAI


class SyncAPIResource:
    """Base of the resources of `OpenAI`."""

    _client: OpenAI

    def __init__(self, client: OpenAI) -> None:
        self._client = client
        self._call = client._call

    @property
    def with_raw_response(self) -> Any:
        """The same resource; its methods return the response (headers, status, text) with `parse()`."""
        return type(self)(self._client.with_raw_response)

    @property
    def with_streaming_response(self) -> Any:
        """The same resource; its methods return a context manager of a response that is read on demand."""
        return type(self)(self._client.with_streaming_response)


class AsyncAPIResource:
    """Base of the resources of `AsyncOpenAI`."""

    _client: AsyncOpenAI

    def __init__(self, client: AsyncOpenAI) -> None:
        self._client = client
        self._call = client._call

    @property
    def with_raw_response(self) -> Any:
        """The same resource; its methods return the response (headers, status, text) with `parse()`."""
        return type(self)(self._client.with_raw_response)

    @property
    def with_streaming_response(self) -> Any:
        """The same resource; its methods return an async context manager of a response that is read on demand."""
        from ._raw import AsyncOpenings, async_streamed

        return AsyncOpenings(type(self)(self._client._view(async_streamed)))
