"""What runners of tools tell an observer: stages, reasons, times and tokens; never a text of the conversation or of an error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypedDict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeAlias

__all__ = ["ToolDiagnostic", "ToolDiagnosticObserver", "ToolDiagnosticUsage"]


class ToolDiagnosticUsage(TypedDict):
    """The tokens of one request."""

    input_tokens: int
    output_tokens: int
    total_tokens: int


class ToolDiagnostic(TypedDict):
    """One thing that a runner did, or failed to do; `duration_ms` is the time that it took."""

    api: Literal["responses", "decisions", "browser", "computer"]
    stage: Literal["run", "request", "arguments", "approval", "action", "output", "selection", "verification"]
    reason: Literal[
        "started",
        "completed",
        "refused",
        "cancelled",
        "invalid_input",
        "invalid_output",
        "api_failed",
        "driver_failed",
        "policy_failed",
        "step_limit",
        "busy",
        "closed",
    ]
    call_id: str | None
    member: str | None
    duration_ms: float
    usage: ToolDiagnosticUsage | None


ToolDiagnosticObserver: TypeAlias = Callable[[ToolDiagnostic], None]


class Telling:
    """The observer of one run, if there is one. Its own faults change nothing for the run."""

    def __init__(self, api: str, observer: ToolDiagnosticObserver | None) -> None:
        self._api = api
        self._observer = observer

    def __call__(
        self,
        stage: str,
        reason: str,
        started: float | None = None,
        *,
        call_id: str | None = None,
        member: str | None = None,
        usage: Any = None,
    ) -> None:
        """`started`: when it began, by `time.monotonic`; an instant if not given."""
        if self._observer is None:
            return
        from time import monotonic

        told: Any = {
            "api": self._api,
            "stage": stage,
            "reason": reason,
            "call_id": call_id,
            "member": member,
            "duration_ms": 0.0 if started is None else (monotonic() - started) * 1000,
            "usage": None if usage is None else {name: getattr(usage, name, None) for name in _TOKENS},
        }
        try:
            result: Any = self._observer(told)
            if (close := getattr(result, "close", None)) is not None:
                close()  # nobody waits for a coroutine
        except Exception:
            pass


_TOKENS = ("input_tokens", "output_tokens", "total_tokens")
