"""What callers of the runner give it and get from it."""

from __future__ import annotations

from asyncio import CancelledError
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypedDict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing_extensions import Required, TypeVar

    from ...types.responses.function_tool_param import FunctionToolParam
    from ...types.responses.response import Response

    ModelT = TypeVar("ModelT")


def _model_of(tool: Any, execute: Any) -> Any:
    """The model of a tool of `pydantic_function_tool`, in either of its forms."""
    model = getattr(tool.get("function", tool), "model", None) if isinstance(tool, dict) else None
    if model is None or not callable(execute):
        raise ValueError("from_tool needs a tool of pydantic_function_tool() and a function")
    return model


@dataclass(frozen=True)
class RegisteredFunction:
    """A function tool and what runs it: gets the arguments as a dict, gives text or a list of input contents.

    `allow_output_override`: whether a turn may be given the result in its place. `independent`: whether eager calls of it may
    run beside each other.
    """

    tool: FunctionToolParam
    execute: Callable[[dict[str, Any]], Any]
    allow_output_override: bool = False
    independent: bool = False
    model: Any = field(default=None, repr=False)

    @classmethod
    def from_tool(
        cls,
        tool: FunctionToolParam,
        *,
        execute: Callable[[ModelT], Any],
        allow_output_override: bool = False,
        independent: bool = False,
    ) -> RegisteredFunction:
        """For a tool of `pydantic_function_tool`: `execute` gets an instance of its model."""
        run: Any = execute
        return cls(tool, run, allow_output_override, independent, _model_of(tool, execute))


@dataclass(frozen=True)
class AsyncRegisteredFunction:
    """A function tool and the asynchronous function that runs it; as `RegisteredFunction`."""

    tool: FunctionToolParam
    execute: Callable[[dict[str, Any]], Awaitable[Any]]
    allow_output_override: bool = False
    independent: bool = False
    model: Any = field(default=None, repr=False)

    @classmethod
    def from_tool(
        cls,
        tool: FunctionToolParam,
        *,
        execute: Callable[[ModelT], Awaitable[Any]],
        allow_output_override: bool = False,
        independent: bool = False,
    ) -> AsyncRegisteredFunction:
        """For a tool of `pydantic_function_tool`: `execute` gets an instance of its model."""
        run: Any = execute
        return cls(tool, run, allow_output_override, independent, _model_of(tool, execute))


class EarlyExecution(TypedDict, total=False):
    """The functions that an eager run may begin while the answer still streams; the first other call holds back all after it."""

    functions: list[str]


class ContextBudgetSnapshot(TypedDict):
    """An input that is over its budget, as JSON of the caller's own; `eligible_call_ids` may be dropped."""

    history: list[Any]
    eligible_call_ids: list[str]
    input_bytes: int
    input_images: int


class ContextBudgetDecision(TypedDict, total=False):
    """The calls to leave out of this one request, with their results, and what to say in their place."""

    drop_call_ids: Required[list[str]]
    summary: str


class ContextBudget(TypedDict, total=False):
    """Limits of the input of each request: bytes of its compact JSON, and images. Without `compact` to go over is an error."""

    max_input_bytes: Required[int]
    max_input_images: Required[int]
    compact: Callable[[ContextBudgetSnapshot], ContextBudgetDecision]


class AsyncContextBudget(TypedDict, total=False):
    """The same for the asynchronous runner; `compact` may be asynchronous."""

    max_input_bytes: Required[int]
    max_input_images: Required[int]
    compact: Callable[[ContextBudgetSnapshot], ContextBudgetDecision | Awaitable[ContextBudgetDecision]]


class ResponsesToolCheckpoint(TypedDict):
    """The state of a run, as JSON. Only that of a `boundary` can be resumed.

    It has the whole conversation, but no credentials of MCP servers and of containers: a resumed run is given them anew.
    """

    version: Literal[1]
    run_id: str
    revision: int
    phase: Literal["boundary", "pending", "final"]
    max_steps: int
    consumed_requests: int
    tools: list[Any]
    output_override_names: list[str]
    history: list[Any]
    attempted_call_ids: list[str]
    returned_call_ids: list[str]
    pending_items: list[dict[str, Any]]
    returned_outputs: list[Any]
    final_response: dict[str, Any] | None


@dataclass(frozen=True)
class ResponsesToolLedger:
    """Where a run is recorded. `save` is called before and after each effect, and must have stored what it got when it returns."""

    run_id: str
    save: Callable[[ResponsesToolCheckpoint], None]
    resume_from: ResponsesToolCheckpoint | None = None


@dataclass(frozen=True)
class AsyncResponsesToolLedger:
    """Where an asynchronous run is recorded; as `ResponsesToolLedger`."""

    run_id: str
    save: Callable[[ResponsesToolCheckpoint], Awaitable[None]]
    resume_from: ResponsesToolCheckpoint | None = None


@dataclass(frozen=True)
class ResponsesRunnerTurn:
    """An answer, before its calls are run (in an eager run, after some of them). Going on runs them."""

    response: Response
    step: int
    final: bool
    tools_executed: bool
    attempted_call_ids: tuple[str, ...]
    completed_call_ids: tuple[str, ...]
    _supply: Callable[[list[Any]], None] = field(repr=False, compare=False)
    _append: Callable[[str], None] = field(repr=False, compare=False)

    def supply_outputs(self, outputs: list[Any]) -> None:
        """Results (`{"type": "function_call_output", "call_id", "output"}`) in place of running those calls.

        Raises `ValueError` for a call that does not allow it, or was run already, and once the run went on.
        """
        self._supply(outputs)

    def append_user_text(self, text: str) -> None:
        """Something that the user says after the results of this turn. Raises `ValueError` for the final turn."""
        self._append(text)


class ToolRunnerError(RuntimeError):
    """The run stopped. The ids say which calls were begun, and which of those gave a result; the message says no more."""

    def __init__(self, message: str, attempted_call_ids: list[str], completed_call_ids: list[str]) -> None:
        super().__init__(message)
        self.attempted_call_ids = tuple(attempted_call_ids)
        self.completed_call_ids = tuple(completed_call_ids)


class ToolRunnerCancelledError(CancelledError):
    """The task of the run was cancelled; the ids as in `ToolRunnerError`."""

    def __init__(self, attempted_call_ids: list[str], completed_call_ids: list[str]) -> None:
        super().__init__("The run was cancelled")
        self.attempted_call_ids = tuple(attempted_call_ids)
        self.completed_call_ids = tuple(completed_call_ids)
