"""Responses: what to send for a type, and the parsed forms of an answer. In place, as for chat completions."""

from __future__ import annotations

from ..._calls import given
from ..._models_shapes import bare
from ..._types import omit
from ._completions import parsed_arguments, type_to_response_format_param

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from typing_extensions import TypeVar

    from ...types.responses.parsed_response import ParsedResponse
    from ...types.responses.response_format_text_config_param import ResponseFormatTextConfigParam

    TextFormatT = TypeVar("TextFormatT", default=None)


class Reading:
    """How answers to one call are read: a type or None, and the tools that the call offered."""

    __slots__ = ("tools", "type_")

    def __init__(self, type_: Any, tools: Iterable[Any]) -> None:
        self.type_ = type_
        self.tools = list(tools)

    def wrap(self, data: Any) -> Any:
        """The whole answer, for `_call(result=...)`. Raises pydantic's `ValidationError`."""
        from ...types.responses.parsed_response import ParsedResponse

        if type(data) is not dict:
            return data
        for item in data.get("output") or ():
            self.fill(item)
        return bare(ParsedResponse, data)

    def fill(self, item: dict[str, Any]) -> None:
        """Adds the parsed forms to the JSON of one finished output item."""
        kind = item.get("type")
        if kind == "message":
            for part in item.get("content") or ():
                if part.get("type") == "output_text":
                    part["parsed"] = self.text(part.get("text"), item.get("phase"))
        elif kind == "function_call":
            item["parsed_arguments"] = self.arguments(item.get("name"), item.get("arguments"), item.get("namespace"))

    def text(self, text: Any, phase: str | None = None) -> Any:
        """The value of a whole text; None in any phase of the answer but the last."""
        if self.type_ is None or text is None or phase not in (None, "final_answer"):
            return None
        from .._pydantic import validated

        return validated(self.type_, text)

    def arguments(self, name: Any, text: Any, namespace: str | None = None) -> Any:
        """The value of a call's whole arguments; None for a tool that is not strict, or was not offered."""
        return parsed_arguments(self._tool(name, namespace), text)

    def _tool(self, name: Any, namespace: str | None) -> Any:
        for tool in self.tools if namespace is not None else ():
            if tool.get("type") == "namespace" and tool.get("name") == namespace:
                return next((t for t in tool["tools"] if t.get("type") == "function" and t.get("name") == name), None)
        if namespace not in (None, name):  # a function that is loaded late may give its own name
            return None
        return next((t for t in self.tools if t.get("type") == "function" and t.get("name") == name), None)


def prepared(
    body: dict[str, Any], text_format: Any, parse_as: Any, extra_body: Any, *, strict: bool
) -> tuple[dict[str, Any], Reading]:
    """The body to send for the arguments of `parse` or `stream`, and how its answers are read."""
    sent = dict(body)
    text: Any = body.get("text") or {}
    if given({"": text_format}):
        if "format" in text:
            raise TypeError("Cannot mix and match text.format with text_format")
        sent["text"] = text = {**text, "format": type_to_text_format_param(text_format, strict=strict)}
    items = extra_body.get("input", body.get("input")) if isinstance(extra_body, dict) else body.get("input")
    type_ = _read_as(items, text, text_format, parse_as)
    sent["tools"] = tools = as_response_tools(body.get("tools", omit))
    return sent, Reading(type_, tools or ())


def _read_as(items: Any, text: Any, text_format: Any, parse_as: Any) -> Any:
    """The type to read the answer as: the last `configuration_update` of the input may ask for another format."""
    if parse_as is None:
        return None
    chosen = given({"parse_as": parse_as, "text_format": text_format})
    for item in reversed(items) if isinstance(items, list) else ():
        update = item.get("text") if isinstance(item, dict) and item.get("type") == "configuration_update" else None
        asked = update.get("format") if isinstance(update, dict) else None
        if not isinstance(asked, dict):
            continue
        if asked.get("type") == "text":
            if "parse_as" in chosen:
                raise TypeError("Cannot use parse_as with a plain-text format update")
            return None
        if "text_format" in chosen and "parse_as" not in chosen and asked != text.get("format"):
            raise TypeError("Pass parse_as for the updated output schema, or parse_as=None to read plain output_text")
        break
    return chosen.get("parse_as", chosen.get("text_format"))


def type_to_text_format_param(type_: type, *, strict: bool = False) -> ResponseFormatTextConfigParam:
    """The `text.format` that asks for a type. `strict`: see `_pydantic`. Raises `TypeError` for what is no type."""
    if type_ is None or isinstance(type_, dict):
        raise TypeError(
            f"Unsupported text_format type - {type_}; a format that is written out goes into text={{'format': ...}}"
        )
    asked: Any = type_to_response_format_param(type_, strict=strict)
    schema = asked["json_schema"]
    return {"type": "json_schema", "strict": True, "name": schema["name"], "schema": schema["schema"]}


def as_response_tools(tools: Any) -> Any:
    """The tools as a list; those of `pydantic_function_tool`, which have the form of chat completions, in the form of Responses."""
    if not given({"": tools}) or tools is None:
        return omit
    return [_as_response_tool(tool) for tool in tools]


def _as_response_tool(tool: Any) -> Any:
    function = tool.get("function")
    if tool["type"] != "function" or function is None:
        return tool
    from .._tools import PydanticFunctionTool, ResponsesPydanticFunctionTool

    if not isinstance(function, PydanticFunctionTool):
        raise TypeError("a function tool in the form of chat completions must be made by `pydantic_function_tool()`")
    definition = {
        "type": "function",
        "name": function["name"],
        "description": function.get("description"),
        "parameters": function["parameters"],
        "strict": function.get("strict") or False,
    }
    return ResponsesPydanticFunctionTool({**function, **definition}, function.model)


# ----------------------------------------------------------------------- the official names, for programs that use them


def parse_response(*, text_format: Any, input_tools: Any, response: Any) -> ParsedResponse[Any]:
    """A response that is there, parsed; the given one stays as it is."""
    return Reading(given({"": text_format}).get(""), input_tools or ()).wrap(response.to_dict())


def parse_text(text: str, text_format: Any, *, phase: str | None = None) -> Any:
    """A text as the type; None in any phase of the answer but the last."""
    return Reading(given({"": text_format}).get(""), ()).text(text, phase)
