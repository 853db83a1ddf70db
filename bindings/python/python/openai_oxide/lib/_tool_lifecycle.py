"""What runners of tools share: one call at a time, functions that may want to know of a cancellation, and fresh keys."""

from __future__ import annotations

from threading import Lock
from typing import Literal, TypedDict

from .._types import NotGiven, Omit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .._types import Headers


class CloseStatus(TypedDict):
    """Whether a run is still under way."""

    status: Literal["closed", "draining"]


class ToolLifecycle:
    """Open, in use, or closed. From any thread."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = Lock()
        self._active = False
        self._closed = False

    def enter(self) -> None:
        """Raises `RuntimeError` where the runner is closed or in use."""
        with self._lock:
            if self._closed:
                raise RuntimeError(f"The {self._name} is closed")
            if self._active:
                raise RuntimeError(f"The {self._name} is in use; make another one for a second run")
            self._active = True

    def exit(self) -> None:
        self._active = False

    def close(self) -> CloseStatus:
        """Takes no more runs; one under way goes on."""
        with self._lock:
            self._closed = True
            return {"status": "draining" if self._active else "closed"}


def invoke(function: Callable[..., Any], *arguments: Any, cancelled: Callable[[], bool] | None) -> Any:
    """Calls the function, with `cancelled` as a keyword if it has such a parameter beyond the arguments."""
    from inspect import signature

    try:
        told = signature(function)
        wanted = "cancelled" in told.parameters and "cancelled" not in told.bind_partial(*arguments).arguments
    except (TypeError, ValueError):
        wanted = False
    return function(*arguments, cancelled=cancelled) if wanted else function(*arguments)


def fresh_key(client: Any, headers: Headers | None) -> Headers | None:
    """The headers with an idempotency key of their own, where the call or the client has one: another step is another request."""
    merged = {name.lower(): value for name, value in {**client.default_headers, **(headers or {})}.items()}
    if isinstance(merged.get("idempotency-key", Omit()), (Omit, NotGiven)):
        return headers
    from uuid import uuid4

    kept = {name: value for name, value in (headers or {}).items() if name.lower() != "idempotency-key"}
    return {**kept, "Idempotency-Key": str(uuid4())}
