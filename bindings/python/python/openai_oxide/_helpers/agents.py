"""`client.beta.agents`: turns of sessions with handlers and results, files for environments, artifacts of turns."""

from __future__ import annotations

from .._types import not_given, omit
from .steps import awaitable, blocking

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from os import PathLike
    from typing import Any

    from .._types import Body, FileTypes, Headers, NotGiven, Omit, Query, Timeout
    from ..lib.beta.agents import (
        AgentResultArtifacts,
        AgentTurnResult,
        AsyncAgentResultArtifacts,
        PreparedAgentFiles,
        StagedAgentFile,
    )
    from ..lib.beta.agents._dispatch import AsyncToolErrorHandler, ToolErrorHandler
    from ..lib.beta.agents._result import OutputT
    from ..lib.streaming.agents import AgentSessionStream, AsyncAgentSessionStream, AsyncToolHandler, ToolHandler
    from ..types.beta.agent_session_input_message_param import AgentSessionInputMessageParam
    from .steps import Steps


# --------------------------------------------------------------------------------------------------------------- sessions


def _arguments(
    self: Any,
    body: dict[str, Any],
    stream: Any,
    output_type: type | None,
    tool_handlers: Mapping[str, Any] | None,
    options: dict[str, Any],
    *,
    is_async: bool,
) -> dict[str, Any]:
    """The arguments of the call that creates a session."""
    if tool_handlers is not None and stream is not True:
        raise ValueError("tool_handlers need stream=True")
    if output_type is not None:
        from ..lib.beta.agents._output import asking_for

        body = {**body, "agent": asking_for(body["agent"], output_type, strict=self._client._strict)}
    arguments = {"body": body, "stream": stream, **options}
    if stream is not True:
        return arguments
    from functools import partial

    from ..lib.beta.agents import _dispatch, _stream

    dispatcher = None
    if tool_handlers:
        cls = _dispatch.AsyncToolDispatcher if is_async else _dispatch.ToolDispatcher
        kept = _dispatch.request_options(options["extra_headers"], options["timeout"])
        # Not a view for raw responses: the results are submitted by plain calls.
        dispatcher = cls(type(self)(self._client.copy()), tool_handlers, kept)
    made = _stream.AsyncAgentSessionEventStream if is_async else _stream.AgentSessionEventStream
    return {**arguments, "stream_cls": partial(made, output_type=output_type, dispatcher=dispatcher)}


class SessionsHelpers:
    """For `Sessions`."""

    if TYPE_CHECKING:
        _call: Any

    def _with_result(
        self, operation: str, *, body: Any, stream: Any, output_type: Any, tool_handlers: Any, **options: Any
    ) -> Any:
        arguments = _arguments(self, body, stream, output_type, tool_handlers, options, is_async=False)
        return self._call(operation, **arguments)

    def stream(
        self,
        session_id: str,
        *,
        input: str | Iterable[AgentSessionInputMessageParam],
        output_type: type[OutputT] | None = None,
        tool_handlers: Mapping[str, ToolHandler] | None = None,
        on_tool_error: ToolErrorHandler | None = None,
        idempotency_key: str | Omit = omit,
        extra_headers: Headers | None = None,
        timeout: float | Timeout | NotGiven | None = not_given,
    ) -> AgentSessionStream[OutputT]:
        """One turn of an idle session as a context manager of its events: listens, submits `input`, and runs the calls.

        `tool_handlers` get the arguments as a dict, and may be `function_tool`s or `openai_oxide.tool`s; calls of other tools are the caller's. What a
        handler raises goes to `on_tool_error`, and the model hears only that the tool failed. `output_type` is how the result's
        text is read; the session's own format stays. Entering raises what the calls raise, and `ValueError` for a session that
        is not idle.
        """
        from ..lib.streaming.agents import AgentSessionStream

        return AgentSessionStream(
            self,
            session_id,
            input=input,
            output_type=output_type,
            tool_handlers=tool_handlers,
            on_tool_error=on_tool_error,
            idempotency_key=idempotency_key,
            extra_headers=extra_headers,
            timeout=timeout,
        )


