"""Typed functions as tools: the schema of the arguments from the annotations, descriptions from the docstring.

    @openai_oxide.tool
    def get_weather(city: str, unit: Literal["celsius", "fahrenheit"] = "celsius") -> Weather:
        \"""The weather in a city.

        Args:
            city: its name, with the country where that is not plain
        \"""

The schema is made when a request first needs it (with pydantic), so annotations may name types that are defined later.
"""

from __future__ import annotations

import inspect
import re
import sys
from functools import partial
from typing import get_type_hints, overload

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Generic, TypeAlias

    from typing_extensions import ParamSpec, Self, TypeVar

    from ..types.chat.chat_completion_tool_union_param import ChatCompletionToolUnionParam
    from ..types.responses.tool_param import ToolParam

    P = ParamSpec("P")
    R = TypeVar("R", covariant=True)
    AnyTool: TypeAlias = "FunctionTool[..., Any] | Callable[..., Any] | ChatCompletionToolUnionParam | ToolParam"

    class _Callable(Generic[P, R]): ...
else:
    from .._models_support import Parametric as _Callable

    P = R = None


class FunctionTool(_Callable[P, R]):
    """A function that models can call; still the function itself for everybody else."""

    def __init__(
        self,
        function: Callable[P, R],
        name: str | None = None,
        description: str | None = None,
        strict: bool = True,
        names: dict[str, Any] | None = None,
    ) -> None:
        """`names`: what annotations may name besides the module's globals."""
        doc = inspect.getdoc(getattr(function, "func", function)) or ""
        self.function = function
        self.name = name or re.sub(r"[^a-zA-Z0-9_-]", "_", _name(function))
        self.description = description if description is not None else _summary(doc) or None
        self.strict = strict
        self.is_async = inspect.iscoroutinefunction(function)
        self._documented = _arguments(doc)
        self._schema: dict[str, Any] | None = None
        self._adapter: Any = None
        self._names = names
        self.__name__ = self.name
        self.__doc__ = function.__doc__
        self.__wrapped__ = function

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        return self.function(*args, **kwargs)

    @overload
    def __get__(self, instance: None, owner: Any = None) -> Self: ...
    @overload
    def __get__(self, instance: object, owner: Any = None) -> FunctionTool[..., R]: ...
    def __get__(self, instance: Any, owner: Any = None) -> Any:
        """A decorated method is a tool of each object: `run_tools(tools=[shop.price])`."""
        function: Any = self.function
        if instance is None or not hasattr(function, "__get__"):
            return self
        return FunctionTool(function.__get__(instance, owner), self.name, self.description, self.strict, self._names)

    def __repr__(self) -> str:
        return f"<tool {self.name}>"

    @property
    def parameters(self) -> dict[str, Any]:
        """The JSON schema of the arguments. Raises `ValueError` where strict mode has no form for it."""
        if self._schema is None:
            from .._native import decode, encode, strict_schema

            schema = self._checked().json_schema()
            for argument, text in self._documented.items():
                if argument in schema.get("properties", {}):
                    schema["properties"][argument].setdefault("description", text)
            try:
                self._schema = decode(strict_schema(encode(schema))) if self.strict else schema
            except ValueError as error:
                raise ValueError(f"tool {self.name}: {error}; or use @tool(strict=False)") from error
        return self._schema or {}

    def chat_param(self) -> dict[str, Any]:
        """The tool as chat completions take it."""
        return {"type": "function", "function": self._definition()}

    def response_param(self) -> dict[str, Any]:
        """The tool as Responses take it."""
        return {"type": "function", **self._definition()}

    def invoke(self, arguments: str) -> Any:
        """The result (of an asynchronous function: an awaitable) for arguments as JSON text, which are validated first."""
        return self._checked().validate_json(arguments or "{}")()

    def bound(self, arguments: dict[str, Any]) -> Callable[[], R]:
        """The call with these arguments, which are validated now. Raises pydantic's `ValidationError`."""
        return self._checked().validate_python(arguments)

    def _checked(self) -> Any:
        if self._adapter is None:
            from ._pydantic import adapter

            self._adapter = adapter(_binding(self.function, self._names))
            self._names = None
        return self._adapter

    def _definition(self) -> dict[str, Any]:
        definition: dict[str, Any] = {"name": self.name, "parameters": self.parameters, "strict": self.strict}
        if self.description is not None:
            definition["description"] = self.description
        return definition


