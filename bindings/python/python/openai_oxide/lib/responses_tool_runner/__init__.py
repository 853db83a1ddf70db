"""A bounded loop over Responses that can be watched turn by turn, bounded, recorded and resumed, with registered functions.

`responses.run_tools` is the short way: it tells the model of a tool's failure and goes on. Here a failure stops the run, for
functions with effects, and the error says which calls were begun and which were done.

Drivers of browsers and computers are not among the tools yet; tools that the API runs itself are.
"""

from __future__ import annotations

from ._runner import AsyncResponsesToolRunner, ResponsesToolRunner
from ._types import (
    AsyncContextBudget,
    AsyncRegisteredFunction,
    AsyncResponsesToolLedger,
    ContextBudget,
    ContextBudgetDecision,
    ContextBudgetSnapshot,
    EarlyExecution,
    RegisteredFunction,
    ResponsesRunnerTurn,
    ResponsesToolCheckpoint,
    ResponsesToolLedger,
    ToolRunnerCancelledError,
    ToolRunnerError,
)

__all__ = [
    "AsyncContextBudget",
    "AsyncRegisteredFunction",
    "AsyncResponsesToolLedger",
    "AsyncResponsesToolRunner",
    "ContextBudget",
    "ContextBudgetDecision",
    "ContextBudgetSnapshot",
    "EarlyExecution",
    "RegisteredFunction",
    "ResponsesRunnerTurn",
    "ResponsesToolCheckpoint",
    "ResponsesToolLedger",
    "ResponsesToolRunner",
    "ToolRunnerCancelledError",
    "ToolRunnerError",
]
