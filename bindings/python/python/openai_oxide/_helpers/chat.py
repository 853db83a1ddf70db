"""`client.chat.completions`: answers as the caller's types, streams that accumulate, and tools that are run.

The generated `parse`, `stream` and `run_tools` hand over the body with the arguments as they came, and the options of the
call (`extra_headers`, `extra_query`, `extra_body`, `timeout`).
"""

from __future__ import annotations

from _collections_abc import Iterable

from .._types import not_given

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from typing_extensions import Unpack

    from .._types import Body, Headers, NotGiven, Query, Timeout
    from ..lib.streaming._function_calls import AsyncChatFunctionCalls, ChatFunctionCalls
    from ..types.chat.completion_create_params import CompletionCreateParamsNonStreaming


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


def _early_request(body: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:
    event = "chat.chat_completion_chunk:ChatCompletionChunk"
    return {"body": {**body, "stream": True}, "event": event, "stream": True, **options}


class CompletionsHelpers:
    """For `Completions`."""

    if TYPE_CHECKING:
        _call: Callable[..., Any]

    _parse = _parse
    _run_tools = _run_tools
    _stream = _stream

    def create_stream_fc(
        self,
        *,
        incremental: bool = False,
        extra_headers: Headers | None = None,
        extra_query: Query | None = None,
        extra_body: Body | None = None,
        timeout: float | Timeout | NotGiven | None = not_given,
        **parameters: Unpack[CompletionCreateParamsNonStreaming],
    ) -> ChatFunctionCalls:
        """`create`, streamed, for the function calls: each is handed out as soon as it is complete.

        With `incremental`, a call is handed out at each piece of its arguments too, with `complete` false and what is known
        of them in `value`. Raises what `create` raises; iterating raises `IncompleteStreamError` for a stream that is cut.
        """
        from ..lib.streaming._function_calls import ChatFunctionCalls

        options = {
            "extra_headers": extra_headers,
            "extra_query": extra_query,
            "extra_body": extra_body,
            "timeout": timeout,
        }
        stream = self._call("chat.completions.create", **_early_request({**parameters}, options))
        return ChatFunctionCalls(stream, incremental=incremental)


class AsyncCompletionsHelpers:
    """For `AsyncCompletions`."""

    if TYPE_CHECKING:
        _call: Callable[..., Any]

    _parse = _parse
    _run_tools = _async_run_tools
    _stream = _async_stream

    async def create_stream_fc(
        self,
        *,
        incremental: bool = False,
        extra_headers: Headers | None = None,
        extra_query: Query | None = None,
        extra_body: Body | None = None,
        timeout: float | Timeout | NotGiven | None = not_given,
        **parameters: Unpack[CompletionCreateParamsNonStreaming],
    ) -> AsyncChatFunctionCalls:
        """`create`, streamed, for the function calls: each is handed out as soon as it is complete.

        With `incremental`, a call is handed out at each piece of its arguments too, with `complete` false and what is known
        of them in `value`. Raises what `create` raises; iterating raises `IncompleteStreamError` for a stream that is cut.
        """
        from ..lib.streaming._function_calls import AsyncChatFunctionCalls

        options = {
            "extra_headers": extra_headers,
            "extra_query": extra_query,
            "extra_body": extra_body,
            "timeout": timeout,
        }
        stream = await self._call("chat.completions.create", **_early_request({**parameters}, options))
        return AsyncChatFunctionCalls(stream, incremental=incremental)
