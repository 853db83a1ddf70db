"""Pydantic models as function tools: the dicts that the API takes, which remember their model for the parsing of calls."""

from __future__ import annotations

from .._types import omit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, cast

    import pydantic

    from .._types import Omit
    from ..types.chat.chat_completion_function_tool_param import ChatCompletionFunctionToolParam
    from ..types.responses.function_tool_param import FunctionToolParam
else:

    def cast(_type: Any, value: Any) -> Any:
        return value


class PydanticFunctionTool(dict):  # pyright: ignore[reportMissingTypeArgument]
    """The function of a tool for chat completions, with its model."""

    model: type[pydantic.BaseModel]

    def __init__(self, definition: dict[str, Any], model: type[pydantic.BaseModel]) -> None:
        super().__init__(definition)
        self.model = model

    def cast(self) -> Any:
        return self


class ResponsesPydanticFunctionTool(PydanticFunctionTool):
    """A tool for Responses, with its model."""


def pydantic_function_tool(
    model: type[pydantic.BaseModel],
    *,
    name: str | None = None,
    description: str | None = None,
) -> ChatCompletionFunctionToolParam:
    """A strict tool whose arguments are a pydantic model; `name` and `description` default to the class's own.

    `parse` and `stream` give its calls `parsed_arguments`, an instance of the model.
    """
    return cast(
        "ChatCompletionFunctionToolParam",
        {"type": "function", "function": PydanticFunctionTool(_definition(model, name, description), model)},
    )


def pydantic_responses_function_tool(
    model: type[pydantic.BaseModel],
    *,
    name: str | None = None,
    description: str | None = None,
    defer_loading: bool | Omit = omit,
) -> FunctionToolParam:
    """The same for Responses. `defer_loading`: beside a tool search, the model finds the function when it needs it."""
    definition: dict[str, Any] = {"type": "function", **_definition(model, name, description)}
    if isinstance(defer_loading, bool):
        definition["defer_loading"] = defer_loading
    return cast("FunctionToolParam", ResponsesPydanticFunctionTool(definition, model))


def _definition(model: type[pydantic.BaseModel], name: str | None, description: str | None) -> dict[str, Any]:
    from ._pydantic import to_strict_json_schema

    definition = {"name": name or model.__name__, "strict": True, "parameters": to_strict_json_schema(model)}
    description = model.__doc__ if description is None else description
    if description is not None:
        definition["description"] = description
    return definition
