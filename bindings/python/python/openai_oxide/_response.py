"""Answers as programs see them: a light `Response`, and what `with_raw_response` and `with_streaming_response` return.

The transport is native, so there is no transport object to hand out; these carry its facts under the familiar names.
"""

from __future__ import annotations

from collections.abc import Mapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any


class Headers(Mapping[str, str]):
    """Headers by name in any case. A name that came more than once gives its values joined by commas."""

    __slots__ = ("_values",)

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self._values: dict[str, str] = {}
        for name, value in pairs:
            key = name.lower()
            self._values[key] = f"{self._values[key]}, {value}" if key in self._values else value

    def __getitem__(self, name: str) -> str:
        return self._values[name.lower()]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Headers({self._values!r})"


class Request:
    """The request behind an answer or an error: what it was, without the credentials it carried."""

    __slots__ = ("method", "url")

    def __init__(self, method: str, url: str) -> None:
        self.method = method
        self.url = url

    def __repr__(self) -> str:
        return f"<Request({self.method!r}, {self.url!r})>"


class Response:
    """An answer with its body in memory."""

    __slots__ = ("attempts", "content", "headers", "request", "status_code")

    request: Request

    def __init__(
        self, status: int, headers: list[tuple[str, str]], content: bytes, attempts: int, request: Request | None = None
    ) -> None:
        self.status_code = status
        self.headers = Headers(headers)
        self.content = content
        self.attempts = attempts
        self.request = request or Request("", "")

    @property
    def charset_encoding(self) -> str | None:
        """The character set that the answer names."""
        from email.message import Message

        head = Message()
        head["content-type"] = self.headers.get("content-type", "")
        charset = head.get_param("charset")
        return charset if isinstance(charset, str) else None

    @property
    def encoding(self) -> str:
        """What the text is decoded by: the named character set if Python knows it, else UTF-8."""
        import codecs

        try:
            return codecs.lookup(self.charset_encoding or "utf-8").name
        except LookupError:
            return "utf-8"

    @property
    def text(self) -> str:
        return self.content.decode(self.encoding, "replace")

    def json(self, **_options: Any) -> Any:
        from ._native import decode

        return decode(self.content)

    @property
    def url(self) -> str:
        return self.request.url

    @property
    def is_success(self) -> bool:
        return 200 <= self.status_code < 300

    def __repr__(self) -> str:
        return f"<Response [{self.status_code}]>"
