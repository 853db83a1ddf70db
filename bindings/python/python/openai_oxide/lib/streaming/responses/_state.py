"""`ResponseStreamState`: events of the API in, the same events out, four kinds of them with what they add up to.

It holds the stream to its own word: an item keeps its identity from the event that announces it to the last response.
"""

from __future__ import annotations

from ...._calls import given
from ...._models import BaseModel
from ...._models_shapes import bare
from ...._models_support import Parametric
from ..._parsing._responses import Reading
from .._growing import Snapshot, Text
from .._merge import fields
from . import _events as events
from ._types import ParsedResponseSnapshot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from ...._types import Omit
    from ....types.responses.parsed_response import ParsedResponse
    from ....types.responses.response_stream_event import ResponseStreamEvent as RawResponseStreamEvent
    from ....types.responses.tool_param import ToolParam
    from ..._parsing._responses import TextFormatT
    from ._events import ResponseStreamEvent
else:
    TextFormatT = None

_UNDER_WAY = ("response.created", "response.queued", "response.in_progress")
_LIFECYCLE = (*_UNDER_WAY, "response.completed", "response.failed", "response.incomplete")
_BY_CALL_ID = ("function_call", "custom_tool_call", "shell_call", "shell_call_output")


class ResponseStreamState(Parametric[TextFormatT]):
    """Adds up events that a program gets by other means than `stream`."""

    def __init__(self, *, input_tools: Iterable[ToolParam] | Omit, text_format: type[TextFormatT] | Omit) -> None:
        tools = input_tools if given({"": input_tools}) else ()
        self._reading = Reading(given({"": text_format}).get(""), tools)  # pyright: ignore[reportArgumentType]
        self._response: dict[str, Any] | None = None  # as it was created
        self._items: dict[int, _Item] = {}  # by output index, which may have gaps
        self._done: dict[int, dict[str, Any]] = {}  # items as they were declared done
        self._done_at: dict[tuple[Any, ...], int] = {}  # their identities
        self._completed_response: ParsedResponse[TextFormatT] | None = None

    def handle_event(self, event: RawResponseStreamEvent) -> list[ResponseStreamEvent[TextFormatT]]:
        """The events to hand out for one of the API: one, or none for an item that is empty.

        Raises `RuntimeError` for a stream that contradicts itself, and what the parsing raises.
        """
        data = event.__dict__
        kind = data.get("type")
        if self._response is None:
            self._create(kind, data)
        elif kind == "response.output_text.delta":
            text = self._item(data).text(data.get("content_index"))
            if text is not None:
                text.append(data.get("delta") or "")
                return [bare(events.ResponseTextDeltaEvent, {**data, "snapshot": Snapshot(text)})]
        elif kind == "response.function_call_arguments.delta":
            arguments = self._item(data).arguments
            if arguments is not None:
                arguments.append(data.get("delta") or "")
                snapshot = {"snapshot": Snapshot(arguments)}
                return [bare(events.ResponseFunctionCallArgumentsDeltaEvent, {**data, **snapshot})]
        elif kind == "response.output_text.done":
            parsed = self._reading.text(data.get("text"), self._item(data).data.get("phase"))
            return [bare(events.ResponseTextDoneEvent, {**data, "parsed": parsed})]
        elif kind == "response.output_item.added":
            if data.get("item") is None:
                return []
            self._add(data)
        elif kind == "response.content_part.added":
            self._item(data).add_part(data.get("content_index"), fields(data.get("part")))
        elif kind == "response.output_item.done":
            self._finish(data)
        elif kind in _LIFECYCLE:
            return [self._lifecycle(kind, event)]
        return [event]  # pyright: ignore[reportReturnType]  # the kinds with additions are handled above

    def accumulate_event(self, event: RawResponseStreamEvent) -> ParsedResponseSnapshot:
        """The response so far, with this event."""
        self.handle_event(event)
        output = [self._items[index].to_dict() for index in sorted(self._items)]
        return bare(ParsedResponseSnapshot, {**(self._response or {}), "output": output})

    # ----------------------------------------------------------------------------------------------------- the response

    def _create(self, kind: Any, data: dict[str, Any]) -> None:
        if kind != "response.created":
            raise RuntimeError(f"Expected to have received `response.created` before `{kind}`")
        response = fields(data.get("response"))
        if response.get("output") is None:
            response["output"] = []
        self._response = {key: value for key, value in response.items() if key != "output"}
        self._items = {index: _Item(fields(item)) for index, item in enumerate(response["output"])}

    def _lifecycle(self, kind: Any, event: Any) -> Any:
        response = fields(event.__dict__.get("response"))
        if response.get("id") != (self._response or {}).get("id"):
            raise RuntimeError("The stream goes on with another response")
        if kind == "response.completed":
            return self._complete(event, response)
        output = response.get("output")
        if kind in _UNDER_WAY:
            self._replace(output or ())
        if output is None:
            response["output"] = [] if kind in _UNDER_WAY else self._output()
        return event

    def _replace(self, output: Iterable[Any]) -> None:
        """Takes over finished items as a later snapshot of the server has them."""
        items: dict[tuple[Any, ...], dict[str, Any]] = {}
        for item in map(fields, output):
            if items.setdefault(_identity(item), item) is not item:
                raise RuntimeError("A snapshot of the response has an item twice")
        for identity, item in items.items():
            if (index := self._done_at.get(identity)) is not None:
                if not _same(self._done[index], item):
                    raise RuntimeError("A snapshot of the response has an item under another id")
                self._done[index] = item

    def _complete(self, event: Any, response: dict[str, Any]) -> Any:
        final = {_identity(fields(item)): fields(item) for item in response.get("output") or ()}
        for item in self._done.values():
            if (last := final.get(_identity(item))) is not None and not _same(item, last):
                raise RuntimeError("The completed response has an item under another id")
        for index, item in self._items.items():
            last = final.get(_identity(item.data))
            if index not in self._done and (last is None or not _same(item.data, last)):
                raise RuntimeError("The response is completed, but an item of it is not")
        if response.get("output") is None:
            # Finished items tell more than deltas: their status, annotations, refusals.
            response["output"] = [self._done[index] for index in sorted(self._done)]
        # A copy, since the events have been handed out, and `wrap` wants JSON and adds to it.
        self._completed_response = self._reading.wrap(bare(BaseModel, response).to_dict())
        return bare(events.ResponseCompletedEvent, {**event.__dict__, "response": self._completed_response})

    def _output(self) -> list[dict[str, Any]]:
        """Items as far as they came."""
        return [
            self._done[index] if index in self._done else self._items[index].to_dict()
            for index in sorted(self._items.keys() | self._done.keys())
        ]

    # ------------------------------------------------------------------------------------------------------------ items

    def _item(self, data: dict[str, Any]) -> _Item:
        index: Any = data.get("output_index")
        try:
            return self._items[index]
        except KeyError:
            message = f"Received a content event for output index {index} before receiving its output item"
            raise RuntimeError(message) from None

    def _add(self, data: dict[str, Any]) -> None:
        index: Any = data.get("output_index")
        if index in self._items:
            raise RuntimeError(f"Duplicate response output index {index}.")
        self._items[index] = _Item(fields(data["item"]))

    def _finish(self, data: dict[str, Any]) -> None:
        index: Any = data.get("output_index")
        item = fields(data.get("item"))
        identity = _identity(item)
        added = self._items.get(index)
        if added is not None and (_identity(added.data) != identity or not _same(added.data, item)):
            raise RuntimeError("An item of the response is done under another identity")
        if self._done_at.get(identity, index) != index:
            raise RuntimeError("An item of the response is done in two places")
        if (previous := self._done.get(index)) is not None:
            del self._done_at[_identity(previous)]
        self._done[index] = item
        self._done_at[identity] = index


