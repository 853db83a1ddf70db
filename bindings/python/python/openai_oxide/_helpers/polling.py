"""Asks for an object again and again until the server has finished with it."""

from __future__ import annotations

from .._types import NotGiven, Omit
from .steps import Pause

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .steps import Steps

_DEFAULT_INTERVAL_MS = 1000


def checked_wait(max_wait_seconds: float | Omit) -> float | None:
    """The longest wait in seconds; `None` for no limit."""
    if isinstance(max_wait_seconds, (Omit, NotGiven)):
        return None
    if not 0 <= max_wait_seconds < float("inf"):
        raise ValueError(f"max_wait_seconds must be a finite number from 0 up, not {max_wait_seconds}")
    return max_wait_seconds


def poll(
    fetch: Callable[[dict[str, Any]], Any],
    finished: Callable[[Any], bool],
    poll_interval_ms: int | Omit,
    *,
    headers: Any = None,
    wait: float | None = None,
    what: str = "",
) -> Steps[Any]:
    """The object once it is `finished`. Without an interval of the caller the server's own hint counts, else a second.

    `fetch` makes a call that gives the raw answer. A `wait` that is over raises `TimeoutError`.
    """
    from time import monotonic

    end = None if wait is None else monotonic() + wait
    headers = {"X-Stainless-Poll-Helper": "true", **(headers or {})}
    interval = None if isinstance(poll_interval_ms, (Omit, NotGiven)) else poll_interval_ms
    if interval is not None:
        headers["X-Stainless-Custom-Poll-Interval"] = str(interval)
    while True:
        _left(end, what)
        answer = yield fetch(headers)
        value = answer.parse()
        if finished(value):
            return value
        if interval is None:
            interval = int(answer.headers.get("openai-poll-after-ms", _DEFAULT_INTERVAL_MS))
        yield Pause(min(interval / 1000, _left(end, what)))


def _left(end: float | None, what: str) -> float:
    from time import monotonic

    if end is None:
        return float("inf")
    left = end - monotonic()
    if left <= 0:
        raise TimeoutError(f"{what} is still being processed after max_wait_seconds")
    return left
