"""Shapes of ordinary type expressions (`List[Answer]`, `Optional[Item]`): for classes and result types users write.

Generated types never come here; their shapes are written down, so that `typing` stays unloaded.
"""

from __future__ import annotations

import types
import typing
from datetime import datetime

from ._models_shapes import DATETIME, PLAIN, AnyOf, ListOf, MapOf, Union


def field_shape(owner: type, name: str) -> typing.Any:
    """The shape of one field; plain where its annotation cannot be evaluated."""
    # A class of this one annotation: those of the bases name types that exist for type checkers only.
    holder = type("", (), {"__annotations__": {name: owner.__annotations__[name]}, "__module__": owner.__module__})
    try:
        hints = typing.get_type_hints(holder, include_extras=True)
    except (NameError, TypeError):
        return PLAIN
    return shape_of(hints[name])


def shape_of(hint: typing.Any) -> typing.Any:
    """The shape of a type expression; what holds no models and no dates is plain."""
    from ._models import BaseModel

    if hint is datetime:
        return DATETIME
    if isinstance(hint, Union):
        return hint
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if isinstance(hint, type) and origin is None:
        if issubclass(hint, BaseModel):
            return hint
        return _Validated(hint) if hasattr(hint, "model_validate") else PLAIN
    if origin is typing.Annotated:
        return shape_of(args[0])
    if origin in (list, typing.get_origin(typing.Iterable[int])) and args:
        item = shape_of(args[0])
        return PLAIN if item is PLAIN else ListOf(item)
    if origin is dict and args:
        value = shape_of(args[1])
        return PLAIN if value is PLAIN else MapOf(value)
    if origin in (typing.Union, types.UnionType):
        members = [shape_of(arg) for arg in args if arg is not type(None)]
        if len(members) == 1:
            return members[0]
        return PLAIN if all(member is PLAIN for member in members) else AnyOf(members)
    return PLAIN


class _Validated:
    """A pydantic model of the user's."""

    def __init__(self, model: typing.Any) -> None:
        self._model = model

    def wrap(self, value: typing.Any) -> typing.Any:
        return self._model.model_validate(value) if type(value) is dict else value

    def is_raw(self, value: typing.Any) -> bool:
        return type(value) is dict
