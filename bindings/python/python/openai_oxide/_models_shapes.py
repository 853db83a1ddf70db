"""Shapes: what a nested JSON value becomes when it is read, and the property that does it once.

A shape is written as a plain Python value, resolved on first use, so that naming a type never imports it:

    "Choice"                             the class of that name in the same module
    "completion_usage:CompletionUsage"   module below `openai_oxide.types`, then the name in it (a class or a union)
    ["Choice"]                           a list of them
    {"*": "Choice"}                      an object with free keys
    ("Audio", "Text", "plain")           whichever fits best; "plain": JSON values that are no objects occur too, and
                                         "any": objects of other kinds too, which then stay dicts
    "datetime"                           ISO 8601 text

Whatever does not fit its shape is handed out as it came: decoding never fails.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_TYPES = f"{__package__}.types"


def load(reference: str, module: str) -> Any:
    """The object a reference names; `module` is where a name without a module part is looked up."""
    below, colon, name = reference.rpartition(":")
    path = f"{_TYPES}.{below}" if colon else module
    __import__(path)  # also where the module is known: another thread may be in the middle of loading it
    return getattr(sys.modules[path], name)


def resolve(shape: Any, module: str) -> Any:
    """The shape as an object with `wrap(value)` and `is_raw(value)`; or a model class, which needs neither."""
    if isinstance(shape, str):
        return _NAMED.get(shape) or load(shape, module)
    if isinstance(shape, list):
        return ListOf(resolve(shape[0], module))
    if isinstance(shape, dict):
        return MapOf(resolve(shape["*"], module))
    if isinstance(shape, tuple):
        return AnyOf([resolve(member, module) for member in shape])
    return shape


def bare(cls: type, data: dict[str, Any]) -> Any:
    """An instance whose fields are `data` itself: no copy, no look at the values."""
    model = object.__new__(cls)
    model.__dict__ = data
    return model


def wrapper(shape: Any) -> Callable[[Any], Any]:
    """The function that turns parsed JSON into a value of a resolved shape."""
    if not isinstance(shape, type):
        return shape.wrap
    new = object.__new__

    def wrap(value: Any) -> Any:
        if type(value) is dict:
            model = new(shape)
            model.__dict__ = value
            return model
        return value

    return wrap


def _is_dict(value: Any) -> bool:
    return type(value) is dict


def _tester(shape: Any) -> Callable[[Any], bool]:
    return _is_dict if isinstance(shape, type) else shape.is_raw


class _Plain:
    """Any JSON value, kept as it is."""

    def wrap(self, value: Any) -> Any:
        return value

    def is_raw(self, value: Any) -> bool:
        return False


class _DateTime:
    """ISO 8601 text; text that is not a date stays text."""

    def wrap(self, value: Any) -> Any:
        if type(value) is not str:
            return value
        from datetime import datetime

        text = value[:-1] + "+00:00" if value.endswith(("Z", "z")) else value  # Python 3.10 does not know "Z"
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            return value

    def is_raw(self, value: Any) -> bool:
        return type(value) is str


PLAIN = _Plain()
DATETIME = _DateTime()
ANY = _Plain()
_NAMED = {"plain": PLAIN, "any": ANY, "datetime": DATETIME}


class ListOf:
    """A JSON array of one shape."""

    def __init__(self, item: Any) -> None:
        self.item = item
        self._wrap = wrapper(item)
        self._is_raw = _tester(item)
        # Items of these shapes are dicts before and models after: the first one tells which. Others must all be asked.
        self.uniform = isinstance(item, type | Union)

    def wrap(self, value: Any) -> Any:
        if type(value) is not list:
            return value
        wrap = self._wrap
        return [wrap(item) for item in value]

    def is_raw(self, value: Any) -> bool:
        if type(value) is not list or not value:
            return False
        return type(value[0]) is dict if self.uniform else any(map(self._is_raw, value))


class MapOf:
    """A JSON object with free keys and values of one shape."""

    def __init__(self, value: Any) -> None:
        self.value = value
        self._wrap = wrapper(value)
        self._is_raw = _tester(value)

    def wrap(self, value: Any) -> Any:
        if type(value) is not dict:
            return value
        wrap = self._wrap
        return {key: wrap(item) for key, item in value.items()}

    def is_raw(self, value: Any) -> bool:
        return type(value) is dict and any(map(self._is_raw, value.values()))


class AnyOf:
    """One of several shapes without a discriminator: objects go to the class they fit best, arrays to the list shape."""

    def __init__(self, members: list[Any]) -> None:
        self.members = members
        self._models = [m for m in members if isinstance(m, type)]
        self._open = ANY in members
        self._others = [m for m in members if not isinstance(m, type)]

    def wrap(self, value: Any) -> Any:
        if type(value) is dict and self._models:
            model = best_match(self._models, value)
            if model is None:
                return value if self._open else bare(_base_model(), value)
            return bare(model, value)
        for shape in self._others:
            if shape.is_raw(value):
                return shape.wrap(value)
        return value

    def is_raw(self, value: Any) -> bool:
        return (type(value) is dict and bool(self._models)) or any(shape.is_raw(value) for shape in self._others)


def best_match(models: list[Any], data: dict[str, Any]) -> Any:
    """The class whose required fields are all there and that knows most of the keys; of equals the first."""
    best, best_score = None, -1
    for model in models:
        fields = model.__fields__
        if all(field.wire in data for field in fields.values() if field.required):
            score = sum(key in model.__wires__ for key in data)
            if score > best_score:
                best, best_score = model, score
    return best


def _base_model() -> Any:
    """The class of objects that no declared type fits. (Loaded here, since that module imports this one.)"""
    return load("BaseModel", f"{__package__}._models")


class Union:
    """A union of models told apart by the value under one key; generated modules bind it to the name of the union.

    Members are imported when their value first occurs. A value that no member has gives the `default` shape, else a
    plain `BaseModel` with all its data. At run time the object also stands in annotations (`Union | None`).
    """

    def __init__(self, discriminator: str, members: dict[Any, Any], default: Any = None) -> None:
        self._discriminator = discriminator
        self._members = members
        self._default = default
        self._wrappers: dict[Any, Callable[[Any], Any]] = {}

    def wrap(self, value: Any) -> Any:
        if type(value) is not dict:
            return value
        try:
            return self._wrappers[value.get(self._discriminator)](value)
        except (KeyError, TypeError):  # first of its kind, or an unhashable value under the key
            return self._wrapper_for(value.get(self._discriminator))(value)

    def is_raw(self, value: Any) -> bool:
        return type(value) is dict

    def _wrapper_for(self, key: Any) -> Callable[[Any], Any]:
        known = isinstance(key, str | int | type(None)) and key in self._members
        member = self._members[key] if known else self._default
        found = wrapper(_base_model() if member is None else resolve(member, __name__))  # references have their module
        if known:
            self._wrappers[key] = found
        return found

    @property
    def __args__(self) -> tuple[Any, ...]:
        """The member classes, imported by this question."""
        classes: dict[Any, None] = {}
        for member in self._members.values():
            shape = resolve(member, __name__)
            inner = (
                shape.members if isinstance(shape, AnyOf) else shape.__args__ if isinstance(shape, Union) else [shape]
            )
            classes.update(dict.fromkeys(inner))
        return tuple(classes)

    def __or__(self, other: Any) -> Any:
        import typing

        return typing.Union[(*self.__args__, other)]

    __ror__ = __or__

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        # Only here because `typing` of Python 3.10 takes nothing but callables into `Optional[...]`.
        raise TypeError("a union of types cannot be instantiated")

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        from ._models_pydantic import schema_of

        return schema_of(self.wrap, None)


class LazyShape:
    """A shape with a name of its own, which generated modules bind where the name stands for no single class."""

    def __init__(self, shape: Any) -> None:
        self._shape = shape
        self._resolved: Any = None

    def _resolve(self) -> Any:
        if self._resolved is None:
            self._resolved = resolve(self._shape, __name__)
        return self._resolved

    def wrap(self, value: Any) -> Any:
        return wrapper(self._resolve())(value)

    def is_raw(self, value: Any) -> bool:
        return _tester(self._resolve())(value)


def accessor(wire: str, shape: Any) -> property:
    """The property that reads the field under `wire`, wraps it the first time and keeps the result in its place."""
    if isinstance(shape, type):
        get = _model_getter(wire, shape)
    elif isinstance(shape, ListOf) and isinstance(shape.item, type):
        get = _list_getter(wire, shape.item)
    else:
        get = _getter(wire, shape.wrap, shape.is_raw)
    return property(get, *writers(wire))


def lazy_accessor(name: str, wire: str, shape: Any, owner: type) -> property:
    """The property before its first use: it resolves the shape, then puts the final one in its own place."""

    def get(self: Any) -> Any:
        resolved = resolve(shape, owner.__module__)
        setattr(owner, name, accessor(wire, resolved))
        return getattr(self, name)

    return property(get, *writers(wire))


def writers(wire: str) -> tuple[Callable[[Any, Any], None], Callable[[Any], None]]:
    """Setter and deleter: a property without them would make the field read-only."""

    def put(self: Any, value: Any) -> None:
        self.__dict__[wire] = value

    def remove(self: Any) -> None:
        if wire not in self.__dict__:
            raise AttributeError(wire)
        del self.__dict__[wire]

    return put, remove


def reader(wire: str, default: Any) -> property:
    """The property of a plain field whose attribute name differs from its JSON key."""

    def get(self: Any) -> Any:
        return self.__dict__.get(wire, default)

    return property(get, *writers(wire))


# The three getters below differ only in speed: the first two stand on the path of every streamed chunk.


def _model_getter(wire: str, cls: type) -> Callable[[Any], Any]:
    new = object.__new__

    def get(self: Any) -> Any:
        data = self.__dict__
        value = data.get(wire)
        if type(value) is dict:
            model = data[wire] = new(cls)
            model.__dict__ = value
            return model
        return value

    return get


def _list_getter(wire: str, cls: type) -> Callable[[Any], Any]:
    new = object.__new__

    def get(self: Any) -> Any:
        data = self.__dict__
        value = data.get(wire)
        if type(value) is list and value and type(value[0]) is dict:
            models = []
            for item in value:
                if type(item) is dict:
                    model = new(cls)
                    model.__dict__ = item
                    item = model
                models.append(item)
            # A new list, put in place when complete: another thread sees all raw items or none.
            value = data[wire] = models
        return value

    return get


def _getter(wire: str, wrap: Callable[[Any], Any], is_raw: Callable[[Any], bool]) -> Callable[[Any], Any]:
    def get(self: Any) -> Any:
        data = self.__dict__
        value = data.get(wire)
        if value is not None and is_raw(value):
            value = data[wire] = wrap(value)
        return value

    return get
