"""`client.responses`: answers as the caller's types, streams that accumulate, and tools that are run.

The generated `parse`, `stream` and `run_tools` hand over the body with the arguments as they came, and the options of the
call (`extra_headers`, `extra_query`, `extra_body`, `timeout`).
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def _parse(self: Any, body: dict[str, Any], *, text_format: Any, parse_as: Any, **options: Any) -> Any:
    from ..lib._parsing._responses import prepared

    sent, reading = prepared(body, text_format, parse_as, options["extra_body"], strict=self._client._strict)
    return self._call("responses.create", body=sent, result=reading, **options)


def _run_tools(self: Any, body: dict[str, Any], *, tools: Any, max_rounds: int, **options: Any) -> Any:
    from ..lib._tool_runs import ResponseLoop, run

    return run(self, ResponseLoop(body, tools, max_rounds), options)


def _async_run_tools(self: Any, body: dict[str, Any], *, tools: Any, max_rounds: int, **options: Any) -> Any:
    from ..lib._tool_runs import ResponseLoop, async_run

    return async_run(self, ResponseLoop(body, tools, max_rounds), options)


class ResponsesHelpers:
    """For `Responses`."""

    _parse = _parse
    _run_tools = _run_tools


class AsyncResponsesHelpers:
    """For `AsyncResponses`."""

    _parse = _parse
    _run_tools = _async_run_tools
