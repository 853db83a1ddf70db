"""`with_raw_response` and `with_streaming_response`: the answer itself, parsed when asked.

Each is one way of answering calls that a view of the client uses in place of its own; no method is written twice.
A streaming response reads binary content and text as they come; JSON is in memory either way. Of a stream it gives events
back as lines, one `data:` line per event.
"""

from __future__ import annotations

from time import monotonic

from ._binary import pieces
from ._calls import Call
from ._resource import AsyncAPIResource
from ._response import Headers, Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
    from datetime import timedelta
    from os import PathLike
    from typing import Any, Generic, TypeVar, overload

    from ._client import AsyncOpenAI, OpenAI
    from ._hedge import HedgeReport

    T_co = TypeVar("T_co", covariant=True)
    ToT = TypeVar("ToT")

    class _Of(Generic[T_co]): ...
else:
    from ._models_support import Parametric as _Of

    T_co = None


class _Answer:
    """Status and headers, whatever the body is."""

    def __init__(self, client: Any, call: Call, source: Any) -> None:
        self._client = client
        self._call = call
        self._source: Any = source
        self._seconds = monotonic() - call.began
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
    def hedge(self) -> HedgeReport | None:
        """What became of the requests, where the call was to be hedged."""
        return self._source.hedge

    @property
    def elapsed(self) -> timedelta:
        """The time from the call to its answer, retries included; of one that is read as it comes, to its headers."""
        from datetime import timedelta

        return timedelta(seconds=self._seconds)

    @property
    def method(self) -> str:
        return self.http_request.method

    @property
    def url(self) -> str:
        return self.http_request.url

    @property
    def http_response(self) -> Response:
        content = b"" if self._call.stream else self._bytes()
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


class LegacyAPIResponse(_Answer, _Of[T_co]):
    """What `with_raw_response` gives: an answer that is already there."""

    if TYPE_CHECKING:

        @overload
        def parse(self) -> T_co: ...
        @overload
        def parse(self, *, to: type[ToT]) -> ToT: ...
        def parse(self, *, to: Any = None) -> Any:
            """What the call itself would have returned, or the same JSON as a `to`."""

    else:

        def parse(self, *, to: Any = None) -> Any:
            """What the call itself would have returned."""
            return self._value(to)

    @property
    def is_closed(self) -> bool:
        """Whether the whole body is here."""
        return not self._call.stream

    @property
    def content(self) -> bytes:
        return self._bytes()

    @property
    def text(self) -> str:
        return self.http_response.text

    def json(self) -> Any:
        return self._call.data(self._source, self._client._engine)


class _Streamed(_Answer):
    """What both streaming responses share: content that is read when somebody asks for it, and then kept."""

    _content: bytes | None = None

    def _bytes(self) -> bytes:
        if self._content is None:
            raise RuntimeError("the content has not been read; call read() first")
        return self._content

    def _value_of_content(self, to: Any) -> Any:
        if not self._call.stream:
            self._source = _Read(self._source, self._bytes())
        return self._value(to)

    def _json_of_content(self) -> Any:
        return self._call.data(_Read(self._source, self._bytes()), self._client._engine)


class APIResponse(_Streamed, _Of[T_co]):
    """What `with_streaming_response` gives a synchronous program."""

    if TYPE_CHECKING:

        @overload
        def parse(self) -> T_co: ...
        @overload
        def parse(self, *, to: type[ToT]) -> ToT: ...
        def parse(self, *, to: Any = None) -> Any:
            """What the call itself would have returned, or the same JSON as a `to`."""

    else:

        def parse(self, *, to: Any = None) -> Any:
            """What the call itself would have returned."""
            if not self._call.stream and self._parsed is self:
                self.read()
            return self._value_of_content(to)

    def read(self) -> bytes:
        if self._content is None:
            self._content = b"".join(self._arriving())
        return self._content

    def text(self) -> str:
        self.read()
        return self.http_response.text

    def json(self) -> Any:
        self.read()
        return self._json_of_content()

    def _arriving(self) -> Iterator[bytes]:
        from ._streaming import Stream

        for item in Stream(self._source, object, self.http_request, strict=False):
            yield _event_text(item) if self._call.stream else item

    def iter_bytes(self, chunk_size: int | None = None) -> Iterator[bytes]:
        """The content as it comes, or in pieces of a size."""
        if self._content is not None:
            yield from pieces(self._content, chunk_size)
            return
        sizes = _Sizes(chunk_size)
        for arrived in self._arriving():
            yield from sizes.cut(arrived)
        yield from sizes.rest()

    def iter_text(self, chunk_size: int | None = None) -> Iterator[str]:
        decoder = _decoder(self)
        for piece in self.iter_bytes(chunk_size):
            yield decoder.decode(piece)

    def iter_lines(self) -> Iterator[str]:
        lines = _Lines()
        for text in self.iter_text():
            yield from lines.cut(text)
        yield from lines.rest()

    def stream_to_file(self, file: str | PathLike[str], *, chunk_size: int | None = None) -> None:
        """Store the content while it comes."""
        with open(file, "wb") as out:
            out.writelines(self.iter_bytes(chunk_size))

    def close(self) -> None:
        if self._content is None:
            self._source.close()


