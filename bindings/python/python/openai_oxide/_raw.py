"""`with_raw_response` and `with_streaming_response`: the answer itself, parsed when asked.

Each is one way of answering calls that a view of the client uses in place of its own; no method is written twice.
The body of a call that does not stream is in memory either way. Of a stream, the streaming response gives events back
as lines, one `data:` line per event.
"""

from __future__ import annotations

from ._calls import Call
from ._resource import AsyncAPIResource
from ._response import Headers, Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
    from typing import Any

    from ._client import AsyncOpenAI, OpenAI


class _Answer:
    """Status and headers, whatever the body is."""

    def __init__(self, client: Any, call: Call, source: Any) -> None:
        self._client = client
        self._call = call
        self._source = source
        self._parsed: Any = self  # itself: not parsed yet
        self.http_request = call.request(client._engine)

    @property
    def headers(self) -> Headers:
        return Headers(self._source.headers)

    @property
    def status_code(self) -> int:
        return self._source.status

    @property
    def request_id(self) -> str | None:
        return self._source.request_id

    @property
    def retries_taken(self) -> int:
        return self._source.attempts - 1

    @property
    def method(self) -> str:
        return self.http_request.method

    @property
    def url(self) -> str:
        return self.http_request.url

    @property
    def http_response(self) -> Response:
        content = b"" if self._call.stream else self._source.content
        return Response(self.status_code, self._source.headers, content, self._source.attempts, self.http_request)

    def _bytes(self) -> bytes:
        if self._call.stream:
            raise RuntimeError("this answer is a stream: parse() gives its events")
        return self._source.content

    def _value(self, to: Any) -> Any:
        if to is not None:
            from ._models import construct

            return construct(to, self._call.data(self._source, self._client._engine))
        if self._parsed is self:
            self._parsed = self._client._answer(self._call, self._source)
        return self._parsed

    def __repr__(self) -> str:
        return f"<{type(self).__name__} [{self.status_code}]>"


class LegacyAPIResponse(_Answer):
    """What `with_raw_response` gives: an answer that is already there."""

    def parse(self, *, to: Any = None) -> Any:
        """What the call itself would have returned."""
        return self._value(to)

    @property
    def content(self) -> bytes:
        return self._bytes()

    @property
    def text(self) -> str:
        return self._bytes().decode("utf-8", "replace")

    def json(self) -> Any:
        return self._call.data(self._source, self._client._engine)


class APIResponse(_Answer):
    """What `with_streaming_response` gives a synchronous program."""

    def parse(self, *, to: Any = None) -> Any:
        """What the call itself would have returned."""
        return self._value(to)

    def read(self) -> bytes:
        return b"".join(self.iter_bytes())

    def text(self) -> str:
        return self.read().decode("utf-8", "replace")

    def json(self) -> Any:
        return self._call.data(self._source, self._client._engine)

    def iter_bytes(self, chunk_size: int | None = None) -> Iterator[bytes]:
        for line in self.iter_lines() if self._call.stream else ():
            yield f"{line}\n".encode()
        if not self._call.stream:
            yield from _pieces(self._bytes(), chunk_size)

    def iter_text(self, chunk_size: int | None = None) -> Iterator[str]:
        import codecs

        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        for piece in self.iter_bytes(chunk_size):
            yield decoder.decode(piece)

    def iter_lines(self) -> Iterator[str]:
        if not self._call.stream:
            yield from self._bytes().decode("utf-8", "replace").splitlines()
            return
        while batch := self._source.next_batch():
            for data in batch:
                yield from _event_lines(data)

    def close(self) -> None:
        if self._call.stream:
            self._source.close()


