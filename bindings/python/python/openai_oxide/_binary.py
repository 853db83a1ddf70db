"""What calls for a file's content return: the bytes, and ways to read and store them.

They are in memory already. `with_streaming_response` reads while the content comes, for files that are too large.
"""

from __future__ import annotations

from ._models_support import deprecated

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from os import PathLike
    from typing import Any

    from ._response import Response

_NOT_STREAMED = "the content is in memory already: stream with `.with_streaming_response`, or use write_to_file"


class HttpxBinaryResponseContent:
    """Binary content of an answer, under the official name."""

    def __init__(self, response: Response) -> None:
        self.response = response

    @property
    def content(self) -> bytes:
        return self.response.content

    @property
    def text(self) -> str:
        return self.response.text

    @property
    def encoding(self) -> str | None:
        return self.response.encoding

    @property
    def charset_encoding(self) -> str | None:
        return self.response.charset_encoding

    def json(self, **kwargs: Any) -> Any:
        return self.response.json(**kwargs)

    def read(self) -> bytes:
        return self.content

    def iter_bytes(self, chunk_size: int | None = None) -> Iterator[bytes]:
        return pieces(self.content, chunk_size)

    def iter_raw(self, chunk_size: int | None = None) -> Iterator[bytes]:
        return pieces(self.content, chunk_size)

    def iter_text(self, chunk_size: int | None = None) -> Iterator[str]:
        return pieces(self.text, chunk_size)

    def iter_lines(self) -> Iterator[str]:
        return iter(self.text.splitlines())

    def write_to_file(self, file: str | PathLike[str]) -> None:
        """Store the content under a name."""
        with open(file, "wb") as out:
            out.write(self.content)

    @deprecated(_NOT_STREAMED)
    def stream_to_file(self, file: str | PathLike[str], *, chunk_size: int | None = None) -> None:
        """Store the content under a name."""
        self.write_to_file(file)

    def close(self) -> None:
        """Nothing to close: the content has been read."""

    async def aread(self) -> bytes:
        return self.content

    async def aiter_bytes(self, chunk_size: int | None = None) -> AsyncIterator[bytes]:
        return _later(self.iter_bytes(chunk_size))

    async def aiter_raw(self, chunk_size: int | None = None) -> AsyncIterator[bytes]:
        return _later(self.iter_raw(chunk_size))

    async def aiter_text(self, chunk_size: int | None = None) -> AsyncIterator[str]:
        return _later(self.iter_text(chunk_size))

    async def aiter_lines(self) -> AsyncIterator[str]:
        return _later(self.iter_lines())

    @deprecated(_NOT_STREAMED)
    async def astream_to_file(self, file: str | PathLike[str], *, chunk_size: int | None = None) -> None:
        """Store the content under a name."""
        self.write_to_file(file)

    async def aclose(self) -> None:
        """Nothing to close: the content has been read."""


def pieces(content: Any, size: int | None) -> Iterator[Any]:
    """Text or bytes in pieces of a size; in one piece without it."""
    size = size or max(len(content), 1)
    return (content[start : start + size] for start in range(0, len(content), size))


async def _later(items: Iterator[Any]) -> AsyncIterator[Any]:
    for item in items:
        yield item
