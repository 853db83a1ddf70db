"""Chat completions: what to send for a type, and the parsed forms of an answer.

Answers are parsed in place: the dict that the JSON parser made gets `parsed` and `parsed_arguments`, and is read through
the `Parsed...` classes. The envelope is parsed once.
"""

from __future__ import annotations

from ..._calls import given
from ..._models_shapes import bare
from ..._types import omit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from typing_extensions import TypeVar

    from ..._types import Omit
    from ...types.chat.chat_completion_tool_union_param import ChatCompletionToolUnionParam
    from ...types.chat.completion_create_params import ResponseFormat
    from ...types.chat.parsed_chat_completion import ParsedChatCompletion

    ResponseFormatT = TypeVar("ResponseFormatT", default=None)


class Reading:
    """How answers to one call are read: a type or None, and the tools that the call offered, by name."""

    __slots__ = ("tools", "type_")

    def __init__(self, type_: Any, tools: Iterable[Any]) -> None:
        self.type_ = type_
        self.tools = {
            function.get("name"): function
            for tool in tools
            if tool.get("type") == "function" and isinstance(function := tool.get("function"), dict)
        }

    def wrap(self, data: Any) -> Any:
        """The whole answer, for `_call(result=...)`. Raises what `parse` raises about an answer."""
        from ...types.chat.parsed_chat_completion import ParsedChatCompletion

        if type(data) is not dict:
            return data
        for choice in data.get("choices") or ():
            check_whole(choice.get("finish_reason"), data)
            self.fill(choice.get("message") or {})
        return bare(ParsedChatCompletion, data)

    def fill(self, message: dict[str, Any]) -> None:
        """Adds the parsed forms to the JSON of one message."""
        message["parsed"] = self.content(message.get("content"), message.get("refusal"))
        for call in message.get("tool_calls") or ():
            if call.get("type") == "function" and type(function := call.get("function")) is dict:
                function["parsed_arguments"] = self.arguments(function.get("name"), function.get("arguments"))

    def content(self, content: str | None, refusal: str | None) -> Any:
        """The value of a message's whole content; None where there is none to parse."""
        if self.type_ is None or not content or refusal:
            return None
        from .._pydantic import validated

        return validated(self.type_, content)

    def arguments(self, name: Any, text: Any) -> Any:
        """The value of a call's whole arguments; None for a tool that is not strict, or was not offered."""
        return parsed_arguments(self.tools.get(name), text)


def parsed_arguments(tool: Any, text: Any) -> Any:
    """The arguments of a call to this function or Responses tool: an instance of its model, or JSON where it is strict."""
    if tool is None:
        return None
    if (model := getattr(tool, "model", None)) is not None:
        from .._pydantic import validated

        return validated(model, text)
    if not tool.get("strict"):
        return None
    from ..._native import decode

    return decode(text.encode())


def check_whole(finish_reason: Any, data: Any) -> None:
    """Refuses a completion (its JSON) that was cut off, whose text cannot be what was asked for."""
    if finish_reason not in ("length", "content_filter"):
        return
    from ..._exceptions import ContentFilterFinishReasonError, LengthFinishReasonError
    from ...types.chat.chat_completion import ChatCompletion

    error = LengthFinishReasonError if finish_reason == "length" else ContentFilterFinishReasonError
    raise error(completion=bare(ChatCompletion, data))


def prepared(body: dict[str, Any], *, strict: bool) -> tuple[dict[str, Any], Reading]:
    """The body to send for the arguments of `parse` or `stream`, and how its answers are read."""
    tools = validate_input_tools(body.get("tools", omit))
    asked = body.get("response_format", omit)
    sent = {**body, "tools": tools, "response_format": type_to_response_format_param(asked, strict=strict)}
    return sent, Reading(asked if _is_rich(asked) else None, tools or ())


def type_to_response_format_param(
    response_format: type | ResponseFormat | Omit, *, strict: bool = False
) -> ResponseFormat | Omit:
    """The parameter that asks for a type; a dict is one already. `strict`: see `_pydantic`."""
    if not _is_rich(response_format):
        return response_format  # pyright: ignore[reportReturnType]
    from .._pydantic import class_of, name_of, schema_of

    if class_of(response_format) is None:
        raise TypeError(
            f"Unsupported response_format type - {response_format}; "
            "pass a pydantic model, a dataclass, a TypedDict, or the parameter as a dict"
        )
    name = name_of(response_format)
    return {
        "type": "json_schema",
        "json_schema": {
            "schema": schema_of(response_format, strict=strict),
            "name": "".join(c if c.isascii() and (c.isalnum() or c in "_-") else "_" for c in name)[:64],
            "strict": True,
        },
    }


def _is_rich(response_format: object) -> bool:
    return bool(given({"": response_format})) and response_format is not None and not isinstance(response_format, dict)


def validate_input_tools(tools: Iterable[ChatCompletionToolUnionParam] | Omit = omit) -> Any:
    """The tools as a list. Raises `ValueError` for one whose arguments cannot be parsed."""
    if not given({"": tools}):
        return omit
    checked: list[Any] = list(tools or ())
    for tool in checked:
        if tool["type"] != "function":
            raise ValueError(
                f"Currently only `function` tool types support auto-parsing; Received `{tool['type']}`",
            )
        if tool["function"].get("strict") is not True:
            raise ValueError(
                f"`{tool['function']['name']}` is not strict. Only `strict` function tools can be auto-parsed"
            )
    return checked


# ----------------------------------------------------------------------- the official names, for programs that use them


def parse_chat_completion(*, response_format: Any, input_tools: Any, chat_completion: Any) -> ParsedChatCompletion[Any]:
    """A completion that is there, parsed; the given one stays as it is."""
    reading = Reading(response_format if _is_rich(response_format) else None, input_tools or ())
    return reading.wrap(chat_completion.to_dict())


def maybe_parse_content(*, response_format: Any, message: Any) -> Any:
    """The content of a message as the type; None where there is nothing to parse."""
    return Reading(response_format if _is_rich(response_format) else None, ()).content(message.content, message.refusal)


def parse_function_tool_arguments(*, input_tools: Any, function: Any) -> Any:
    """The arguments of a function call; None for a tool that is not strict, or was not offered."""
    return Reading(None, input_tools or ()).arguments(function.name, function.arguments)


def has_parseable_input(*, response_format: Any, input_tools: Any = omit) -> bool:
    """Whether there is anything that would be parsed."""
    tools = Reading(None, input_tools or ()).tools.values()
    return _is_rich(response_format) or any(hasattr(tool, "model") or tool.get("strict") for tool in tools)
