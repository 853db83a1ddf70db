"""Which fields hold models, written as the runtime's shapes (see `_models_shapes` of the Python package)."""

from __future__ import annotations

from ...model import Alias, Const, ListOf, MapOf, Nullable, Object, Ref, Scalar, Spec, Type, Union
from .source import quoted, reference

# Where no discriminator is named, a key that has a fixed value in every member tells them apart as well.
_TELLING = ("type", "object", "role", "status")


def shape(spec: Spec, type: Type, inside: str) -> str | None:
    """The shape of a type as Python source; None where the parsed JSON is already the value."""
    match type:
        case Scalar("datetime"):
            return '"datetime"'
        case ListOf(item):
            inner = shape(spec, item, inside)
            if inner is not None and not _only_objects(spec, item):
                inner = f'({inner}, "plain")'
            return inner and f"[{inner}]"
        case MapOf(value):
            inner = shape(spec, value, inside)
            return inner and f'{{"*": {inner}}}'
        case Nullable(item):
            return shape(spec, item, inside)
        case Ref():
            declaration = spec.declaration(type)
            if isinstance(declaration, Alias):
                holds_models = shape(spec, declaration.type, declaration.module) is not None
            else:
                holds_models = declaration.kind == "response"
            return quoted(reference(type, inside=inside)) if holds_models else None
        case Union():
            return _union(spec, type, inside)
    return None


def _union(spec: Spec, union: Union, inside: str) -> str | None:
    table = dispatch(spec, union)
    if table is not None:
        return table
    shapes = [text for member in union.members if (text := shape(spec, member, inside)) is not None]
    if not shapes:
        return None
    objects, others = _leaves(spec, union)
    if len(objects) > 1 and (table := dispatch(spec, Union(tuple(map(_ref, objects)), union.discriminator))):
        # Arrays beside them do not keep objects from being told apart by a key.
        shapes = [table, *(text for other in others if (text := shape(spec, other, inside)) is not None)]
    if any(_is_free_object(spec, member) for member in union.members):
        shapes.append('"any"')
    # One shape with plain values beside it needs no choice: whatever does not fit a shape is left alone.
    return shapes[0] if len(shapes) == 1 else f"({', '.join(shapes)})"


def dispatch(spec: Spec, union: Union) -> str | None:
    """`union("type", {value: class, ...})` where one key tells all object members apart and no arrays take part."""
    objects, others = _leaves(spec, union)
    if len(objects) < 2 or any(shape(spec, other, "") is not None for other in others):
        return None
    for key in (union.discriminator, *_TELLING):
        table = key and _table(spec, objects, key)
        if table:
            entries = ", ".join(f"{quoted(value)}: {_members(spec, refs, key)}" for value, refs in table.items())
            return f'union("{key}", {{{entries}}})'
    return None


def _members(spec: Spec, refs: list[Ref], outer: str) -> str:
    """What one value of the key stands for: a class, or several that another key or else their fields tell apart."""
    names = f"({', '.join(quoted(reference(ref)) for ref in refs)})"
    if len(refs) == 1:
        return names[1:-1]
    objects = [found for ref in refs if isinstance(found := spec.declaration(ref), Object)]
    for key in _TELLING:
        table = _table(spec, objects, key) if key != outer else None
        if table and any(len(chosen) < len(refs) for chosen in table.values()):
            entries = []
            for value, chosen in table.items():
                inner = ", ".join(quoted(reference(ref)) for ref in chosen)
                entries.append(f"{quoted(value)}: {inner if len(chosen) == 1 else f'({inner})'}")
            # A new role does not make a message something else.
            return f'union("{key}", {{{", ".join(entries)}}}, default={names})'
    return names


def _table(spec: Spec, objects: list[Object], key: str) -> dict[object, list[Ref]] | None:
    table: dict[object, list[Ref]] = {}
    for obj in objects:
        field = next((f for f in spec.all_fields(obj) if f.wire == key), None)
        if field is None:
            return None
        type = field.type.item if isinstance(field.type, Nullable) else field.type
        type = spec.resolve(type)
        if not isinstance(type, Const) or type.open:
            return None
        values: list[object] = list(type.values)
        if not field.required:
            values.append(None)  # the key may be left out
        for value in values:
            table.setdefault(value, []).append(Ref(obj.module, obj.name))
    return table


def _leaves(spec: Spec, union: Union) -> tuple[list[Object], list[Type]]:
    """The object members of a union through aliases, and its other members."""
    objects: dict[Ref, Object] = {}
    others: list[Type] = []
    for member in union.members:
        resolved = spec.resolve(member.item if isinstance(member, Nullable) else member)
        if isinstance(resolved, Object):
            objects[Ref(resolved.module, resolved.name)] = resolved
        elif isinstance(resolved, Union):
            inner_objects, inner_others = _leaves(spec, resolved)
            objects.update({Ref(obj.module, obj.name): obj for obj in inner_objects})
            others += inner_others
        else:
            others.append(resolved)
    return [obj for obj in objects.values() if obj.kind == "response"], others


def _ref(obj: Object) -> Ref:
    return Ref(obj.module, obj.name)


def _is_free_object(spec: Spec, type: Type) -> bool:
    resolved = spec.resolve(type)
    return resolved == Scalar("any") or (isinstance(resolved, MapOf) and shape(spec, resolved, "") is None)


def _only_objects(spec: Spec, type: Type) -> bool:
    """Whether every value of the type is a JSON object, so that one item of a list speaks for all."""
    resolved = spec.resolve(type)
    if isinstance(resolved, Union):
        return not _leaves(spec, resolved)[1]
    return isinstance(resolved, Object)