class AsyncSessionsHelpers:
    """For `AsyncSessions`."""

    if TYPE_CHECKING:
        _call: Any

    def _with_result(
        self, operation: str, *, body: Any, stream: Any, output_type: Any, tool_handlers: Any, **options: Any
    ) -> Any:
        arguments = _arguments(self, body, stream, output_type, tool_handlers, options, is_async=True)
        return self._call(operation, **arguments)

    def stream(
        self,
        session_id: str,
        *,
        input: str | Iterable[AgentSessionInputMessageParam],
        output_type: type[OutputT] | None = None,
        tool_handlers: Mapping[str, AsyncToolHandler] | None = None,
        on_tool_error: AsyncToolErrorHandler | None = None,
        idempotency_key: str | Omit = omit,
        extra_headers: Headers | None = None,
        timeout: float | Timeout | NotGiven | None = not_given,
    ) -> AsyncAgentSessionStream[OutputT]:
        """One turn of an idle session as a context manager of its events: listens, submits `input`, and runs the calls.

        `tool_handlers` get the arguments as a dict, and may be `function_tool`s or `openai_oxide.tool`s, asynchronous or not; calls of other tools are
        the caller's. What a handler raises goes to `on_tool_error`, and the model hears only that the tool failed.
        `output_type` is how the result's text is read; the session's own format stays. Entering raises what the calls raise,
        and `ValueError` for a session that is not idle.
        """
        from ..lib.streaming.agents import AsyncAgentSessionStream

        return AsyncAgentSessionStream(
            self,
            session_id,
            input=input,
            output_type=output_type,
            tool_handlers=tool_handlers,
            on_tool_error=on_tool_error,
            idempotency_key=idempotency_key,
            extra_headers=extra_headers,
            timeout=timeout,
        )


# -------------------------------------------------------------------------------------------------------------- artifacts


class ArtifactsHelpers:
    """For `Artifacts`."""

    def for_result(self, result: AgentTurnResult[Any]) -> AgentResultArtifacts:
        """The artifacts of the turn of this result, by their paths."""
        from ..lib.beta.agents import AgentResultArtifacts

        return AgentResultArtifacts(self, result)


class AsyncArtifactsHelpers:
    """For `AsyncArtifacts`."""

    def for_result(self, result: AgentTurnResult[Any]) -> AsyncAgentResultArtifacts:
        """The artifacts of the turn of this result, by their paths."""
        from ..lib.beta.agents import AsyncAgentResultArtifacts

        return AsyncAgentResultArtifacts(self, result)


# ---------------------------------------------------------------------------------------------- files of environments


def _prepare(
    self: Any,
    files: Mapping[str, str | PathLike[str]],
    *,
    extra_headers: Headers | None = None,
    extra_query: Query | None = None,
    extra_body: Body | None = None,
    timeout: float | Timeout | NotGiven | None = not_given,
) -> Steps[PreparedAgentFiles]:
    """Upload files for a new environment: `{"/workspace/data.csv": "local/data.csv"}`.

    Raises `ValueError` before anything is uploaded, for a path that the environment cannot have and for what is no regular
    file, and `AgentFilePreparationError` with what was uploaded before a failure.
    """
    from ..lib.beta.agents._files import prepare

    return prepare(self, files, _options(extra_headers, extra_query, extra_body, timeout))


def _prepare_directory(
    self: Any,
    root: str | PathLike[str],
    *,
    destination: str,
    include: Sequence[str],
    extra_headers: Headers | None = None,
    extra_query: Query | None = None,
    extra_body: Body | None = None,
    timeout: float | Timeout | NotGiven | None = not_given,
) -> Steps[PreparedAgentFiles]:
    """Upload the files of a folder that match one of the patterns `include`, for a new environment; as `prepare`."""
    from ..lib.beta.agents._files import directory_files, prepare

    files = directory_files(root, destination, include)
    return prepare(self, files, _options(extra_headers, extra_query, extra_body, timeout))


def _upload(
    self: Any,
    environment_id: str,
    *,
    file: FileTypes,
    path: str,
    extra_headers: Headers | None = None,
    extra_query: Query | None = None,
    extra_body: Body | None = None,
    timeout: float | Timeout | NotGiven | None = not_given,
) -> Steps[StagedAgentFile]:
    """Upload a file and put it into an environment, at a path below `/workspace`.

    Raises what `files.create` raises, and `AgentFileStagingError` with the upload where the environment does not take it.
    """
    from ..lib.beta.agents._files import upload

    return upload(self, environment_id, file, path, _options(extra_headers, extra_query, extra_body, timeout))


def _options(headers: Headers | None, query: Query | None, body: Body | None, timeout: Any) -> dict[str, Any]:
    return {"extra_headers": headers, "extra_query": query, "extra_body": body, "timeout": timeout}


class FilesHelpers:
    """For `Files` of environments."""

    prepare = blocking(_prepare)
    prepare_directory = blocking(_prepare_directory)
    upload = blocking(_upload)


class AsyncFilesHelpers:
    """For `AsyncFiles` of environments."""

    prepare = awaitable(_prepare)
    prepare_directory = awaitable(_prepare_directory)
    upload = awaitable(_upload)
