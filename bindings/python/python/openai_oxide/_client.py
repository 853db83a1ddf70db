"""`OpenAI` and `AsyncOpenAI`: the official clients' names over the native engine.

Beside the official settings: `first_token_timeout`, `idle_timeout` (silence between events) and `deadline` (a whole
call with its retries) in seconds, and `max_event_bytes`; without them there is no such limit. `hedge` sends late calls
again beside themselves, see `Hedge`: only for a client all of whose calls may run twice.

`openai_oxide.OpenAI` reports a cut stream as an error. The same class in `openai_oxide.compat` ends it silently, as
the official client does.
"""

from __future__ import annotations

from time import monotonic

from ._base_client import DEFAULT_MAX_RETRIES, DEFAULT_TIMEOUT, BaseClient, checked_key
from ._calls import Call
from ._types import not_given
from .resources._clients import AsyncResources, Resources

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from typing import Any

    from typing_extensions import Self

    from ._hedge import HedgeLike
    from ._native import BlockingStream, EventSource, Reply
    from ._types import NotGiven, Omit, Timeout
    from .resources._clients import (
        AsyncResourcesWithRawResponse,
        AsyncResourcesWithStreamingResponse,
        ResourcesWithRawResponse,
        ResourcesWithStreamingResponse,
    )

__all__ = ["DEFAULT_MAX_RETRIES", "DEFAULT_TIMEOUT", "AsyncOpenAI", "OpenAI"]


class OpenAI(BaseClient, Resources):
    """Synchronous client. Calls release the GIL; Ctrl-C interrupts them. Safe to share between threads."""

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            api_key: str | Callable[[], str] | None = None,
            admin_api_key: str | None = None,
            organization: str | None = None,
            project: str | None = None,
            webhook_secret: str | None = None,
            base_url: str | NotGiven | None = not_given,
            websocket_base_url: str | None = None,
            timeout: float | Timeout | NotGiven | None = not_given,
            max_retries: int = DEFAULT_MAX_RETRIES,
            default_headers: Mapping[str, str | Omit] | None = None,
            default_query: Mapping[str, object] | None = None,
            http_client: None = None,
            first_token_timeout: float | None = None,
            idle_timeout: float | None = None,
            deadline: float | None = None,
            max_event_bytes: int | None = None,
            hedge: HedgeLike = None,
        ) -> None: ...

    @property
    def with_raw_response(self) -> ResourcesWithRawResponse:
        """This client; its methods return the response with `parse()`."""
        from ._raw import raw

        view: Any = self._view(raw)
        return view

    @property
    def with_streaming_response(self) -> ResourcesWithStreamingResponse:
        """This client; its methods return a context manager of a response that is read on demand."""
        from ._raw import streamed

        view: Any = self._view(streamed)
        return view

    def _call(self, operation: str, /, **arguments: Any) -> Any:
        call = Call(operation, **arguments)
        return self._answer(call, self._send(call))

    def _send(self, call: Call) -> Reply | BlockingStream:
        self._check_open()
        key = self._own_key(call.operation)
        if callable(key):
            key = checked_key(key())
        send = self._engine.stream if call.stream else self._engine.open if call.opens else self._engine.call
        call.began = monotonic()
        try:
            source = send(*call.arguments(self._options, self._settings["default_query"], key))
        except Exception as error:
            call.located(error, self._engine)
            self._logged(call, error)
            raise
        self._logged(call, source)
        return source

    def _answer(self, call: Call, source: Any) -> Any:
        if call.stream:
            from ._streaming import Stream

            stream = call.stream_cls or Stream
            return stream(source, call.event, call.request(self._engine), self._strict)
        if call.page is None:
            return call.value(source, self._engine)
        from . import pagination

        def fetch(changes: dict[str, object]) -> Any:
            following = call.next_page(changes)
            return self._answer(following, self._send(following))

        page = getattr(pagination, f"Sync{call.page}")._of(call.data(source, self._engine), call.result, fetch)
        page._request_id = source.request_id
        return page

    def close(self) -> None:
        """Close idle connections; streams that are open go on. Clients made by `copy()` share connections."""
        self._closed = True
        self._engine.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()


class AsyncOpenAI(BaseClient, AsyncResources):
    """Asynchronous client. Cancelling a task closes its connection. Usable from any number of event loops."""

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            api_key: str | Callable[[], Awaitable[str]] | None = None,
            admin_api_key: str | None = None,
            organization: str | None = None,
            project: str | None = None,
            webhook_secret: str | None = None,
            base_url: str | NotGiven | None = not_given,
            websocket_base_url: str | None = None,
            timeout: float | Timeout | NotGiven | None = not_given,
            max_retries: int = DEFAULT_MAX_RETRIES,
            default_headers: Mapping[str, str | Omit] | None = None,
            default_query: Mapping[str, object] | None = None,
            http_client: None = None,
            first_token_timeout: float | None = None,
            idle_timeout: float | None = None,
            deadline: float | None = None,
            max_event_bytes: int | None = None,
            hedge: HedgeLike = None,
        ) -> None: ...

    @property
    def with_raw_response(self) -> AsyncResourcesWithRawResponse:
        """This client; its methods return the response with `parse()`."""
        from ._raw import async_raw

        view: Any = self._view(async_raw)
        return view

    @property
    def with_streaming_response(self) -> AsyncResourcesWithStreamingResponse:
        """This client; its methods return an async context manager of a response that is read on demand."""
        from ._raw import AsyncOpenings, async_streamed

        view: Any = AsyncOpenings(self._view(async_streamed))
        return view

    def _call(self, operation: str, /, **arguments: Any) -> Any:
        call = Call(operation, **arguments)
        if call.page is None:
            return self._fetch(call)
        from .pagination import AsyncPaginator

        return AsyncPaginator(lambda: self._fetch(call))

    async def _fetch(self, call: Call) -> Any:
        return self._answer(call, await self._send(call))

    async def _send(self, call: Call) -> Reply | EventSource:
        from ._loop import hub_of, running_loop

        self._check_open()
        key = self._own_key(call.operation)
        if callable(key):
            made: Any = key()
            key = checked_key(await made if hasattr(made, "__await__") else made)
        loop = running_loop()
        future = loop.create_future()
        engine = self._engine
        start = engine.start_stream if call.stream else engine.start_open if call.opens else engine.start_call
        arguments = call.arguments(self._options, self._settings["default_query"], key)
        call.began = monotonic()
        ticket = start(hub_of(loop), future, *arguments)
        try:
            outcome = await future
        except BaseException:  # cancelled, or the coroutine is thrown away
            ticket.cancel()
            raise
        if isinstance(outcome, BaseException):
            call.located(outcome, self._engine)
            self._logged(call, outcome)
            raise outcome
        self._logged(call, outcome)
        return outcome

    def _answer(self, call: Call, source: Any) -> Any:
        if call.stream:
            from ._streaming import AsyncStream

            stream = call.stream_cls or AsyncStream
            return stream(source, call.event, call.request(self._engine), self._strict)
        if call.page is None:
            return call.value(source, self._engine)
        from . import pagination

        def fetch(changes: dict[str, object]) -> Any:
            return self._fetch(call.next_page(changes))

        page = getattr(pagination, f"Async{call.page}")._of(call.data(source, self._engine), call.result, fetch)
        page._request_id = source.request_id
        return page

    async def close(self) -> None:
        """Close idle connections; calls and streams under way go on. Clients made by `copy()` share connections."""
        self._closed = True
        self._engine.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self.close()


OpenAI.__module__ = AsyncOpenAI.__module__ = "openai_oxide"
