"""`ChatCompletionStreamState`: chunks in, events and the completion so far out.

Each chunk costs work linear in its own size. Texts are joined, values of partial JSON parsed and the completion built
when someone reads them.
"""

from __future__ import annotations

from ...._models_shapes import bare
from ...._models_support import Parametric
from ...._types import omit
from ..._parsing._completions import Reading, _is_rich, check_whole
from .._growing import Later, Made, PartialValue, Snapshot, Text, partial_value
from .._merge import fields, merge, plain
from . import _events as events
from ._tool_calls import ToolCall, ToolCalls
from ._types import ParsedChatCompletionSnapshot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from ...._types import Omit
    from ....types.chat.chat_completion_chunk import ChatCompletionChunk
    from ....types.chat.chat_completion_tool_union_param import ChatCompletionToolUnionParam
    from ....types.chat.completion_create_params import ResponseFormat
    from ....types.chat.parsed_chat_completion import ParsedChatCompletion
    from ..._parsing._completions import ResponseFormatT
    from ._events import ChatCompletionStreamEvent
else:
    ResponseFormatT = None

# Of a choice and of its delta: what has a place of its own here.
_CHOICE = frozenset(("index", "delta", "finish_reason", "logprobs"))
_DELTA = frozenset(("content", "refusal", "tool_calls"))
_LOGPROBS = {
    "content": ("logprobs.content.delta", events.LogprobsContentDeltaEvent),
    "refusal": ("logprobs.refusal.delta", events.LogprobsRefusalDeltaEvent),
}


class ChatCompletionStreamState(Parametric[ResponseFormatT]):
    """Adds up chunks that a program gets by other means than `stream`."""

    def __init__(
        self,
        *,
        input_tools: Iterable[ChatCompletionToolUnionParam] | Omit = omit,
        response_format: type[ResponseFormatT] | ResponseFormat | Omit = omit,
    ) -> None:
        self._reading = Reading(response_format if _is_rich(response_format) else None, input_tools or ())
        tools = self._reading.tools
        self._strict = {name for name, tool in tools.items() if tool.get("strict") or hasattr(tool, "model")}
        self._parses = self._reading.type_ is not None or bool(self._strict)
        self._completion: dict[str, Any] = {}
        self._choices: dict[Any, _Choice] = {}
        self._snapshot: Any = None
        self._watch: Callable[[ToolCall, str | None], None] | None = (
            None  # of each piece, and with None of each call's end
        )

    def handle_chunk(self, chunk: ChatCompletionChunk) -> Iterable[ChatCompletionStreamEvent[ResponseFormatT]]:
        """The events that a chunk brings about: first the chunk itself, then per choice what grew, then what is done.

        Where something is to be parsed, raises `LengthFinishReasonError` and `ContentFilterFinishReasonError` (with
        `.completion`) for an answer that was cut off, and what the parsing raises.
        """
        data = chunk.__dict__
        if self._completion:
            for key in ("usage", "system_fingerprint", "service_tier", "moderation"):
                if (value := data.get(key)) is not None:
                    self._completion[key] = value
        else:
            self._completion = {key: value for key, value in data.items() if key not in ("choices", "obfuscation")}
            self._completion["object"] = "chat.completion"
        grown = [
            (self._choice(choice, position), fields(choice))
            for position, choice in enumerate(data.get("choices") or ())
        ]
        found: list[Any] = [
            bare(events.ChunkEvent, {"type": "chunk", "chunk": chunk, "snapshot": Made(self._build)}),
        ]
        for choice, given in grown:
            choice.add(given, found)
            if choice.finish_reason and self._parses:
                check_whole(choice.finish_reason, self._build().__dict__)
            choice.finish(found)
        return found

    def get_final_completion(self) -> ParsedChatCompletion[ResponseFormatT]:
        """The completion, parsed. Right only after the last chunk.

        Raises `LengthFinishReasonError` and `ContentFilterFinishReasonError` for an answer that was cut off.
        """
        return self._reading.wrap(self.current_completion_snapshot.to_dict())

    @property
    def current_completion_snapshot(self) -> ParsedChatCompletionSnapshot:
        """The completion so far: always the same object, brought up to date by this question."""
        if not self._completion:
            raise RuntimeError("no chunk of a completion has arrived")
        return self._build()

    def _choice(self, choice: Any, position: int) -> _Choice:
        index = fields(choice).get("index")
        if index is None:
            index = position
        found = self._choices.get(index)
        if found is None:
            found = self._choices[index] = _Choice(index, self)
        return found

    def _build(self) -> ParsedChatCompletionSnapshot:
        if self._snapshot is None:
            self._snapshot = bare(ParsedChatCompletionSnapshot, {})
        choices = [self._choices[index].to_dict() for index in sorted(self._choices)]
        self._snapshot.__dict__.update(self._completion, choices=choices)
        return self._snapshot