class AsyncAPIResponse(_Answer):
    """What `with_streaming_response` gives an asynchronous program."""

    async def parse(self, *, to: Any = None) -> Any:
        """What the call itself would have returned."""
        return self._value(to)

    async def read(self) -> bytes:
        return b"".join([piece async for piece in self.iter_bytes()])

    async def text(self) -> str:
        return (await self.read()).decode("utf-8", "replace")

    async def json(self) -> Any:
        return self._call.data(self._source, self._client._engine)

    async def iter_bytes(self, chunk_size: int | None = None) -> AsyncIterator[bytes]:
        if self._call.stream:
            async for line in self.iter_lines():
                yield f"{line}\n".encode()
        else:
            for piece in _pieces(self._bytes(), chunk_size):
                yield piece

    async def iter_text(self, chunk_size: int | None = None) -> AsyncIterator[str]:
        import codecs

        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        async for piece in self.iter_bytes(chunk_size):
            yield decoder.decode(piece)

    async def iter_lines(self) -> AsyncIterator[str]:
        if not self._call.stream:
            for line in self._bytes().decode("utf-8", "replace").splitlines():
                yield line
            return
        from ._streaming import AsyncStream

        plain = AsyncStream(self._source, object, self.http_request, strict=False)
        async for data in plain:
            for line in _event_lines(data):
                yield line

    async def close(self) -> None:
        if self._call.stream:
            self._source.close()


class _Opening:
    """A call that is made on entering a `with` block."""

    def __init__(self, open: Callable[[], APIResponse]) -> None:
        self._open = open

    def __enter__(self) -> APIResponse:
        self._response = self._open()
        return self._response

    def __exit__(self, *_exception: object) -> None:
        self._response.close()


class _AsyncOpening:
    """A call that is made on entering an `async with` block."""

    def __init__(self, open: Callable[[], Awaitable[AsyncAPIResponse]]) -> None:
        self._open = open

    async def __aenter__(self) -> AsyncAPIResponse:
        self._response = await self._open()
        return self._response

    async def __aexit__(self, *_exception: object) -> None:
        await self._response.close()


class AsyncOpenings:
    """A resource whose coroutine methods become `async with` blocks."""

    def __init__(self, resource: Any) -> None:
        self._resource = resource

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._resource, name)
        if isinstance(value, AsyncAPIResource):
            return AsyncOpenings(value)

        def call(*args: Any, **arguments: Any) -> _AsyncOpening:
            return _AsyncOpening(lambda: value(*args, **arguments))

        return call


def raw(client: OpenAI) -> Callable[..., LegacyAPIResponse]:
    def call(operation: str, /, **arguments: Any) -> LegacyAPIResponse:
        made = Call(operation, **arguments)
        return LegacyAPIResponse(client, made, client._send(made))

    return call


def streamed(client: OpenAI) -> Callable[..., _Opening]:
    def call(operation: str, /, **arguments: Any) -> _Opening:
        made = Call(operation, **arguments)
        return _Opening(lambda: APIResponse(client, made, client._send(made)))

    return call


def async_raw(client: AsyncOpenAI) -> Callable[..., Awaitable[LegacyAPIResponse]]:
    async def call(operation: str, /, **arguments: Any) -> LegacyAPIResponse:
        made = Call(operation, **arguments)
        return LegacyAPIResponse(client, made, await client._send(made))

    return call


def async_streamed(client: AsyncOpenAI) -> Callable[..., Awaitable[AsyncAPIResponse]]:
    async def call(operation: str, /, **arguments: Any) -> AsyncAPIResponse:
        made = Call(operation, **arguments)
        return AsyncAPIResponse(client, made, await client._send(made))

    return call


def _pieces(content: bytes, size: int | None) -> Iterator[bytes]:
    size = size or max(len(content), 1)
    for start in range(0, len(content), size):
        yield content[start : start + size]


def _event_lines(data: Any) -> tuple[str, ...]:
    from ._native import encode

    name = data.get("type") if isinstance(data, dict) else None
    line = f"data: {encode(data).decode()}"
    return (f"event: {name}", line, "") if isinstance(name, str) else (line, "")
