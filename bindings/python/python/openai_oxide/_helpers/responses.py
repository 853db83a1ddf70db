"""`client.responses`: answers as the caller's types, streams that accumulate, and tools that are run.

The generated `parse`, `stream` and `run_tools` hand over the body with the arguments as they came, and the options of the
call (`extra_headers`, `extra_query`, `extra_body`, `timeout`).
"""

from __future__ import annotations

from .._types import not_given

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from typing_extensions import Unpack

    from .._types import Body, Headers, NotGiven, Query, Timeout
    from ..lib.streaming._function_calls import AsyncResponseFunctionCalls, ResponseFunctionCalls
    from ..types.responses.response_create_params import ResponseCreateParamsNonStreaming


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


def _stream_request(
    self: Any, body: dict[str, Any], text_format: Any, response_id: Any, starting_after: Any, options: dict[str, Any]
) -> tuple[Callable[[], Any], dict[str, Any]]:
    """The call, and how the stream's events are parsed."""
    from .._calls import given
    from ..lib._parsing._responses import as_response_tools, type_to_text_format_param

    tools = as_response_tools(body["tools"])
    new = given({name: value for name, value in body.items() if name != "tools"})
    existing = given({"response_id": response_id, "starting_after": starting_after})
    reading = {
        "text_format": text_format,
        "input_tools": tools,
        "starting_after": existing.get("starting_after"),
    }
    options["event"] = "responses.response_stream_event:ResponseStreamEvent"
    if existing:
        # The official package takes `include` for a new response only, too.
        if new:
            raise ValueError(
                f"response_id and starting_after name an existing response; {', '.join(new)} belong to a new one"
            )
        if "response_id" not in existing:
            raise ValueError("id must be provided when streaming an existing response")
        query = {"stream": True}
        return lambda: self._call(
            "responses.retrieve", path=(response_id,), query=query, stream=True, **options
        ), reading
    for name in ("input", "model"):
        if name not in new:
            raise ValueError(f"{name} must be provided when creating a new response")
    if given({"": text_format}):
        text: Any = new.get("text") or {}
        if "format" in text:
            raise TypeError("Cannot mix and match text.format with text_format")
        form = type_to_text_format_param(text_format, strict=self._client._strict)
        body = {**body, "text": {**text, "format": form}}
    body = {**body, "tools": tools, "stream": True}
    return lambda: self._call("responses.create", body=body, stream=True, **options), reading


def _stream(
    self: Any, body: dict[str, Any], *, text_format: Any, response_id: Any, starting_after: Any, **options: Any
) -> Any:
    from ..lib.streaming.responses import ResponseStreamManager

    request, reading = _stream_request(self, body, text_format, response_id, starting_after, options)
    return ResponseStreamManager(request, **reading)


def _async_stream(
    self: Any, body: dict[str, Any], *, text_format: Any, response_id: Any, starting_after: Any, **options: Any
) -> Any:
    from ..lib.streaming.responses import AsyncResponseStreamManager

    request, reading = _stream_request(self, body, text_format, response_id, starting_after, options)
    return AsyncResponseStreamManager(request(), **reading)


def _early_request(body: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:
    event = "responses.response_stream_event:ResponseStreamEvent"
    return {"body": {**body, "stream": True}, "event": event, "stream": True, **options}


class ResponsesHelpers:
    """For `Responses`."""

    if TYPE_CHECKING:
        _call: Callable[..., Any]

    _parse = _parse
    _stream = _stream

    def create_stream_fc(
        self,
        *,
        incremental: bool = False,
        extra_headers: Headers | None = None,
        extra_query: Query | None = None,
        extra_body: Body | None = None,
        timeout: float | Timeout | NotGiven | None = not_given,
        **parameters: Unpack[ResponseCreateParamsNonStreaming],
    ) -> ResponseFunctionCalls:
        """`create`, streamed, for the function calls: each is handed out as soon as it is complete.

        With `incremental`, a call is handed out at each piece of its arguments too, with `complete` false and what is known
        of them in `value`. Raises what `create` raises; iterating raises `IncompleteStreamError` for a stream that is cut.
        """
        from ..lib.streaming._function_calls import ResponseFunctionCalls

        options = {
            "extra_headers": extra_headers,
            "extra_query": extra_query,
            "extra_body": extra_body,
            "timeout": timeout,
        }
        stream = self._call("responses.create", **_early_request({**parameters}, options))
        return ResponseFunctionCalls(stream, incremental=incremental)

    _run_tools = _run_tools


class AsyncResponsesHelpers:
    """For `AsyncResponses`."""

    if TYPE_CHECKING:
        _call: Callable[..., Any]

    _parse = _parse
    _stream = _async_stream

    async def create_stream_fc(
        self,
        *,
        incremental: bool = False,
        extra_headers: Headers | None = None,
        extra_query: Query | None = None,
        extra_body: Body | None = None,
        timeout: float | Timeout | NotGiven | None = not_given,
        **parameters: Unpack[ResponseCreateParamsNonStreaming],
    ) -> AsyncResponseFunctionCalls:
        """`create`, streamed, for the function calls: each is handed out as soon as it is complete.

        With `incremental`, a call is handed out at each piece of its arguments too, with `complete` false and what is known
        of them in `value`. Raises what `create` raises; iterating raises `IncompleteStreamError` for a stream that is cut.
        """
        from ..lib.streaming._function_calls import AsyncResponseFunctionCalls

        options = {
            "extra_headers": extra_headers,
            "extra_query": extra_query,
            "extra_body": extra_body,
            "timeout": timeout,
        }
        stream = await self._call("responses.create", **_early_request({**parameters}, options))
        return AsyncResponseFunctionCalls(stream, incremental=incremental)

    _run_tools = _async_run_tools
