"""Function calls whose arguments are parsed."""

from __future__ import annotations

from .chat_completion_message_function_tool_call import ChatCompletionMessageFunctionToolCall, Function

__all__ = ["ParsedFunction", "ParsedFunctionToolCall"]


class ParsedFunction(Function):
    parsed_arguments: object = None
    """An instance of the model of `pydantic_function_tool`, or the parsed JSON of another strict tool; else None."""

    __unsent__ = frozenset(("parsed_arguments",))


class ParsedFunctionToolCall(ChatCompletionMessageFunctionToolCall):
    function: ParsedFunction  # pyright: ignore[reportIncompatibleVariableOverride]

    __nested__ = {"function": "ParsedFunction"}