class AsyncAPIResponse(_Streamed, _Of[T_co]):
    """What `with_streaming_response` gives an asynchronous program."""

    if TYPE_CHECKING:

        @overload
        async def parse(self) -> T_co: ...
        @overload
        async def parse(self, *, to: type[ToT]) -> ToT: ...
        async def parse(self, *, to: Any = None) -> Any:
            """What the call itself would have returned, or the same JSON as a `to`."""

    else:

        async def parse(self, *, to: Any = None) -> Any:
            """What the call itself would have returned."""
            if not self._call.stream and self._parsed is self:
                await self.read()
            return self._value_of_content(to)

    async def read(self) -> bytes:
        if self._content is None:
            self._content = b"".join([piece async for piece in self._arriving()])
        return self._content

    async def text(self) -> str:
        await self.read()
        return self.http_response.text

    async def json(self) -> Any:
        await self.read()
        return self._json_of_content()

    async def _arriving(self) -> AsyncIterator[bytes]:
        from ._streaming import AsyncStream

        async for item in AsyncStream(self._source, object, self.http_request, strict=False):
            yield _event_text(item) if self._call.stream else item

    async def iter_bytes(self, chunk_size: int | None = None) -> AsyncIterator[bytes]:
        """The content as it comes, or in pieces of a size."""
        if self._content is not None:
            for piece in pieces(self._content, chunk_size):
                yield piece
            return
        sizes = _Sizes(chunk_size)
        async for arrived in self._arriving():
            for piece in sizes.cut(arrived):
                yield piece
        for piece in sizes.rest():
            yield piece

    async def iter_text(self, chunk_size: int | None = None) -> AsyncIterator[str]:
        decoder = _decoder(self)
        async for piece in self.iter_bytes(chunk_size):
            yield decoder.decode(piece)

    async def iter_lines(self) -> AsyncIterator[str]:
        lines = _Lines()
        async for text in self.iter_text():
            for line in lines.cut(text):
                yield line
        for line in lines.rest():
            yield line

    async def stream_to_file(self, file: str | PathLike[str], *, chunk_size: int | None = None) -> None:
        """Store the content while it comes."""
        with open(file, "wb") as out:
            async for piece in self.iter_bytes(chunk_size):
                out.write(piece)

    async def close(self) -> None:
        if self._content is None:
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
        made.opens = True
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
        made.opens = True
        return AsyncAPIResponse(client, made, await client._send(made))

    return call


class _Read:
    """An answer whose content was read as it came, as the calls that did not stream have it."""

    def __init__(self, source: Any, content: bytes) -> None:
        self.status = source.status
        self.headers = source.headers
        self.request_id = source.request_id
        self.attempts = source.attempts
        self.hedge = source.hedge
        self.content = content

    def json(self) -> Any:
        from ._native import decode

        return decode(self.content)


class _Sizes:
    """Bytes in pieces of one size; as they come without a size."""

    def __init__(self, size: int | None) -> None:
        self._size = size
        self._kept = b""

    def cut(self, arrived: bytes) -> Iterator[bytes]:
        if self._size is None:
            yield arrived
            return
        whole = self._kept + arrived
        end = len(whole) - len(whole) % self._size
        self._kept = whole[end:]
        yield from pieces(whole[:end], self._size)

    def rest(self) -> Iterator[bytes]:
        if self._kept:
            yield self._kept


class _Lines:
    """Text as whole lines, without their ends."""

    def __init__(self) -> None:
        self._kept = ""

    def cut(self, arrived: str) -> list[str]:
        lines = (self._kept + arrived).split("\n")
        self._kept = lines.pop()
        return [line.removesuffix("\r") for line in lines]

    def rest(self) -> list[str]:
        return [self._kept.removesuffix("\r")] if self._kept else []


def _decoder(answer: _Answer) -> Any:
    from codecs import getincrementaldecoder

    return getincrementaldecoder(Response(0, answer._source.headers, b"", 0).encoding)("replace")


def _event_text(data: Any) -> bytes:
    from ._native import encode

    name = data.get("type") if isinstance(data, dict) else None
    line = b"data: " + encode(data) + b"\n\n"
    return f"event: {name}\n".encode() + line if isinstance(name, str) else line