class _Item:
    """One output item as far as it came."""

    __slots__ = ("_parts", "arguments", "data")

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data
        self.arguments: Text | None = None
        if data.get("type") == "function_call":
            self.arguments = Text(data.get("arguments") or "")
        parts = data.get("content") if data.get("type") == "message" else None
        self._parts: list[_Part] | None = None if parts is None else [_Part(fields(part)) for part in parts]

    def add_part(self, index: Any, part: dict[str, Any]) -> None:
        if self._parts is not None:
            self._parts.append(_Part(part))

    def text(self, index: Any) -> Text | None:
        """The text of a part; None where there is no such part."""
        if self._parts is None or type(index) is not int or index >= len(self._parts):
            return None
        return self._parts[index].text

    def to_dict(self) -> dict[str, Any]:
        data = dict(self.data)
        if self.arguments is not None:
            data["arguments"] = self.arguments.read()
        if self._parts is not None:
            data["content"] = [part.to_dict() for part in self._parts]
        return data


class _Part:
    """One part of a message."""

    __slots__ = ("_data", "text")

    def __init__(self, data: dict[str, Any]) -> None:
        self._data = data
        self.text = Text(data.get("text") or "") if data.get("type") == "output_text" else None

    def to_dict(self) -> dict[str, Any]:
        return dict(self._data) if self.text is None else {**self._data, "text": self.text.read()}


def _identity(item: dict[str, Any]) -> tuple[Any, ...]:
    kind = item.get("type")
    return kind, None if kind in _BY_CALL_ID else item.get("id"), item.get("call_id")


def _same(item: dict[str, Any], later: dict[str, Any]) -> bool:
    """Whether the id allows both to be the same item; calls may get theirs late."""
    id_ = item.get("id")
    return id_ == later.get("id") or (id_ is None and item.get("type") in ("function_call", "custom_tool_call"))
