"""Calls of an agent to functions of this program: each is run once, and its result submitted to the session.

Calls run one after another, each after its event was handed out. What a handler raises is told to `on_tool_error` and to
nobody else: the model hears only that the tool failed, for the text of an error may hold secrets.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Literal

from ...._exceptions import BadRequestError
from ...._helpers.steps import Pause, awaitable, blocking
from ....types.beta.input_content_param import InputContentParam
from ..._function_tools import FunctionTool as TypedFunction
from ._tools import FunctionTool, function_tool, tool_output

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    from ...._helpers.steps import Steps
    from ...._types import Headers, NotGiven, Timeout

ToolErrorStage: TypeAlias = Literal["arguments", "execution", "output"]
ToolOutput: TypeAlias = str | Mapping[str, Any] | Iterable[InputContentParam] | None
ToolHandler: TypeAlias = Callable[[dict[str, Any]], ToolOutput] | TypedFunction[..., Any]
AsyncToolHandler: TypeAlias = Callable[[dict[str, Any]], ToolOutput | Awaitable[ToolOutput]] | TypedFunction[..., Any]

# The event of a call may come before the server waits for its result. Seconds until the next try.
_RACE_PAUSES = (0.1, 0.3, 0.6)
FAILURE = "Tool handler failed."


@dataclass(frozen=True)
class AgentToolError:
    """A failure of a handler, for `on_tool_error`: of its arguments, its run, or the form of its result."""

    error: Exception
    tool_name: str
    session_id: str
    turn_id: str
    call_id: str
    stage: ToolErrorStage


ToolErrorHandler: TypeAlias = Callable[[AgentToolError], None]
AsyncToolErrorHandler: TypeAlias = Callable[[AgentToolError], Awaitable[None] | None]


class Pending:
    """A call to run, as it was before the caller got hold of the event."""

    __slots__ = ("arguments", "call_id", "handler", "name", "session_id", "stage", "turn_id")

    def __init__(self, session_id: str, item: Any, handler: Any) -> None:
        self.session_id = session_id
        self.turn_id: str = item.turn_id
        self.call_id: str = item.call_id
        self.name: str = item.name
        self.arguments = deepcopy(item.arguments)
        self.handler = handler
        self.stage: ToolErrorStage = "arguments"

    def answer(self, **outcome: Any) -> dict[str, Any]:
        """The event that tells the session the outcome."""
        return {
            "type": "agent.session.input.tool_result",
            "turn_id": self.turn_id,
            "call_id": self.call_id,
            **outcome,
        }

    def failure(self, error: Exception) -> AgentToolError:
        return AgentToolError(error, self.name, self.session_id, self.turn_id, self.call_id, self.stage)


def _taking_a_dict(handler: Any) -> Any:
    """What `@openai_oxide.tool` makes takes its arguments one by one."""
    return function_tool(handler) if isinstance(handler, TypedFunction) else handler


class _Dispatcher:
    """The handlers of a stream, and the calls that they have seen."""

    _waits = False

    def __init__(
        self,
        sessions: Any,
        handlers: Mapping[str, Any],
        options: dict[str, Any],
        on_tool_error: Callable[[AgentToolError], Any] | None = None,
    ) -> None:
        self.handlers = {name: _taking_a_dict(handler) for name, handler in handlers.items()}
        self._sessions = sessions
        self._options = options
        self._on_tool_error = on_tool_error
        self._seen: set[tuple[str, str]] = set()

    def pending(self, event: Any) -> Pending | None:
        """The call that an event makes to one of the handlers, the first time that it does."""
        if getattr(event, "type", None) != "agent.session.turn.item.added":
            return None
        item = event.item
        if item.type != "function_call" or (handler := self.handlers.get(item.name)) is None:
            return None
        key = (item.turn_id, item.call_id)
        if key in self._seen:
            return None
        self._seen.add(key)
        return Pending(event.session_id, item, handler)

    def _run(self, call: Pending) -> Steps[None]:
        """Runs the handler and submits what comes of it. Raises what submitting raises."""
        try:
            output = _begin(call)
            if hasattr(output, "__await__"):
                if not self._waits:
                    _discard(output)
                    raise TypeError("an asynchronous tool handler needs AsyncOpenAI")
                output = yield output
            call.stage = "output"
            result = call.answer(success=True, output=_sent(call.handler, output))
        except Exception as error:
            result = call.answer(success=False, error=FAILURE)
            yield from self._report(call.failure(error))
        yield from self._submit(call, result)

    def _report(self, failure: AgentToolError) -> Steps[None]:
        if self._on_tool_error is None:
            return
        try:
            noted = self._on_tool_error(failure)
            if hasattr(noted, "__await__"):
                if self._waits:
                    yield noted
                else:
                    _discard(noted)
        except Exception:
            pass  # a fault of the observer changes nothing for the turn

    def _submit(self, call: Pending, result: dict[str, Any]) -> Steps[None]:
        from uuid import uuid4

        key = str(uuid4())  # one for all tries, so that the result counts once
        for pause in (*_RACE_PAUSES, None):
            try:
                yield self._sessions.events.create(
                    call.session_id, events=[result], idempotency_key=key, **self._options
                )
                return
            except BadRequestError as error:
                if pause is None or not _too_early(error, call.call_id):
                    raise
            yield Pause(pause)


class ToolDispatcher(_Dispatcher):
    """For `OpenAI`."""

    run = blocking(_Dispatcher._run)


class AsyncToolDispatcher(_Dispatcher):
    """For `AsyncOpenAI`; a handler that is not asynchronous runs in the event loop's own thread."""

    _waits = True
    run = awaitable(_Dispatcher._run)


def request_options(extra_headers: Headers | None, timeout: float | Timeout | NotGiven | None) -> dict[str, Any]:
    """The options for every request of a stream: not the key of one of them."""
    headers = {name: value for name, value in (extra_headers or {}).items() if name.lower() != "idempotency-key"}
    return {"extra_headers": headers or None, "timeout": timeout}


def _begin(call: Pending) -> Any:
    from ...._native import decode
    from ._tools import FunctionTool

    arguments = call.arguments
    if isinstance(arguments, str):
        arguments = decode(arguments.encode())
    if not isinstance(arguments, dict):
        raise ValueError("the arguments of a function must be a JSON object")
    handler = call.handler
    if isinstance(handler, FunctionTool) and type(handler).__call__ is FunctionTool.__call__:
        arguments, handler = handler.validated(arguments), handler.handler
    call.stage = "execution"
    return handler(arguments)


def _sent(handler: Any, output: Any) -> Any:
    """A result as the API takes it: text, a list of contents, or None."""
    from ...._native import encode

    if isinstance(handler, FunctionTool) and handler.converts:
        output = tool_output(output)
    if isinstance(output, dict):
        return encode(output).decode()
    if output is None or isinstance(output, str):
        return output
    if hasattr(output, "keys"):
        return encode(dict(output)).decode()
    parts = list(output)
    encode(parts)  # what JSON has no form for is a failure of the handler, not of the request
    return parts


def _too_early(error: BadRequestError, call_id: str) -> bool:
    told = error.body if isinstance(error.body, dict) else {}
    return error.code == "invalid_request_error" and told.get("message") == f"Unknown pending tool call: {call_id}"


def _discard(result: Any) -> None:
    """Closes a coroutine that nobody waits for, so that Python does not warn of it."""
    if (close := getattr(result, "close", None)) is not None:
        close()
