"""Makes one type of each thing that the official package describes twice, as a response model and as a `…Param` dict.

Both become one type: same module and name once `_param`, `_params` and `shared_` spellings are taken off, fields and values of
both together. Such an address is called a home.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from ...model import Alias, Const, Declaration, Field, ListOf, MapOf, Nullable, Object, Ref, Scalar, Spec, Type, Union
from . import names
from .shapes import FILES, PlanError

TAGS = ("type", "role", "object")  # keys that tell union members apart, where the spec names none


class Merging:
    """The types of the spec by their homes, with what spec/names/rust.yaml says of them."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.facts: Mapping[str, Any] = spec.names.get("rust", {})
        self._groups: dict[Ref, list[Declaration]] = {}
        self._homes: dict[Ref, Ref] = {}
        self._order: dict[Ref, int] = {}
        self._aliased: dict[Ref, Type] = {}
        self._fields: dict[Ref, list[Field]] = {}
        for official in spec.modules.values():
            for index, declaration in enumerate(official.declarations):
                address = f"{declaration.module}.{declaration.name}"
                if (same := self._fact("same", address)) is not None:
                    self._homes[Ref(declaration.module, declaration.name)] = ref(same)
                    continue
                home = self._home(declaration)
                self._homes[Ref(declaration.module, declaration.name)] = home
                self._groups.setdefault(home, []).append(declaration)
                self._order.setdefault(home, index)
        for group in self._groups.values():
            group.sort(key=lambda declaration: declaration.kind != "request")

    # ------------------------------------------------------------------------------------------------------------ names

    def module_path(self, official: str) -> str:
        """`chat.chat_completion_tool_param` → `chat.chat_completion_tool`; both spellings of one thing share a module."""
        path = self._fact("modules", official)
        if path is not None:
            return path
        package, _, last = official.rpartition(".")
        package = re.sub(r"\bshared_params\b", "shared", package)
        return ".".join(filter(None, (package, names.module(re.sub(r"(_params?)+$", "", last)))))

    def _home(self, declaration: Declaration) -> Ref:
        fact = self._fact("types", f"{declaration.module}.{declaration.name}")
        if fact is not None:
            return Ref(self.module_path(declaration.module), fact)
        return Ref(self.module_path(declaration.module), re.sub(r"(?<=.)(Param)+$", "", declaration.name))

    def _fact(self, section: str, key: str) -> Any:
        return self.facts.get(section, {}).get(key)

    # -------------------------------------------------------------------------------------- types of the spec, made one

    def normal(self, type: Type) -> Type:
        """The type with references to Rust homes; aliases of plain things resolved, unions flat, null taken out."""
        if isinstance(type, Ref):
            home = self._homes[type]
            if self._one_struct(home) or isinstance(self.spec.declaration(type), Object):
                return home
            whole = self.aliased(home)
            bare = whole.item if isinstance(whole, Nullable) else whole
            if not isinstance(bare, (Union, Const)):
                return whole
            return home if bare is whole else Nullable(home)
        if isinstance(type, Const):
            if all(isinstance(value, str) for value in type.values):
                return type
            return Scalar("boolean" if all(isinstance(value, bool) for value in type.values) else "integer")
        if isinstance(type, ListOf):
            return ListOf(self.normal(type.item))
        if isinstance(type, MapOf):
            value = self.normal(type.value)
            return value if value == Scalar("any") else MapOf(value)
        if isinstance(type, Nullable):
            inner = self.normal(type.item)
            return inner if isinstance(inner, Nullable) else Nullable(inner)
        if isinstance(type, Union):
            members = [self.normal(member) for member in type.members]
            if set(members) == {Scalar("file"), ListOf(Scalar("file"))}:
                return FILES
            return self.joined(members, type.discriminator)
        return type

    def joined(self, members: Iterable[Type], discriminator: str | None = None) -> Type:
        """A union of normal types, as small as it can be told without losing a value."""
        flat: list[Type] = []
        null = False
        for member in members:
            if isinstance(member, Nullable):
                null, member = True, member.item
            if member == Scalar("null"):
                null = True
            elif isinstance(member, Union):
                flat.extend(member.members)
                discriminator = discriminator or member.discriminator
            else:
                flat.append(member)
        texts = [member for member in flat if isinstance(member, Const)]
        if texts:
            values = tuple(dict.fromkeys(value for member in texts for value in member.values))
            flat[flat.index(texts[0])] = Const(values)
            flat = [member for member in flat if member not in texts or member == Const(values)]
        flat = list(dict.fromkeys(flat))
        if Scalar("string") in flat and any(isinstance(self._shape(member), Const) for member in flat):
            flat.remove(Scalar("string"))  # our enums hold any text
        if len(flat) > 1 and all(isinstance(self._shape(member), Const) for member in flat):
            shapes = [self._shape(member) for member in flat]
            flat = [
                Const(tuple(dict.fromkeys(v for shape in shapes if isinstance(shape, Const) for v in shape.values)))
            ]
        if Scalar("number") in flat and Scalar("integer") in flat:
            flat.remove(Scalar("integer"))
        if len(flat) > 1 and Scalar("any") in flat:
            flat.remove(Scalar("any"))  # the arm for unknown values holds them
        result = flat[0] if len(flat) == 1 else Union(tuple(flat), discriminator)
        return Nullable(result) if null else result

    def merged(self, one: Type, other: Type) -> Type:
        """One type for two descriptions of the same value: the wider one, or the union where neither is."""
        if one == other:
            return one
        if isinstance(one, Nullable) or isinstance(other, Nullable):
            inner = [type.item if isinstance(type, Nullable) else type for type in (one, other)]
            return Nullable(self.merged(*inner))
        if isinstance(one, ListOf) and isinstance(other, ListOf):
            return ListOf(self.merged(one.item, other.item))
        first, second = self._members(one), self._members(other)
        if first >= second and (first > second or isinstance(one, Ref)):
            return one
        if second >= first:
            return other
        lists = [member for member in (*first, *second) if isinstance(member, ListOf)]
        if len(lists) == 2 and first - set(lists) == second - set(lists):
            rest = [member for member in self._ordered(one) if member not in lists]
            return self.joined([*rest, self.merged(*lists)])
        return self.joined([one, other])

    def _ordered(self, type: Type) -> tuple[Type, ...]:
        shape = self._shape(type)
        return shape.members if isinstance(shape, Union) else (type,)

    def _members(self, type: Type) -> frozenset[Type]:
        shape = self._shape(type)
        if isinstance(shape, Const):
            return frozenset(Const((value,)) for value in shape.values)
        return frozenset(self._ordered(type))

    def aliased(self, home: Ref) -> Type:
        """The type behind a name that is no object."""
        if home not in self._aliased:
            types = [
                self.normal(declaration.type) for declaration in self._groups[home] if isinstance(declaration, Alias)
            ]
            whole = types[0]
            for type in types[1:]:
                whole = self.merged(whole, type)
            self._aliased[home] = whole
        return self._aliased[home]

    def _shape(self, type: Type) -> Type | None:
        """What a home is: an alias's type, or None for an object."""
        if not isinstance(type, Ref):
            return type
        if type == FILES:
            return None
        if self._one_struct(type) or any(isinstance(d, Object) for d in self._groups[type]):
            return None
        whole = self.aliased(type)
        return whole.item if isinstance(whole, Nullable) else whole

    def _one_struct(self, home: Ref) -> bool:
        return f"{home.module}.{home.name}" in self.facts.get("one_struct", ())

    def fields(self, home: Ref) -> list[Field]:
        """The fields of every description of an object, those of the request first."""
        if home not in self._fields:
            self._fields[home] = self._merged_fields(home)
        return self._fields[home]

    def _merged_fields(self, home: Ref) -> list[Field]:
        if self._one_struct(home):
            return self._arms_as_fields(home)
        found: dict[str, Field] = {}
        objects = [declaration for declaration in self._groups[home] if isinstance(declaration, Object)]
        if len(objects) != len(self._groups[home]):
            kinds = ", ".join(f"{d.module}.{d.name}" for d in self._groups[home])
            raise PlanError(f"{home.module}.{home.name} is an object and something else: name them apart ({kinds})")
        for declaration in objects:
            own = {f.wire: replace(f, type=self.normal(f.type)) for f in self.spec.all_fields(declaration)}
            for wire in found.keys() | own.keys():
                if wire not in own:
                    found[wire] = replace(found[wire], required=False)
                elif wire in found:
                    both = self.merged(found[wire].type, own[wire].type)
                    found[wire] = replace(found[wire], type=both, required=found[wire].required and own[wire].required)
            for wire, f in own.items():
                if wire not in found:
                    found[wire] = f if declaration is objects[0] else replace(f, required=False)
        return list(found.values())

    def _arms_as_fields(self, home: Ref) -> list[Field]:
        """The members of a union as one object: what all have, then what some have; the first member is the usual one."""
        whole = self.aliased(home)
        assert isinstance(whole, Union)
        found: dict[str, Field] = {}
        for index, member in enumerate(whole.members):
            assert isinstance(member, Ref)
            for f in self.fields(member):
                if f.wire in found:
                    found[f.wire] = replace(found[f.wire], type=self.merged(found[f.wire].type, f.type))
                else:
                    found[f.wire] = f if index == 0 else replace(f, required=False)
        return list(found.values())

    def _tag(self, type: Union) -> str | None:
        objects = [
            member for member in type.members if isinstance(member, Ref) and not isinstance(self._shape(member), Const)
        ]
        for tag in TAGS:
            if objects and all(self._tags(member, tag) for member in objects):
                return tag
        return None

    def _tags(self, member: Type, tag: str) -> tuple[str, ...]:
        """The values of `tag` that mark a member."""
        if not isinstance(member, Ref):
            return ()
        shape = self._shape(member)
        if isinstance(shape, Union):
            return tuple(value for inner in shape.members for value in self._tags(inner, tag))
        if shape is not None:
            return ()
        for f in self.fields(member):
            inner = f.type.item if isinstance(f.type, Nullable) else f.type
            if f.wire == tag and isinstance(inner, Const) and not inner.open:
                return tuple(str(value) for value in inner.values)
        return ()


def ref(address: str) -> Ref:
    module, _, name = address.rpartition(".")
    return Ref(module, name)
