"""Compares the imported model with what Python says about the installed package.

`types` reads syntax trees; here the same classes are asked at run time: `model_fields` of each response model, resolved
type hints of each parameter dict. Both are brought to one form without aliases, and any difference is reported.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from typing import Any

import typing_extensions

from ..model import Alias, Const, Declaration, ListOf, MapOf, Module, Nullable, Object, Ref, Scalar, Type
from ..model import Union as UnionOf

Shape = frozenset  # of atoms: one type is a set with one atom, a union has several

_PLAIN = {str: "string", int: "integer", float: "number", bool: "boolean", object: "any", type(None): "null"}
_LISTS = ("list", "Sequence", "Iterable", "SequenceNotStr")


def differences(modules: Mapping[str, Module]) -> Iterator[str]:
    """A line for each field or alias on which the two readings disagree."""
    index = {Ref(m.path, d.name): d for m in modules.values() for d in m.declarations}
    for module in modules.values():
        there = import_module(f"openai.types.{module.path}")
        for declaration in module.declarations:
            where = f"{module.path}.{declaration.name}"
            found = getattr(there, declaration.name)
            try:
                if isinstance(declaration, Alias):
                    pairs: Iterable[tuple[str, Any, Any]] = [("", _runtime(found), _model(declaration.type, index))]
                elif declaration.kind == "response":
                    pairs = _response(found, declaration, index)
                else:
                    pairs = _request(found, declaration, index)
                for name, at_run_time, read in pairs:
                    if at_run_time != read:
                        yield f"{where}{name}: read {_text(read)}, but at run time {_text(at_run_time)}"
            except _Unknown as error:
                yield f"{where}: cannot compare {error}"


class _Unknown(Exception):
    pass


def _response(found: Any, declaration: Object, index: Mapping[Ref, Declaration]) -> Iterator[tuple[str, Any, Any]]:
    fields = {f.name: f for f in _all_fields(declaration, index)}
    yield " fields", list(found.model_fields), list(fields)
    for name, info in found.model_fields.items():
        if name not in fields:
            continue
        f = fields[name]
        yield f".{name} key", info.alias or name, f.wire
        yield f".{name} required", info.is_required(), f.required
        shape = _runtime(info.annotation)
        if info.default_factory is not None:
            shape |= {"null"}
        yield f".{name}", shape, _model(f.type, index)


def _request(found: Any, declaration: Object, index: Mapping[Ref, Declaration]) -> Iterator[tuple[str, Any, Any]]:
    hints = typing_extensions.get_type_hints(found, include_extras=True)
    fields = {f.name: f for f in _all_fields(declaration, index)}
    yield " fields", set(hints), set(fields)
    for name in hints.keys() & fields.keys():
        yield f".{name}", _runtime(hints[name]), _model(fields[name].type, index)
        marked = typing_extensions.get_origin(hints[name]) is typing_extensions.Required
        yield f".{name} required", marked, fields[name].required


def _all_fields(declaration: Object, index: Mapping[Ref, Declaration]) -> list[Any]:
    fields: dict[str, Any] = {}
    for base in declaration.bases:
        parent = index[base]
        while isinstance(parent, Alias):
            assert isinstance(parent.type, Ref)
            parent = index[parent.type]
        fields.update({f.name: f for f in _all_fields(parent, index)})
    fields.update({f.name: f for f in declaration.fields})
    return list(fields.values())


def _runtime(hint: Any) -> Shape:
    """The shape of a type object."""
    origin = typing_extensions.get_origin(hint)
    arguments = typing_extensions.get_args(hint)
    if hint is None or hint in _PLAIN:
        return Shape({_PLAIN[hint] if hint is not None else "null"})
    if origin in (typing_extensions.Required, typing_extensions.NotRequired, typing_extensions.Annotated):
        return _runtime(arguments[0])
    if origin in (typing.Union, types.UnionType):
        return Shape().union(*map(_runtime, arguments))
    if origin is typing_extensions.Literal or origin is typing.Literal:
        return Shape(("literal", type(value).__name__, value) for value in arguments)
    if origin is not None and origin.__name__ in _LISTS:
        return Shape({("list", _runtime(arguments[0]))})
    if origin is not None and origin.__name__ in ("dict", "Mapping"):
        return Shape({("map", _runtime(arguments[1]))})
    if isinstance(hint, type) and hint.__module__.startswith("openai.types."):
        return Shape({("class", hint.__module__.removeprefix("openai.types."), hint.__qualname__)})
    if hint in _file_parts():
        return Shape({("file", repr(hint))})
    raise _Unknown(repr(hint))


def _file_parts() -> tuple[Any, ...]:
    """What an upload may be; a union that contains `FileTypes` has lost its name and shows these instead."""
    from openai._types import FileTypes

    return typing_extensions.get_args(FileTypes)


def _model(type: Type, index: Mapping[Ref, Declaration], inside: tuple[Ref, ...] = ()) -> Shape:
    """The shape of a model type."""
    if type == Scalar("file"):
        return Shape().union(*map(_runtime, _file_parts()))
    if isinstance(type, Scalar):
        return Shape({type.kind})
    if isinstance(type, Const):
        literals = Shape(("literal", value.__class__.__name__, value) for value in type.values)
        return literals | {"string"} if type.open else literals
    if isinstance(type, Nullable):
        return _model(type.item, index, inside) | {"null"}
    if isinstance(type, UnionOf):
        return Shape().union(*(_model(member, index, inside) for member in type.members))
    if isinstance(type, ListOf):
        return Shape({("list", _model(type.item, index, inside))})
    if isinstance(type, MapOf):
        return Shape({("map", _model(type.value, index, inside))})
    declaration = index[type]
    if isinstance(declaration, Object):
        return Shape({("class", type.module, type.name)})
    if type in inside:
        raise _Unknown(f"the recursive alias {type.name}")
    return _model(declaration.type, index, (*inside, type))


def _text(value: Any) -> str:
    return " | ".join(sorted(map(str, value))) if isinstance(value, frozenset | set) else str(value)
