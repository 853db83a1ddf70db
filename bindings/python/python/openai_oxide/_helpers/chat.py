"""`client.chat.completions`: answers as the caller's types, streams that accumulate, and tools that are run.

The generated `parse`, `stream` and `run_tools` hand over the body with the arguments as they came, and the options of the
call (`extra_headers`, `extra_query`, `extra_body`, `timeout`).
"""

from __future__ import annotations

from _collections_abc import Iterable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def _parse(self: Any, body: dict[str, Any], **options: Any) -> Any:
    from ..lib._parsing._completions import prepared

    sent, reading = prepared(body, strict=self._client._strict)
    headers = {"X-Stainless-Helper-Method": "chat.completions.parse", **(options.pop("extra_headers") or {})}
    body = {**sent, "stream": False}
    return self._call("chat.completions.create", body=body, result=reading, extra_headers=headers, **options)


def _stream_request(self: Any, body: dict[str, Any], options: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The arguments of the call, and how the stream's events are parsed."""
    from .._types import omit
    from ..lib._parsing._completions import type_to_response_format_param

    response_format, tools = body["response_format"], body["tools"]
    tools = list(tools) if isinstance(tools, Iterable) else omit
    sent = type_to_response_format_param(response_format, strict=self._client._strict)
    headers = {"X-Stainless-Helper-Method": "chat.completions.stream", **(options.pop("extra_headers") or {})}
    arguments = {
        "body": {**body, "response_format": sent, "tools": tools, "stream": True},
        "event": "chat.chat_completion_chunk:ChatCompletionChunk",
        "stream": True,
        "extra_headers": headers,
        **options,
    }
    return arguments, {"response_format": response_format, "input_tools": tools}


def _stream(self: Any, body: dict[str, Any], **options: Any) -> Any:
    from ..lib.streaming.chat import ChatCompletionStreamManager

    arguments, reading = _stream_request(self, body, options)
    return ChatCompletionStreamManager(lambda: self._call("chat.completions.create", **arguments), **reading)


def _async_stream(self: Any, body: dict[str, Any], **options: Any) -> Any:
    from ..lib.streaming.chat import AsyncChatCompletionStreamManager

    arguments, reading = _stream_request(self, body, options)
    return AsyncChatCompletionStreamManager(self._call("chat.completions.create", **arguments), **reading)


def _run_tools(self: Any, body: dict[str, Any], *, tools: Any, max_rounds: int, **options: Any) -> Any:
    from ..lib._tool_runs import ChatLoop, run

    return run(self, ChatLoop(body, tools, max_rounds), options)


def _async_run_tools(self: Any, body: dict[str, Any], *, tools: Any, max_rounds: int, **options: Any) -> Any:
    from ..lib._tool_runs import ChatLoop, async_run

    return async_run(self, ChatLoop(body, tools, max_rounds), options)


class CompletionsHelpers:
    """For `Completions`."""

    _parse = _parse
    _run_tools = _run_tools
    _stream = _stream


class AsyncCompletionsHelpers:
    """For `AsyncCompletions`."""

    _parse = _parse
    _run_tools = _async_run_tools
    _stream = _async_stream