class _Choice:
    """One choice as far as it came, and which of its done events have been fired."""

    def __init__(self, index: Any, state: Any) -> None:
        self._index = index
        self._reading: Reading = state._reading
        self._strict: set[str] = state._strict
        self._watch: Callable[[ToolCall, str | None], None] | None = state._watch
        self._other: dict[str, Any] = {}
        self._message: dict[str, Any] = {"role": "assistant", "content": None}
        self._content: Text | None = None
        self._refusal: Text | None = None
        self._tool_calls: ToolCalls | None = None
        self._logprobs: dict[str, list[Any] | None] | None = None
        self.finish_reason: str | None = None
        self._parsed: Any = None
        self._fired: set[str] = set()
        self._current: ToolCall | None = None
        self._left: list[ToolCall] = []  # in this chunk, for another call, and whole
        self._begun = False  # a call, in this chunk

    # ------------------------------------------------------------------------------------------------------- growing

    def add(self, choice: dict[str, Any], found: list[Any]) -> None:
        """Takes what a chunk says of this choice; adds the events of what grew."""
        delta = fields(choice.get("delta"))
        if type(content := delta.get("content")) is str:
            text = self._content = self._content or Text()
            text.append(content)
            parsed = PartialValue(text) if self._reading.type_ is not None and self._refusal is None else None
            event = {"type": "content.delta", "delta": content, "snapshot": Snapshot(text), "parsed": parsed}
            found.append(bare(events.ContentDeltaEvent, event))
        elif content is not None:  # some servers send parts
            merge(self._message, (("content", content),))
        if type(refusal := delta.get("refusal")) is str:
            text = self._refusal = self._refusal or Text()
            text.append(refusal)
            event = {"type": "refusal.delta", "delta": refusal, "snapshot": Snapshot(text)}
            found.append(bare(events.RefusalDeltaEvent, event))
        if calls := delta.get("tool_calls"):
            self._add_calls(calls, found)
        if not delta.keys() <= _DELTA:
            merge(self._message, ((key, value) for key, value in delta.items() if key not in _DELTA))
        if logprobs := choice.get("logprobs"):
            self._add_logprobs(fields(logprobs), found)
        if reason := choice.get("finish_reason"):
            self.finish_reason = reason
        if not choice.keys() <= _CHOICE:
            self._other.update((key, value) for key, value in choice.items() if key not in _CHOICE)

    def _add_calls(self, deltas: list[Any], found: list[Any]) -> None:
        calls = self._tool_calls = self._tool_calls or ToolCalls()
        for call, piece in calls.add(deltas):
            if self._current is not call:
                # Some servers send pieces of several calls in turn. What is not whole when it is left waits for the end.
                if (before := self._current) is not None and not before.left:
                    before.left = True
                    if before.is_whole():
                        self._left.append(before)
                self._current, self._begun = call, True
            if call.kind == "function":
                event = {
                    "type": "tool_calls.function.arguments.delta",
                    "name": call.name,
                    "index": call.place,
                    "arguments": Snapshot(call.arguments),
                    "parsed_arguments": PartialValue(call.arguments) if call.name in self._strict else None,
                    "arguments_delta": piece,
                }
                found.append(bare(events.FunctionToolCallArgumentsDeltaEvent, event))
                if self._watch:
                    self._watch(call, piece)

    def _add_logprobs(self, given: dict[str, Any], found: list[Any]) -> None:
        logprobs = self._logprobs = self._logprobs or {"content": None, "refusal": None}
        for name, (kind, event) in _LOGPROBS.items():
            tokens = given.get(name)
            if tokens is None:
                continue
            so_far = logprobs[name] = logprobs[name] or []
            so_far.extend(map(fields, tokens))
            if tokens:
                found.append(bare(event, {"type": kind, name: so_far[-len(tokens) :], "snapshot": _Tokens(so_far)}))

    # ---------------------------------------------------------------------------------------------------------- done

    def finish(self, found: list[Any]) -> None:
        """Adds the events of what is done since this chunk."""
        if self.finish_reason or self._begun:
            self._finish_content(found)
        for call in self._left:
            self._finish_call(call, found)
        if self.finish_reason and self._tool_calls:
            for call in self._tool_calls.calls:
                self._finish_call(call, found)
        self._left, self._begun = [], False

    def _finish_content(self, found: list[Any]) -> None:
        if self._content and self._content.length and self._first("content"):
            content = self._content.read()
            self._parsed = self._reading.content(content, self._refusal and self._refusal.read())
            event = {"type": "content.done", "content": content, "parsed": self._parsed}
            found.append(bare(events.ContentDoneEvent, event))
        if self._refusal and self._first("refusal"):
            found.append(bare(events.RefusalDoneEvent, {"type": "refusal.done", "refusal": self._refusal.read()}))
        if (tokens := (self._logprobs or {}).get("content")) is not None and self._first("logprobs.content"):
            event = {"type": "logprobs.content.done", "content": list(tokens)}
            found.append(bare(events.LogprobsContentDoneEvent, event))
        if (tokens := (self._logprobs or {}).get("refusal")) is not None and self._first("logprobs.refusal"):
            event = {"type": "logprobs.refusal.done", "refusal": list(tokens)}
            found.append(bare(events.LogprobsRefusalDoneEvent, event))

    def _first(self, what: str) -> bool:
        if what in self._fired:
            return False
        self._fired.add(what)
        return True

    def _finish_call(self, call: ToolCall, found: list[Any]) -> None:
        if call.done or call.kind != "function":
            return
        call.done = True
        arguments = call.arguments.read()
        call.parsed = self._reading.arguments(call.name, arguments)
        event = {
            "type": "tool_calls.function.arguments.done",
            "index": call.place,
            "name": call.name,
            "arguments": arguments,
            "parsed_arguments": call.parsed,
        }
        found.append(bare(events.FunctionToolCallArgumentsDoneEvent, event))
        if self._watch and (self.finish_reason not in ("length", "content_filter") or call.is_whole()):
            self._watch(call, None)

    # ------------------------------------------------------------------------------------------------------ snapshots

    def to_dict(self) -> dict[str, Any]:
        """The choice as a completion has it."""
        message = plain(self._message)
        if self._content is not None:
            message["content"] = self._content.read()
        if self._refusal is not None:
            message["refusal"] = self._refusal.read()
        if self._tool_calls is not None:
            message["tool_calls"] = [self._call_to_dict(call) for call in self._tool_calls.calls]
        if self._reading.type_ is not None:
            message["parsed"] = self._parsed_so_far()
        logprobs = self._logprobs and {name: tokens and list(tokens) for name, tokens in self._logprobs.items()}
        return {
            "index": self._index,
            "message": message,
            "finish_reason": self.finish_reason,
            "logprobs": logprobs,
            **self._other,
        }

    def _parsed_so_far(self) -> Any:
        if "content" in self._fired or self._content is None or self._refusal is not None:
            return self._parsed
        return partial_value(self._content.read())

    def _call_to_dict(self, call: ToolCall) -> dict[str, Any]:
        data = call.to_dict()
        if call.name in self._strict:
            parsed = call.parsed if call.done else partial_value(call.arguments.read())
            data["function"]["parsed_arguments"] = parsed
        return data


class _Tokens(Later):
    """Log probabilities as they stood."""

    __slots__ = ("_count", "_tokens")

    def __init__(self, tokens: list[dict[str, Any]]) -> None:
        self._tokens = tokens
        self._count = len(tokens)

    def read(self) -> list[Any]:
        from ....types.chat.chat_completion_token_logprob import ChatCompletionTokenLogprob

        return [bare(ChatCompletionTokenLogprob, token) for token in self._tokens[: self._count]]
