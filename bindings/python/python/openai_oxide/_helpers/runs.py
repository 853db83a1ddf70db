"""`client.beta.threads` and `.runs`: wait until a run needs the caller or has ended, or follow its events."""

from __future__ import annotations

from .._models_support import deprecated
from .._types import not_given, omit
from .polling import poll
from .steps import awaitable, blocking

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .._types import Body, Headers, NotGiven, Omit, Query, Timeout
    from ..types.beta.threads.run import Run
    from .steps import Steps

_FINAL = ("requires_action", "cancelled", "completed", "failed", "expired", "incomplete")


def _poll(
    self: Any,
    run_id: str,
    thread_id: str,
    extra_headers: Headers | None = None,
    extra_query: Query | None = None,
    extra_body: Body | None = None,
    timeout: float | Timeout | NotGiven | None = not_given,
    poll_interval_ms: int | Omit = omit,
) -> Steps[Run]:
    """The run once it has ended or waits for tool outputs."""
    options = {"extra_query": extra_query, "extra_body": extra_body, "timeout": timeout}
    return poll(
        lambda headers: self.with_raw_response.retrieve(run_id, thread_id=thread_id, extra_headers=headers, **options),
        lambda run: run.status in _FINAL,
        poll_interval_ms,
        headers=extra_headers,
    )


def _polled(
    self: Any,
    create: Callable[[], Any],
    poll_interval_ms: int | Omit,
    extra_headers: Headers | None,
    extra_query: Query | None,
    extra_body: Body | None,
    timeout: float | Timeout | NotGiven | None,
) -> Steps[Run]:
    run = yield create()
    runs = getattr(self, "runs", self)  # threads create runs too
    options = (extra_headers, extra_query, extra_body, timeout, poll_interval_ms)
    return (yield from _poll(runs, run.id, run.thread_id, *options))


def _naming(self: Any, name: str, event_handler: Any, extra_headers: Headers | None) -> Headers:
    return {
        "X-Stainless-Stream-Helper": name,
        "X-Stainless-Custom-Event-Handler": "true" if event_handler else "false",
        **(extra_headers or {}),
    }


def _handled(self: Any, call: Callable[[], Any], event_handler: Any) -> Any:
    from ..lib.streaming import AssistantEventHandler, AssistantStreamManager

    return AssistantStreamManager(call, event_handler=event_handler or AssistantEventHandler())


def _async_handled(self: Any, call: Callable[[], Any], event_handler: Any) -> Any:
    from ..lib.streaming import AsyncAssistantEventHandler, AsyncAssistantStreamManager

    return AsyncAssistantStreamManager(call(), event_handler=event_handler or AsyncAssistantEventHandler())


class RunsHelpers:
    """For `Runs`."""

    _naming = _naming
    _handled = _handled

    poll = deprecated("beta.threads.runs.poll is deprecated")(blocking(_poll))
    _polled = blocking(_polled)


class AsyncRunsHelpers:
    """For `AsyncRuns`."""

    _naming = _naming
    _handled = _async_handled

    poll = deprecated("beta.threads.runs.poll is deprecated")(awaitable(_poll))
    _polled = awaitable(_polled)


class ThreadsHelpers:
    """For `Threads`."""

    _naming = _naming
    _handled = _handled
    _polled = blocking(_polled)


class AsyncThreadsHelpers:
    """For `AsyncThreads`."""

    _naming = _naming
    _handled = _async_handled
    _polled = awaitable(_polled)
