"""Types as JSON schemas, and JSON text as their values. The only place that imports pydantic; version 2 is needed.

A type is a pydantic model, a dataclass (pydantic's or the standard library's) or a `TypedDict`; also with type
arguments (`Page[Item]`) and in `Annotated[...]`. Schemas are made once for each type, and go away with it.

Two forms of a schema: *strict* is what the API's strict mode takes, or a `ValueError` that names the place and the keyword;
*lenient* is what the official package sends, which leaves it to the server to refuse.
"""

from __future__ import annotations

import dataclasses
import typing
from functools import lru_cache
from weakref import WeakKeyDictionary

from .._native import decode, encode, lenient_schema, strict_schema

try:
    import pydantic
except ImportError as error:
    raise ImportError("Types as schemas need pydantic: pip install 'openai-oxide[structured]'") from error
if not hasattr(pydantic, "TypeAdapter"):
    raise ImportError(f"Types as schemas need pydantic 2 or later, not {pydantic.VERSION}: pip install -U pydantic")

_schemas: dict[bool, WeakKeyDictionary[typing.Any, bytes]] = {True: WeakKeyDictionary(), False: WeakKeyDictionary()}


def class_of(type_: typing.Any) -> typing.Any:
    """The class behind `Page[Item]` and `Annotated[Model, ...]`; None where there is none that gives a JSON object."""
    if typing.get_origin(type_) is typing.Annotated:
        return class_of(typing.get_args(type_)[0])
    cls = typing.get_origin(type_) or type_
    if not isinstance(cls, type):
        return None
    if issubclass(cls, pydantic.BaseModel) or dataclasses.is_dataclass(cls) or is_typeddict(cls):
        return cls
    return None


def name_of(type_: typing.Any) -> str:
    """The name of a type that `class_of` has a class for."""
    while typing.get_origin(type_) is typing.Annotated:
        type_ = typing.get_args(type_)[0]
    return getattr(type_, "__name__", None) or class_of(type_).__name__


def is_typeddict(cls: type) -> bool:
    """Of `typing` or of `typing_extensions`."""
    return issubclass(cls, dict) and hasattr(cls, "__total__") and hasattr(cls, "__required_keys__")


def is_basemodel_type(type_: typing.Any) -> bool:
    """Whether this is a class of pydantic models."""
    return isinstance(type_, type) and issubclass(type_, pydantic.BaseModel)


@lru_cache(maxsize=128)  # an adapter holds on to its type
def adapter(type_: typing.Any) -> typing.Any:
    """The `TypeAdapter` of a type that is no model."""
    return pydantic.TypeAdapter(type_)


def json_schema(type_: typing.Any) -> dict[str, typing.Any]:
    """The schema as pydantic makes it."""
    return type_.model_json_schema() if is_basemodel_type(type_) else adapter(type_).json_schema()


def schema_of(type_: typing.Any, *, strict: bool) -> dict[str, typing.Any]:
    """The schema in its strict or lenient form; the caller's own copy."""
    known = _schemas[strict]
    text = known.get(type_)
    if text is None:
        convert = strict_schema if strict else lenient_schema
        try:
            text = known[type_] = convert(encode(json_schema(type_)))
        except ValueError as error:
            name = getattr(type_, "__name__", type_)
            raise ValueError(f"{name}: {error}") from error
    return decode(text)


def validated(type_: typing.Any, text: str) -> typing.Any:
    """The value of JSON text. Raises pydantic's `ValidationError`."""
    return type_.model_validate_json(text) if is_basemodel_type(type_) else adapter(type_).validate_json(text)


def to_strict_json_schema(model: typing.Any) -> dict[str, typing.Any]:
    """The lenient schema of a model or of a `TypeAdapter`, under the official name."""
    if isinstance(model, pydantic.TypeAdapter):
        return decode(lenient_schema(encode(model.json_schema())))
    if not is_basemodel_type(model):
        raise TypeError(f"a pydantic model or TypeAdapter is needed, not {model}")
    return schema_of(model, strict=False)
