"""`client.chat.completions`: answers as the caller's types, streams that accumulate, and tools that are run.

The generated `parse`, `stream` and `run_tools` hand over the body with the arguments as they came, and the options of the
call (`extra_headers`, `extra_query`, `extra_body`, `timeout`).
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def _parse(self: Any, body: dict[str, Any], **options: Any) -> Any:
    from ..lib._parsing._completions import prepared

    sent, reading = prepared(body, strict=self._client._strict)
    headers = {"X-Stainless-Helper-Method": "chat.completions.parse", **(options.pop("extra_headers") or {})}
    body = {**sent, "stream": False}
    return self._call("chat.completions.create", body=body, result=reading, extra_headers=headers, **options)


class CompletionsHelpers:
    """For `Completions`."""

    _parse = _parse


class AsyncCompletionsHelpers:
    """For `AsyncCompletions`."""

    _parse = _parse
