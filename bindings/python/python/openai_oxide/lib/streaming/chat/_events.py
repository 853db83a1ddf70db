"""The events of a chat completion stream, as models with the official fields."""

from __future__ import annotations

from ...._models import BaseModel
from ...._models_shapes import Union
from ...._models_support import Parametric
from .._growing import LATER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, ClassVar, Literal, TypeAlias

    from ....types.chat.chat_completion_chunk import ChatCompletionChunk
    from ....types.chat.chat_completion_token_logprob import ChatCompletionTokenLogprob
    from ..._parsing._completions import ResponseFormatT
    from ._types import ParsedChatCompletionSnapshot
else:
    ResponseFormatT = None

_TOKENS = ["chat.chat_completion_token_logprob:ChatCompletionTokenLogprob"]


class ChunkEvent(BaseModel):
    """Each chunk, before the events that it brings about. `snapshot` is the stream's own: it goes on growing."""

    __nested__: ClassVar[dict[str, Any]] = {"snapshot": LATER}

    type: Literal["chunk"]
    chunk: ChatCompletionChunk
    snapshot: ParsedChatCompletionSnapshot


class ContentDeltaEvent(BaseModel):
    """More text. With a class as `response_format`, `parsed` is what the JSON so far says."""

    __nested__: ClassVar[dict[str, Any]] = {"snapshot": LATER, "parsed": LATER}

    type: Literal["content.delta"]
    delta: str
    snapshot: str
    parsed: object | None = None


class ContentDoneEvent(BaseModel, Parametric[ResponseFormatT]):
    """The whole text of a choice: the model stopped, or began to call tools."""

    type: Literal["content.done"]
    content: str
    parsed: ResponseFormatT | None = None


class RefusalDeltaEvent(BaseModel):
    """More text of a refusal."""

    __nested__: ClassVar[dict[str, Any]] = {"snapshot": LATER}

    type: Literal["refusal.delta"]
    delta: str
    snapshot: str


class RefusalDoneEvent(BaseModel):
    """The whole refusal."""

    type: Literal["refusal.done"]
    refusal: str


class FunctionToolCallArgumentsDeltaEvent(BaseModel):
    """More of a call's arguments. `index` is the place of the call in the message."""

    __nested__: ClassVar[dict[str, Any]] = {"arguments": LATER, "parsed_arguments": LATER}

    type: Literal["tool_calls.function.arguments.delta"]
    name: str
    index: int
    arguments: str
    parsed_arguments: object
    arguments_delta: str


class FunctionToolCallArgumentsDoneEvent(BaseModel):
    """A call with all its arguments. `parsed_arguments` is set for `strict` tools."""

    type: Literal["tool_calls.function.arguments.done"]
    name: str
    index: int
    arguments: str
    parsed_arguments: object


class LogprobsContentDeltaEvent(BaseModel):
    """Log probabilities of more tokens of the text."""

    __nested__: ClassVar[dict[str, Any]] = {"content": _TOKENS, "snapshot": LATER}

    type: Literal["logprobs.content.delta"]
    content: list[ChatCompletionTokenLogprob]
    snapshot: list[ChatCompletionTokenLogprob]


class LogprobsContentDoneEvent(BaseModel):
    """Log probabilities of all tokens of the text."""

    __nested__: ClassVar[dict[str, Any]] = {"content": _TOKENS}

    type: Literal["logprobs.content.done"]
    content: list[ChatCompletionTokenLogprob]


class LogprobsRefusalDeltaEvent(BaseModel):
    """Log probabilities of more tokens of the refusal."""

    __nested__: ClassVar[dict[str, Any]] = {"refusal": _TOKENS, "snapshot": LATER}

    type: Literal["logprobs.refusal.delta"]
    refusal: list[ChatCompletionTokenLogprob]
    snapshot: list[ChatCompletionTokenLogprob]


class LogprobsRefusalDoneEvent(BaseModel):
    """Log probabilities of all tokens of the refusal."""

    __nested__: ClassVar[dict[str, Any]] = {"refusal": _TOKENS}

    type: Literal["logprobs.refusal.done"]
    refusal: list[ChatCompletionTokenLogprob]


if TYPE_CHECKING:
    ChatCompletionStreamEvent: TypeAlias = (
        ChunkEvent
        | ContentDeltaEvent
        | ContentDoneEvent[ResponseFormatT]
        | RefusalDeltaEvent
        | RefusalDoneEvent
        | FunctionToolCallArgumentsDeltaEvent
        | FunctionToolCallArgumentsDoneEvent
        | LogprobsContentDeltaEvent
        | LogprobsContentDoneEvent
        | LogprobsRefusalDeltaEvent
        | LogprobsRefusalDoneEvent
    )
else:
    ChatCompletionStreamEvent = Union(
        "type",
        {
            "chunk": ChunkEvent,
            "content.delta": ContentDeltaEvent,
            "content.done": ContentDoneEvent,
            "refusal.delta": RefusalDeltaEvent,
            "refusal.done": RefusalDoneEvent,
            "tool_calls.function.arguments.delta": FunctionToolCallArgumentsDeltaEvent,
            "tool_calls.function.arguments.done": FunctionToolCallArgumentsDoneEvent,
            "logprobs.content.delta": LogprobsContentDeltaEvent,
            "logprobs.content.done": LogprobsContentDoneEvent,
            "logprobs.refusal.delta": LogprobsRefusalDeltaEvent,
            "logprobs.refusal.done": LogprobsRefusalDoneEvent,
        },
    )
