"""What the Rust surface declares, worked out from the spec and spec/names/rust.yaml.

The official package describes most things twice, as a response model and as a `…Param` dict. Here both become one type: same
module and name once `_param`, `_params` and `shared_` spellings are taken off, fields and values of both together. What a
declaration needs is planned when something reachable from a method refers to it, so nothing unused is emitted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatch
from typing import Any, Literal

from ...model import (
    Alias, Const, Declaration, Field, ListOf, MapOf, Method, Nullable, Object, Param, Ref, Scalar, Spec, Type, Union,
)  # fmt: skip
from . import names

SCALARS = {
    "string": "String", "integer": "i64", "number": "f64", "boolean": "bool", "any": "⟦serde_json⟧Value",
    "datetime": "String", "null": "⟦serde_json⟧Value",
}  # fmt: skip
TAGS = ("type", "role", "object")  # keys that tell union members apart, where the spec names none


def token(home: Ref) -> str:
    """A mention of a type of ours, resolved when its file is written: `⟦module⟧Name`."""
    return f"⟦{home.module}⟧{home.name}"


def mentioned(text: str) -> set[str]:
    """The modules whose types are mentioned."""
    return set(re.findall("⟦(.*?)⟧", text))


class PlanError(ValueError):
    """The spec needs a fact in spec/names/rust.yaml before it can be told in Rust."""


@dataclass
class RustField:
    """A struct field. `type` is without `Option`."""

    name: str
    wire: str
    type: str
    form: Literal["value", "list", "map"]
    optional: bool
    doc: str = ""
    initial: str | None = None  # what `new` puts there, where the caller does not say

    @property
    def rust(self) -> str:
        whole = {"value": "{}", "list": "Vec<{}>", "map": "⟦crate::json⟧Map<{}>"}[self.form].format(self.type)
        return f"Option<{whole}>" if self.optional else whole

    @property
    def declaration(self) -> str:
        key = "" if self.name == self.wire else f" as {names.literal(self.wire)}"
        return f"{self.name}{key}: {self.rust}"


@dataclass
class Struct:
    name: str
    fixed: list[tuple[str, str]]
    fields: list[RustField]
    plain: bool = False  # exactly these fields, written as a literal
    new: list[str] | None = None  # arguments of `new`; None: not built by users
    payload: RustField | None = None  # the field this type stands for
    doc: str = ""


@dataclass
class Enum:
    name: str
    values: list[str]
    doc: str = ""


@dataclass
class Arm:
    name: str
    tags: tuple[str, ...] = ()
    holds: str | None = None  # a type; None: a short form with `fields`
    fields: list[RustField] = field(default_factory=list)
    payload: RustField | None = None  # an event known by this one field


@dataclass
class UnionOf:
    name: str
    tag: str | None
    arms: list[Arm]
    events: bool = False
    doc: str = ""


RustDeclaration = Struct | Enum | UnionOf


@dataclass
class RustModule:
    """One file: declarations by (place in the official file, order within)."""

    path: str
    declarations: list[tuple[tuple[int, int], RustDeclaration]] = field(default_factory=list)
    exports: set[str] = field(default_factory=set)
    features: set[str] = field(default_factory=set)


class Plan:
    """`modules` by path, complete once `request` and `type` were asked for everything the methods need."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.facts: Mapping[str, Any] = spec.names.get("rust", {})
        self.modules: dict[str, RustModule] = {}
        self._groups: dict[Ref, list[Declaration]] = {}
        self._homes: dict[Ref, Ref] = {}
        self._order: dict[Ref, int] = {}
        self._planned: set[Ref] = set()
        self._names: dict[tuple[str, str], Any] = {}
        self._built: set[Ref] = set()
        self._roots: dict[str, set[str]] = {}  # modules the methods of an endpoint feature mention
        self._aliased: dict[Ref, Type] = {}
        self._fields: dict[Ref, list[Field]] = {}
        for official in spec.modules.values():
            for index, declaration in enumerate(official.declarations):
                address = f"{declaration.module}.{declaration.name}"
                if (same := self._fact("same", address)) is not None:
                    self._homes[Ref(declaration.module, declaration.name)] = _ref(same)
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
            return self.joined([self.normal(member) for member in type.members], type.discriminator)
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
            flat = [Const(tuple(dict.fromkeys(v for shape in shapes if isinstance(shape, Const) for v in shape.values)))]
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
            types = [self.normal(declaration.type) for declaration in self._groups[home] if isinstance(declaration, Alias)]
            whole = types[0]
            for type in types[1:]:
                whole = self.merged(whole, type)
            self._aliased[home] = whole
        return self._aliased[home]

    def _shape(self, type: Type) -> Type | None:
        """What a home is: an alias's type, or None for an object."""
        if not isinstance(type, Ref):
            return type
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

    # ----------------------------------------------------------------------------------------------- Rust declarations

    def file(self, path: str) -> RustModule:
        return self.modules.setdefault(path, RustModule(path))

    def rust(self, type: Type, home: Ref, owner: str, place: tuple[int, int], built: bool) -> tuple[str, str, bool]:
        """(type, form, nullable) of a normal type in the declaration `home`; `owner` names it if it has no name of its own."""
        if isinstance(type, Nullable):
            name, form, _ = self.rust(type.item, home, owner, place, built)
            return name, form, True
        if isinstance(type, ListOf):
            return self._nested(type.item, home, owner, place, built), "list", False
        if isinstance(type, MapOf):
            return self._nested(type.value, home, owner, place, built), "map", False
        if isinstance(type, Scalar):
            return SCALARS[type.kind], "value", False
        if isinstance(type, Ref):
            return self.reference(type, built), "value", False
        shared = self._fact("shared", f"{home.module}.{owner}")
        own = _ref(shared) if shared else Ref(home.module, self._fact("types", f"{home.module}.{owner}") or owner)
        self._declare_type(own, type, place, built)
        return token(own), "value", False

    def _nested(self, type: Type, home: Ref, owner: str, place: tuple[int, int], built: bool) -> str:
        name, form, null = self.rust(type, home, owner, place, built)
        return RustField("", "", name, form, null).rust  # type: ignore[arg-type]

    def reference(self, home: Ref, built: bool) -> str:
        """A mention of a home, which is planned on first sight."""
        if home not in self._planned or (built and home not in self._built):
            self._planned.add(home)
            if built:
                self._built.add(home)
            place = (self._order.get(home, 0), 0)
            shape = self._shape(home)
            if shape is None:
                self._declare_struct(home, place, built)
            else:
                self._declare_type(home, shape, place, built)
        return token(home)

    def _add(self, home: Ref, place: tuple[int, int], declaration: RustDeclaration) -> None:
        known = self._names.get((home.module, home.name))
        if known is not None:
            index = next(i for i, (_, d) in enumerate(self.file(home.module).declarations) if d is known)
            if type(known) is not type(declaration) or not _same(known, declaration):
                raise PlanError(f"two different types want the name {home.module}.{home.name}")
            self.file(home.module).declarations[index] = (place, declaration)
        else:
            self.file(home.module).declarations.append((place, declaration))
        self._names[(home.module, home.name)] = declaration

    def _declare_type(self, home: Ref, type: Type, place: tuple[int, int], built: bool) -> None:
        if isinstance(type, Const):
            self._add(home, (place[0], place[1] + 1), Enum(home.name, [str(value) for value in type.values]))
            return
        assert isinstance(type, Union), f"{home}: {type}"
        self._add(home, (place[0], place[1] + 1), self._union(home, type, place, built))

    def rust_fields(self, home: Ref, fields: Iterable[Field], place: tuple[int, int], built: bool) -> list[RustField]:
        lenient = any(fnmatch(f"{home.module}.{home.name}", pattern) for pattern in self.facts.get("lenient_numbers", ()))
        result = []
        for f in fields:
            owner = home.name + names.pascal(f.wire)
            fact = self._fact("fields", f"{home.module}.{home.name}.{f.wire}")
            name, form, null = (fact, "value", False) if fact else self.rust(f.type, home, owner, place, built)
            optional = null or not f.required or (lenient and name in ("i64", "f64") and form == "value")
            initial = None
            if f.wire == "type" and isinstance(f.type, Const) and f.required:
                initial = names.literal(str(f.type.values[0]))
            result.append(RustField(names.field(f.wire), f.wire, name, form, optional, f.doc, initial))  # type: ignore[arg-type]
        return result

    def _declare_struct(self, home: Ref, place: tuple[int, int], built: bool) -> None:
        plain = f"{home.module}.{home.name}" in self.facts.get("plain", ())
        fields = self.fields(home)
        fixed = [] if plain or self._one_struct(home) else [f for f in fields if _is_fixed(f)]
        rest = [replace(f, type=Scalar("string")) if _is_fixed(f) else f for f in fields if f not in fixed]
        declaration = Struct(home.name, [(f.wire, _text(f)) for f in fixed], [], plain)
        doc = next((d.doc for d in self._groups.get(home, ()) if d.doc), "")
        declaration.doc = doc
        self._add(home, place, declaration)
        declaration.fields = self.rust_fields(home, rest, place, built)
        if built and not plain:
            declaration.new = [f.name for f in declaration.fields if not f.optional and f.initial is None]

    def _union(self, home: Ref, type: Union, place: tuple[int, int], built: bool) -> UnionOf:
        facts = self._fact("unions", f"{home.module}.{home.name}") or {}
        tag = type.discriminator or self._tag(type)
        taken: set[str] = set()
        arms: list[Arm] = []
        events = bool(facts.get("events"))
        short = facts.get("short", {})
        tags_of = {member: self._tags(member, tag) if tag else () for member in type.members}
        for member in type.members:
            tags = tags_of[member]
            if events:
                arms.append(self._event(member, tags, tag, taken, built))
                continue
            covered = False
            for name, wanted in short.items():
                if isinstance(member, Ref) and wanted["tag"] in tags and wanted.get("of", member.name) == member.name:
                    own = [f for f in self.fields(member) if f.wire != tag]
                    picked = [next(f for f in own if f.wire == wire) for wire in wanted["fields"]]
                    names.variant(name, taken)
                    arms.append(Arm(name, (wanted["tag"],), None, self.rust_fields(member, picked, (self._order.get(member, 0), 0), built)))
                    covered = len(picked) == len(own) and len(tags) == 1
            if covered:
                continue
            owner = home.name + ("Mode" if isinstance(member, Const) else "Item")
            holds = self._nested(member, home, owner, place, built)
            name = facts.get("arms", {}).get(tags[0] if tags else re.sub("⟦.*?⟧", "", holds))
            single = len(tags) >= 1 and sum(tags[0] in other for other in tags_of.values()) == 1
            own = single and isinstance(member, Ref) and self._shape(member) is None and len(tags) < 3
            guess = names.pascal(tags[0]) if own else self._arm_name(member, home)
            if name is None and guess in taken:
                guess = self._arm_name(member, home)
            arms.append(Arm(names.variant(name or guess, taken), tags, holds))
        return UnionOf(home.name, tag, arms, events)

    def _event(self, member: Type, tags: tuple[str, ...], tag: str | None, taken: set[str], built: bool) -> Arm:
        """`response.output_text.delta` → `OutputTextDelta { … }`; an event that only carries the whole thing holds itself."""
        if not isinstance(member, Ref) or len(tags) != 1:
            raise PlanError(f"an event of a stream needs one tag: {member}")
        words = tags[0].split(".")
        name = names.variant(".".join(words[1:] if len(words) > 2 else words), taken)
        own = [f for f in self.fields(member) if f.wire != tag]
        main = [f for f in own if f.wire != "sequence_number"]
        if len(main) == 1 and isinstance(main[0].type, Ref) and main[0].wire == words[0]:
            self.reference(member, built)
            struct = self._names[(member.module, member.name)]
            held = next(f for f in struct.fields if f.wire == main[0].wire)
            struct.payload = held
            return Arm(name, tags, payload=RustField(held.name, held.wire, token(member), "value", False))
        return Arm(name, tags, None, self.rust_fields(member, own, (self._order.get(member, 0), 0), built))

    def _tag(self, type: Union) -> str | None:
        objects = [member for member in type.members if isinstance(member, Ref) and not isinstance(self._shape(member), Const)]
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

    def _arm_name(self, member: Type, home: Ref) -> str:
        if isinstance(member, Scalar):
            return {"string": "Text", "boolean": "Bool", "any": "Any"}.get(member.kind, names.pascal(member.kind))
        if isinstance(member, Const):
            return "Mode"
        if isinstance(member, ListOf):
            return "List"
        if isinstance(member, MapOf):
            return "Map"
        assert isinstance(member, Ref)
        return member.name.removeprefix(home.name) or member.name

    # -------------------------------------------------------------------------------------------------------- requests

    def request(self, feature: str, method: Method) -> Struct | None:
        """The request type of a method: everything outside the path, in signature order. None: there is nothing."""
        params = [param for param in method.params if param.place != "path"]
        if not params or method.params_type is None:
            return None
        fact = self._fact("requests", method.id) or {}
        official = method.params_type
        home = Ref(self.module_path(official.module), fact.get("name") or re.sub("Params$", "Request", official.name))
        known = self._names.get((home.module, home.name))
        if known is None:
            fields = [_as_field(param, self.normal(param.type)) for param in params]
            known = Struct(home.name, [], [], doc=f"What `{method.id}` takes.")
            self._add(home, (-1, 0), known)
            known.fields = self.rust_fields(home, fields, (-1, 0), True)
            known.new = fact.get("new") or [f.name for f in known.fields if not f.optional]
            self.file(home.module).exports.add(home.name)
        self._roots.setdefault(feature, set()).add(home.module)
        self._names[("request", method.id)] = home
        return known

    # ------------------------------------------------------------------------------------------------- what uses what

    def rooted(self, feature: str, type: Type) -> str:
        """The Rust type of something a method of this endpoint feature returns."""
        name, form, null = self.rust(self.normal(type), Ref("", ""), "Result", (0, 0), False)
        whole = RustField("", "", name, form, null).rust  # type: ignore[arg-type]
        self._roots.setdefault(feature, set()).update(mentioned(whole))
        return whole

    def finish(self) -> None:
        """Settles what only the whole shows: which endpoint features reach a module, and which fields must be boxed."""
        self._box()
        needs = {
            module.path: {path for _, declaration in module.declarations for path in mentioned(repr(declaration))}
            for module in self.modules.values()
        }
        for feature, roots in self._roots.items():
            waiting = list(roots)
            while waiting:
                module = self.modules.get(waiting.pop())
                if module is not None and feature not in module.features:
                    module.features.add(feature)
                    waiting.extend(needs[module.path])

    def _box(self) -> None:
        """Boxes each field through which a type would hold itself."""
        held: dict[str, set[str]] = {}
        structs: list[tuple[str, RustField]] = []
        for module in self.modules.values():
            for _, declaration in module.declarations:
                own = token(Ref(module.path, declaration.name))
                if isinstance(declaration, Struct):
                    fields = declaration.fields
                    structs += [(own, f) for f in fields]
                elif isinstance(declaration, UnionOf):
                    fields = [RustField("", "", arm.holds or "", "value", False) for arm in declaration.arms]
                    fields += [f for arm in declaration.arms for f in arm.fields]
                else:
                    continue
                held[own] = {f.type for f in fields if f.form == "value"}

        def reaches(start: str, goal: str) -> bool:
            seen, waiting = set(), [start]
            while waiting:
                here = waiting.pop()
                if here == goal:
                    return True
                if here not in seen:
                    seen.add(here)
                    waiting.extend(held.get(here, ()))
            return False

        for own, f in structs:
            if f.form == "value" and f.type in held and reaches(f.type, own):
                held[own].discard(f.type)
                f.type = f"Box<{f.type}>"

    def exports(self) -> dict[str, list[tuple[Ref, set[str]]]]:
        """Per package the types it re-exports, as the official packages do: the main one of each module, and requests."""
        wanted: dict[str, set[Ref]] = {}
        for official in self.spec.modules.values():
            if official.exports and (home := self._homes.get(Ref(official.path, official.exports[0]))) is not None:
                wanted.setdefault(home.module.rpartition(".")[0], set()).add(home)
        for module in self.modules.values():
            for name in module.exports:
                wanted.setdefault(module.path.rpartition(".")[0], set()).add(Ref(module.path, name))
        for package, addresses in self.facts.get("exports", {}).items():
            wanted.setdefault(package, set()).update(map(_ref, addresses))
        result: dict[str, list[tuple[Ref, set[str]]]] = {}
        for package, homes in wanted.items():
            names_taken: dict[str, Ref] = {}
            for home in sorted(homes, key=lambda home: (home.name, home.module)):
                if (home.module, home.name) not in self._names:
                    continue
                if home.name in names_taken:
                    raise PlanError(f"types.{package} would export two types named {home.name}: {names_taken[home.name]}, {home}")
                names_taken[home.name] = home
                result.setdefault(package, []).append((home, self.modules[home.module].features))
        return result

    def request_home(self, method: Method) -> Ref | None:
        return self._names.get(("request", method.id))


def _as_field(param: Param, type: Type) -> Field:
    return Field(param.name, param.wire, Nullable(Scalar("boolean")) if param.wire == "stream" else type, param.required, param.doc)


def _is_fixed(f: Field) -> bool:
    inner = f.type.item if isinstance(f.type, Nullable) else f.type
    return isinstance(inner, Const) and len(inner.values) == 1 and not inner.open and isinstance(inner.values[0], str)


def _ref(address: str) -> Ref:
    module, _, name = address.rpartition(".")
    return Ref(module, name)


def _same(one: RustDeclaration, other: RustDeclaration) -> bool:
    if isinstance(one, Struct) and isinstance(other, Struct):
        return True  # planned again to be built by users
    return one == other


def _text(f: Field) -> str:
    """The only value of a fixed field."""
    inner = f.type.item if isinstance(f.type, Nullable) else f.type
    assert isinstance(inner, Const)
    return str(inner.values[0])
