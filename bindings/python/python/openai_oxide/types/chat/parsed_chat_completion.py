"""A chat completion whose messages are parsed into the caller's type."""

from __future__ import annotations

from ..._models_support import Parametric
from .chat_completion import ChatCompletion, Choice
from .chat_completion_message import ChatCompletionMessage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    from .parsed_function_tool_call import ParsedFunctionToolCall

    ContentType = TypeVar("ContentType")
else:
    ContentType = None

__all__ = ["ParsedChatCompletion", "ParsedChatCompletionMessage", "ParsedChoice"]


class ParsedChatCompletionMessage(ChatCompletionMessage, Parametric[ContentType]):
    parsed: ContentType | None = None
    """The content as the type asked for; None without content, after a refusal, and where no type was asked for."""

    tool_calls: list[ParsedFunctionToolCall] | None = None  # pyright: ignore[reportIncompatibleVariableOverride]

    __nested__ = {"tool_calls": ["chat.parsed_function_tool_call:ParsedFunctionToolCall"]}
    __unsent__ = frozenset(("parsed",))


class ParsedChoice(Choice, Parametric[ContentType]):
    message: ParsedChatCompletionMessage[ContentType]  # pyright: ignore[reportIncompatibleVariableOverride]

    __nested__ = {"message": "ParsedChatCompletionMessage"}


class ParsedChatCompletion(ChatCompletion, Parametric[ContentType]):
    choices: list[ParsedChoice[ContentType]]  # pyright: ignore[reportIncompatibleVariableOverride]

    __nested__ = {"choices": ["ParsedChoice"]}
