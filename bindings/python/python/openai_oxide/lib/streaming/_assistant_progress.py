"""A run of an assistant as its events tell it, and which callbacks of a handler each event calls."""

from __future__ import annotations

from ..._models import construct
from ._merge import fields, merge, own, plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, TypeAlias

    from ...types.beta.assistant_stream_event import AssistantStreamEvent
    from ...types.beta.threads.message import Message
    from ...types.beta.threads.run import Run
    from ...types.beta.threads.runs.run_step import RunStep

    # The name of a callback, and what makes its arguments, if the handler has one.
    Callback: TypeAlias = tuple[str, Callable[[], tuple[Any, ...]]]

_MESSAGE = "beta.threads.message:Message"
_STEP = "beta.threads.runs.run_step:RunStep"
_TOOL_CALL = "beta.threads.runs.tool_call:ToolCall"
_TEXT = "beta.threads.text:Text"
_IMAGE = "beta.threads.image_file:ImageFile"
_ENDED = ("completed", "cancelled", "expired", "failed", "requires_action", "incomplete")


class Progress:
    """Run, messages and steps so far. Each event costs work linear in its own size; snapshots are made when they are asked for."""

    def __init__(self) -> None:
        self.event: AssistantStreamEvent | None = None
        self.run: Run | None = None
        self._messages: dict[str, dict[str, Any]] = {}
        self._message: dict[str, Any] | None = None
        self._steps: dict[str, dict[str, Any]] = {}
        self._step: dict[str, Any] | None = None
        self._content: dict[str, Any] | None = None  # the part of the message that grows
        self._tool_call: dict[str, Any] | None = None  # the call of the step that grows

    def message(self) -> Message | None:
        return construct(_MESSAGE, plain(self._message)) if self._message else None

    def messages(self) -> list[Message]:
        return [construct(_MESSAGE, plain(message)) for message in self._messages.values()]

    def step(self) -> RunStep | None:
        return construct(_STEP, plain(self._step)) if self._step else None

    def steps(self) -> list[RunStep]:
        return [construct(_STEP, plain(step)) for step in self._steps.values()]

    def callbacks(self, event: Any) -> Iterator[Callback]:
        """Takes the event while it is iterated over: at each callback, snapshots are those of that moment."""
        self.event = event
        yield "on_event", lambda: (event,)
        kind: str = event.event or ""
        if kind.startswith("thread.run.step."):
            yield from self._of_step(kind.removeprefix("thread.run.step."), event)
        elif kind.startswith("thread.run."):
            self.run = event.data
            if kind.removeprefix("thread.run.") in _ENDED:
                yield from self._tool_call_done()
        elif kind.startswith("thread.message."):
            yield from self._of_message(kind.removeprefix("thread.message."), event)
        self.event = None

    # -------------------------------------------------------------------------------------------------------- messages

    def _of_message(self, kind: str, event: Any) -> Iterator[Callback]:
        data = fields(event.data)
        if kind == "created":
            self._message = self._messages[data["id"]] = own(data)
            self._content = None
            yield "on_message_created", lambda: (event.data,)
        elif kind == "delta":
            if self._message is None:
                raise RuntimeError("a message grows that has not been created")
            yield from self._message_grows(fields(data.get("delta")))
            yield "on_message_delta", lambda: (event.data.delta, self.message())
        elif kind in ("completed", "incomplete"):
            self._message = self._messages[data["id"]] = own(data)
            if self._content is not None:
                contents: list[dict[str, Any]] = data.get("content") or []
                index = self._content.get("index", 0)
                yield from self._content_done(fields(contents[index]) if index < len(contents) else self._content)
                self._content = None
            yield "on_message_done", lambda: (event.data,)

    def _message_grows(self, delta: dict[str, Any]) -> Iterator[Callback]:
        assert self._message is not None
        contents: list[dict[str, Any]] = self._message.setdefault("content", [])
        known = {content.get("index") for content in contents}
        merge(self._message, delta.items())
        by_index = {content.get("index"): content for content in contents}
        for index, content in by_index.items():
            if index not in known and content.get("type") == "text":
                yield "on_text_created", lambda content=content: (_text(content),)
        for part in delta.get("content") or ():
            part = fields(part)
            content = by_index[part.get("index")]
            if part.get("type") == "text" and part.get("text"):
                yield "on_text_delta", lambda part=part, content=content: (_text_delta(part), _text(content))
            if self._content is not content:
                if self._content is not None:
                    yield from self._content_done(self._content)
                self._content = content

    def _content_done(self, content: dict[str, Any]) -> Iterator[Callback]:
        if content.get("type") == "text":
            yield "on_text_done", lambda: (_text(content),)
        elif content.get("type") == "image_file":
            yield "on_image_file_done", lambda: (construct(_IMAGE, plain(content.get("image_file"))),)

    # ------------------------------------------------------------------------------------------------------------ steps

    def _of_step(self, kind: str, event: Any) -> Iterator[Callback]:
        data = fields(event.data)
        if kind == "created":
            self._step = self._steps[data["id"]] = own(data)
            yield "on_run_step_created", lambda: (event.data,)
        elif kind == "in_progress":
            self._step = self._steps.setdefault(data["id"], own(data))
        elif kind == "delta":
            if data["id"] not in self._steps:
                raise RuntimeError("a step grows that has not been created")
            self._step = self._steps[data["id"]]
            delta = fields(data.get("delta"))
            merge(self._step, delta.items())
            yield from self._calls_grow(self._step, fields(delta.get("step_details")))
            yield "on_run_step_delta", lambda: (event.data.delta, self.step())
        else:
            yield from self._tool_call_done()
            self._steps[data["id"]] = own(data)
            yield "on_run_step_done", lambda: (event.data,)
            self._step = None

    def _calls_grow(self, step: dict[str, Any], details: dict[str, Any]) -> Iterator[Callback]:
        calls = {call.get("index"): call for call in fields(step.get("step_details")).get("tool_calls") or ()}
        for delta in details.get("tool_calls") or ():
            delta = fields(delta)
            call = calls[delta.get("index")]
            if self._tool_call is call:
                yield "on_tool_call_delta", lambda delta=delta, call=call: (_tool_call_delta(delta), _tool_call(call))
            else:
                yield from self._tool_call_done()
                self._tool_call = call
                yield "on_tool_call_created", lambda call=call: (_tool_call(call),)

    def _tool_call_done(self) -> Iterator[Callback]:
        call, self._tool_call = self._tool_call, None
        if call is not None:
            yield "on_tool_call_done", lambda: (_tool_call(call),)


def _text(content: dict[str, Any]) -> Any:
    return construct(_TEXT, plain(content.get("text")))


def _text_delta(part: dict[str, Any]) -> Any:
    return construct("beta.threads.text_delta:TextDelta", fields(part.get("text")))


def _tool_call(call: dict[str, Any]) -> Any:
    return construct(_TOOL_CALL, plain(call))


def _tool_call_delta(delta: dict[str, Any]) -> Any:
    return construct("beta.threads.runs.tool_call_delta:ToolCallDelta", delta)
