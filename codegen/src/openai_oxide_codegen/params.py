"""The parameters of a method, derived from its path and its params type by one rule (spec/README.md tells it).

The official signature is: path parameters (the last one positional), then required fields, then optional ones sorted
by name, then what travels in headers. Where a release departs from it, the method's `order` says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from .model import Alias, Const, Declaration, Field, Nullable, Object, Param, Ref, Scalar, Type, Union
from .notation import union

Place = Literal["path", "query", "body", "header"]
Find = Callable[[Ref], Declaration]


@dataclass(frozen=True)
class Placing:
    """What a method says about its parameters beyond the path and the params type."""

    default: Place  # where fields of the params type go
    exceptions: Mapping[str, Place]
    path_types: Mapping[str, Type]  # placeholders that are not strings and not in the params type
    headers: tuple[Field, ...] = ()  # parameters sent as headers that no params type has
    order: tuple[str, ...] | None = None
    positional: tuple[str, ...] | None = None


def placeholders(path: str) -> tuple[str, ...]:
    """("thread_id", "run_id") of "/threads/{thread_id}/runs/{run_id}"."""
    return tuple(part.partition("}")[0] for part in path.split("{")[1:])


def derive(path: str, fields: tuple[Field, ...], placing: Placing) -> tuple[Param, ...]:
    """The parameters in signature order."""
    slots = placeholders(path)
    by_name = {f.name: f for f in fields}
    positional = placing.positional if placing.positional is not None else slots[-1:]
    params: dict[str, Param] = {}
    for slot in slots:
        type = by_name[slot].type if slot in by_name else placing.path_types.get(slot, Scalar("string"))
        params[slot] = Param(slot, slot, type, True, "path", slot in positional)
    rest = [f for f in (*fields, *placing.headers) if f.name not in params]
    for f in [*(f for f in rest if f.required), *sorted((f for f in rest if not f.required), key=lambda f: f.name)]:
        place = "header" if f in placing.headers else placing.exceptions.get(f.name, placing.default)
        params[f.name] = Param(f.name, f.wire, f.type, f.required, place, f.name in positional, f.doc)
    if placing.order is not None:
        return tuple(params[name] for name in placing.order)
    return tuple(sorted(params.values(), key=lambda param: (not param.positional, param.place == "header")))


def merged_fields(ref: Ref, find: Find) -> tuple[Field, ...]:
    """The fields of a params type over all its variants; required are those that every variant requires."""
    variants = [_variant(member, find) for member in _members(ref, find)]
    names = dict.fromkeys(name for variant in variants for name in variant)
    fields = []
    for name in names:
        found = [variant[name] for variant in variants if name in variant]
        required = len(found) == len(variants) and all(f.required for f in found)
        types = list(dict.fromkeys(f.type for f in found))
        fields.append(replace(found[0], type=merged(types), required=required))
    return tuple(fields)


def merged(members: Iterable[Type]) -> Type:
    """`Optional[Literal[False]]` and `Literal[True]` as one choice."""
    members = list(members)
    nullable = any(isinstance(m, Nullable) for m in members)
    flat = list(dict.fromkeys(m.item if isinstance(m, Nullable) else m for m in members))
    if len(flat) > 1 and all(isinstance(m, Const) and not m.open for m in flat):
        flat = [Const(tuple(v for m in flat if isinstance(m, Const) for v in m.values))]
    result = union(flat)
    return Nullable(result) if nullable and not isinstance(result, Nullable) else result


def _members(type: Type, find: Find) -> list[Object]:
    if isinstance(type, Union):
        return [leaf for member in type.members for leaf in _members(member, find)]
    if isinstance(type, Ref):
        declaration = find(type)
        return [declaration] if isinstance(declaration, Object) else _members(declaration.type, find)
    raise ValueError(f"a params type must be objects, not {type}")


def _variant(obj: Object, find: Find) -> dict[str, Field]:
    fields: dict[str, Field] = {}
    for base in obj.bases:
        declaration = find(base)
        while isinstance(declaration, Alias):
            assert isinstance(declaration.type, Ref)
            declaration = find(declaration.type)
        fields.update(_variant(declaration, find))
    fields.update({f.name: f for f in obj.fields})
    return fields
