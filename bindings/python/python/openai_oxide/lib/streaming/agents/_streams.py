"""`sessions.stream()`: one turn of a session that is idle, from its input to the session's next rest.

The order matters: the events are listened to before the input is submitted, so that none is missed. Nobody else may submit
input meanwhile, for the API does not tell whose input a turn answers.
"""

from __future__ import annotations

from ...._helpers.steps import awaitable, blocking
from ...._types import Omit, not_given, omit
from ...beta.agents._dispatch import AsyncToolDispatcher, ToolDispatcher, request_options
from ...beta.agents._result import Turn
from ...beta.agents._stream import AsyncWithResult, WithResult, async_following, following

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator, Iterable, Mapping
    from typing import Any

    from typing_extensions import Self

    from ...._helpers.steps import Steps
    from ...._types import Headers, NotGiven, Timeout
    from ....types.beta.agent_session_event import AgentSessionEvent
    from ....types.beta.agent_session_input_message_param import AgentSessionInputMessageParam
    from ...beta.agents._dispatch import AsyncToolErrorHandler, AsyncToolHandler, ToolErrorHandler, ToolHandler
    from ...beta.agents._result import OutputT
else:
    OutputT = None


class _SessionStream:
    """What both kinds have in common."""

    def __init__(
        self,
        sessions: Any,
        session_id: str,
        *,
        input: str | Iterable[AgentSessionInputMessageParam],
        output_type: type | None,
        dispatcher: Any,
        idempotency_key: str | Omit,
        extra_headers: Headers | None,
        timeout: float | Timeout | NotGiven | None,
    ) -> None:
        self._sessions = sessions
        self._session_id = session_id
        self._dispatcher = dispatcher
        self._input = _input_event(input)
        self._key = _input_key(idempotency_key, extra_headers)
        self._options = request_options(extra_headers, timeout)
        self._turn = Turn(session_id, output_type, dispatcher.handlers)
        self._source: Any = None
        self._entered = False

    def _open(self) -> Steps[Any]:
        """Listens, then submits the input. Gives the stream of the events."""
        if self._entered or self._turn.closed:
            raise RuntimeError("a stream of a turn can be entered once")
        self._entered = True
        session = yield self._sessions.retrieve(self._session_id, **self._options)
        if session.status != "idle":
            raise ValueError(
                f"the session is {session.status}, and a turn can begin only where it is idle; "
                "sessions.events.stream() follows one that is under way"
            )
        events = yield self._sessions.events.stream(self._session_id, **self._options)
        self._source = events._source
        try:
            yield self._sessions.events.create(
                self._session_id, events=[self._input], idempotency_key=self._key, **self._options
            )
        except BaseException:
            self._close()
            raise
        return events

    def _close(self) -> None:
        self._turn.closed = True
        if self._source is not None:
            self._source.close()


class AgentSessionStream(WithResult[OutputT], _SessionStream):
    """The events of one turn, for a `with` block and a `for` loop within it.

    The loop ends with the session's idle event, or with its failure, its spent budget; where the connection ends before, with
    `RuntimeError`. Failed and cancelled turns and errors that the session tells of are events like others. Handlers run between
    two events. Closing does not cancel the turn.
    """

    _iterator: Generator[AgentSessionEvent, None, None] | None = None
    _begin = blocking(_SessionStream._open)

    def __init__(
        self,
        sessions: Any,
        session_id: str,
        *,
        input: str | Iterable[AgentSessionInputMessageParam],
        output_type: type[OutputT] | None = None,
        tool_handlers: Mapping[str, ToolHandler] | None = None,
        on_tool_error: ToolErrorHandler | None = None,
        idempotency_key: str | Omit = omit,
        extra_headers: Headers | None = None,
        timeout: float | Timeout | NotGiven | None = not_given,
    ) -> None:
        """`idempotency_key`: of the input, made if not given; each result has one of its own."""
        options = request_options(extra_headers, timeout)
        super().__init__(
            sessions,
            session_id,
            input=input,
            output_type=output_type,
            dispatcher=ToolDispatcher(sessions, tool_handlers or {}, options, on_tool_error),
            idempotency_key=idempotency_key,
            extra_headers=extra_headers,
            timeout=timeout,
        )

    def __enter__(self) -> Self:
        events = self._begin()
        self._iterator = following(events, self._turn, self._dispatcher, self._source, to_its_end=True)
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> AgentSessionEvent:
        if self._turn.closed:
            raise StopIteration
        if self._iterator is None:
            raise RuntimeError("a stream of a turn must be entered: with sessions.stream(...) as stream")
        return next(self._iterator)

    def until_done(self) -> None:
        """Takes the remaining events, and runs their calls."""
        for _event in self:
            pass

    def close(self) -> None:
        """Close the connection; the turn goes on. Iterating further just ends."""
        self._close()


class AsyncAgentSessionStream(AsyncWithResult[OutputT], _SessionStream):
    """The events of one turn, for an `async with` block and an `async for` loop within it; as `AgentSessionStream`.

    Handlers may be asynchronous; others run in the event loop's own thread. Cancelling closes the connection.
    """

    _iterator: AsyncGenerator[AgentSessionEvent, None] | None = None
    _begin = awaitable(_SessionStream._open)

    def __init__(
        self,
        sessions: Any,
        session_id: str,
        *,
        input: str | Iterable[AgentSessionInputMessageParam],
        output_type: type[OutputT] | None = None,
        tool_handlers: Mapping[str, AsyncToolHandler] | None = None,
        on_tool_error: AsyncToolErrorHandler | None = None,
        idempotency_key: str | Omit = omit,
        extra_headers: Headers | None = None,
        timeout: float | Timeout | NotGiven | None = not_given,
    ) -> None:
        """`idempotency_key`: of the input, made if not given; each result has one of its own."""
        options = request_options(extra_headers, timeout)
        super().__init__(
            sessions,
            session_id,
            input=input,
            output_type=output_type,
            dispatcher=AsyncToolDispatcher(sessions, tool_handlers or {}, options, on_tool_error),
            idempotency_key=idempotency_key,
            extra_headers=extra_headers,
            timeout=timeout,
        )

    async def __aenter__(self) -> Self:
        events = await self._begin()
        self._iterator = async_following(events, self._turn, self._dispatcher, self._source, to_its_end=True)
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self.close()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> AgentSessionEvent:
        if self._turn.closed:
            raise StopAsyncIteration
        if self._iterator is None:
            raise RuntimeError("a stream of a turn must be entered: async with sessions.stream(...) as stream")
        return await anext(self._iterator)

    async def until_done(self) -> None:
        """Takes the remaining events, and runs their calls."""
        async for _event in self:
            pass

    async def close(self) -> None:
        """Close the connection; the turn goes on. Iterating further just ends."""
        self._close()


def _input_event(input: str | Iterable[AgentSessionInputMessageParam]) -> dict[str, Any]:
    messages: list[Any]
    if isinstance(input, str):
        messages = [{"role": "user", "content": [{"type": "input_text", "text": input}]}] if input else []
    else:
        messages = list(input)
    if not messages:
        raise ValueError("input must not be empty")
    return {"type": "agent.session.input.message", "input": messages}


def _input_key(given: str | Omit, headers: Headers | None) -> Any:
    """The idempotency key of the input: of the headers, however they are spelt, of the call, or a new one."""
    for name, value in (headers or {}).items():
        if name.lower() == "idempotency-key":
            return value
    if isinstance(given, Omit):
        from uuid import uuid4

        return str(uuid4())
    return given
