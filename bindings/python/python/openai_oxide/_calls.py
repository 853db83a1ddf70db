"""One call: what a resource method asked for, and what becomes of the answer."""

from __future__ import annotations

from ._types import NotGiven, Omit, not_given

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from ._native import Engine
    from ._types import Body, Headers, Query

NO_LIMIT = float("inf")
# Results that only calls without a method can have; `bytes` itself gives content with ways to read and store it.
WANTED_BYTES = object()
WANTED_RESPONSE = object()


class Call:
    """The arguments of `_call`, see `_resource`."""

    __slots__ = (
        "began",
        "body",
        "event",
        "extra_body",
        "extra_headers",
        "extra_options",
        "extra_query",
        "files",
        "headers",
        "opens",
        "operation",
        "page",
        "path",
        "query",
        "result",
        "stream",
        "stream_cls",
        "timeout",
    )

    def __init__(
        self,
        operation: str,
        path: tuple[object, ...] = (),
        query: dict[str, object] | None = None,
        body: Any = None,
        result: Any = None,
        event: Any = None,
        stream: Any = False,
        stream_cls: Any = None,
        page: str | None = None,
        files: tuple[str | None, ...] | Callable[[Any], Any] | None = None,
        headers: Headers | None = None,
        extra_headers: Headers | None = None,
        extra_query: Query | None = None,
        extra_body: Body | None = None,
        timeout: Any = not_given,
        extra_options: dict[str, Any] | None = None,
    ) -> None:
        self.began = 0.0  # when it was sent, by the monotonic clock
        self.operation = operation
        self.path = path
        self.query = query
        self.body = body
        self.result = result
        self.event = event
        self.stream = stream is True
        self.stream_cls = stream_cls
        self.page = page
        self.files = files
        self.opens = False  # the content is read as it comes
        self.headers = headers
        self.extra_headers = extra_headers
        self.extra_query = extra_query
        self.extra_body = extra_body
        self.timeout = timeout
        self.extra_options = extra_options

    def next_page(self, changes: Mapping[str, object]) -> Call:
        """The same call for another page."""
        following = Call.__new__(Call)
        for name in Call.__slots__:
            setattr(following, name, getattr(self, name))
        following.query = {**(self.query or {}), **changes}
        following.extra_query = {k: v for k, v in (self.extra_query or {}).items() if k not in changes}
        return following

    def arguments(
        self, defaults: dict[str, Any] | None, default_query: Mapping[str, object] | None, key: str | None
    ) -> tuple[str, tuple[object, ...], Any, Any, dict[str, Any] | None]:
        """What the engine takes: operation, path, query, body, options; the client's defaults below the call's own."""
        query, options = self.query, defaults
        body: Any = self.body
        if default_query or self.extra_query:
            query = {**(default_query or {}), **given(query), **(self.extra_query or {})}
        if (extra := self.extra_body) is not None:
            body = {**body, **extra} if isinstance(body, dict) and isinstance(extra, dict) else extra
        if callable(self.files):
            body = self.files(body)
        elif self.files is not None:
            from ._files import body_with_files

            body = body_with_files(body, self.files)
        if key or self.headers or self.extra_headers or self.timeout is not not_given or self.extra_options:
            options = dict(defaults or {})
            headers = [("Authorization", f"Bearer {key}")] if key else []
            headers += options.get("headers", [])
            headers += header_list(given(self.headers))
            headers += header_list(self.extra_headers)
            if headers:
                options["headers"] = headers
            options.update(limits(self.timeout), **(self.extra_options or {}))
        return self.operation, self.path, query, body, options

    def located(self, error: Any, engine: Engine) -> Any:
        """The error with the request it belongs to."""
        from ._exceptions import APIError

        if isinstance(error, APIError):
            error.request = self.request(engine)
            if (response := getattr(error, "response", None)) is not None:
                response.request = error.request
        return error

    def request(self, engine: Engine) -> Any:
        from ._response import Request

        return Request(*engine.route(self.operation, self.path))

    def data(self, reply: Any, engine: Engine) -> Any:
        """The parsed body; that of a page is an object."""
        try:
            data = reply.json()
        except ValueError as error:
            raise self._not_wanted(reply, engine, f"The answer is not JSON: {error}") from error
        if self.page is not None and not isinstance(data, dict):
            raise self._not_wanted(reply, engine, f"The answer is {type(data).__name__}, not an object with a list.")
        return data

    def _not_wanted(self, reply: Any, engine: Engine, message: str) -> Exception:
        from ._exceptions import APIResponseValidationError
        from ._response import Response

        response = Response(reply.status, reply.headers, reply.content, reply.attempts)
        return self.located(APIResponseValidationError(response, response.text, message=message), engine)

    def value(self, reply: Any, engine: Engine) -> Any:
        """The answer as what the call returns."""
        if self.result is None:
            return None
        if self.result is WANTED_BYTES:
            return reply.content
        if self.result is str or self.result is bytes or self.result is WANTED_RESPONSE:
            from ._response import Response

            response = Response(reply.status, reply.headers, reply.content, reply.attempts, self.request(engine))
            if self.result is WANTED_RESPONSE:
                return response
            if self.result is str:
                return response.text
            from ._binary import HttpxBinaryResponseContent

            return HttpxBinaryResponseContent(response)
        from ._models import BaseModel, constructor

        value = constructor(self.result)(self.data(reply, engine))
        if isinstance(value, BaseModel):
            value._request_id = reply.request_id
        return value


def limits(timeout: Any) -> dict[str, float]:
    """A `timeout` argument as engine options: seconds, `None` for no limit, or an object with `read`."""
    if isinstance(timeout, NotGiven):
        return {}
    if timeout is None:
        return {"timeout": NO_LIMIT}
    if not isinstance(timeout, (int, float)):
        if not hasattr(timeout, "read"):
            raise TypeError(f"a timeout is a number of seconds, None or a Timeout, not {timeout!r}")
        # As the official client means it: how long the server may keep silent.
        timeout = NO_LIMIT if timeout.read is None else timeout.read
    return {"timeout": float(timeout)}


def given(values: Mapping[str, Any] | None) -> dict[str, Any]:
    """The values that the caller gave."""
    return {name: value for name, value in (values or {}).items() if not isinstance(value, (Omit, NotGiven))}


def header_list(headers: Headers | None) -> list[tuple[str, str | None]]:
    """Headers for the engine, which removes those without a value."""
    return [
        (name, None if value is None or isinstance(value, Omit) else _header_text(value))
        for name, value in (headers or {}).items()
        if not isinstance(value, NotGiven)
    ]


def _header_text(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
