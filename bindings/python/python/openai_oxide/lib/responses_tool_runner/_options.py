"""The options of `run` and `iterate`, for type checkers and for their documentation."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Literal, TypedDict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...types.responses.response_function_tool_call import ResponseFunctionToolCall
    from ...types.responses.response_output_item import McpApprovalRequest
    from ..tool_diagnostics import ToolDiagnosticObserver
    from ._types import AsyncContextBudget, AsyncResponsesToolLedger, ContextBudget, ResponsesToolLedger


class _CommonOptions(TypedDict, total=False):
    max_steps: int | None
    """The most requests of the run, 20 if not given; a resumed run keeps its own."""
    stream: bool
    eager: bool
    """Begin calls while the answer streams."""
    max_concurrent_calls: int
    """How many independent calls of an eager run go on beside each other, 2 if not given."""
    cancelled: Callable[[], bool] | None
    """Asked between steps; also given to functions that have a parameter `cancelled`."""
    on_diagnostic: ToolDiagnosticObserver | None


class RunOptions(_CommonOptions, total=False):
    """Of `ResponsesToolRunner`."""

    on_event: Callable[[Any], None] | None
    ledger: ResponsesToolLedger | None
    context_budget: ContextBudget | None
    approve_mcp: Callable[[McpApprovalRequest], bool] | None
    """Whether an MCP server may make a call that the API asks about."""
    before_early_call: Callable[[ResponseFunctionToolCall], Literal["execute", "defer"]] | None
    """Asked before each early call; `defer` holds it and all after it back until the answer is whole."""


class AsyncRunOptions(_CommonOptions, total=False):
    """Of `AsyncResponsesToolRunner`."""

    on_event: Callable[[Any], Awaitable[None]] | None
    ledger: AsyncResponsesToolLedger | None
    context_budget: AsyncContextBudget | None
    approve_mcp: Callable[[McpApprovalRequest], Awaitable[bool]] | None
    """Whether an MCP server may make a call that the API asks about."""
    before_early_call: Callable[[ResponseFunctionToolCall], Awaitable[Literal["execute", "defer"]]] | None
    """Asked before each early call; `defer` holds it and all after it back until the answer is whole."""