@overload
def tool(function: Callable[P, R], /) -> FunctionTool[P, R]: ...
@overload
def tool(
    *, name: str | None = None, description: str | None = None, strict: bool = True
) -> Callable[[Callable[P, R]], FunctionTool[P, R]]: ...
def tool(
    function: Any = None, /, *, name: str | None = None, description: str | None = None, strict: bool = True
) -> Any:
    """Makes a typed function, synchronous or not, a tool for `run_tools`.

    `name` and `description` default to the function's own. With `strict` every argument is required of the model, also one
    with a default; without it the schema is sent as pydantic makes it, and may have open maps.
    """

    def made(function: Callable[P, R]) -> FunctionTool[P, R]:
        # Annotations that are text can name local classes only while the function that has them runs.
        flags = getattr(getattr(function, "__code__", None), "co_flags", 0)
        local = flags & annotations.compiler_flag and "<locals>" in function.__qualname__
        return FunctionTool(function, name, description, strict, dict(caller.f_locals) if local else None)

    caller = sys._getframe(1)
    return made if function is None else made(function)


def _name(function: Callable[..., Any]) -> str:
    """Also of an object that can be called, and of `functools.partial`."""
    function = getattr(function, "func", function)
    return getattr(function, "__name__", type(function).__name__)


def _binding(function: Callable[..., Any], names: dict[str, Any] | None) -> Callable[..., Any]:
    """What takes the function's parameters and gives the call with them, yet to be made.

    Without the type of the result, which need not have a schema, nor be known by now.
    """

    def call(*args: Any, **kwargs: Any) -> Any:
        return partial(function, *args, **kwargs)

    signature = inspect.signature(function)
    call.__signature__ = signature.replace(return_annotation=inspect.Signature.empty)  # pyright: ignore[reportFunctionMemberAccess]
    call.__module__, call.__name__ = function.__module__, _name(function)
    empty = inspect.Parameter.empty
    call.__annotations__ = {n: p.annotation for n, p in signature.parameters.items() if p.annotation is not empty}
    if names:  # pydantic looks for names where the adapter is made, which is not here
        found = getattr(inspect.unwrap(function), "__globals__", None)
        call.__annotations__ = get_type_hints(call, globalns=found, localns=names, include_extras=True)
    return call


def as_tool(value: Any) -> Any:
    """A callable as a tool; a tool or a dict as it is."""
    return FunctionTool(value) if callable(value) and not isinstance(value, FunctionTool) else value


def result_text(value: object) -> str:
    """What the model is told of a result: text as it is, anything else as JSON."""
    if isinstance(value, str):
        return value
    from pydantic_core import to_jsonable_python

    from .._native import encode

    return encode(to_jsonable_python(value)).decode()


def error_text(error: BaseException) -> str:
    """What the model is told of a failure."""
    errors: Any = getattr(error, "errors", None)
    if type(error).__name__ == "ValidationError" and callable(errors):
        found: Any = errors(include_url=False)
        return "; ".join(": ".join(filter(None, (".".join(map(str, e["loc"])), e["msg"]))) for e in found)
    return str(error) or type(error).__name__


_SECTION = re.compile(r"^(args|arguments|parameters|params|returns?|yields?|raises|examples?|notes?)\s*:?\s*$", re.I)
_ARGUMENTS = re.compile(r"^(args|arguments|parameters|params)\s*:?\s*$", re.I)
_GOOGLE = re.compile(r"^(\s+)\*{0,2}(\w+)\s*(?:\([^)]*\))?\s*:\s*(.*)$")
_SPHINX = re.compile(r"^:param\s+(?:[\w\[\], .|]+\s+)?(\w+)\s*:\s*(.*)$")


def _summary(doc: str) -> str:
    """The docstring up to its first section."""
    kept = []
    for line in doc.splitlines():
        if _SECTION.match(line) or line.startswith(":"):
            break
        kept.append(line)
    return "\n".join(kept).strip()


def _arguments(doc: str) -> dict[str, str]:
    """What a docstring says of each argument, in the forms of Google (`Args:`) and of Sphinx (`:param x:`)."""
    found: dict[str, str] = {}
    last: str | None = None
    inside, margin = False, 0
    for line in doc.splitlines():
        if match := _SPHINX.match(line):
            last, found[match[1]] = match[1], match[2]
        elif _SECTION.match(line) or not line.strip():
            inside, last = bool(_ARGUMENTS.match(line)) or (inside and not line.strip()), None
            margin = 0 if _ARGUMENTS.match(line) else margin
        elif inside and (match := _GOOGLE.match(line)) and len(match[1]) <= (margin or len(match[1])):
            margin, last, found[match[2]] = len(match[1]), match[2], match[3]
        elif last and line.startswith(" "):
            found[last] = f"{found[last]} {line.strip()}".strip()
    return found


__all__ = ["FunctionTool", "tool"]
