"""Functions as tools of hosted agents: what the agent is told of them, and the handler that validates and runs.

@function_tool
def add(a: int, b: int) -> int:
    \"""The sum of two numbers.\"""

client.beta.agents.sessions.create(agent={"tools": [add.definition]}, tool_handlers={add.name: add}, ...)
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import overload

from ...._types import Omit, omit
from ..._function_tools import FunctionTool as TypedFunction
from ..._function_tools import result_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any, Generic

    import pydantic
    from typing_extensions import TypeVar

    from ....types.beta.agent_tool_param import AgentToolConfigParamFunction
    from ._dispatch import ToolOutput

    ModelT = TypeVar("ModelT", bound=pydantic.BaseModel)
    OutputT = TypeVar("OutputT", bound="ToolOutput | Awaitable[ToolOutput]", covariant=True)

    class _Giving(Generic[OutputT]): ...
else:
    from ...._models_support import Parametric as _Giving

    OutputT = None

_CONTENTS = {"input_text": "text", "input_image": "image_url"}


class FunctionTool(_Giving[OutputT]):
    """A tool whose arguments are a pydantic model. `handler` gets the model's instance; its result is sent as it is.

    Called with the arguments as a dict, as `tool_handlers` are. Raises `ValueError` for an empty name, and `TypeError` for a
    model whose schema is no object.
    """

    converts = False
    """Whether any result is made what the API takes; else a handler gives text, a mapping, a list of contents, or None."""

    def __init__(
        self,
        model: type[ModelT],
        handler: Callable[[ModelT], OutputT],
        *,
        name: str,
        description: str,
        defer_loading: bool | Omit = omit,
    ) -> None:
        from ..._pydantic import json_schema

        self._set(model.model_validate, json_schema(model), handler, name, description, defer_loading)

    def _set(
        self,
        validated: Callable[[dict[str, Any]], Any],
        parameters: dict[str, Any],
        handler: Callable[[Any], Any],
        name: str,
        description: str,
        defer_loading: bool | Omit,
    ) -> None:
        if not name:
            raise ValueError("a tool needs a name")
        if _root(parameters).get("type") != "object":
            raise TypeError("the arguments of a tool must be an object, not a union or a list; put it into a field")
        self.validated = validated
        self.handler = handler
        self._definition: Any = {
            "type": "function",
            "name": name,
            "description": description,
            "parameters": parameters,
        }
        if not isinstance(defer_loading, Omit):
            self._definition["defer_loading"] = defer_loading

    @property
    def name(self) -> str:
        return self._definition["name"]

    @property
    def definition(self) -> AgentToolConfigParamFunction:
        """What to put among `agent.tools`; the caller's own copy."""
        return deepcopy(self._definition)

    def __call__(self, arguments: dict[str, Any]) -> OutputT:
        output: Any = self.handler(self.validated(arguments))
        if not self.converts:
            return output
        made: Any = _converted(output) if hasattr(output, "__await__") else tool_output(output)
        return made


class _AnyResult(FunctionTool[OutputT]):
    converts = True


async def _converted(output: Awaitable[object]) -> ToolOutput:
    return tool_output(await output)


def tool_output(output: Any) -> ToolOutput:
    """A result as the API takes it: text, contents and None as they are, anything else as JSON. Raises `ValueError`."""
    if output is None or isinstance(output, str):
        return output
    if isinstance(output, Mapping):
        output = dict(output)
    elif (
        isinstance(output, Iterable)
        and not isinstance(output, (bytes, bytearray))
        and not hasattr(output, "model_dump")
    ):
        output = list(output)
        if output and all(map(_is_content, output)):
            return output
    return result_text(output)


def _is_content(part: Any) -> bool:
    if not isinstance(part, dict) or len(part) != 2:
        return False
    kind = part.get("type")
    return kind in _CONTENTS and isinstance(part.get(_CONTENTS[kind]), str)


def _root(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema that a chain of references at the root leads to."""
    found, seen = schema, set()
    while isinstance(ref := found.get("$ref"), str) and ref.startswith("#/$defs/") and ref not in seen:
        seen.add(ref)
        found = schema.get("$defs", {}).get(ref.removeprefix("#/$defs/"), {})
    return found


@overload
def pydantic_function_tool(
    model: type[ModelT],
    *,
    handler: Callable[[ModelT], Awaitable[object]],
    name: str | None = None,
    description: str | None = None,
    defer_loading: bool | Omit = omit,
) -> FunctionTool[Awaitable[ToolOutput]]: ...
@overload
def pydantic_function_tool(
    model: type[ModelT],
    *,
    handler: Callable[[ModelT], object],
    name: str | None = None,
    description: str | None = None,
    defer_loading: bool | Omit = omit,
) -> FunctionTool[ToolOutput]: ...
def pydantic_function_tool(
    model: type[ModelT],
    *,
    handler: Callable[[ModelT], object],
    name: str | None = None,
    description: str | None = None,
    defer_loading: bool | Omit = omit,
) -> FunctionTool[Any]:
    """A tool whose arguments are a pydantic model; the handler may give any result that JSON has a form for.

    `name` and `description` default to the model's name and docstring. Asynchronous handlers are for `AsyncOpenAI`.
    """
    run: Any = handler
    return _AnyResult(
        model,
        run,
        name=model.__name__ if name is None else name,
        description=(model.__doc__ or "") if description is None else description,
        defer_loading=defer_loading,
    )


@overload
def function_tool(  # pyright: ignore[reportOverlappingOverload]
    function: Callable[..., Awaitable[object]],
    *,
    name: str | None = None,
    description: str | None = None,
    defer_loading: bool | Omit = omit,
) -> FunctionTool[Awaitable[ToolOutput]]: ...
@overload
def function_tool(
    function: Callable[..., object],
    *,
    name: str | None = None,
    description: str | None = None,
    defer_loading: bool | Omit = omit,
) -> FunctionTool[ToolOutput]: ...
@overload
def function_tool(
    function: None = None,
    *,
    name: str | None = None,
    description: str | None = None,
    defer_loading: bool | Omit = omit,
) -> Callable[[Callable[..., object]], FunctionTool[Any]]: ...
def function_tool(
    function: Callable[..., object] | None = None,
    *,
    name: str | None = None,
    description: str | None = None,
    defer_loading: bool | Omit = omit,
) -> FunctionTool[Any] | Callable[[Callable[..., object]], FunctionTool[Any]]:
    """Makes a typed function or a bound method a tool; also a decorator, with or without arguments.

    The arguments' schema comes from the annotations and the docstring. Raises `TypeError` for a parameter that has no
    annotation, no public name, or only a position.
    """
    if function is None:
        return lambda function: function_tool(function, name=name, description=description, defer_loading=defer_loading)
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind not in (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY):
            raise TypeError(f"a tool cannot have the parameter {parameter}")
        if parameter.name.startswith("_") or parameter.annotation is inspect.Parameter.empty:
            raise TypeError(f"the parameter {parameter.name} of a tool needs a public name and a type")
    typed = TypedFunction(function, name, description, strict=False)
    made: FunctionTool[Any] = _AnyResult.__new__(_AnyResult)
    made._set(typed.bound, typed.parameters, _call, typed.name, typed.description or "", defer_loading)  # pyright: ignore[reportPrivateUsage]
    return made


def _call(bound: Callable[[], Any]) -> Any:
    return bound()
