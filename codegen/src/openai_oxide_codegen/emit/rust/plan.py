"""What the Rust surface declares, worked out from the spec and spec/names/rust.yaml.

A declaration is planned when something reachable from a method refers to it, so nothing unused is emitted.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from fnmatch import fnmatch
from typing import Any

from ...model import Const, Field, ListOf, MapOf, Method, Nullable, Param, Ref, Scalar, Spec, Type, Union
from ..uses import Uses
from ..uses import methods as calls
from . import names
from .describing import describe
from .merging import TAGS, Merging, ref
from .shapes import (
    FILES,
    SCALARS,
    Alias,
    Arm,
    Enum,
    PlanError,
    RustDeclaration,
    RustField,
    RustModule,
    Struct,
    UnionOf,
    mentioned,
    token,
)  # fmt: skip
from .sharing import share


class Plan(Merging):
    """`modules` by path, complete once `request` and `rooted` were asked for everything the methods need."""

    def __init__(self, spec: Spec) -> None:
        super().__init__(spec)
        self.modules: dict[str, RustModule] = {}
        self._planned: set[Ref] = set()
        self._built: set[Ref] = set()
        self._names: dict[tuple[str, str], Any] = {}
        self._roots: dict[str, set[str]] = {}  # modules the methods of an endpoint feature mention
        self._called: dict[str, Uses] = defaultdict(Uses)  # what calls give, by mention
        self._told = {method.id for method in calls(spec)}
        named = self.facts.get("requests", {})
        ids = sorted((method.id not in named, method.id) for _, method in spec.all_methods())
        methods = {method.id: method for _, method in spec.all_methods()}
        self._takers: dict[Ref, str] = {}  # official params type → the method its request type is named after
        for _, id in ids:
            if (official := methods[id].params_type) is not None:
                self._takers.setdefault(official, id)

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
            return token(type) if type == FILES else self.reference(type, built), "value", False
        shared = self._fact("shared", f"{home.module}.{owner}")
        own = ref(shared) if shared else Ref(home.module, self._fact("types", f"{home.module}.{owner}") or owner)
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
        lenient = any(
            fnmatch(f"{home.module}.{home.name}", pattern) for pattern in self.facts.get("lenient_numbers", ())
        )
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
        # What tells an object's kind comes first, where both readers and decoders look for it.
        rest.sort(key=lambda f: TAGS.index(f.wire) if f.wire in TAGS else len(TAGS))
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
                    arms.append(
                        Arm(
                            name,
                            (wanted["tag"],),
                            None,
                            self.rust_fields(member, picked, (self._order.get(member, 0), 0), built),
                        )
                    )
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
        if not params:
            return None
        home = self._request_name(method)
        known = self._names.get((home.module, home.name))
        if known is None:
            fields = [_as_field(param, self.normal(param.type)) for param in params]
            known = Struct(home.name, [], [], doc=f"What `{method.id}` takes.")
            self._add(home, (-1, 0), known)
            known.fields = self.rust_fields(home, fields, (-1, 0), True)
            known.new = self._request_fact(method).get("new") or [f.name for f in known.fields if not f.optional]
            self.file(home.module).exports.add(home.name)
        elif {f.wire for f in known.fields} != {_as_field(param, param.type).wire for param in params}:
            raise PlanError(
                f"{method.id}: {home.module}.{home.name} is the request of another method; name it in `requests`"
            )
        self._roots.setdefault(feature, set()).add(home.module)
        self._names[("request", method.id)] = home
        return known

    def _request_fact(self, method: Method) -> dict[str, Any]:
        """Methods with the same official params type share their request type, unless a fact names them apart."""
        fact = self._fact("requests", method.id)
        if fact is None and method.params_type is not None:
            fact = self._fact("requests", self._takers[method.params_type])
        return fact or {}

    def _request_name(self, method: Method) -> Ref:
        official = method.params_type
        name = self._request_fact(method).get("name")
        if official is not None:
            return Ref(self.module_path(official.module), name or re.sub("Params$", "Request", official.name))
        *packages, resource, verb = method.id.split(".")
        short = f"{re.sub('s$', '', resource)}_{verb}"
        return Ref(".".join([*packages, short]), name or names.pascal(short) + "Request")

    # ------------------------------------------------------------------------------------------------- what uses what

    def rooted(self, feature: str, method: Method, type: Type) -> str:
        """The Rust type of something a method of this endpoint feature returns; a union without a name is named after it."""
        home = self._request_name(method)
        owner = re.sub("Request$", "Response", home.name)
        name, form, null = self.rust(self.normal(type), home, owner, (0, 0), False)
        whole = RustField("", "", name, form, null).rust  # type: ignore[arg-type]
        self._roots.setdefault(feature, set()).update(mentioned(whole))
        if method.id in self._told:
            used = self._called[name]
            (used.streamed if type is method.stream_event else used.given)[method.id] = None
        return whole

    def finish(self) -> None:
        """Settles what only the whole shows: what endpoint features reach, which types say the same, which fields are boxed."""
        self._reach()
        share(self.modules.values())
        describe(self.modules.values(), self._called)
        self._box()

    def _reach(self) -> None:
        """Notes which endpoint features reach each module."""
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
                elif isinstance(declaration, Alias):
                    fields = [RustField("", "", declaration.type, "value", False)]
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
            wanted.setdefault(package, set()).update(map(ref, addresses))
        result: dict[str, list[tuple[Ref, set[str]]]] = {}
        for package, homes in wanted.items():
            names_taken: dict[str, Ref] = {}
            for home in sorted(homes, key=lambda home: (home.name, home.module)):
                if (home.module, home.name) not in self._names:
                    continue
                if home.name in names_taken:
                    raise PlanError(
                        f"types.{package} would export two types named {home.name}: {names_taken[home.name]}, {home}"
                    )
                names_taken[home.name] = home
                result.setdefault(package, []).append((home, self.modules[home.module].features))
        return result

    def request_home(self, method: Method) -> Ref | None:
        return self._names.get(("request", method.id))


def _as_field(param: Param, type: Type) -> Field:
    # A header has its key elsewhere; in the request it goes by the name users know.
    wire = param.name if param.place == "header" else param.wire
    whole = Nullable(Scalar("boolean")) if param.wire == "stream" else type
    return Field(param.name, wire, whole, param.required, param.doc)


def _is_fixed(f: Field) -> bool:
    inner = f.type.item if isinstance(f.type, Nullable) else f.type
    return isinstance(inner, Const) and len(inner.values) == 1 and not inner.open and isinstance(inner.values[0], str)


def _same(one: RustDeclaration, other: RustDeclaration) -> bool:
    if isinstance(one, Struct) and isinstance(other, Struct):
        return True  # planned again to be built by users
    return one == other


def _text(f: Field) -> str:
    """The only value of a fixed field."""
    inner = f.type.item if isinstance(f.type, Nullable) else f.type
    assert isinstance(inner, Const)
    return str(inner.values[0])
